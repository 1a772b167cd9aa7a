//! From bytes to a typed request: its body is read in either form, then what has to hold of it is checked.

use super::Form;
use crate::error::Problem;

/// A body as it came, before any of its fields is judged.
pub trait RequestBody<'a>: Sized {
    /// Reads it.
    fn parse(form: Form, bytes: &'a [u8]) -> Result<Self, Problem>;
}

/// A request that holds what its type says.
pub trait Request: Sized {
    /// What it is read from.
    type Body<'a>: RequestBody<'a>;

    /// Judges a body's fields.
    fn check(body: Self::Body<'_>) -> Result<Self, Problem>;

    /// Bytes of memory that what a body says takes beyond the body, if that may be many times more.
    fn weight(_: &Self::Body<'_>) -> usize {
        0
    }

    /// Reads a body and judges it.
    fn parse(form: Form, bytes: &[u8]) -> Result<Self, Problem> {
        Self::parse_within(form, bytes, |_| Ok(()))
    }

    /// The same, if there is room for what it takes in memory.
    fn parse_within(
        form: Form,
        bytes: &[u8],
        room: impl FnOnce(usize) -> Result<(), Problem>,
    ) -> Result<Self, Problem> {
        let body = Self::Body::parse(form, bytes)?;
        room(Self::weight(&body))?;
        Self::check(body)
    }
}
