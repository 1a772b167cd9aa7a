//! Boolean fields: "open access papers", "without code", "drafts", "unpublished".

use super::mention::{Asked, Mention, Reach, compare, negated};
use super::names;
use super::vocabulary::DOCUMENTS;
use crate::filter::{FieldType, Filter, Literal, Op};

const HAS: [&str; 6] = ["has", "have", "with", "include", "contain", "is"];

const WITH: [(&str, bool); 9] = [
    ("with", true),
    ("having", true),
    ("including", true),
    ("containing", true),
    ("that have", true),
    ("that has", true),
    ("that include", true),
    ("that contain", true),
    ("without", false),
];

const ARE: [(&str, bool); 7] = [
    ("that are not", false),
    ("which are not", false),
    ("that aren't", false),
    ("that are", true),
    ("which are", true),
    ("that is", true),
    ("which is", true),
];

/// A statement of truth that begins at a word; the longest if several do.
pub(super) fn find(asked: Asked<'_>, at: usize) -> Option<Mention> {
    let flags = asked.schema.fields().filter(|field| field.kind == FieldType::Boolean);
    let found = flags.filter_map(|field| {
        let own = match field.words.split_first() {
            Some((first, rest)) if HAS.contains(&first.as_str()) && !rest.is_empty() => rest,
            _ => &field.words[..],
        };
        flag(asked, at, &field.name, own)
    });
    found.reduce(|best, next| if next.words.end > best.words.end { next } else { best })
}

fn flag(asked: Asked<'_>, at: usize, name: &str, own: &[String]) -> Option<Mention> {
    let words = asked.words;
    let state = |said: bool| -> Filter {
        let yes = compare(name, Op::Equal, Literal::Boolean(true));
        if said { yes } else { negated(yes) }
    };
    if let Some((said, next)) = words.look(at, &WITH).or_else(|| words.look(at, &ARE)) {
        let end = names::here(words, words.skip(next, &["a", "an", "the", "any"]), own)?;
        return Some(Mention::new(at..end, Ok(state(said)), Reach::Request));
    }
    if let ([word], Some(rest)) = (own, words.at(at).strip_prefix("un"))
        && rest == word
    {
        return Some(Mention::new(at..at + 1, Ok(state(false)), Reach::Beside));
    }
    let end = names::here(words, at, own)?;
    let noun = own.len() == 1 && (words.plural(at) || DOCUMENTS.contains(&words.at(at)));
    Some(Mention { noun, ..Mention::new(at..end, Ok(state(true)), Reach::Beside) })
}
