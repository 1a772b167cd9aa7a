//! Replies to searches, kept for when the same is asked of the same generation; bounded by their bytes. Nothing has to be made invalid:
//! whoever asks of another generation asks something else.

use std::sync::{Arc, Weak};

use axum::body::Bytes;
use blake3::{Hash, Hasher};
use maxsimd_engine::collection::{CollectionName, Generation};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::http::body::Received;
use crate::metrics::Metrics;
use crate::wire::Form;

/// Entries that room is made for at the start.
const EXPECTED: usize = 1 << 10;

/// Marks a reply that was kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept;

/// What was asked, up to the last byte of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question(Hash);

/// What was replied lately, if anything is kept.
#[derive(Debug)]
pub(crate) struct Replies {
    kept: Option<Cache<Hash, Entry, Size>>,
    metrics: Arc<Metrics>,
}

#[derive(Debug, Clone)]
struct Entry {
    /// While this is kept, no other generation has its address.
    of: Weak<Generation>,
    body: Bytes,
}

/// What an entry takes up.
#[derive(Debug, Clone)]
struct Size;

impl Weighter<Hash, Entry> for Size {
    fn weight(&self, _: &Hash, entry: &Entry) -> u64 {
        (entry.body.len() + size_of::<(Hash, Entry)>()) as u64
    }
}

impl Replies {
    /// Keeps so many bytes; none at all, if that is 0.
    pub(crate) fn new(bytes: u64, metrics: Arc<Metrics>) -> Self {
        let kept = (bytes > 0).then(|| Cache::with_weighter(EXPECTED, bytes, Size));
        Self { kept, metrics }
    }

    /// What somebody asks of a collection, if replies are kept.
    pub(crate) fn question(&self, collection: &CollectionName, reply: Form, received: &Received) -> Option<Question> {
        self.kept.as_ref()?;
        let mut hasher = Hasher::new();
        for part in [collection.as_str(), reply.media_type(), received.form.media_type()] {
            hasher.update(part.as_bytes()).update(&[0]);
        }
        Some(Question(hasher.update(&received.bytes).finalize()))
    }

    /// The reply of before, unless another generation gave it.
    pub(crate) fn get(&self, question: &Question, generation: &Arc<Generation>) -> Option<Bytes> {
        let entry = self.kept.as_ref()?.get(&question.0).filter(|entry| entry.is_of(generation));
        self.metrics.asked_again(entry.is_some());
        entry.map(|entry| entry.body)
    }

    /// Keeps what a generation has answered: a copy, which takes no more than its length.
    pub(crate) fn keep(&self, question: Question, generation: &Arc<Generation>, body: &[u8]) {
        if let Some(kept) = &self.kept {
            let body = Bytes::copy_from_slice(body);
            kept.insert(question.0, Entry { of: Arc::downgrade(generation), body });
        }
    }
}

impl Entry {
    fn is_of(&self, generation: &Arc<Generation>) -> bool {
        std::ptr::eq(self.of.as_ptr(), Arc::as_ptr(generation))
    }
}
