//! Query texts to token vectors, those of several searches in one run of the encoder.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use maxsimd_engine::collection::{EncoderId, Generation};
use maxsimd_engine::encode::{Encoded, Encoder};
use maxsimd_engine::{Context, Error, Timings};

use crate::FirstStep;
use crate::encoder::{EncoderSlot, EncoderState};
use crate::error::Problem;
use crate::metrics::Metrics;
use crate::search::encodings::Encodings;

/// Most texts of several searches in a run, and most bytes of them: some 120 tokens. Measured with MiniLM: of four
/// together each takes a third less time than alone, of eight hardly less again, and all wait for the last.
const MOST_TEXTS: usize = 4;
const MOST_BYTES: usize = 512;

/// Encodes queries, or finds them among those of before.
#[derive(Debug)]
pub(crate) struct Queries {
    encoder: Arc<EncoderSlot>,
    encodings: Encodings,
    metrics: Arc<Metrics>,
}

/// Texts of one search.
#[derive(Debug)]
pub(crate) struct Texts {
    /// The field that they came in.
    pub(crate) field: &'static str,
    pub(crate) texts: Vec<String>,
    pub(crate) deadline: Instant,
}

/// Encodings of one search's texts.
#[derive(Debug)]
pub(crate) struct EncodedTexts {
    pub(crate) encoder: EncoderId,
    pub(crate) encoded: Vec<Arc<Encoded>>,
    /// Time of the run, which may have been for others too.
    pub(crate) timings: Timings,
}

type Outcome = Result<EncodedTexts, Problem>;

impl Queries {
    pub(crate) fn new(encoder: Arc<EncoderSlot>, metrics: Arc<Metrics>) -> Self {
        Self { encoder, encodings: Encodings::new(), metrics }
    }

    /// Fails if the encoder is not the one that made a collection; without any, encoding says so.
    pub(crate) fn check(&self, generation: &Generation) -> Result<(), Problem> {
        match self.encoder.get() {
            Ok(encoder) => Ok(generation.check_encoder(&EncoderId::of(&*encoder))?),
            Err(_) => Ok(()),
        }
    }

    /// The encoder that made a collection, if it is the daemon's.
    pub(crate) fn encoder_of(&self, generation: &Generation) -> Option<Arc<dyn Encoder>> {
        let encoder = self.encoder.get().ok()?;
        generation.check_encoder(&EncoderId::of(&*encoder)).ok().map(|()| encoder)
    }

    /// Whether it is known what encoder there is.
    pub(crate) fn knows_its_encoder(&self) -> bool {
        !matches!(*self.encoder.state(), EncoderState::Loading)
    }

    /// Encodes one search's texts by themselves.
    pub(crate) fn encode(&self, texts: &Texts, cancelled: &Arc<AtomicBool>) -> Outcome {
        let encoder = self.encoder.get()?;
        self.together(&*encoder, &[texts], cancelled).map(|mut all| all.remove(0)).map_err(|error| match error {
            Error::Invalid { reason, .. } => Problem::field(texts.field, reason),
            other => other.into(),
        })
    }

    fn together(
        &self,
        encoder: &dyn Encoder,
        group: &[&Texts],
        cancelled: &Arc<AtomicBool>,
    ) -> maxsimd_engine::Result<Vec<EncodedTexts>> {
        let latest = group.iter().map(|texts| texts.deadline).max().unwrap_or_else(Instant::now);
        let context = Context::until(latest).cancelled_by(Arc::clone(cancelled));
        let texts: Vec<&str> = group.iter().flat_map(|texts| &texts.texts).map(String::as_str).collect();
        let mut encoded = self.encodings.of(encoder, &context, &texts, &self.metrics)?.into_iter();
        let (id, timings) = (EncoderId::of(encoder), context.timings());
        let share = |texts: &&Texts| EncodedTexts {
            encoder: id.clone(),
            encoded: encoded.by_ref().take(texts.texts.len()).collect(),
            timings: timings.clone(),
        };
        Ok(group.iter().map(share).collect())
    }
}

impl FirstStep for Queries {
    type Part = Texts;
    type Outcome = Outcome;

    fn joins(&self, group: &[&Texts], part: &Texts) -> bool {
        let all = || group.iter().copied().chain([part]).flat_map(|texts| &texts.texts);
        all().count() <= MOST_TEXTS && all().map(String::len).sum::<usize>() <= MOST_BYTES
    }

    fn run(&self, group: Vec<Texts>, cancelled: &Arc<AtomicBool>) -> Vec<Outcome> {
        let all: Vec<&Texts> = group.iter().collect();
        if let ([_, _, ..], Ok(encoder)) = (all.as_slice(), self.encoder.get())
            && let Ok(encoded) = self.together(&*encoder, &all, cancelled)
        {
            return encoded.into_iter().map(Ok).collect();
        }
        // Alone, or one of them has a text that cannot be encoded, which is nothing to the others.
        group.iter().map(|texts| self.encode(texts, cancelled)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::EncoderSource;
    use crate::encoder::Loader;
    use crate::stub::Lengths;

    fn queries() -> (Queries, Arc<Lengths>) {
        let encoder = Arc::new(Lengths::new("l", 1));
        let slot = Arc::new(EncoderSlot::new());
        let source = EncoderSource::Given(Arc::clone(&encoder) as Arc<dyn Encoder>);
        drop(Loader::start(Arc::clone(&slot), (source, None), 1).expect("a thread"));
        // It is warmed with a text of its own.
        encoder.calls();
        (Queries::new(slot, Arc::new(Metrics::new())), encoder)
    }

    fn texts(texts: &[&str]) -> Texts {
        let deadline = Instant::now() + Duration::from_secs(60);
        Texts { field: "query", texts: texts.iter().map(|text| (*text).to_owned()).collect(), deadline }
    }

    fn lengths(outcome: &Outcome) -> Option<Vec<f32>> {
        let encoded = outcome.as_ref().ok()?;
        Some(encoded.encoded.iter().map(|encoded| encoded.vectors.values()[0]).collect())
    }

    #[test]
    fn texts_of_several_searches_go_together_and_each_search_gets_its_own() {
        let (queries, encoder) = queries();
        let outcomes = queries.run(vec![texts(&["one"]), texts(&["a", "three"]), texts(&["four"])], &Arc::default());
        let found: Vec<_> = outcomes.iter().map(lengths).collect();
        assert_eq!(found, [Some(vec![3.0]), Some(vec![1.0, 5.0]), Some(vec![4.0])]);
        assert_eq!(encoder.calls(), [["one", "a", "three", "four"]]);
    }

    #[test]
    fn a_text_that_cannot_be_encoded_is_nothing_to_the_others() {
        let (queries, _) = queries();
        let outcomes = queries.run(vec![texts(&["one"]), texts(&["?"]), texts(&["four"])], &Arc::default());
        let found: Vec<_> = outcomes.iter().map(lengths).collect();
        assert_eq!(found, [Some(vec![3.0]), None, Some(vec![4.0])]);
        let refused = outcomes[1].as_ref().err().and_then(|problem| problem.field.as_deref());
        assert_eq!(refused, Some("query"));
    }

    #[test]
    fn a_group_has_four_texts_and_512_bytes_at_most() {
        let (queries, _) = queries();
        let (three, long) = (texts(&["a", "b", "c"]), texts(&[&"x".repeat(510)]));
        assert!(queries.joins(&[&three], &texts(&["d"])));
        assert!(!queries.joins(&[&three], &texts(&["d", "e"])));
        assert!(!queries.joins(&[&three], &long));
        assert!(queries.joins(&[&texts(&["a"])], &long));
    }
}
