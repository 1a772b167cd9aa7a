//! Numbers of documents' fields: "more than 500 pages", "a rating above 4.5", "under 20 minutes".

use super::mention::{Asked, Mention, Reach, all, compare};
use super::names;
use super::numbers::{self, Asks};
use super::schema::Field;
use super::{Reason, words::Words};
use crate::filter::{FieldType, Filter, Literal, Op};

/// Units of time in seconds.
const TIMES: [(&str, f64); 10] = [
    ("second", 1.0),
    ("sec", 1.0),
    ("minute", 60.0),
    ("min", 60.0),
    ("hour", 3600.0),
    ("hr", 3600.0),
    ("h", 3600.0),
    ("day", 86_400.0),
    ("week", 604_800.0),
    ("millisecond", 0.001),
];

/// Other words for fields, and what their names have.
const OTHERS: [(&str, &str); 3] = [("star", "rating"), ("rated", "rating"), ("star", "star")];

/// Before a time: how long something takes, not how long a document is.
const TAKES: [&str; 6] = ["in", "within", "for", "after", "every", "by"];

/// What a number is of.
pub(super) struct Unit<'a> {
    field: Result<&'a Field, Reason>,
    /// Of the field's unit in one of these.
    factor: f64,
    end: usize,
}

/// A statement of a number that begins at a word.
pub(super) fn find(asked: Asked<'_>, at: usize) -> Option<Mention> {
    number_first(asked, at).or_else(|| field_first(asked, at))
}

fn number_first(asked: Asked<'_>, at: usize) -> Option<Mention> {
    let words = asked.words;
    let (asks, end) = numbers::compared(words, at)?;
    let unit = unit(asked, end)?;
    let takes = time(words, end).is_some() && at > 0 && words.is(at - 1, &TAKES);
    let article = words.is(at, &["a", "an"]) && matches!(asks, Asks::Bare(_));
    if takes || article {
        return None;
    }
    let (asks, end) = numbers::after_unit(words, asks, unit.end);
    let end = words.look(end, &[("long", ()), ("in length", ())]).map_or(end, |((), end)| end);
    let filter = unit.field.and_then(|field| filter(field, asks, unit.factor));
    Some(Mention::new(at..end, filter, reach(asks)))
}

fn field_first(asked: Asked<'_>, at: usize) -> Option<Mention> {
    let words = asked.words;
    let unit = unit(asked, at).filter(|_| time(words, at).is_none())?;
    let verb = words.skip(unit.end, &["of", "is", "was"]);
    let (asks, end) = numbers::compared(words, verb)?;
    let article = words.is(verb, &["a", "an"]);
    if article {
        return None;
    }
    let filter = unit.field.and_then(|field| filter(field, asks, 1.0));
    Some(Mention::new(at..end, filter, reach(asks)))
}

fn reach(asks: Asks) -> Reach {
    if matches!(asks, Asks::Bare(_)) { Reach::Beside } else { Reach::Request }
}

/// The field that the words from here name, or their unit.
pub(super) fn unit(asked: Asked<'_>, at: usize) -> Option<Unit<'_>> {
    let words = asked.words;
    let numeric = || asked.schema.fields().filter(|field| matches!(field.kind, FieldType::Integer | FieldType::Float));
    let ends = numeric().filter_map(|field| Some((field, names::here(words, at, &field.counted)?)));
    let ends: Vec<(&Field, usize)> = ends.collect();
    if let Some(end) = ends.iter().map(|(_, end)| *end).max() {
        let longest: Vec<&Field> = ends.iter().filter(|(_, other)| *other == end).map(|(field, _)| *field).collect();
        return Some(Unit { field: only(&longest), factor: 1.0, end });
    }
    if let Some(seconds) = time(words, at) {
        let timed = |field: &&Field| field.words.iter().any(|word| TIMES.iter().any(|(name, _)| name == word));
        let field = only(&numeric().filter(timed).collect::<Vec<_>>());
        let own = field.as_ref().ok().and_then(|field| field.words.iter().find_map(|word| seconds_of(word)));
        return Some(Unit { factor: seconds / own.unwrap_or(1.0), field, end: at + 1 });
    }
    let others: Vec<&str> =
        OTHERS.iter().filter(|(word, _)| *word == words.singular(at)).map(|(_, name)| *name).collect();
    let has = |field: &&Field| field.words.iter().any(|word| others.contains(&word.as_str()));
    (!others.is_empty()).then(|| Unit {
        field: only(&numeric().filter(has).collect::<Vec<_>>()),
        factor: 1.0,
        end: at + 1,
    })
}

fn time(words: &Words<'_>, at: usize) -> Option<f64> {
    seconds_of(words.singular(at))
}

fn seconds_of(word: &str) -> Option<f64> {
    TIMES.iter().find(|(name, _)| *name == word).map(|(_, seconds)| *seconds)
}

fn only<'a>(fields: &[&'a Field]) -> Result<&'a Field, Reason> {
    match fields {
        [field] => Ok(field),
        [] => Err(Reason::NoField),
        _ => Err(Reason::AmbiguousField),
    }
}

/// What is asked of a field, its numbers in the field's unit.
pub(super) fn filter(field: &Field, asks: Asks, factor: f64) -> Result<Filter, Reason> {
    let test = |op, number: f64| -> Result<Filter, Reason> {
        let (op, value) = literal(field.kind, op, number * factor).ok_or(Reason::NoSuchNumber)?;
        Ok(compare(&field.name, op, value))
    };
    match asks {
        Asks::Op(op, number) => test(op, number),
        Asks::Bare(number) => test(Op::Equal, number),
        Asks::Between(low, high) => Ok(all(vec![test(Op::GreaterOrEqual, low)?, test(Op::LessOrEqual, high)?])),
    }
}

/// A number for a field, rounded such that the same integers compare so with it.
fn literal(kind: FieldType, op: Op, number: f64) -> Option<(Op, Literal)> {
    if kind == FieldType::Float {
        return number.is_finite().then_some((op, Literal::Float(number)));
    }
    let whole = match op {
        Op::Equal | Op::NotEqual => Some(number).filter(|number| number.fract() == 0.0)?,
        Op::Less | Op::GreaterOrEqual => number.ceil(),
        Op::LessOrEqual | Op::Greater => number.floor(),
    };
    // Larger ones are not exact, and nobody asks for them.
    (whole.abs() < 9e15).then_some((op, Literal::Integer(whole as i64)))
}
