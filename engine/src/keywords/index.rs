//! Keywords of one segment, opened for searching.

use std::fmt;
use std::sync::Arc;

use fixedbitset::FixedBitSet;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, EnableScoring, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Index, ReloadPolicy, Searcher, Term};

use super::directory::PackedFolder;
use super::statistics::Statistics;
use super::{Language, SUMMARY, TEXT, failed, guarded};
use crate::format::{Section, Sections};
use crate::{Error, Result};

/// A segment's keywords.
pub(crate) struct KeywordIndex {
    pub(super) searcher: Searcher,
    pub(super) passages: Counted,
    pub(super) summaries: Counted,
}

/// A field, and how many rows may have words in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) field: Field,
    pub(super) rows: u64,
}

/// Whose words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looked {
    /// Those of passages.
    Passages,
    /// Those of summary nodes.
    Summaries,
    /// Those of both.
    Both,
}

impl KeywordIndex {
    /// Opens the keywords in a segment's file, which have to be of so many rows, of which so many are nodes.
    pub(crate) fn open(sections: &Arc<Sections>, language: Language, rows: (usize, usize)) -> Result<Self> {
        guarded(|| Self::opened(sections, language, rows))
    }

    fn opened(sections: &Arc<Sections>, language: Language, rows: (usize, usize)) -> Result<Self> {
        let corrupt = |found: &dyn fmt::Display| {
            sections.corrupt(Section::Keywords, "keywords of the segment's passages", &found.to_string())
        };
        let index = Index::open(PackedFolder(Arc::clone(sections))).map_err(|e| unwrapped(e, &corrupt))?;
        index.tokenizers().register(language.name(), language.analyzer());
        let field = |name| index.schema().get_field(name).map_err(|e| corrupt(&e));
        let (text, summary) = (field(TEXT)?, field(SUMMARY)?);
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).num_warming_threads(0).try_into();
        let searcher = reader.map_err(|e| unwrapped(e, &corrupt))?.searcher();
        let found = searcher.segment_readers().iter().map(|reader| reader.max_doc() as usize).sum::<usize>();
        let (rows, nodes) = rows;
        if found != rows || searcher.segment_readers().len() > 1 {
            return Err(corrupt(&format_args!("those of {found}, expected {rows}")));
        }
        let passages = Counted { field: text, rows: rows.saturating_sub(nodes) as u64 };
        Ok(Self { searcher, passages, summaries: Counted { field: summary, rows: nodes as u64 } })
    }

    /// The fields that are looked in.
    pub(super) fn fields(&self, looked: Looked) -> Vec<Counted> {
        match looked {
            Looked::Passages => vec![self.passages],
            Looked::Summaries => vec![self.summaries],
            Looked::Both => vec![self.passages, self.summaries],
        }
    }

    /// The best passages of this segment, or of some of them, best first, equal ones in their order.
    pub(crate) fn best(
        &self,
        (words, looked): (&Words, Looked),
        statistics: &Statistics,
        count: usize,
        passing: Option<&FixedBitSet>,
    ) -> Result<Vec<(usize, f32)>> {
        guarded(|| self.ranked((words, looked), statistics, count, passing))
    }

    fn ranked(
        &self,
        (words, looked): (&Words, Looked),
        statistics: &Statistics,
        count: usize,
        passing: Option<&FixedBitSet>,
    ) -> Result<Vec<(usize, f32)>> {
        let fields = self.fields(looked);
        let in_field = |field: Field, (word, times): &(String, usize)| {
            let term = TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::WithFreqs);
            let query: Box<dyn Query> = match times {
                1 => Box::new(term),
                _ => Box::new(BoostQuery::new(Box::new(term), *times as f32)),
            };
            (Occur::Should, query)
        };
        let clauses = match words.every {
            true => {
                let anywhere = |word| BooleanQuery::new(fields.iter().map(|c| in_field(c.field, word)).collect());
                let must = |word| -> (Occur, Box<dyn Query>) { (Occur::Must, Box::new(anywhere(word))) };
                words.list.iter().map(must).collect()
            }
            false => fields.iter().flat_map(|c| words.list.iter().map(|word| in_field(c.field, word))).collect(),
        };
        let query = BooleanQuery::new(clauses);
        let Some(passing) = passing else {
            let top = TopDocs::with_limit(count).order_by_score();
            let found = self.searcher.search_with_statistics_provider(&query, &top, statistics).map_err(failed)?;
            return Ok(found.into_iter().map(|(score, place)| (place.doc_id as usize, score)).collect());
        };
        let scoring = EnableScoring::enabled_from_statistics_provider(statistics, &self.searcher);
        let weight = query.weight(scoring).map_err(failed)?;
        let mut found = Vec::new();
        for segment in self.searcher.segment_readers() {
            let mut keep = |passage, score| {
                if passing.contains(passage as usize) {
                    found.push((passage as usize, score));
                }
            };
            weight.for_each(segment, &mut keep).map_err(failed)?;
        }
        found.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        found.truncate(count);
        Ok(found)
    }
}

/// Damage was found on the way, and is told as such.
fn unwrapped(error: tantivy::TantivyError, corrupt: &dyn Fn(&dyn fmt::Display) -> Error) -> Error {
    corrupt(&error)
}

impl fmt::Debug for KeywordIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeywordIndex").finish_non_exhaustive()
    }
}

/// Words of a query.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    /// How often each is in it.
    pub(super) list: Vec<(String, usize)>,
    /// Whether a passage has to have every one of them.
    every: bool,
}

impl Words {
    /// Keywords of a text, in the order in which they first come; beyond `MOST_WORDS` different ones the rest is left out.
    pub(crate) fn of(text: &str, language: Language) -> Self {
        let mut words: Vec<(String, usize)> = Vec::new();
        let mut analyzer = language.analyzer();
        let mut tokens = analyzer.token_stream(text);
        while let Some(token) = tokens.next() {
            let room = words.len() < super::MOST_WORDS;
            match words.iter_mut().find(|(word, _)| *word == token.text) {
                Some((_, times)) => *times += 1,
                None if room => words.push((token.text.clone(), 1)),
                None => {}
            }
        }
        Self { list: words, every: false }
    }

    /// The same; a passage has to have every one of them, or one of them is enough.
    pub(crate) fn every(self, every: bool) -> Self {
        Self { every, ..self }
    }

    /// The words, each once.
    pub(crate) fn into_words(self) -> impl Iterator<Item = String> {
        self.list.into_iter().map(|(word, _)| word)
    }
}
