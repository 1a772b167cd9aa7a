//! Known values of keyword fields: "in German", "by Ada Lovelace", "archived documents", "tutorials".

use std::ops::Range;

use super::mention::{Asked, Mention, Reach, one_of};
use super::names::Role;
use super::schema::{Field, Phrase};
use super::vocabulary::is_content;
use super::words::Words;
use super::{Reason, dates};
use crate::filter::{FieldType, Filter, Literal};

/// Before who made something; "published by" is of a publisher, if there is such a field.
const BY: [(&str, &str); 9] = [
    ("published by", "publi"),
    ("written by", "author"),
    ("authored by", "author"),
    ("edited by", "editor"),
    ("presented by", "present"),
    ("created by", "creat"),
    ("made by", ""),
    ("given by", ""),
    ("by", ""),
];

const BETWEEN: &[&str] = &[",", "and", "or", "&", "/"];
const QUOTES: &[&str] = &["\"", "'", "“", "”", "‘", "’", "`"];

/// A statement of values that begins at a word.
pub(super) fn find(asked: Asked<'_>, at: usize) -> Option<Mention> {
    made_by(asked, at).or_else(|| in_language(asked, at)).or_else(|| of_field(asked, at)).or_else(|| alone(asked, at))
}

fn made_by(asked: Asked<'_>, at: usize) -> Option<Mention> {
    let (stem, start) = asked.words.look(at, &BY)?;
    let makers = |phrase: &Phrase| phrase.role == Role::Maker && phrase.plain;
    let start = asked.words.skip(start, &["the"]);
    let stemmed = |phrase: &Phrase| makers(phrase) && !stem.is_empty() && phrase.field.to_lowercase().contains(stem);
    let (filter, end) = list(asked, start, stemmed).or_else(|| list(asked, start, makers))?;
    // "the machine built by Ada Lovelace" is not by her.
    let verb = at.checked_sub(1).map_or("", |before| asked.words.at(before));
    let participle =
        asked.words.at(at) == "by" && (verb.ends_with("ed") || ["built", "made", "won", "held"].contains(&verb));
    Some(Mention::new(at..end, filter, if participle { Reach::Beside } else { Reach::Request }))
}

fn in_language(asked: Asked<'_>, at: usize) -> Option<Mention> {
    let words = asked.words;
    let start = words.skip(words.phrase(at, "in")?, &["the"]);
    let (filter, end) = list(asked, start, |phrase| phrase.role == Role::Language && phrase.plain)?;
    let end = words.skip(end, &["language"]);
    // "in German cities" is about cities.
    let goes_on = is_content(words.at(end)) && dates::find(asked, end).is_none();
    (!goes_on).then(|| Mention::new(at..end, filter, Reach::Request))
}

/// "topic energy", "status \"under review\"", "the energy topic".
fn of_field(asked: Asked<'_>, at: usize) -> Option<Mention> {
    let words = asked.words;
    let keyword = |field: &Field| field.kind == FieldType::Keyword;
    if let Some((field, end)) = asked.schema.named(words, at, keyword) {
        let start = words.skip(words.skip(end, &["is", "of", "was"]), QUOTES);
        let (filter, end) = list(asked, start, |phrase| phrase.field == field.name)?;
        return Some(Mention::new(at..words.skip(end, QUOTES), filter, Reach::Request));
    }
    let (found, end) = asked.schema.values(words, at, |phrase| phrase.plain);
    let (field, named) = asked.schema.named(words, end, keyword)?;
    let of_it = found.iter().any(|phrase| phrase.field == field.name);
    let (filter, _) = of_it.then(|| list(asked, at, |phrase| phrase.field == field.name)).flatten()?;
    Some(Mention::new(at..named, filter, Reach::Request))
}

/// By itself, which is too little for what documents are about.
fn alone(asked: Asked<'_>, at: usize) -> Option<Mention> {
    let (found, _) = asked.schema.values(asked.words, at, |phrase| phrase.plain && phrase.role != Role::Subject);
    let role = found.first()?.role;
    let (filter, end) = list(asked, at, |phrase| phrase.plain && phrase.role != Role::Subject)?;
    let end = if role == Role::Language { asked.words.skip(end, &["language"]) } else { end };
    // "English cities" are not English documents.
    if role != Role::Kind && dates::goes_on(asked, end) && dates::find(asked, end).is_none() {
        return None;
    }
    Some(Mention { noun: role == Role::Kind, ..Mention::new(at..end, filter, Reach::Beside) })
}

/// The values that a list names, all of the field that its first one is of, and where it ends.
pub(super) fn list(
    asked: Asked<'_>,
    at: usize,
    qualifies: impl Fn(&Phrase) -> bool,
) -> Option<(Result<Filter, Reason>, usize)> {
    let (found, mut end) = asked.schema.values(asked.words, at, qualifies);
    let field = &found.first()?.field;
    if found.iter().any(|phrase| phrase.field != *field) {
        return Some((Err(Reason::AmbiguousField), end));
    }
    let mut values: Vec<&str> = found.iter().map(|phrase| phrase.value.as_str()).collect();
    while let Some(next) = after_separator(asked.words, end) {
        let (found, after) = asked.schema.values(asked.words, next, |phrase| phrase.field == *field && phrase.plain);
        if found.is_empty() {
            break;
        }
        for phrase in found {
            if !values.contains(&phrase.value.as_str()) {
                values.push(&phrase.value);
            }
        }
        end = after;
    }
    let values = values.into_iter().map(|value| Literal::Keyword(value.to_owned())).collect();
    Some((Ok(one_of(field, values)), end))
}

fn after_separator(words: &Words<'_>, end: usize) -> Option<usize> {
    let separators = (end..end + 2).take_while(|at| words.is(*at, BETWEEN)).count();
    (separators > 0).then_some(end + separators)
}

/// The text between quotes, or the one word, from here on.
pub(super) fn quoted(words: &Words<'_>, at: usize) -> Option<(Range<usize>, usize)> {
    if !words.is(at, QUOTES) {
        let end = (at + 1..).find(|end| !words.hyphen(*end))?;
        return words.at(at).starts_with(char::is_alphanumeric).then_some((at..end, end));
    }
    let end = (at + 1..words.len()).find(|end| words.is(*end, QUOTES)).filter(|end| *end > at + 1)?;
    Some((at + 1..end, end + 1))
}
