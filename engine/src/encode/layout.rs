//! How a batch of sequences lies in a graph's inputs, and where its vectors lie in the output.

use std::iter::{repeat, repeat_n};

use super::sequence::Sequence;
use super::settings::{GraphLayout, GraphNames};

/// One input of a graph.
#[derive(Debug)]
pub(super) struct Input<'a> {
    pub(super) name: &'a str,
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<i64>,
}

impl GraphLayout {
    /// Names of the graph's inputs.
    pub(super) fn inputs(&self) -> Vec<&str> {
        match self {
            Self::Packed => vec!["input_ids", "positions", "starts", "attended", "rows"],
            Self::Padded(names) => {
                let names = [Some(&names.input_ids), Some(&names.attention_mask), names.token_type_ids.as_ref()];
                names.into_iter().flatten().map(String::as_str).collect()
            }
        }
    }

    /// Name of its output.
    pub(super) fn output(&self) -> &str {
        match self {
            Self::Packed => "token_vectors",
            Self::Padded(names) => &names.token_vectors,
        }
    }

    /// Sides of its output before the width.
    pub(super) fn output_shape(&self, batch: &[&Sequence]) -> Vec<usize> {
        match self {
            Self::Packed => vec![batch.iter().map(|sequence| sequence.rows.len()).sum()],
            Self::Padded(_) => vec![batch.len(), longest(batch)],
        }
    }

    /// Values of its inputs.
    pub(super) fn values(&self, batch: &[&Sequence]) -> Vec<Input<'_>> {
        match self {
            Self::Packed => packed(batch),
            Self::Padded(names) => padded(names, batch),
        }
    }

    /// Rows of its output that are a sequence's vectors, of each sequence.
    pub(super) fn rows(&self, batch: &[&Sequence]) -> Vec<Vec<usize>> {
        let longest = longest(batch);
        let mut first = 0;
        let rows = batch.iter().enumerate().map(|(number, sequence)| match self {
            Self::Packed => {
                let start = first;
                first += sequence.rows.len();
                (start..first).collect()
            }
            Self::Padded(_) => sequence.rows.iter().map(|row| number * longest + row).collect(),
        });
        rows.collect()
    }
}

fn longest(batch: &[&Sequence]) -> usize {
    batch.iter().map(|sequence| sequence.ids.len()).max().unwrap_or(0)
}

/// Sequences one behind the other.
fn packed(batch: &[&Sequence]) -> Vec<Input<'static>> {
    let number = |value: usize| value as i64;
    let mut starts = vec![0];
    let mut rows = Vec::new();
    for sequence in batch {
        let start = starts[starts.len() - 1];
        rows.extend(sequence.rows.iter().map(|&row| start + number(row)));
        starts.push(start + number(sequence.ids.len()));
    }
    let ids = batch.iter().flat_map(|sequence| &sequence.ids).map(|&id| i64::from(id)).collect();
    let positions = batch.iter().flat_map(|sequence| 0..number(sequence.ids.len())).collect();
    let attended = batch.iter().map(|sequence| number(sequence.attended)).collect();
    let inputs =
        [("input_ids", ids), ("positions", positions), ("starts", starts), ("attended", attended), ("rows", rows)];
    inputs.into_iter().map(|(name, values): (_, Vec<i64>)| Input { name, shape: vec![values.len()], values }).collect()
}

/// Sequences below each other, padded to the longest. The mask hides the padding, so any valid id does.
fn padded<'a>(names: &'a GraphNames, batch: &[&Sequence]) -> Vec<Input<'a>> {
    let longest = longest(batch);
    let ids = stacked(longest, 0, batch.iter().map(|sequence| sequence.ids.iter().copied()));
    let mask = stacked(longest, 0, batch.iter().map(|sequence| repeat_n(1, sequence.attended)));
    let segments = vec![0; ids.len()];
    let mut inputs = vec![(&names.input_ids, ids), (&names.attention_mask, mask)];
    inputs.extend(names.token_type_ids.as_ref().map(|name| (name, segments)));
    let input = |(name, values)| Input { name, shape: vec![batch.len(), longest], values };
    inputs.into_iter().map(|(name, values): (&'a String, _)| input((name.as_str(), values))).collect()
}

/// Rows below each other, each filled up to `length`.
pub(super) fn stacked(length: usize, fill: u32, rows: impl Iterator<Item: Iterator<Item = u32>>) -> Vec<i64> {
    rows.flat_map(|row| row.chain(repeat(fill)).take(length)).map(i64::from).collect()
}
