//! Encodings of queries, kept for when they are asked again; bounded by their bytes.

use std::sync::Arc;

use maxsimd_engine::encode::{Encoded, Encoder};
use maxsimd_engine::{Context, Result};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::metrics::Metrics;

/// Bytes of token vectors that are kept: some ten thousand questions of ten tokens, or two thousand of ColBERT's 32.
const BYTES: u64 = 64 << 20;
/// Entries that room is made for at the start.
const EXPECTED: usize = 1 << 12;

/// An encoder's fingerprint and a text.
type Key = (Arc<str>, Box<str>);

/// What was encoded lately.
#[derive(Debug)]
pub(crate) struct Encodings(Cache<Key, Arc<Encoded>, Bytes>);

/// What an entry takes up.
#[derive(Debug, Clone)]
struct Bytes;

impl Weighter<Key, Arc<Encoded>> for Bytes {
    fn weight(&self, (_, text): &Key, encoded: &Arc<Encoded>) -> u64 {
        (text.len() + size_of_val(encoded.vectors.values()) + 128) as u64
    }
}

impl Encodings {
    pub(crate) fn new() -> Self {
        Self(Cache::with_weighter(EXPECTED, BYTES, Bytes))
    }

    /// Encodes queries, but for those that are kept.
    pub(crate) fn of(
        &self,
        encoder: &dyn Encoder,
        context: &Context,
        texts: &[&str],
        metrics: &Metrics,
    ) -> Result<Vec<Arc<Encoded>>> {
        let fingerprint: Arc<str> = encoder.fingerprint().0.as_str().into();
        let key = |text: &str| (Arc::clone(&fingerprint), text.into());
        let kept: Vec<Option<Arc<Encoded>>> = texts.iter().map(|text| self.0.get(&key(text))).collect();
        let fresh: Vec<&str> =
            texts.iter().zip(&kept).filter(|(_, kept)| kept.is_none()).map(|(text, _)| *text).collect();
        let encoded = match fresh.is_empty() {
            true => Vec::new(),
            false => encoder.encode_queries(context, &fresh)?,
        };
        metrics.encoded(kept.len() - fresh.len(), fresh.len());
        let mut encoded = encoded.into_iter().zip(fresh).map(|(encoded, text)| {
            let encoded = Arc::new(encoded);
            self.0.insert(key(text), Arc::clone(&encoded));
            encoded
        });
        Ok(kept.into_iter().filter_map(|kept| kept.or_else(|| encoded.next())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stub::Lengths;

    fn ask(encodings: &Encodings, encoder: &Lengths, texts: &[&str]) -> Vec<f32> {
        let found = encodings.of(encoder, &Context::unbounded(), texts, &Metrics::new()).unwrap();
        found.iter().map(|encoded| encoded.vectors.values()[0]).collect()
    }

    #[test]
    fn a_text_is_encoded_once_and_every_text_keeps_its_place() {
        let (encodings, encoder) = (Encodings::new(), Lengths::new("a", 1));
        assert_eq!(ask(&encodings, &encoder, &["one", "fifteen"]), [3.0, 7.0]);
        assert_eq!(ask(&encodings, &encoder, &["hundred and one", "one", "x", "fifteen"]), [15.0, 3.0, 1.0, 7.0]);
        assert_eq!(encoder.calls().concat().len(), 4);
        assert!(ask(&encodings, &encoder, &[]).is_empty());
    }

    #[test]
    fn another_encoder_is_asked_itself() {
        let (encodings, one, other) = (Encodings::new(), Lengths::new("a", 1), Lengths::new("b", 1));
        ask(&encodings, &one, &["text"]);
        ask(&encodings, &other, &["text"]);
        assert_eq!((one.calls().concat().len(), other.calls().concat().len()), (1, 1));
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        // A mebibyte each.
        let (encodings, encoder) = (Encodings::new(), Lengths::new("a", 1 << 18));
        let texts: Vec<String> = (0..200).map(|number| number.to_string()).collect();
        for text in &texts {
            ask(&encodings, &encoder, &[text]);
        }
        assert!(encodings.0.weight() <= BYTES);
        assert!((10..=64).contains(&encodings.0.len()), "{}", encodings.0.len());
    }
}
