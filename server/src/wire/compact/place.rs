//! Where in a body reading is, so that what is wrong is refused by name.

use std::fmt;

use bincode::BorrowDecode;
use bincode::de::BorrowDecoder;
use bincode::error::DecodeError;

use crate::error::{Code, Problem};

/// Fields and items that reading is inside of.
#[derive(Debug, Default)]
pub struct Place(Vec<Part>);

#[derive(Debug, Clone, Copy)]
enum Part {
    Field(&'static str),
    Item(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            match part {
                Part::Field(name) if at == 0 => f.write_str(name)?,
                Part::Field(name) => write!(f, ".{name}")?,
                Part::Item(number) => write!(f, "[{number}]")?,
            }
        }
        Ok(())
    }
}

/// Reads the value of a field.
pub(crate) fn field<'de, T, D>(name: &'static str, decoder: &mut D) -> Result<T, DecodeError>
where
    T: BorrowDecode<'de, Place>,
    D: BorrowDecoder<'de, Context = Place>,
{
    inside(Part::Field(name), decoder)
}

/// Reads an item of a list.
pub(super) fn item<'de, T, D>(number: usize, decoder: &mut D) -> Result<T, DecodeError>
where
    T: BorrowDecode<'de, Place>,
    D: BorrowDecoder<'de, Context = Place>,
{
    inside(Part::Item(number), decoder)
}

/// What fails stays where it was.
fn inside<'de, T, D>(part: Part, decoder: &mut D) -> Result<T, DecodeError>
where
    T: BorrowDecode<'de, Place>,
    D: BorrowDecoder<'de, Context = Place>,
{
    decoder.context().0.push(part);
    let value = T::borrow_decode(decoder)?;
    decoder.context().0.pop();
    Ok(value)
}

/// What is wrong with a body in the compact form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct Malformed {
    code: Code,
    place: String,
    reason: String,
}

impl Malformed {
    /// Something that has no place.
    pub(super) fn bytes(reason: impl Into<String>) -> Self {
        Self { code: Code::InvalidCompact, place: String::new(), reason: reason.into() }
    }

    pub(super) fn at(place: &Place, error: &DecodeError) -> Self {
        let (code, reason) = match error {
            // What this crate's own types refuse: a value that can be read and is not taken.
            DecodeError::OtherString(reason) => (Code::InvalidField, reason.clone()),
            DecodeError::UnexpectedEnd { .. } => (Code::InvalidCompact, "the body ends early".to_owned()),
            DecodeError::LimitExceeded => (Code::InvalidCompact, "longer than a body can be".to_owned()),
            DecodeError::InvalidBooleanValue(byte) => (Code::InvalidCompact, format!("{byte} is neither 0 nor 1")),
            DecodeError::UnexpectedVariant { found, .. } => (Code::InvalidCompact, format!("there is no case {found}")),
            DecodeError::Utf8 { inner } => {
                (Code::InvalidUtf8, format!("byte {} of the text is not UTF-8", inner.valid_up_to()))
            }
            other => (Code::InvalidCompact, other.to_string()),
        };
        Self { code, place: place.to_string(), reason }
    }
}

impl From<Malformed> for Problem {
    fn from(Malformed { code, place, reason }: Malformed) -> Self {
        let problem = Self::new(code, reason);
        if place.is_empty() { problem } else { problem.at(place) }
    }
}
