//! Knobs: what a request may set of a technique, and within which bounds.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Error, Result};

/// Something of a technique that a request may set.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Knob {
    /// Name.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
    /// What it takes.
    #[serde(flatten)]
    pub takes: Takes,
}

/// What a knob takes.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case", tag = "takes")]
pub enum Takes {
    /// A whole number.
    Whole {
        /// The smallest.
        from: u64,
        /// The largest.
        to: u64,
    },
    /// A number.
    Number {
        /// The smallest.
        from: f64,
        /// The largest.
        to: f64,
    },
    /// One of some names.
    Name {
        /// These.
        of: &'static [&'static str],
    },
    /// A text of so many bytes at most.
    Text {
        /// Bytes.
        bytes: usize,
    },
    /// An object whose values are lists of texts.
    Lists {
        /// Members, texts of each, and bytes of a text, at most.
        most: usize,
    },
}

impl Knob {
    pub(super) const fn whole(name: &'static str, (from, to): (u64, u64), what: &'static str) -> Self {
        Self { name, what, takes: Takes::Whole { from, to } }
    }

    pub(super) const fn number(name: &'static str, (from, to): (f64, f64), what: &'static str) -> Self {
        Self { name, what, takes: Takes::Number { from, to } }
    }

    pub(super) const fn name(name: &'static str, of: &'static [&'static str], what: &'static str) -> Self {
        Self { name, what, takes: Takes::Name { of } }
    }

    pub(super) const fn text(name: &'static str, bytes: usize, what: &'static str) -> Self {
        Self { name, what, takes: Takes::Text { bytes } }
    }

    pub(super) const fn lists(name: &'static str, most: usize, what: &'static str) -> Self {
        Self { name, what, takes: Takes::Lists { most } }
    }

    fn check(&self, value: &Value) -> Result<()> {
        let refuse = |what: String| Err(Error::invalid("options", format!("{}: {value} is {what}", self.name)));
        match self.takes {
            Takes::Whole { from, to } if value.as_u64().is_none_or(|value| !(from..=to).contains(&value)) => {
                refuse(format!("no whole number from {from} to {to}"))
            }
            Takes::Number { from, to } if value.as_f64().is_none_or(|value| !(from..=to).contains(&value)) => {
                refuse(format!("no number from {from} to {to}"))
            }
            Takes::Name { of } if value.as_str().is_none_or(|name| !of.contains(&name)) => {
                refuse(format!("none of {}", of.join(", ")))
            }
            Takes::Text { bytes } if value.as_str().is_none_or(|text| text.len() > bytes) => {
                Err(Error::invalid("options", format!("{}: a text of at most {bytes} bytes is needed", self.name)))
            }
            Takes::Lists { most } if !lists(value, most) => {
                let needed = format!("an object of at most {most} lists of texts is needed");
                Err(Error::invalid("options", format!("{}: {needed}", self.name)))
            }
            _ => Ok(()),
        }
    }
}

/// Bytes of a text in a list.
const MOST_BYTES: usize = 1000;

fn lists(value: &Value, most: usize) -> bool {
    let text = |text: &Value| text.as_str().is_some_and(|text| text.len() <= MOST_BYTES);
    let list = |list: &Value| list.as_array().is_some_and(|list| list.len() <= most && list.iter().all(text));
    value.as_object().is_some_and(|members| members.len() <= most && members.values().all(list))
}

/// Refuses what is no knob and what is out of its bounds.
pub(super) fn check(technique: &str, knobs: &[Knob], options: &Map<String, Value>) -> Result<()> {
    for (name, value) in options {
        let knob = knobs.iter().find(|knob| knob.name == name).ok_or_else(|| {
            let known: Vec<&str> = knobs.iter().map(|knob| knob.name).collect();
            let name: String = name.chars().take(100).collect();
            let known =
                if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
            Error::invalid("options", format!("{name:?} is no knob of {technique}; {known}"))
        })?;
        knob.check(value)?;
    }
    Ok(())
}
