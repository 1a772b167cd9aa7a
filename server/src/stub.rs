//! An encoder for unit tests.

use std::sync::{Mutex, PoisonError};

use maxsimd_engine::encode::{Encoded, Encoder, Fingerprint};
use maxsimd_engine::{Context, Error, Result, TokenMatrix};

/// Gives each text its length, as many rows as asked for; refuses "?", and remembers what came together.
#[derive(Debug)]
pub(crate) struct Lengths {
    fingerprint: Fingerprint,
    rows: usize,
    calls: Mutex<Vec<Vec<String>>>,
}

impl Lengths {
    pub(crate) fn new(fingerprint: &str, rows: usize) -> Self {
        Self { fingerprint: Fingerprint(fingerprint.to_owned()), rows, calls: Mutex::default() }
    }

    /// What came together since this was last asked.
    pub(crate) fn calls(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Encoder for Lengths {
    fn name(&self) -> &str {
        "lengths"
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn width(&self) -> usize {
        1
    }

    fn encode_queries(&self, _: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        let call = texts.iter().map(|text| (*text).to_owned()).collect();
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
        if texts.contains(&"?") {
            return Err(Error::invalid("query", "has no token"));
        }
        let encode = |text: &&str| {
            let vectors = TokenMatrix::new(1, vec![text.len() as f32; self.rows])?;
            Ok(Encoded { vectors, truncated_tokens: 0, starts: vec![None; self.rows] })
        };
        texts.iter().map(encode).collect()
    }

    fn encode_passages(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        self.encode_queries(context, texts)
    }

    fn passage_starts(&self, _: &Context, texts: &[&str]) -> Result<Vec<Vec<Option<usize>>>> {
        Ok(vec![vec![None; self.rows]; texts.len()])
    }

    fn count_tokens(&self, _: &str) -> Result<usize> {
        Ok(1)
    }

    fn token_starts(&self, _: &str) -> Result<Vec<usize>> {
        Ok(vec![0])
    }
}
