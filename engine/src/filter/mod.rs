//! Metadata filters: `year >= 2020 and lang in ("en", "de") and not draft`.
//!
//! A filter comes as text or as JSON, is bound to the types of a collection's [`Fields`], and says of a document's
//! [`Values`] whether it matches.
//!
//! # Text
//!
//! ```text
//! any       = all ("or" all)*                       all = not ("and" not)*
//! not       = "not" not | "(" any ")" | "exists" "(" field ")" | condition
//! condition = field                                 of a boolean field: it is true
//!           | field ("=" | "!=" | "<" | "<=" | ">" | ">=") value
//!           | field ["not"] "in" "(" value ("," value)* ")"
//!           | field "prefix" string
//! field     = [A-Za-z_][A-Za-z0-9_.-]* | "`" anything, a backquote doubled "`"
//! value     = integer | float | "true" | "false" | string
//! string    = in double or single quotes, with \" \' \\ \n \t \uXXXX
//! ```
//!
//! Words may be in any case; `==`, `<>`, `&&`, `||` and `!` are read as `=`, `!=`, `and`, `or` and `not`.
//!
//! # JSON
//!
//! `{"and": [...]}`, `{"or": [...]}`, `{"not": {...}}`, `{"field": "year", "op": ">=", "value": 2020}` with the
//! operators above, `in` (`value` is an array), `prefix` and `exists` (no `value`). A string is the text syntax.
//!
//! # Meaning
//!
//! A field has no value, one, or several. A comparison, `in` and `prefix` are true if any value satisfies them, so
//! they are false of an absent field. `!=` is exactly `not` of `=`, and `not in` of `in`: both are true of an absent
//! field. Keywords compare by their bytes; booleans know `=` and `!=` only; texts know `exists` only.
//!
//! A date is a year, month, day or instant (`"2020"`, `"2020-05"`, `"2020-05-01"`, RFC 3339; UTC if no offset is
//! given) and stands for the span of time [start, end): `=` is inside it, `<` before its start, `<=` before its end,
//! `>` from its end on, `>=` from its start on. An instant spans one microsecond.
//!
//! # Layout
//!
//! `lex, parse | json -> expression` (untyped) `-> bind` (with `fields`) `-> Filter -> print, json, evaluate`;
//! `flatten` and `value` read documents, `date` dates of documents and of filters; `limits` holds for both syntaxes.

mod bind;
mod date;
mod error;
mod evaluate;
mod expression;
mod fields;
mod flatten;
mod json;
mod lex;
mod limits;
mod parse;
mod print;
mod show;
#[cfg(test)]
pub(crate) mod tests;
mod value;

pub use date::Period;
pub use error::FilterError;
pub use fields::{FieldType, Fields, MAX_FIELDS, MAX_NAME};
pub use limits::{MAX_LIST, MAX_STRING};
pub use value::{Conflict, Literal, Value, Values};

/// Longest filter as text, in bytes; no filter is longer when printed.
pub const MAX_TEXT: usize = 64 << 10;

/// A filter bound to the types of fields.
///
/// `And` and `Or` have at least two parts, none of which is of their own kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Every part matches.
    #[non_exhaustive]
    And(Vec<Filter>),
    /// At least one part matches.
    #[non_exhaustive]
    Or(Vec<Filter>),
    /// The part does not match.
    #[non_exhaustive]
    Not(Box<Filter>),
    /// A value of the field compares so with the literal.
    #[non_exhaustive]
    Compare {
        /// The field.
        field: String,
        /// How.
        op: Op,
        /// With what; of the field's type.
        value: Literal,
    },
    /// A value of the field equals one of the literals.
    #[non_exhaustive]
    In {
        /// The field.
        field: String,
        /// At least one, of the field's type.
        values: Vec<Literal>,
    },
    /// The field has a value.
    #[non_exhaustive]
    Exists {
        /// The field.
        field: String,
    },
    /// A value of the field, a keyword, begins so.
    #[non_exhaustive]
    Prefix {
        /// The field.
        field: String,
        /// What it begins with.
        prefix: String,
    },
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Op {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Equal, Self::NotEqual, Self::Less, Self::LessOrEqual, Self::Greater, Self::GreaterOrEqual];

    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Filter {
    /// What matches both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut parts = Vec::new();
        for filter in [self, other] {
            match filter {
                Self::And(inner) => parts.extend(inner),
                filter => parts.push(filter),
            }
        }
        Self::And(parts)
    }

    /// Reads the text syntax; errors have the byte they are at.
    pub fn parse(text: &str, fields: &Fields) -> Result<Self, FilterError> {
        bind::bind(parse::parse(text)?, fields)
    }

    /// Reads the JSON syntax; errors begin with the path to what they are about.
    pub fn from_json(json: &serde_json::Value, fields: &Fields) -> Result<Self, FilterError> {
        match json {
            serde_json::Value::String(text) => Self::parse(text, fields),
            _ => bind::bind(json::parse(json)?, fields),
        }
    }
}
