//! How often words are in the whole collection, so that many segments rank as one.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;

use super::{KeywordIndex, Words, failed, guarded};
use crate::Result;

/// What BM25 has to know of all segments, for the words of a query.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    passages: u64,
    words: u64,
    passages_with: HashMap<Term, u64>,
}

impl Statistics {
    /// Sums over all segments.
    pub(crate) fn of<'a>(segments: impl Iterator<Item = &'a KeywordIndex>, words: &Words) -> Result<Self> {
        let mut all = Self::default();
        for segment in segments {
            guarded(|| all.add(segment, words))?;
        }
        Ok(all)
    }

    fn add(&mut self, segment: &KeywordIndex, words: &Words) -> Result<()> {
        let (searcher, field) = (&segment.searcher, segment.field);
        let (passages, tokens) = (searcher.total_num_docs().map_err(failed)?, searcher.total_num_tokens(field));
        // Saturating: of a damaged file they can be anything.
        self.passages = self.passages.saturating_add(passages);
        self.words = self.words.saturating_add(tokens.map_err(failed)?);
        for (word, _) in &words.0 {
            let term = Term::from_field_text(field, word);
            let found = searcher.doc_freq(&term).map_err(failed)?;
            let all = self.passages_with.entry(term).or_default();
            *all = all.saturating_add(found);
        }
        Ok(())
    }
}

impl Bm25StatisticsProvider for Statistics {
    fn total_num_tokens(&self, _: Field) -> tantivy::Result<u64> {
        Ok(self.words)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.passages)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        Ok(self.passages_with.get(term).copied().unwrap_or(0))
    }
}
