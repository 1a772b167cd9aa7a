//! What construction returns.

use std::ops::Range;

use serde::{Serialize, Serializer};

use super::words::Words;
use crate::filter::Filter;

/// What a question says of its documents' fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Constructed {
    /// All that is said; in the text syntax when serialised. None if nothing is.
    #[serde(serialize_with = "text_or_null")]
    pub filter: Option<Filter>,
    /// What it was made of, in the question's order, at most [`MAX_CLAUSES`](super::MAX_CLAUSES).
    pub clauses: Vec<Clause>,
    /// What was recognised and not used.
    pub dropped: Vec<Dropped>,
    /// The question without what became clauses, to search for; the whole question if little is left.
    pub rest: String,
}

/// Words of a question that became a part of its filter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clause {
    /// Bytes of the question, on the borders of characters.
    pub range: Range<usize>,
    /// The question there.
    pub text: String,
    /// What it says by itself; in the text syntax when serialised.
    #[serde(serialize_with = "as_text")]
    pub filter: Filter,
}

/// Words of a question that could have been a part of its filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// Bytes of the question, on the borders of characters.
    pub range: Range<usize>,
    /// The question there.
    pub text: String,
    /// Why they are not.
    pub reason: Reason,
}

/// Why words became no part of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing shows that it is said of documents.
    #[error("may be said of what documents tell, not of the documents")]
    OfTheSubject,
    /// No field fits.
    #[error("there is no field for it")]
    NoField,
    /// Several fields fit equally.
    #[error("several fields fit")]
    AmbiguousField,
    /// There is no such day or order of days.
    #[error("there is no such date")]
    ImpossibleDate,
    /// Day and month could be either way round.
    #[error("day and month could be either way round; write YYYY-MM-DD")]
    AmbiguousDate,
    /// The field knows years only.
    #[error("the field holds whole years")]
    WholeYears,
    /// An integer field cannot equal it, or hold it.
    #[error("the field has no such number")]
    NoSuchNumber,
    /// All values of the field are known, and it is none of them.
    #[error("no document has this value")]
    UnknownValue,
    /// There are as many clauses, or as long ones, as a filter may have.
    #[error("more than {max} clauses, or too long ones", max = super::MAX_CLAUSES)]
    TooMany,
    /// The question is not read.
    #[error("a question longer than {max} bytes", max = super::MAX_QUESTION)]
    TooLong,
}

impl Constructed {
    pub(super) fn nothing(question: &str, reason: Reason) -> Self {
        let dropped = vec![Dropped { range: 0..question.len(), text: String::new(), reason }];
        Self { filter: None, clauses: Vec::new(), dropped, rest: question.to_owned() }
    }
}

impl Clause {
    pub(super) fn of(words: &Words<'_>, place: &Range<usize>, filter: Filter) -> Self {
        Self { range: words.bytes(place), text: words.text(place).to_owned(), filter }
    }
}

impl Dropped {
    pub(super) fn of(words: &Words<'_>, place: &Range<usize>, reason: Reason) -> Self {
        Self { range: words.bytes(place), text: words.text(place).to_owned(), reason }
    }
}

fn as_text<S: Serializer>(filter: &Filter, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(filter)
}

fn text_or_null<S: Serializer>(filter: &Option<Filter>, serializer: S) -> Result<S::Ok, S::Error> {
    match filter {
        Some(filter) => as_text(filter, serializer),
        None => serializer.serialize_none(),
    }
}
