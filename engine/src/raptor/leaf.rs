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

impl Sentence {
    /// The sentences of a passage that begins at a byte of its document, by the byte of the document at which the token of
    /// each of its vectors begins; all of it if it has none.
    pub(super) fn of(
        text: &str,
        start: usize,
        vectors: &TokenMatrix,
        byte_of: impl Fn(usize) -> Option<usize>,
    ) -> Vec<Self> {
        let places: Vec<(usize, usize)> =
            (0..vectors.rows()).filter_map(|row| byte_of(row).map(|byte| (row, byte))).collect();
        let whole: Arc<[f32]> = mean(vectors, 0..vectors.rows()).into();
        let sentence = |within: Range<usize>| {
            let words = text[within.clone()].split_whitespace().count();
            let range = start + within.start..start + within.end;
            let rows = places.iter().filter(|(_, byte)| range.contains(byte)).map(|(row, _)| *row);
            let count = rows.clone().count();
            // Where it is not known which vectors are a sentence's, the passage's has to do.
            let (vector, tokens) = match places.is_empty() {
                true => (Arc::clone(&whole), words),
                false => (mean(vectors, rows).into(), count),
            };
            // Of one that was cut off, there are none.
            (tokens > 0).then_some(Self { range, vector, tokens })
        };
        let mut sentences: Vec<Self> = sentences(text).into_iter().filter_map(sentence).collect();
        if sentences.is_empty() {
            sentences.push(Self { range: start..start + text.len(), vector: whole, tokens: 1 });
        }
        sentences
    }
}

impl Leaf {
    /// What an encoded passage is to its tree; without its sentences if those are not needed.
    pub(crate) fn new(item: &PassageItem, encoded: &Encoded, needs_sentences: bool) -> Self {
        let range = item.span.start..item.span.end;
        let byte_of = |row: usize| item.byte_of(encoded.starts.get(row).copied()??);
        let sentences = match needs_sentences {
            true => Sentence::of(&item.document.text[range.clone()], range.start, &encoded.vectors, byte_of),
            false => Vec::new(),
        };
        let vector = mean(&encoded.vectors, 0..encoded.vectors.rows());
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
