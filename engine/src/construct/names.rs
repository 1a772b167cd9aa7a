//! What a field's name says: its words, and how questions speak of its values.

use super::words::{Words, singular};

/// How questions speak of a keyword field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// What a document is: "tutorials about ...".
    Kind,
    /// "in German".
    Language,
    /// Who made it: "by Ada Lovelace".
    Maker,
    /// What it is about. Its values are words that any question may have, so they need the field's name beside them.
    Subject,
    /// Anything else: "archived documents".
    Other,
}

const ROLES: [(Role, &[&str]); 4] = [
    (Role::Kind, &["kind", "type", "format", "genre", "medium", "media", "doctype"]),
    (Role::Language, &["language", "lang", "locale"]),
    (Role::Maker, &["author", "writer", "speaker", "creator", "editor", "presenter", "publisher", "owner", "team"]),
    (
        Role::Subject,
        &[
            "topic",
            "subject",
            "tag",
            "keyword",
            "category",
            "section",
            "area",
            "theme",
            "discipline",
            "domain",
            "label",
        ],
    ),
];

/// Words of names that say how values are counted, not what they are.
const COUNTS: [&str; 8] = ["count", "number", "num", "total", "n", "of", "average", "avg"];

impl Role {
    pub(super) fn of(name: &str) -> Self {
        let words = words(name);
        let has = |list: &[&str]| words.iter().any(|word| list.iter().any(|one| singular(one) == **word));
        ROLES.iter().find(|(_, list)| has(list)).map_or(Self::Other, |(role, _)| *role)
    }
}

/// The words of a name in lower case and the singular: `authorCount`, `author_count` and `author.count` have the same two.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(name.len() + 8);
    let mut lower = false;
    for c in name.chars() {
        if c.is_uppercase() && lower {
            spaced.push(' ');
        }
        lower = c.is_lowercase();
        spaced.push(if c.is_alphanumeric() { c } else { ' ' });
    }
    Words::of(&spaced).iter().map(singular).collect()
}

/// Those words without what says how values are counted, if any are left: `author` of `author_count`.
pub(super) fn counted(name: &str) -> Vec<String> {
    let all = words(name);
    let kept: Vec<String> = all.iter().filter(|word| !COUNTS.contains(&word.as_str())).cloned().collect();
    if kept.is_empty() { all } else { kept }
}

/// The end of some words in singular or plural, if they are here.
pub(super) fn here(text: &Words<'_>, at: usize, words: &[String]) -> Option<usize> {
    let same = words.iter().enumerate().all(|(i, word)| text.singular(at + i) == word);
    (same && !words.is_empty()).then_some(at + words.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        assert_eq!(words("authorCount"), ["author", "count"]);
        assert_eq!(counted("number_of.pages"), ["page"]);
        assert_eq!(counted("count"), ["count"]);
        assert_eq!(
            (Role::of("docType"), Role::of("categories"), Role::of("status")),
            (Role::Kind, Role::Subject, Role::Other)
        );
    }
}
