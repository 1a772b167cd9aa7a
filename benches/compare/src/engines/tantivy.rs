//! tantivy's BM25 over titles and texts, its own English stemmer: the cheap baseline, without a vector.

use std::path::Path;

use anyhow::ensure;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use tantivy::{DocAddress, Index, ReloadPolicy, Score, TantivyDocument, Term};

use crate::searcher::Searcher;
use crate::texts;
use crate::vectors::VectorsFolder;

const STEMS: &str = "en_stem";
const TEXT: &str = "text";
/// The passage's number in the corpus.
const PASSAGE: &str = "passage";
/// Bytes that each thread of a build may fill before it writes a segment.
const ARENA: usize = 64 << 20;

/// Builds an index of a folder's texts; it stores none of them.
pub(crate) fn build(corpus: &Path, index: &Path, threads: usize) -> anyhow::Result<()> {
    let folder = VectorsFolder::open(corpus)?;
    let words = TextFieldIndexing::default().set_tokenizer(STEMS).set_index_option(IndexRecordOption::WithFreqs);
    let mut schema = Schema::builder();
    let text = schema.add_text_field(TEXT, TextOptions::default().set_indexing_options(words));
    let passage = schema.add_u64_field(PASSAGE, NumericOptions::default().set_fast());
    std::fs::create_dir_all(index)?;
    let index = Index::create_in_dir(index, schema.build())?;
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(threads, threads * ARENA)?;
    for (number, one) in (0..).zip(texts::of(corpus, &folder)?) {
        let mut document = TantivyDocument::new();
        document.add_text(text, one?.whole());
        document.add_u64(passage, number);
        writer.add_document(document)?;
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    Ok(())
}

/// An index with the judged queries' texts.
pub(crate) struct Tantivy {
    searcher: tantivy::Searcher,
    text: Field,
    questions: Vec<String>,
}

impl Tantivy {
    pub(crate) fn open(path: &Path, questions: &[String], passages: usize) -> anyhow::Result<Self> {
        let index = Index::open_in_dir(path)?;
        let searcher = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?.searcher();
        ensure!(searcher.num_docs() == passages as u64, "{} is of another corpus", path.display());
        Ok(Self { searcher, text: index.schema().get_field(TEXT)?, questions: questions.to_vec() })
    }

    /// A query for any of a question's words.
    fn any_word(&self, question: &str) -> anyhow::Result<BooleanQuery> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let mut analyzer = self.searcher.index().tokenizer_for_field(self.text)?;
        analyzer.token_stream(question).process(&mut |token| {
            let term = Term::from_field_text(self.text, &token.text);
            clauses.push((Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))));
        });
        Ok(BooleanQuery::new(clauses))
    }
}

impl Searcher for Tantivy {
    type Reply = Vec<(Score, DocAddress)>;

    fn search(&self, query: usize, k: usize) -> anyhow::Result<Self::Reply> {
        let question = self.any_word(&self.questions[query])?;
        Ok(self.searcher.search(&question, &TopDocs::with_limit(k).order_by_score())?)
    }

    fn passages(&self, reply: &Self::Reply) -> Vec<u32> {
        let number = |&(_, place): &(Score, DocAddress)| {
            let numbers = self.searcher.segment_reader(place.segment_ord).fast_fields().u64(PASSAGE).ok()?;
            u32::try_from(numbers.first(place.doc_id)?).ok()
        };
        reply.iter().filter_map(number).collect()
    }
}
