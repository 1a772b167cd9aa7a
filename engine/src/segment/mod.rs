//! A segment: one immutable file with the score codes, passages, documents and text of some documents.

mod columns;
mod ids;
mod medoids;
mod nodes;
mod tree;
mod vectors;
mod verify;
mod write;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use fixedbitset::FixedBitSet;

use crate::Result;
use crate::codes::code_bytes;
use crate::filter::Filter;
use crate::format::{DocumentRecord, FileKind, NodeRecord, PassageRecord, Section, Sections, SegmentHeader, Span};
use crate::keywords::{KeywordIndex, Language};

pub(crate) use medoids::Said;
pub(crate) use nodes::{CodedNode, CodedQuotes, NOWHERE};
pub use tree::Scope;
pub(crate) use tree::{Laid, Node, joined, laid};
pub(crate) use vectors::Vectors;
pub(crate) use write::{CodedPassage, FinishedSegment, SegmentForm, SegmentWriter};

/// A mapped segment.
#[derive(Debug)]
pub(crate) struct Segment {
    sections: Arc<Sections>,
    header: SegmentHeader,
    code_bytes: usize,
    keywords: OnceLock<KeywordIndex>,
    scopes: [OnceLock<FixedBitSet>; Scope::ALL.len()],
}

impl Segment {
    /// Maps a segment and checks that its sections have the lengths that its counts ask for.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let sections = Arc::new(Sections::open(path, FileKind::Segment)?);
        let header: SegmentHeader = sections.one(Section::Header, 0)?;
        let bits = u8::try_from(header.bits).unwrap_or(0);
        let code_bytes = code_bytes(header.width as usize, bits)
            .map_err(|e| sections.corrupt(Section::Header, "a width and bits that exist", &e.to_string()))?;
        sections.expect_count::<u8>(Section::Codes, header.token_vectors.saturating_mul(code_bytes as u64))?;
        sections.expect_count::<u16>(Section::Scales, header.token_vectors)?;
        sections.expect_count::<u32>(Section::PassageStarts, header.passages.saturating_add(1))?;
        sections.expect_count::<PassageRecord>(Section::Passages, header.passages)?;
        sections.expect_count::<DocumentRecord>(Section::Documents, header.documents)?;
        sections.expect_count::<u32>(Section::IdOrder, header.documents)?;
        sections.expect_count::<NodeRecord>(Section::Nodes, header.nodes)?;
        if header.nodes > header.passages || header.representations > header.nodes {
            let expected = format!("at most {} nodes", header.passages);
            let found = format!("{}, {} of them representations", header.nodes, header.representations);
            return Err(sections.corrupt(Section::Header, &expected, &found));
        }
        let (keywords, scopes) = (OnceLock::new(), Default::default());
        Ok(Self { sections, header, code_bytes, keywords, scopes })
    }

    /// Counts, width, bits and seed.
    pub(crate) fn header(&self) -> &SegmentHeader {
        &self.header
    }

    /// The file itself.
    pub(crate) fn sections(&self) -> &Sections {
        &self.sections
    }

    /// Number of passages and nodes (checked at opening to fit the file, so it fits memory).
    pub(crate) fn passages(&self) -> usize {
        self.header.passages as usize
    }

    /// Number of token vectors.
    pub(crate) fn token_vectors(&self) -> usize {
        self.header.token_vectors as usize
    }

    /// Token vectors of a passage.
    pub(crate) fn token_range(&self, passage: usize) -> Result<Range<usize>> {
        let ends: &[u32] = self.sections.some(Section::PassageStarts, passage..passage + 2)?;
        let (start, end) = (ends[0] as usize, ends[1] as usize);
        if start >= end || end > self.token_vectors() {
            let found = format!("{start} to {end}");
            return Err(self.sections.corrupt(Section::PassageStarts, "ascending token vectors", &found));
        }
        Ok(start..end)
    }

    /// Codes of some token vectors.
    pub(crate) fn codes(&self, tokens: &Range<usize>) -> Result<&[u8]> {
        self.sections.some(Section::Codes, tokens.start * self.code_bytes..tokens.end * self.code_bytes)
    }

    /// Scales (f16 bits) of some token vectors.
    pub(crate) fn scales(&self, tokens: &Range<usize>) -> Result<&[u16]> {
        self.sections.some(Section::Scales, tokens.clone())
    }

    /// Keywords of the passages; opened when they are first asked for.
    pub(crate) fn keywords(&self, language: Language) -> Result<&KeywordIndex> {
        if let Some(keywords) = self.keywords.get() {
            return Ok(keywords);
        }
        // Two threads may both open it, which costs time and nothing else.
        let opened = KeywordIndex::open(&self.sections, language, (self.passages(), self.nodes()))?;
        Ok(self.keywords.get_or_init(|| opened))
    }

    /// The passages and nodes of documents that match a filter.
    pub(crate) fn matching(&self, filter: &Filter) -> Result<FixedBitSet> {
        let records: &[DocumentRecord] = self.sections.values(Section::Documents)?;
        let documents = columns::select(&self.sections, records.len(), filter)?;
        let mut passages = FixedBitSet::with_capacity(self.passages());
        for record in documents.ones().map(|document| &records[document]) {
            passages.insert_range(self.checked_rows(record)?);
        }
        Ok(passages)
    }

    /// Adds the distinct values of a keyword field, deleted documents' among them, until there are `most`.
    pub(crate) fn keyword_values(&self, field: &str, most: usize, values: &mut BTreeSet<String>) -> Result<()> {
        columns::keywords(&self.sections, field, most, values)
    }

    /// A passage's record.
    pub(crate) fn passage(&self, passage: usize) -> Result<PassageRecord> {
        self.sections.one(Section::Passages, passage)
    }

    /// The passage that has a key.
    pub(crate) fn ordinal_of(&self, key: u64) -> Result<Option<usize>> {
        let passages: &[PassageRecord] = self.sections.values(Section::Passages)?;
        Ok(passages.binary_search_by_key(&key, |passage| passage.key).ok())
    }

    /// The document of a passage.
    pub(crate) fn document_of(&self, passage: &PassageRecord) -> Result<DocumentRecord> {
        self.sections.one(Section::Documents, passage.document as usize)
    }

    /// The text of a passage.
    pub(crate) fn passage_text(&self, passage: &PassageRecord, document: &DocumentRecord) -> Result<&str> {
        if passage.start > passage.end || passage.end > document.text.len {
            let place = format!("{} to {}", passage.start, passage.end);
            return Err(self.sections.corrupt(Section::Passages, "a range of the document's text", &place));
        }
        let start = document.text.start.saturating_add(passage.start);
        self.sections.text(Section::Text, Span { start, len: passage.end - passage.start })
    }

    /// A document's metadata.
    pub(crate) fn metadata_of(&self, document: &DocumentRecord) -> Result<serde_json::Map<String, serde_json::Value>> {
        serde_json::from_str(self.sections.text(Section::Text, document.metadata)?)
            .map_err(|e| self.sections.corrupt(Section::Text, "metadata as JSON", &e.to_string()))
    }
}
