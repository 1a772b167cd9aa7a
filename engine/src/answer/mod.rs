//! Answers in the documents' own words: a question's contexts are retrieved, the sentences of them that support an answer are
//! quoted, each with where it stands, or it is said that none does. No language model is asked.
//!
//! # Layout
//!
//! `evidence` holds the sentences of the contexts against the question, `quote` picks those that are the answer,
//! `confidence` tells whether there is one.

mod confidence;
mod evidence;
mod quote;

use serde::Serialize;

pub use confidence::{Calibration, Signals};

use crate::collection::{EncoderId, Generation};
use crate::encode::Encoder;
use crate::filter::Filter;
use crate::search::{Hit, MAX_K, Mode, SearchRequest};
use crate::{Context, Error, Result};
use evidence::Evidence;

/// What is asked.
#[derive(Debug, Clone)]
pub struct AnswerRequest {
    /// The question.
    pub question: String,
    /// Only documents that match; bound to the fields of the collection.
    pub filter: Option<Filter>,
    /// Contexts at most, 1 to `MAX_K`.
    pub k: usize,
    /// Token vectors of all contexts together at most.
    pub max_tokens: usize,
    /// How sure an answer has to be, and how that is told.
    pub calibration: Calibration,
}

impl AnswerRequest {
    /// A question without further wishes: eight contexts of 2,000 tokens in all.
    pub fn new(question: String) -> Self {
        Self { question, filter: None, k: 8, max_tokens: 2000, calibration: Calibration::default() }
    }
}

/// What is answered.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// The sentences, best first; empty if it was abstained.
    pub answer: String,
    /// Whether the contexts do not seem to hold an answer.
    pub abstained: bool,
    /// Probability that they do.
    pub confidence: f64,
    /// What that comes from.
    pub signals: Signals,
    /// Where each sentence is from; of an abstention, none.
    pub citations: Vec<Citation>,
    /// What was retrieved, best first.
    pub contexts: Vec<Hit>,
}

/// A part of an answer, and where it is from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Citation {
    /// Document.
    pub document_id: String,
    /// Passage.
    pub passage_id: String,
    /// What is quoted, as it stands in the document.
    pub quote: String,
    /// First byte in the document.
    pub start: u64,
    /// Byte after the last in the document.
    pub end: u64,
    /// First byte in the answer.
    pub answer_start: u64,
    /// Byte after the last in the answer.
    pub answer_end: u64,
    /// Mean over the question's tokens of the best dot product with a token of it.
    pub support: f32,
}

impl Generation {
    /// Answers a question with sentences of its passages.
    pub fn answer(&self, context: &Context, encoder: &dyn Encoder, request: &AnswerRequest) -> Result<Answer> {
        if !(1..=MAX_K).contains(&request.k) {
            return Err(Error::invalid("k", format!("{} is not from 1 to {MAX_K}", request.k)));
        }
        self.check_encoder(&EncoderId::of(encoder))?;
        let question = request.question.trim();
        let query = encoder.encode_queries(context, &[question])?.swap_remove(0).vectors;
        let search = SearchRequest {
            texts: vec![question.to_owned()],
            filter: request.filter.clone(),
            max_tokens: Some(request.max_tokens),
            ..SearchRequest::new(vec![query.clone()], request.k, Mode::Hybrid)
        };
        let contexts = self.search(context, &search)?.hits;
        let evidence = Evidence::gather(context, self, encoder, (&query, question), &contexts)?;
        let signals = Signals::of(&evidence);
        let confidence = request.calibration.confidence(&signals);
        let abstained = confidence < request.calibration.threshold || evidence.sentences.is_empty();
        let mut said =
            Answer { answer: String::new(), abstained, confidence, signals, citations: Vec::new(), contexts };
        if abstained {
            return Ok(said);
        }
        for sentence in quote::picked(&evidence) {
            let hit = &said.contexts[sentence.context];
            if !said.answer.is_empty() {
                said.answer.push(' ');
            }
            let answer_start = said.answer.len() as u64;
            said.answer.push_str(&sentence.text);
            said.citations.push(Citation {
                document_id: hit.document_id.clone().unwrap_or_default(),
                passage_id: hit.passage_id.clone(),
                quote: sentence.text.clone(),
                start: sentence.range.start as u64,
                end: sentence.range.end as u64,
                answer_start,
                answer_end: said.answer.len() as u64,
                support: sentence.support(),
            });
        }
        Ok(said)
    }
}
