//! Which styles of a document mark headings and its title.

use std::collections::HashMap;
use std::io::Read;

use super::DocxError;
use super::xml::{self, Attributes, Handler};

/// What a paragraph is by its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    Heading(usize),
}

/// Roles by style id. Ids are localised, the names of built-in styles are not.
#[derive(Debug, Default)]
pub(super) struct Styles {
    roles: HashMap<String, Role>,
    open: Option<String>,
}

impl Styles {
    /// Reads `word/styles.xml`.
    pub(super) fn read(part: impl Read) -> Result<Self, DocxError> {
        let mut styles = Self::default();
        xml::read(part, &mut styles)?;
        Ok(styles)
    }

    /// The role of a style; by the id itself if the style is not declared.
    pub(super) fn role(&self, id: &str) -> Option<Role> {
        self.roles.get(id).copied().or_else(|| by_name(id))
    }
}

impl Handler for Styles {
    fn open(&mut self, name: &str, attributes: &Attributes<'_>) {
        match name {
            "style" => self.open = attributes.get("styleId"),
            "name" => self.note(attributes.get("val").and_then(|name| by_name(&name))),
            // Own styles: a level from 0 in the outline; 9 is body text.
            "outlineLvl" => self.note(attributes.get("val").and_then(|level| outline(&level))),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        if name == "style" {
            self.open = None;
        }
    }

    fn text(&mut self, _text: &str) {}
}

impl Styles {
    fn note(&mut self, role: Option<Role>) {
        if let (Some(id), Some(role)) = (&self.open, role) {
            self.roles.entry(id.clone()).or_insert(role);
        }
    }
}

/// A heading by its outline level.
pub(super) fn outline(level: &str) -> Option<Role> {
    level.parse::<usize>().ok().filter(|level| *level < 9).map(|level| Role::Heading((level + 1).min(6)))
}

fn by_name(name: &str) -> Option<Role> {
    let name = name.to_lowercase();
    if name == "title" {
        return Some(Role::Title);
    }
    let level = name.strip_prefix("heading")?.trim().parse::<usize>().ok()?;
    (1..=9).contains(&level).then_some(Role::Heading(level.min(6)))
}
