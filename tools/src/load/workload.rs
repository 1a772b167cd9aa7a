//! What is asked, and how it is written.

use hyper::Method;
use hyper::body::Bytes;
use maxsimd_engine::search::Mode;
use maxsimd_server::wire::{Form, InputType};
use serde::{Deserialize, Serialize};

use super::judge::Judge;
use super::{LoadError, Prepared, Query, maxsimd, next_plaid};

/// Queries that a document of a mixed workload is made of.
const QUERIES_OF_A_DOCUMENT: usize = 20;

/// What a server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// Searches
    #[default]
    Search,
    /// Answers, as streams of events
    Answer,
    /// Searches, and an upsert in place of each tenth; what they wrote is deleted at the end
    Mixed,
    /// Token vectors of -k texts a request
    Encode,
    /// Rankings of -k texts for a query
    Rerank,
}

/// Whose protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// That of maxsimd, in JSON
    #[default]
    Maxsimd,
    /// That of maxsimd in its compact form, which all workloads have but rerank
    MaxsimdCompact,
    /// That of next-plaid, for searches of mode late
    NextPlaid,
}

impl Api {
    /// How its bodies are written.
    pub(super) const fn form(self) -> Form {
        match self {
            Self::Maxsimd | Self::NextPlaid => Form::Json,
            Self::MaxsimdCompact => Form::Compact,
        }
    }
}

/// Where a request goes, and its body.
pub(super) type Body = (String, Bytes);

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A search.
    Search,
    /// An answer, as a stream.
    Answer,
    /// A document that is written.
    Upsert,
    /// Texts that become token vectors.
    Encode,
    /// Documents that are ranked for a query.
    Rerank,
}

/// What all requests of a workload have in common.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The kind of work.
    pub workload: Workload,
    /// Of whom.
    pub api: Api,
    /// Where.
    pub collection: &'a str,
    /// How searches score.
    pub mode: Mode,
    /// Hits, passages of an answer, or texts that are encoded or ranked by one request.
    pub k: usize,
    /// What is encoded or ranked; without any, the queries themselves.
    pub documents: &'a [String],
}

impl Ask<'_> {
    pub(super) fn check(&self, queries: &[Query]) -> Result<(), LoadError> {
        let of_texts = matches!(self.workload, Workload::Encode | Workload::Rerank);
        let searches = matches!(self.workload, Workload::Search | Workload::Mixed);
        let vectors = queries.iter().any(|query| query.vectors.is_some());
        if vectors && !searches {
            return Err(LoadError::NeedsText);
        }
        if self.collection.is_empty() && !of_texts {
            return Err(LoadError::NeedsCollection);
        }
        if !self.documents.is_empty() && !of_texts {
            return Err(LoadError::NeedsNoDocuments);
        }
        match (self.api, self.workload) {
            (Api::NextPlaid, Workload::Answer | Workload::Mixed) | (Api::MaxsimdCompact, Workload::Rerank) => {
                Err(LoadError::Unsupported("such workload".into()))
            }
            (Api::NextPlaid, Workload::Search) if self.mode != Mode::Late => {
                Err(LoadError::Unsupported(format!("mode {}", self.mode)))
            }
            _ => Ok(()),
        }
    }

    /// All requests that ask this, in the order of the queries or texts.
    pub(super) fn requests(&self, queries: &[Query]) -> Result<Vec<Prepared>, LoadError> {
        match self.workload {
            Workload::Encode => self.texts(queries).chunks(self.k.max(1)).map(|texts| self.encode(texts)).collect(),
            Workload::Rerank => Ok(self.reranks(queries)),
            _ => queries.iter().enumerate().map(|(number, query)| self.main(number, query)).collect(),
        }
    }

    fn main(&self, number: usize, query: &Query) -> Result<Prepared, LoadError> {
        let (operation, body) = match (self.api, self.workload) {
            (Api::NextPlaid, _) => (Operation::Search, next_plaid::search(self, query)),
            (_, Workload::Answer) => (Operation::Answer, maxsimd::answer(self, query)?),
            _ => (Operation::Search, maxsimd::search(self, query)?),
        };
        let judge = query.judgments.clone().map(|judgments| Judge { query: number, judgments });
        Ok(Prepared { judge, ..self.prepared(operation, Method::POST, body) })
    }

    /// What is encoded or ranked: documents, or without any the queries themselves.
    fn texts<'t>(&'t self, queries: &'t [Query]) -> Vec<&'t str> {
        match self.documents.is_empty() {
            true => queries.iter().map(|query| query.text.as_str()).collect(),
            false => self.documents.iter().map(String::as_str).collect(),
        }
    }

    fn encode(&self, texts: &[&str]) -> Result<Prepared, LoadError> {
        let kind = if self.documents.is_empty() { InputType::Query } else { InputType::Document };
        let body = match self.api {
            Api::Maxsimd | Api::MaxsimdCompact => maxsimd::encode(self, texts, kind)?,
            Api::NextPlaid => next_plaid::encode(texts, kind),
        };
        Ok(self.prepared(Operation::Encode, Method::POST, body))
    }

    /// Each query with the next texts in turn.
    fn reranks(&self, queries: &[Query]) -> Vec<Prepared> {
        let texts = self.texts(queries);
        let mut turn = texts.iter().copied().cycle().skip(1);
        let rerank = |query| {
            let documents: Vec<&str> = turn.by_ref().take(self.k).collect();
            let body = match self.api {
                Api::Maxsimd | Api::MaxsimdCompact => maxsimd::rerank(query, &documents),
                Api::NextPlaid => next_plaid::rerank(query, &documents),
            };
            self.prepared(Operation::Rerank, Method::POST, body)
        };
        queries.iter().map(rerank).collect()
    }

    pub(super) fn upsert(&self, number: usize, queries: &[Query]) -> Result<Prepared, LoadError> {
        let sentences = queries.iter().cycle().skip(number % queries.len()).take(QUERIES_OF_A_DOCUMENT);
        let text = sentences.map(|query| query.text.as_str()).collect::<Vec<_>>().join("\n");
        let body = maxsimd::upsert(self, &document_id(number), &text)?;
        Ok(self.prepared(Operation::Upsert, Method::PUT, body))
    }

    fn prepared(&self, operation: Operation, method: Method, (path, body): Body) -> Prepared {
        Prepared { operation, api: self.api, method, path, body, judge: None }
    }
}

pub(super) fn document_id(number: usize) -> String {
    format!("maxsim-bench-{number}")
}
