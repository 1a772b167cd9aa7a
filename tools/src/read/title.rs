//! Titles: from the document if it has a sensible one, else from the file's name.

use std::path::Path;

use maxsimd_engine::markup::tidy;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The file's name without its extension.
pub(super) fn of_file(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// `title:` of the front matter, else the first heading of level 1.
pub(super) fn of_markdown(text: &str) -> Option<String> {
    let mut collected = String::new();
    let (mut in_heading, mut in_front_matter) = (false, false);
    for event in Parser::new_ext(text, Options::ENABLE_YAML_STYLE_METADATA_BLOCKS) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => in_heading = true,
            Event::End(TagEnd::Heading(HeadingLevel::H1)) if in_heading => match tidy(&collected) {
                Some(title) => return Some(title),
                None => in_heading = false,
            },
            Event::Start(Tag::MetadataBlock(_)) => in_front_matter = true,
            Event::End(TagEnd::MetadataBlock(_)) => in_front_matter = false,
            Event::Text(yaml) if in_front_matter => match of_front_matter(&yaml) {
                Some(title) => return Some(title),
                None => continue,
            },
            Event::Text(words) | Event::Code(words) if in_heading => collected.push_str(&words),
            Event::SoftBreak | Event::HardBreak if in_heading => collected.push(' '),
            _ => {}
        }
    }
    None
}

fn of_front_matter(yaml: &str) -> Option<String> {
    let value = yaml.lines().find_map(|line| line.strip_prefix("title:"))?;
    tidy(value.trim().trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_real_heading_of_level_one_is_the_title() {
        let text = "```\n# no\n```\n\n## Neither\n\n# Late `interaction`\n\n# Second";
        assert_eq!(of_markdown(text).as_deref(), Some("Late interaction"));
        assert_eq!(of_markdown("no heading"), None);
    }

    #[test]
    fn front_matter_names_the_title() {
        assert_eq!(
            of_markdown("---\ndate: x\ntitle: \"From here\"\n---\n\n# Not this\n").as_deref(),
            Some("From here")
        );
    }
}
