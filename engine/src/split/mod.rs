//! Documents to passages.
use crate::{Result, TextFormat, encode::Encoder};
/// Budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// t
    pub tokens: usize,
    /// o
    pub overlap: usize,
}
/// Span.
#[derive(Debug, Clone)]
pub struct Span {
    /// s
    pub start: usize,
    /// e
    pub end: usize,
    /// h
    pub heading: String,
}
/// Split.
pub fn split(_text: &str, _format: TextFormat, _budget: Budget, _encoder: &dyn Encoder) -> Result<Vec<Span>> {
    Ok(vec![])
}
