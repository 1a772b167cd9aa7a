//! How often words are in the whole collection, so that many segments rank as one.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;

use super::{KeywordIndex, Words, failed};
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
            let (searcher, field) = (&segment.searcher, segment.field);
            all.passages += Bm25StatisticsProvider::total_num_docs(searcher).map_err(failed)?;
            all.words += searcher.total_num_tokens(field).map_err(failed)?;
            for (word, _) in &words.0 {
                let term = Term::from_field_text(field, word);
                let found = Bm25StatisticsProvider::doc_freq(searcher, &term).map_err(failed)?;
                *all.passages_with.entry(term).or_default() += found;
            }
        }
        Ok(all)
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
