//! How often words are in the whole collection, so that many segments rank as one.

use std::collections::HashMap;

use tantivy::Term;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;

use super::index::Counted;
use super::{KeywordIndex, Looked, Words, failed, guarded};
use crate::Result;

/// What BM25 has to know of all segments, for the words of a query.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    fields: HashMap<Field, Totals>,
    rows_with: HashMap<Term, u64>,
}

/// Rows that may have words in a field, and their words.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    rows: u64,
    words: u64,
}

impl Statistics {
    /// Sums over all segments.
    pub(crate) fn of<'a>(
        segments: impl Iterator<Item = &'a KeywordIndex>,
        words: &Words,
        looked: Looked,
    ) -> Result<Self> {
        let mut all = Self::default();
        for segment in segments {
            guarded(|| segment.fields(looked).into_iter().try_for_each(|counted| all.add(segment, counted, words)))?;
        }
        Ok(all)
    }

    fn add(&mut self, segment: &KeywordIndex, counted: Counted, words: &Words) -> Result<()> {
        let (searcher, Counted { field, rows }) = (&segment.searcher, counted);
        let tokens = searcher.total_num_tokens(field).map_err(failed)?;
        // Saturating: of a damaged file they can be anything.
        let totals = self.fields.entry(field).or_default();
        totals.rows = totals.rows.saturating_add(rows);
        totals.words = totals.words.saturating_add(tokens);
        for (word, _) in &words.list {
            let term = Term::from_field_text(field, word);
            let found = searcher.doc_freq(&term).map_err(failed)?;
            let all = self.rows_with.entry(term).or_default();
            *all = all.saturating_add(found);
        }
        Ok(())
    }
}

impl Statistics {
    /// Rows of the field that has most.
    fn rows(&self) -> u64 {
        self.fields.values().map(|totals| totals.rows).max().unwrap_or(0)
    }

    /// The words, each with how rare it is: the logarithm of one in how many rows has it.
    pub(crate) fn rarities(&self, words: &Words) -> Vec<(String, f64)> {
        let rarity = |word: &String| {
            let rows = self.fields.keys().filter_map(|field| self.rows_with.get(&Term::from_field_text(*field, word)));
            let with = rows.copied().max().unwrap_or(0);
            ((self.rows() as f64 + 1.0) / (with as f64 + 0.5)).ln().max(0.0)
        };
        words.list.iter().map(|(word, _)| (word.clone(), rarity(word))).collect()
    }

    /// A number of one field as if it had as many rows as the other: BM25 knows only one number of rows.
    fn scaled(&self, number: u64, field: Field) -> u64 {
        let (all, own) = (u128::from(self.rows()), self.fields.get(&field).map_or(1, |totals| totals.rows.max(1)));
        u64::try_from(u128::from(number) * all / u128::from(own)).unwrap_or(u64::MAX)
    }
}

impl Bm25StatisticsProvider for Statistics {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        Ok(self.fields.get(&field).map_or(0, |totals| self.scaled(totals.words, field)))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.rows())
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        Ok(self.rows_with.get(term).map_or(0, |rows| self.scaled(*rows, term.field())))
    }
}
