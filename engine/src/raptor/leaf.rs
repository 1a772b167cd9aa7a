//! A document's passages as the bottom of its tree: where each points to, and its sentences.

use std::ops::Range;
use std::sync::Arc;

use super::medoids::Stored;
use crate::build::PassageItem;
use crate::encode::Encoded;
use crate::segment::CodedPassage;
use crate::split::sentences;
use crate::{Document, TokenMatrix};

/// A sentence of a document.
#[derive(Debug, Clone)]
pub(crate) struct Sentence {
    /// Bytes of the document's text.
    pub(super) range: Range<usize>,
    /// Of length 1: the mean of its token vectors, as the encoder saw them in their passage.
    pub(super) vector: Arc<[f32]>,
    pub(super) tokens: usize,
}

/// A passage, or a node that is already there.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    /// Bytes of the document's text.
    pub(super) range: Range<usize>,
    /// Of length 1: the mean of its token vectors.
    pub(super) vector: Vec<f32>,
    pub(super) sentences: Vec<Sentence>,
    pub(super) tokens: usize,
    /// For nodes that are made of them.
    pub(super) stored: Option<Stored>,
}

/// A document whose passages there are, and whose nodes are to come.
#[derive(Debug)]
pub(crate) struct Sapling {
    pub(crate) document: Arc<Document>,
    pub(crate) leaves: Vec<Leaf>,
}

impl Leaf {
    /// What an encoded passage is to its tree.
    pub(crate) fn new(item: &PassageItem, encoded: &Encoded) -> Self {
        let text = &item.document.text[item.span.start..item.span.end];
        let tokens: Vec<(usize, usize)> =
            (0..).zip(&encoded.starts).filter_map(|(row, start)| Some((row, item.byte_of((*start)?)?))).collect();
        let vector = mean(&encoded.vectors, 0..encoded.vectors.rows());
        let sentences = sentences(text).into_iter().filter_map(|range| {
            let range = item.span.start + range.start..item.span.start + range.end;
            let rows = tokens.iter().filter(|(_, start)| range.contains(start)).map(|(row, _)| *row);
            let count = rows.clone().count();
            // Where it is not known which vectors are a sentence's, or it was cut off, the passage's has to do.
            let known = !tokens.is_empty();
            let own = if known { mean(&encoded.vectors, rows) } else { vector.clone() };
            let tokens = if known { count } else { item.document.text[range.clone()].split_whitespace().count() };
            (tokens > 0).then(|| Sentence { range, vector: own.into(), tokens })
        });
        let mut sentences: Vec<Sentence> = sentences.collect();
        let range = item.span.start..item.span.end;
        if sentences.is_empty() {
            sentences.push(Sentence { range: range.clone(), vector: vector.clone().into(), tokens: 1 });
        }
        Self { range, sentences, vector, tokens: encoded.vectors.rows(), stored: None }
    }

    /// The same with its token vectors as they are stored; `first` is the number of its first among the document's.
    pub(crate) fn with_stored(self, item: &PassageItem, encoded: &Encoded, coded: &CodedPassage, first: usize) -> Self {
        let starts = encoded.starts.iter().map(|start| item.byte_of((*start)?));
        Self { stored: Some(Stored::of_passage(coded, starts, first)), ..self }
    }

    /// Number of its token vectors.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }
}

/// The mean of some rows, brought to length 1; zeros if there is none.
pub(super) fn mean(vectors: &TokenMatrix, rows: impl Iterator<Item = usize>) -> Vec<f32> {
    let mut sum = vec![0.0; vectors.width()];
    for row in rows {
        sum.iter_mut().zip(vectors.row(row)).for_each(|(sum, value)| *sum += value);
    }
    normalise(&mut sum);
    sum
}

/// Brings a vector to length 1, unless it has none.
pub(super) fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|v| *v /= length);
    }
}
