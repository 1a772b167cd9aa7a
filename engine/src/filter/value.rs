//! Values of documents, and literals of filters.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{FieldType, Period};

/// One value of a document's field.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of a keyword field.
    Keyword(String),
    /// Of an integer field.
    Integer(i64),
    /// Of a float field.
    Float(f64),
    /// Of a boolean field.
    Boolean(bool),
    /// Of a date field: microseconds since 1970, UTC; a day's are those of its start.
    Date(i64),
    /// Of a text field.
    Text(String),
}

impl Value {
    /// A scalar as a value of the type, if it is one.
    pub(super) fn typed(kind: FieldType, value: &Json) -> Option<Self> {
        match kind {
            FieldType::Keyword => value.as_str().map(|text| Self::Keyword(text.to_owned())),
            FieldType::Integer => value.as_i64().map(Self::Integer),
            FieldType::Float => value.as_f64().map(Self::Float),
            FieldType::Boolean => value.as_bool().map(Self::Boolean),
            FieldType::Date => value.as_str().and_then(Period::of_document).map(|period| Self::Date(period.start())),
            FieldType::Text => value.as_str().map(|text| Self::Text(text.to_owned())),
        }
    }
}

/// The typed values of one document, by field.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Values(BTreeMap<String, Vec<Value>>);

impl Values {
    /// Adds a value to a field.
    pub(super) fn push(&mut self, field: &str, value: Value) {
        match self.0.get_mut(field) {
            Some(values) => values.push(value),
            None => drop(self.0.insert(field.to_owned(), vec![value])),
        }
    }

    /// The values of a field, none if it is absent.
    pub fn of(&self, field: &str) -> &[Value] {
        self.0.get(field).map_or(&[], Vec::as_slice)
    }

    /// All fields that have values, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[Value])> {
        self.0.iter().map(|(field, values)| (field.as_str(), values.as_slice()))
    }
}

/// A value of a document that is not of its field's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The field.
    pub field: String,
    /// Its type.
    pub expected: FieldType,
    /// The value, as JSON, shortened.
    pub found: String,
}

/// What a filter compares with, of its field's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// For a keyword field.
    Keyword(String),
    /// For an integer field.
    Integer(i64),
    /// For a float field; finite.
    Float(f64),
    /// For a boolean field.
    Boolean(bool),
    /// For a date field.
    Date(Period),
}
