//! Texts encoded some at a time, so that only their vectors are in memory at once.

use std::ops::Range;

use maxsimd_engine::encode::{Encoded, Encoder};
use maxsimd_engine::{Context, Error};

use crate::error::Problem;
use crate::wire::{Degraded, InputType};

/// Most texts of a slice, and most bytes of them, of which every token has one at least.
const MOST_TEXTS: usize = 128;
const MOST_BYTES: usize = 256 * 1024;

/// Encodes texts in slices and hands over each with its number.
pub(super) fn each(
    (context, encoder): (&Context, &dyn Encoder),
    texts: &[String],
    input_type: InputType,
    mut take: impl FnMut(usize, Encoded) -> Result<(), Problem>,
) -> Result<(), Problem> {
    for slice in slices(texts) {
        context.check()?;
        let first = slice.start;
        let texts: Vec<&str> = texts[slice].iter().map(String::as_str).collect();
        let encoded = match input_type {
            InputType::Query => encoder.encode_queries(context, &texts).map_err(of_input),
            InputType::Document => encoder.encode_passages(context, &texts).map_err(Problem::from),
        }?;
        for (at, encoded) in encoded.into_iter().enumerate() {
            take(first + at, encoded)?;
        }
    }
    Ok(())
}

/// Encoders name a query's fault after the field of a search; here queries are input.
fn of_input(error: Error) -> Problem {
    let problem = Problem::from(error);
    if problem.field.as_deref() == Some("query") { problem.at("input") } else { problem }
}

/// Texts that are encoded together; at least one each.
fn slices(texts: &[String]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let (mut end, mut bytes) = (start, 0);
        while let Some(text) = texts.get(end) {
            bytes += text.len();
            if end > start && (end - start == MOST_TEXTS || bytes > MOST_BYTES) {
                break;
            }
            end += 1;
        }
        let slice = start..end;
        start = end;
        (!slice.is_empty()).then_some(slice)
    })
}

/// What did not fit into the encoder's limit.
#[derive(Debug, Default)]
pub(super) struct Cut {
    texts: usize,
    tokens: usize,
}

impl Cut {
    pub(super) fn note(&mut self, tokens: usize) {
        self.texts += usize::from(tokens > 0);
        self.tokens += tokens;
    }

    pub(super) fn degraded(&self) -> Vec<Degraded> {
        (self.texts > 0).then(|| Degraded::texts_cut(self.texts, self.tokens)).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(texts: &[String]) -> Vec<usize> {
        slices(texts).map(|slice| slice.len()).collect()
    }

    #[test]
    fn slices_hold_every_text_once_and_are_bounded_by_number_and_bytes() {
        assert_eq!(lengths(&[]), [0; 0]);
        assert_eq!(lengths(&vec![String::new(); 300]), [128, 128, 44]);
        let text = |bytes: usize| "x".repeat(bytes);
        assert_eq!(lengths(&[text(300 * 1024), text(1), text(128 * 1024), text(128 * 1024)]), [1, 2, 1]);
    }
}
