//! Limits of one filter, the same in both syntaxes.

use super::expression::Place;
use super::{FilterError, MAX_TEXT};

/// Levels of `and`, `or`, `not` and parentheses.
const MAX_DEPTH: usize = 32;
const MAX_NODES: usize = 1000;
/// Most values of one `in`.
pub const MAX_LIST: usize = 1000;
/// Longest string in a filter, in bytes.
pub const MAX_STRING: usize = 1024;

/// What one filter has used of its limits.
#[derive(Debug, Default)]
pub(super) struct Limits {
    nodes: usize,
    bytes: usize,
}

impl Limits {
    /// One more condition, `and`, `or` or `not`.
    pub(super) fn node(&mut self, place: &Place) -> Result<(), FilterError> {
        self.nodes += 1;
        within(self.nodes, MAX_NODES, place, || format!("more than {MAX_NODES} conditions and operators"))
    }

    /// One more string.
    pub(super) fn string(&mut self, text: &str, place: &Place) -> Result<(), FilterError> {
        string(text, place)?;
        self.spend(text.len(), place)
    }

    /// One more value in a list that has so many.
    pub(super) fn list(&mut self, values: usize, place: &Place) -> Result<(), FilterError> {
        within(values + 1, MAX_LIST, place, || format!("a list of more than {MAX_LIST} values"))?;
        self.spend(1, place)
    }

    fn spend(&mut self, bytes: usize, place: &Place) -> Result<(), FilterError> {
        self.bytes += bytes;
        within(self.bytes, MAX_TEXT, place, || format!("values of more than {MAX_TEXT} bytes altogether"))
    }
}

/// Checks levels of nesting.
pub(super) fn depth(depth: usize, place: &Place) -> Result<(), FilterError> {
    within(depth, MAX_DEPTH, place, || format!("nested deeper than {MAX_DEPTH} levels"))
}

/// Checks a string, also while it is read.
pub(super) fn string(text: &str, place: &Place) -> Result<(), FilterError> {
    within(text.len(), MAX_STRING, place, || format!("a string longer than {MAX_STRING} bytes"))
}

fn within(found: usize, most: usize, place: &Place, reason: impl Fn() -> String) -> Result<(), FilterError> {
    if found > most { Err(place.error(reason())) } else { Ok(()) }
}
