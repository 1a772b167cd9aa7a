//! A passage's token vectors as score codes.

use half::f16;
use half::slice::HalfFloatSliceExt;
use half::vec::HalfFloatVecExt;

use super::{MAX_PASSAGE_VECTORS, PassageItem};
use crate::codes::Coder;
use crate::segment::CodedPassage;
use crate::{Document, Error, Result, TokenMatrix};

/// Where a passage stands in its document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) heading: &'a str,
}

impl<'a> Place<'a> {
    /// Of a whole document.
    pub(crate) fn whole(document: &Document) -> Place<'static> {
        Place { start: 0, end: document.text.len(), heading: "" }
    }

    /// Of a passage.
    pub(crate) fn of(item: &'a PassageItem) -> Self {
        Self { start: item.span.start, end: item.span.end, heading: &item.span.heading }
    }
}

/// Says which document was refused.
pub(crate) fn naming(document: &Document, error: Error) -> Error {
    match error {
        Error::Invalid { field, reason } => Error::invalid(field, format!("document {:?}: {reason}", document.id)),
        error => error,
    }
}

/// Codes a passage, and keeps its vectors if they are to be kept.
pub(crate) fn code(coder: &Coder, vectors: &TokenMatrix, keep: bool, place: Place) -> Result<CodedPassage> {
    if vectors.width() != coder.width() {
        return Err(Error::Width { expected: coder.width(), found: vectors.width() });
    }
    if !(1..=MAX_PASSAGE_VECTORS).contains(&vectors.rows()) {
        let reason = format!("a passage has 1 to {MAX_PASSAGE_VECTORS} token vectors, not {}", vectors.rows());
        return Err(Error::invalid("vectors", reason));
    }
    // In f16, as files of token vectors hold them, so that building from those files gives the same codes.
    let halves = Vec::<f16>::from_f32_slice(vectors.values());
    let rounded = halves.to_f32_vec();
    let mut codes = Vec::with_capacity(vectors.rows() * coder.code_bytes());
    let scales = coder.encode_all(&rounded, &mut codes)?;
    let heading = place.heading.to_owned();
    Ok(CodedPassage { start: place.start, end: place.end, heading, codes, scales, vectors: keep.then_some(halves) })
}
