//! Writing a segment: codes stream to the file, the smaller sections gather in memory until the segment is full.

use bytemuck::Zeroable;
use half::f16;

use super::columns::ColumnsWriter;
use super::nodes::{CodedNode, CodedQuotes, NodesWriter};
use crate::codes::Coder;
use crate::filter::Values;
use crate::format::{DocumentRecord, FileKind, PassageRecord, Section, SectionWriter, SegmentHeader, Span, Written};
use crate::keywords::{KeywordWriter, Language};
use crate::storage::Folder;
use crate::{Document, Error, Result};

/// One passage with its vectors coded.
#[derive(Debug, Clone, Default)]
pub(crate) struct CodedPassage {
    /// Byte range in the document's text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Headings above it.
    pub(crate) heading: String,
    pub(crate) codes: Vec<u8>,
    /// f16 bits, one per token vector.
    pub(crate) scales: Vec<u16>,
    /// Row-major vectors, if they are kept.
    pub(crate) vectors: Option<Vec<f16>>,
}

/// What all segments of a collection have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SegmentForm {
    pub(crate) seed: u64,
    pub(crate) bits: u8,
    pub(crate) keep_vectors: bool,
    pub(crate) language: Language,
}

/// A published segment.
#[derive(Debug)]
pub(crate) struct FinishedSegment {
    pub(crate) segment: Written,
    pub(crate) vectors: Option<Written>,
}

/// Gathers documents into one segment.
#[derive(Debug)]
pub(crate) struct SegmentWriter {
    header: SegmentHeader,
    file: SectionWriter,
    vectors: Option<SectionWriter>,
    scales: Vec<u16>,
    starts: Vec<u32>,
    passages: Vec<PassageRecord>,
    documents: Vec<DocumentRecord>,
    ids: Vec<u8>,
    text: Vec<u8>,
    keywords: KeywordWriter,
    columns: ColumnsWriter,
    nodes: NodesWriter,
}

impl SegmentWriter {
    /// Begins a segment in a collection's folder.
    pub(crate) fn create(folder: &Folder, coder: &Coder, form: SegmentForm) -> Result<Self> {
        let SegmentForm { seed, bits, keep_vectors, language } = form;
        let mut file = SectionWriter::create(folder, FileKind::Segment)?;
        file.begin(Section::Codes)?;
        let mut vectors = keep_vectors.then(|| SectionWriter::create(folder, FileKind::Vectors)).transpose()?;
        if let Some(vectors) = &mut vectors {
            vectors.begin(Section::Vectors)?;
        }
        let width = u32::try_from(coder.width()).map_err(|_| Error::invalid("width", "too wide"))?;
        let header = SegmentHeader { width, bits: u32::from(bits), seed, ..SegmentHeader::zeroed() };
        Ok(Self {
            header,
            file,
            vectors,
            scales: Vec::new(),
            starts: vec![0],
            passages: Vec::new(),
            documents: Vec::new(),
            ids: Vec::new(),
            text: Vec::new(),
            keywords: KeywordWriter::new(language)?,
            columns: ColumnsWriter::default(),
            nodes: NodesWriter::default(),
        })
    }

    /// Begins a document, of whose metadata these values can be filtered by; its passages follow.
    pub(crate) fn begin_document(&mut self, document: &Document, values: &Values) -> Result<()> {
        self.columns.push(narrow(self.documents.len())?, values);
        let metadata = serde_json::to_vec(&document.metadata).map_err(|e| Error::invalid("metadata", e.to_string()))?;
        self.documents.push(DocumentRecord {
            id: place(&mut self.ids, document.id.as_bytes())?,
            title: place(&mut self.text, document.title.as_bytes())?,
            text: place(&mut self.text, document.text.as_bytes())?,
            metadata: place(&mut self.text, &metadata)?,
            first_passage: narrow(self.passages.len())?,
            passages: 0,
            first_node: narrow(self.nodes.len())?,
            nodes: 0,
        });
        Ok(())
    }

    /// Adds the next passage of the document begun last.
    pub(crate) fn push(&mut self, passage: &CodedPassage, key: u64) -> Result<()> {
        let ordinal = self.begun()?;
        let document = self.documents[ordinal];
        let own = Span { start: narrow(document.text.start as usize + passage.start)?, ..document.text };
        let length = passage.end.checked_sub(passage.start);
        let length = length.ok_or_else(|| Error::invalid("passage", "it ends before it starts"))?;
        let own = Span { len: narrow(length)?, ..own };
        let [title, own] = [document.title, own].map(|span| text_of(&self.text, span));
        // Headings often begin with the title.
        let title = if passage.heading.starts_with(title) { "" } else { title };
        self.keywords.push(&[title, &passage.heading, own])?;
        self.documents[ordinal].passages += 1;
        self.row(ordinal, passage, key)
    }

    /// Adds the next node of the document begun last, all of whose passages there are.
    pub(crate) fn push_node(&mut self, node: &CodedNode, key: u64) -> Result<()> {
        let ordinal = self.begun()?;
        self.keywords.push_summary(&node.words)?;
        let text = place(&mut self.text, node.own_text.as_bytes())?;
        let rows = self.documents[ordinal].rows();
        let passages = &self.passages;
        self.nodes.push(node, text, |row| {
            let passage = rows.clone().nth(row as usize).and_then(|at| passages.get(at));
            passage.map(|passage| passage.key).ok_or_else(|| Error::invalid("node", "its children come before it"))
        })?;
        self.documents[ordinal].nodes += 1;
        self.header.representations += u64::from(node.layer == 0);
        self.row(ordinal, &node.coded, key)
    }

    /// Adds the next node over several documents, of a segment that has no document.
    pub(crate) fn push_quotes(&mut self, node: &CodedQuotes, key: u64) -> Result<()> {
        if self.documents.is_empty() {
            self.begin_document(&Document::default(), &Values::default())?;
        }
        self.keywords.push_summary(&node.words)?;
        self.nodes.push_quotes(node)?;
        self.documents[0].nodes += 1;
        self.row(0, &node.coded, key)
    }

    /// Ordinal of the document begun last.
    fn begun(&self) -> Result<usize> {
        let ordinal = self.documents.len().checked_sub(1);
        ordinal.ok_or_else(|| Error::invalid("document", "a passage belongs to a document"))
    }

    /// What passages and nodes have in common; the document counts it already.
    fn row(&mut self, ordinal: usize, passage: &CodedPassage, key: u64) -> Result<()> {
        let heading = place(&mut self.text, passage.heading.as_bytes())?;
        let number = self.documents[ordinal].rows().len() - 1;
        self.passages.push(PassageRecord {
            key,
            document: narrow(ordinal)?,
            number: narrow(number)?,
            start: narrow(passage.start)?,
            end: narrow(passage.end)?,
            heading,
        });
        self.file.append(&passage.codes)?;
        if let (Some(file), Some(vectors)) = (&mut self.vectors, &passage.vectors) {
            file.append(half::slice::HalfFloatSliceExt::reinterpret_cast(vectors.as_slice()))?;
        }
        self.scales.extend_from_slice(&passage.scales);
        self.starts.push(narrow(self.scales.len())?);
        Ok(())
    }

    /// Ordinals of the documents in order of id.
    fn id_order(&self) -> Result<Vec<u32>> {
        let mut order = (0..self.documents.len()).map(narrow).collect::<Result<Vec<u32>>>()?;
        order.sort_by_key(|&at| text_of(&self.ids, self.documents[at as usize].id));
        Ok(order)
    }

    /// Number of passages and nodes so far.
    pub(crate) fn passages(&self) -> usize {
        self.passages.len()
    }

    /// Writes the remaining sections and publishes the files.
    pub(crate) fn finish(mut self) -> Result<FinishedSegment> {
        self.header.documents = self.documents.len() as u64;
        self.header.passages = self.passages.len() as u64;
        self.header.nodes = self.nodes.len() as u64;
        self.header.token_vectors = self.scales.len() as u64;
        self.file.section(Section::Scales, &self.scales)?;
        self.file.section(Section::PassageStarts, &self.starts)?;
        self.file.section(Section::Passages, &self.passages)?;
        self.file.section(Section::Documents, &self.documents)?;
        let columns = std::mem::take(&mut self.columns).finish(&mut self.text)?;
        self.file.section(Section::Fields, &columns.fields)?;
        self.file.section(Section::FieldValues, &columns.values)?;
        self.file.section(Section::FieldDocuments, &columns.documents)?;
        self.nodes.write(&mut self.file)?;
        self.file.section(Section::Ids, &self.ids)?;
        self.file.section(Section::IdOrder, &self.id_order()?)?;
        self.file.section(Section::Text, &self.text)?;
        let keywords = self.keywords.finish()?;
        self.file.section(Section::KeywordFiles, &keywords.files)?;
        self.file.section(Section::Keywords, &keywords.bytes)?;
        self.file.section(Section::Header, &[self.header])?;
        let segment = self.file.publish()?;
        let publish = |mut file: SectionWriter| {
            file.section(Section::Header, &[SegmentHeader { bits: 16, ..self.header }])?;
            file.publish()
        };
        Ok(FinishedSegment { segment, vectors: self.vectors.map(publish).transpose()? })
    }
}

/// A place in the text; empty if there is no such place.
fn text_of(section: &[u8], span: Span) -> &str {
    let bytes = section.get(span.start as usize..).and_then(|rest| rest.get(..span.len as usize));
    bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

pub(super) fn place(section: &mut Vec<u8>, bytes: &[u8]) -> Result<Span> {
    let span = Span { start: narrow(section.len())?, len: narrow(bytes.len())? };
    section.extend_from_slice(bytes);
    Ok(span)
}

pub(super) fn narrow(n: usize) -> Result<u32> {
    u32::try_from(n).map_err(|_| Error::invalid("document", "a document or segment is beyond 4 GiB"))
}
