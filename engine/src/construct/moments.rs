//! Which field a date is of.

use super::mention::Asked;
use super::schema::{Field, Schema};
use super::span::{Relation, Span};
use super::{Reason, names};
use crate::filter::{FieldType, Filter, Literal, Period};

/// What is said of a date's field.
#[derive(Debug, Clone)]
pub(super) enum Cue {
    /// Nothing.
    Any,
    /// "the year 2020".
    Year,
    /// The beginning of a word for making: "published", "released".
    Made(&'static str),
    /// A word for changing.
    Changed,
    /// Its name.
    Named(String),
}

const MADE: [(&str, &str); 9] = [
    ("published", "publi"),
    ("released", "releas"),
    ("written", "writ"),
    ("posted", "post"),
    ("issued", "issu"),
    ("created", "creat"),
    ("printed", "print"),
    ("uploaded", "upload"),
    ("dated", "date"),
];

const CHANGED: [(&str, ()); 7] = [
    ("last updated", ()),
    ("last modified", ()),
    ("updated", ()),
    ("modified", ()),
    ("revised", ()),
    ("edited", ()),
    ("changed", ()),
];

const CHANGES: [&str; 5] = ["updat", "modif", "revis", "edit", "chang"];

/// Of several date fields, the one that a date is of if nothing else is said: the first that only one name begins with.
const PREFERRED: [&str; 7] = ["publi", "releas", "issu", "post", "date", "creat", "writ"];

/// Words of a name that do not tell one date from another.
const EMPTY: [&str; 5] = ["at", "on", "date", "time", "day"];

/// The cue that begins at a word.
pub(super) fn cue(asked: Asked<'_>, at: usize) -> Option<(Cue, usize)> {
    let words = asked.words;
    if let Some((stem, end)) = words.look(at, &MADE) {
        return Some((Cue::Made(stem), end));
    }
    if let Some(((), end)) = words.look(at, &CHANGED) {
        return Some((Cue::Changed, end));
    }
    let named = |field: &Field| {
        let own: Vec<String> = field.words.iter().filter(|word| !EMPTY.contains(&word.as_str())).cloned().collect();
        let year = is_year(field);
        (field.kind == FieldType::Date || year).then(|| names::here(words, at, &own)).flatten()
    };
    asked.schema.fields().find_map(|field| Some((Cue::Named(field.name.clone()), named(field)?)))
}

/// The filter that the date field of a cue lies so to a stretch of time.
///
/// A date is of the field that the question names, by its name or by a word such as "published" or "updated" that its
/// name begins with. Otherwise it is of the only date field, or of the first of [`PREFERRED`]; without a date field, of
/// the only integer field of years, which only whole years fit.
pub(super) fn filter(schema: &Schema, cue: Cue, span: Span, relation: Relation) -> Result<Filter, Reason> {
    let field = field(schema, &cue)?;
    let value = |period: Period| match field.kind {
        FieldType::Date => Some(Literal::Date(period)),
        _ => Some(period.to_string()).filter(|text| text.len() == 4)?.parse().ok().map(Literal::Integer),
    };
    let imprecise = || if field.kind == FieldType::Date { Reason::ImpossibleDate } else { Reason::WholeYears };
    span.filter(relation, &field.name, value).ok_or_else(imprecise)
}

fn field<'a>(schema: &'a Schema, cue: &Cue) -> Result<&'a Field, Reason> {
    let dates: Vec<&Field> = schema.fields().filter(|field| field.kind == FieldType::Date).collect();
    let years: Vec<&Field> = schema.fields().filter(|field| is_year(field)).collect();
    match cue {
        Cue::Named(name) => schema.fields().find(|field| field.name == *name).ok_or(Reason::NoField),
        Cue::Year => only(&years).or_else(|| preferred(&dates)).ok_or_else(|| missing(&dates, &years)),
        Cue::Changed => only(&beginning(&dates, &CHANGES)).ok_or_else(|| missing(&beginning(&dates, &CHANGES), &[])),
        Cue::Made(stem) if !beginning(&dates, &[stem]).is_empty() => {
            only(&beginning(&dates, &[stem])).ok_or(Reason::AmbiguousField)
        }
        Cue::Made(_) | Cue::Any if !dates.is_empty() => preferred(&dates).ok_or(Reason::AmbiguousField),
        Cue::Made(_) | Cue::Any => only(&years).ok_or_else(|| missing(&[], &years)),
    }
}

fn preferred<'a>(dates: &[&'a Field]) -> Option<&'a Field> {
    only(dates).or_else(|| PREFERRED.iter().find_map(|stem| only(&beginning(dates, &[stem]))))
}

fn beginning<'a>(fields: &[&'a Field], stems: &[&str]) -> Vec<&'a Field> {
    let begins = |field: &&&Field| field.words.iter().any(|word| stems.iter().any(|stem| word.starts_with(stem)));
    fields.iter().filter(begins).copied().collect()
}

fn only<'a>(fields: &[&'a Field]) -> Option<&'a Field> {
    if let [field] = fields { Some(field) } else { None }
}

fn missing(dates: &[&Field], years: &[&Field]) -> Reason {
    if dates.is_empty() && years.is_empty() { Reason::NoField } else { Reason::AmbiguousField }
}

fn is_year(field: &Field) -> bool {
    field.kind == FieldType::Integer && field.words.iter().any(|word| word == "year")
}
