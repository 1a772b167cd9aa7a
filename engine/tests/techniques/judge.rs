//! A cross-encoder of a test.

use maxsimd_engine::encode::{CrossEncoder, Fingerprint};
use maxsimd_engine::{Context, Error, Result};

/// The log-odds of passages are those of the first of some words that they have.
#[derive(Debug)]
pub(crate) struct Judge {
    words: Vec<(&'static str, f32)>,
    fails: bool,
    fingerprint: Fingerprint,
}

impl Judge {
    pub(crate) fn of(words: &[(&'static str, f32)]) -> Self {
        Self { words: words.to_vec(), fails: false, fingerprint: Fingerprint("judge".to_owned()) }
    }

    /// One that scores nothing.
    pub(crate) fn failing() -> Self {
        Self { fails: true, ..Self::of(&[]) }
    }
}

impl CrossEncoder for Judge {
    fn name(&self) -> &'static str {
        "judge"
    }
    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
    fn score(&self, context: &Context, _: &str, passages: &[&str]) -> Result<Vec<f32>> {
        context.check()?;
        if self.fails {
            return Err(Error::Runtime { message: "out of memory".to_owned() });
        }
        let has = |passage: &str| self.words.iter().find(|(word, _)| passage.contains(word));
        Ok(passages.iter().map(|passage| has(passage).map_or(-9.0, |(_, odds)| *odds)).collect())
    }
}
