//! Fields of metadata and their types: declared, or learnt from documents.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::{Conflict, Period, Value, Values, flatten, show};
use crate::{Error, Result};

/// Most fields of a collection.
pub const MAX_FIELDS: usize = 256;
/// Longest name of a field, in bytes.
pub const MAX_NAME: usize = 100;
/// Longest string that is taken for a keyword, in bytes.
const MAX_KEYWORD: usize = 256;

/// What values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// A string that is compared as a whole.
    Keyword,
    /// An i64.
    Integer,
    /// An f64, always finite.
    Float,
    /// True or false.
    Boolean,
    /// An RFC 3339 date or date-time.
    Date,
    /// A string that is not compared.
    Text,
}

impl FieldType {
    const ALL: [Self; 6] = [Self::Keyword, Self::Integer, Self::Float, Self::Boolean, Self::Date, Self::Text];

    /// Name in declarations and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Text => "text",
        }
    }

    /// The type that a scalar suggests.
    fn suggested_by(value: &Json) -> Self {
        match value {
            Json::Bool(_) => Self::Boolean,
            Json::Number(number) if number.is_i64() => Self::Integer,
            Json::Number(_) => Self::Float,
            Json::String(text) if Period::of_document(text).is_some() => Self::Date,
            Json::String(text) if text.len() <= MAX_KEYWORD => Self::Keyword,
            _ => Self::Text,
        }
    }
}

impl fmt::Display for FieldType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for FieldType {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::invalid("fields", format!("{} is none of {names}", show::quoted(name, '"')))
        })
    }
}

/// The fields of a collection, by name. Once a field is known, its type stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, FieldType>")]
pub struct Fields(BTreeMap<String, FieldType>);

impl Fields {
    /// Adds a field.
    ///
    /// Fails if there are [`MAX_FIELDS`] already, if it is known with another type, or if the name is not 1 to 100
    /// bytes without control characters.
    pub fn declare(&mut self, name: &str, kind: FieldType) -> Result<()> {
        if let Some(known) = self.get(name) {
            let reason = || format!("{name} is {known} already and cannot become {kind}");
            return if known == kind { Ok(()) } else { Err(Error::invalid("fields", reason())) };
        }
        if !(1..=MAX_NAME).contains(&name.len()) || name.chars().any(char::is_control) {
            let reason = format!("{} is not 1 to {MAX_NAME} bytes without control characters", show::quoted(name, '"'));
            return Err(Error::invalid("fields", reason));
        }
        if self.0.len() == MAX_FIELDS {
            return Err(Error::invalid("fields", format!("{name} would be more than {MAX_FIELDS}")));
        }
        self.0.insert(name.to_owned(), kind);
        Ok(())
    }

    /// Adds the fields of a document that are not known yet, each with the type that its first value suggests.
    ///
    /// Returns the names that were left out because they, or their number, are beyond what [`declare`](Self::declare)
    /// takes.
    pub fn learn(&mut self, metadata: &Map<String, Json>) -> Vec<String> {
        let mut left_out: Vec<String> = Vec::new();
        flatten::scalars(metadata, &mut |name, value| {
            let again = left_out.last().is_some_and(|last| last == name) || self.get(name).is_some();
            if !again && self.declare(name, FieldType::suggested_by(value)).is_err() {
                left_out.push(name.to_owned());
            }
        });
        left_out
    }

    /// A document's values of known fields, and the first value of each field that is not of its type (it is not
    /// among the values).
    pub fn typed(&self, metadata: &Map<String, Json>) -> (Values, Vec<Conflict>) {
        let mut values = Values::default();
        let mut conflicts: BTreeMap<String, Conflict> = BTreeMap::new();
        flatten::scalars(metadata, &mut |name, found| {
            let Some(expected) = self.get(name) else { return };
            match Value::typed(expected, found) {
                Some(value) => values.push(name, value),
                None if conflicts.contains_key(name) => {}
                None => {
                    let conflict = Conflict { field: name.to_owned(), expected, found: show::json(found) };
                    conflicts.insert(name.to_owned(), conflict);
                }
            }
        });
        (values, conflicts.into_values().collect())
    }

    /// The type of a field.
    pub fn get(&self, name: &str) -> Option<FieldType> {
        self.0.get(name).copied()
    }

    /// All fields, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, FieldType)> {
        self.0.iter().map(|(name, &kind)| (name.as_str(), kind))
    }
}

impl TryFrom<BTreeMap<String, FieldType>> for Fields {
    type Error = Error;

    fn try_from(declared: BTreeMap<String, FieldType>) -> Result<Self> {
        let mut fields = Self::default();
        declared.iter().try_for_each(|(name, &kind)| fields.declare(name, kind))?;
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn learnt(metadata: &Json) -> (Fields, Vec<String>) {
        let mut fields = Fields::default();
        let left_out = fields.learn(metadata.as_object().expect("an object"));
        (fields, left_out)
    }

    #[test]
    fn types_are_learnt_from_the_first_value() {
        let (fields, left_out) = learnt(&json!({
            "boolean": [true], "integer": [null, {}, [1], 5, "x"], "float": 2.0, "large": u64::MAX,
            "date": "2020-05-01", "instant": "2020-05-01T12:30Z", "local": "2020-05-01T12:30", "keyword": "x".repeat(256),
            "text": "x".repeat(257), "null": null, "empty": [], "a": {"b": {"c": {"d": 1, "e": {"f": 1}}}},
        }));
        let types: Vec<String> = fields.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
        let expected = "a.b.c.d integer, boolean boolean, date date, float float, instant date, integer integer, \
                        keyword keyword, large float, local keyword, text text";
        assert_eq!((types.join(", ").as_str(), left_out), (expected, vec![]));
    }

    #[test]
    fn a_known_type_stays() {
        let (mut fields, _) = learnt(&json!({"year": 2020}));
        fields.learn(json!({"year": "2021", "lang": "en"}).as_object().expect("an object"));
        assert_eq!((fields.get("year"), fields.get("lang")), (Some(FieldType::Integer), Some(FieldType::Keyword)));
        assert!(fields.declare("year", FieldType::Integer).is_ok());
        let error = fields.declare("year", FieldType::Float).expect_err("another type");
        assert_eq!(error.to_string(), "fields: year is integer already and cannot become float");
    }

    #[test]
    fn names_and_numbers_of_fields_are_limited() {
        let long = "x".repeat(MAX_NAME + 1);
        let (fields, left_out) = learnt(&json!({"": 1, "a\nb": [1, 2], long.clone(): 1, "ä b": 1}));
        assert_eq!(fields.iter().collect::<Vec<_>>(), [("ä b", FieldType::Integer)]);
        assert_eq!(left_out, ["", "a\nb", long.as_str()]);
        let many = (0..=MAX_FIELDS).map(|i| (format!("f{i:03}"), json!(i))).collect();
        let (fields, left_out) = learnt(&Json::Object(many));
        assert_eq!((fields.iter().count(), left_out), (MAX_FIELDS, vec!["f256".to_owned()]));
    }

    #[test]
    fn values_that_do_not_fit_are_conflicts_and_the_others_stay() {
        let fields: Fields = serde_json::from_value(json!({
            "year": "integer", "score": "float", "on": "date", "lang": "keyword", "draft": "boolean", "author.name": "text",
        }))
        .expect("sound fields");
        let metadata = json!({
            "year": [2020, 2020.5, "x", 2021], "score": [1, 2.5, "3"], "on": ["2020", "1970-01-02"], "lang": 5,
            "draft": "true", "author": {"name": "Ada"}, "unknown": 1,
        });
        let (values, conflicts) = fields.typed(metadata.as_object().expect("an object"));
        assert_eq!(values.of("year"), [Value::Integer(2020), Value::Integer(2021)]);
        assert_eq!(values.of("score"), [Value::Float(1.0), Value::Float(2.5)]);
        assert_eq!(values.of("on"), [Value::Date(86_400_000_000)]);
        assert_eq!(values.of("author.name"), [Value::Text("Ada".to_owned())]);
        assert_eq!(values.iter().count(), 4);
        let found: Vec<String> = conflicts.iter().map(|c| format!("{} {} {}", c.field, c.expected, c.found)).collect();
        let expected = [
            "draft boolean \"true\"",
            "lang keyword 5",
            "on date \"2020\"",
            "score float \"3\"",
            "year integer 2020.5",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn types_and_names_of_declarations_are_checked() {
        let error = "int".parse::<FieldType>().expect_err("no type");
        assert_eq!(error.to_string(), "fields: \"int\" is none of keyword, integer, float, boolean, date, text");
        for kind in FieldType::ALL {
            assert_eq!(kind.to_string().parse::<FieldType>().ok(), Some(kind));
            assert_eq!(json!(kind), json!(kind.name()));
        }
        assert!(serde_json::from_value::<Fields>(json!({"a\0": "text"})).is_err());
        let fields: Fields = serde_json::from_value(json!({"a": "text"})).expect("sound fields");
        assert_eq!(json!(fields), json!({"a": "text"}));
    }
}
