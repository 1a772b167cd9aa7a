//! What the finders of clauses look at and what they find.

use std::ops::Range;

use super::words::Words;
use super::{Now, Reason, Schema};
use crate::filter::{Filter, Literal, Op};

/// A question, and what it is read with.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) words: &'a Words<'a>,
    pub(super) schema: &'a Schema,
    pub(super) now: Now,
}

/// Words that a filter could be made of.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    pub(super) words: Range<usize>,
    pub(super) found: Result<Filter, Reason>,
    pub(super) reach: Reach,
    /// It is a word for documents too: "tutorials".
    pub(super) noun: bool,
}

/// How far from a word for documents something may be said and still be of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Beside it, or beside what is said beside it.
    Beside,
    /// Anywhere in a request for documents.
    Request,
    /// The same, and it says itself what it is of: "published in".
    Cued,
    /// Anywhere after a request: "except".
    Except,
    /// Anywhere: `language: German`.
    Anywhere,
}

impl Mention {
    pub(super) fn new(words: Range<usize>, found: Result<Filter, Reason>, reach: Reach) -> Self {
        Self { words, found, reach, noun: false }
    }

    pub(super) fn overlaps(&self, at: usize) -> bool {
        self.words.contains(&at)
    }
}

/// A comparison.
pub(super) fn compare(field: &str, op: Op, value: Literal) -> Filter {
    Filter::Compare { field: field.to_owned(), op, value }
}

/// All of some filters, at least one: each once, and none of them inside another.
pub(super) fn all(parts: Vec<Filter>) -> Filter {
    let flat = parts.into_iter().flat_map(|part| if let Filter::And(inner) = part { inner } else { vec![part] });
    let mut parts = distinct(flat);
    if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) }
}

/// Each of some things once, in the order in which they came; of few things, since it compares all of them.
pub(super) fn distinct<T: PartialEq>(things: impl Iterator<Item = T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for thing in things {
        if !distinct.contains(&thing) {
            distinct.push(thing);
        }
    }
    distinct
}

/// Exactly what a filter does not match: documents without the field are kept.
pub(super) fn negated(filter: Filter) -> Filter {
    match filter {
        Filter::Compare { field, op: Op::Equal, value } => Filter::Compare { field, op: Op::NotEqual, value },
        Filter::Compare { field, op: Op::NotEqual, value } => Filter::Compare { field, op: Op::Equal, value },
        Filter::Not(inner) => *inner,
        other => Filter::Not(Box::new(other)),
    }
}

/// One of some values of a field.
pub(super) fn one_of(field: &str, mut values: Vec<Literal>) -> Filter {
    match values.len() {
        1 => compare(field, Op::Equal, values.remove(0)),
        _ => Filter::In { field: field.to_owned(), values },
    }
}
