//! Fields with a sign and a value: `kind: tutorial`, `pages >= 100`, `author = "Ada Lovelace"`.

use super::mention::{Asked, Mention, Reach, compare, negated};
use super::moments::{self, Cue};
use super::numbers::{self, Asks};
use super::schema::Field;
use super::span::Relation;
use super::vocabulary::is_content;
use super::{Reason, amounts, calendar, relative, values};
use crate::filter::{FieldType, Filter, Literal, Op};

const SIGNS: [(&str, Op); 9] = [
    ("> =", Op::GreaterOrEqual),
    ("< =", Op::LessOrEqual),
    ("! =", Op::NotEqual),
    ("= =", Op::Equal),
    ("≥", Op::GreaterOrEqual),
    ("≤", Op::LessOrEqual),
    (">", Op::Greater),
    ("<", Op::Less),
    ("=", Op::Equal),
];

const TRUTHS: [(&str, bool); 4] = [("true", true), ("yes", true), ("false", false), ("no", false)];

/// A statement with a sign that begins at a word.
pub(super) fn find(asked: Asked<'_>, at: usize) -> Option<Mention> {
    let words = asked.words;
    let (field, end) = asked.schema.named(words, at, |_| true)?;
    let colon = words.phrase(end, ":");
    let sign = words.look(colon.unwrap_or(end), &SIGNS);
    let (op, start) = sign.or_else(|| Some((Op::Equal, colon?)))?;
    let (filter, end) = match field.kind {
        FieldType::Keyword => keyword(asked, field, op, start)?,
        FieldType::Boolean => {
            let (value, end) = words.look(start, &TRUTHS).filter(|_| matches!(op, Op::Equal | Op::NotEqual))?;
            (Ok(compare(&field.name, op, Literal::Boolean(value))), end)
        }
        FieldType::Date => date(asked, field, op, start)?,
        FieldType::Integer | FieldType::Float => number(asked, field, op, start)?,
        FieldType::Text => return None,
    };
    Some(Mention::new(at..end, filter, Reach::Anywhere))
}

type Found = (Result<Filter, Reason>, usize);

/// Known values as any other list of them; what is in quotes, or one word, if the values are not all known.
fn keyword(asked: Asked<'_>, field: &Field, op: Op, at: usize) -> Option<Found> {
    let words = asked.words;
    if !matches!(op, Op::Equal | Op::NotEqual) {
        return None;
    }
    let signed = |filter| if op == Op::NotEqual { negated(filter) } else { filter };
    let (own, after) = values::quoted(words, at)?;
    let list = values::list(asked, own.start, |phrase| phrase.field == field.name);
    if let Some((filter, end)) = list {
        return Some((filter.map(signed), if own.start > at { after.max(end) } else { end }));
    }
    if asked.schema.enumerates(&field.name) {
        return Some((Err(Reason::UnknownValue), after));
    }
    if own.start == at && !is_content(words.at(at)) {
        return None;
    }
    let value = Literal::Keyword(words.text(&own).to_owned());
    Some((Ok(signed(compare(&field.name, Op::Equal, value))), after))
}

fn date(asked: Asked<'_>, field: &Field, op: Op, at: usize) -> Option<Found> {
    let told = calendar::read(asked, at).or_else(|| relative::read(asked, at))?;
    let relation = match op {
        Op::Equal | Op::NotEqual => Relation::In,
        Op::Less => Relation::Before,
        Op::LessOrEqual => Relation::Until,
        Op::Greater => Relation::After,
        Op::GreaterOrEqual => Relation::Since,
    };
    let cue = Cue::Named(field.name.clone());
    let filter = told.span.and_then(|span| moments::filter(asked.schema, cue, span, relation));
    Some((filter.map(|filter| if op == Op::NotEqual { negated(filter) } else { filter }), told.end))
}

fn number(asked: Asked<'_>, field: &Field, op: Op, at: usize) -> Option<Found> {
    let (asks, end) = numbers::compared(asked.words, at)?;
    let asks = match asks {
        Asks::Bare(number) => Asks::Op(op, number),
        asks if op == Op::Equal => asks,
        _ => return None,
    };
    Some((amounts::filter(field, asks, 1.0), end))
}
