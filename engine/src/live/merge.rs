//! Adjacent segments as one, without what is deleted: codes, texts and keys as they are, keywords made anew.

use std::ops::Range;

use super::apply::form;
use crate::collection::{Generation, Part, SegmentFiles, Tombstones, file_path};
use crate::format::{DocumentRecord, FileKind, NodeKind, Section, Span};
use crate::router::write_postings;
use crate::segment::{CodedNode, CodedPassage, Node, Segment, SegmentWriter};
use crate::storage::Folder;
use crate::{Context, Document, Result, TextFormat};

/// What became of some segments.
#[derive(Debug)]
pub(super) struct Merged {
    /// What takes their place; nothing if all was deleted.
    pub(super) files: Option<SegmentFiles>,
    /// Deleted passages that are not stored any more.
    pub(super) purged: Tombstones,
}

/// Parts that are being merged.
struct Merging<'a> {
    generation: &'a Generation,
    writer: SegmentWriter,
    /// Centroids of the token vectors so far, while all parts have some.
    centroid_ids: Option<Vec<u16>>,
    purged: Vec<u64>,
}

/// Merges some parts of a generation into one segment.
pub(super) fn merge(
    context: &Context,
    folder: &Folder,
    generation: &Generation,
    parts: Range<usize>,
) -> Result<Merged> {
    let manifest = generation.manifest();
    let writer = SegmentWriter::create(folder, generation.coder(), form(manifest))?;
    let centroid_ids = generation.router().map(|_| Vec::new());
    let mut merging = Merging { generation, writer, centroid_ids, purged: Vec::new() };
    for at in parts {
        merging.add(context, at)?;
    }
    let Merging { writer, centroid_ids, purged, .. } = merging;
    let purged = purged.into_iter().collect();
    if writer.passages() == 0 {
        return Ok(Merged { files: None, purged });
    }
    fail::fail_point!("compact.segment");
    let finished = writer.finish()?;
    let segment = finished.segment.hash;
    let postings = match (generation.router(), centroid_ids) {
        (Some(router), Some(ids)) => {
            let merged = Segment::open(&file_path(folder.path(), FileKind::Segment, &segment))?;
            fail::fail_point!("compact.postings");
            Some(write_postings(folder, router, &merged, &ids)?.hash)
        }
        _ => None,
    };
    let vectors = finished.vectors.map(|written| written.hash);
    Ok(Merged { files: Some(SegmentFiles { segment, vectors, postings }), purged })
}

impl Merging<'_> {
    fn add(&mut self, context: &Context, at: usize) -> Result<()> {
        let part = &self.generation.parts()[at];
        for ordinal in 0..part.segment.header().documents as usize {
            context.check()?;
            let record = part.segment.document(ordinal)?;
            let rows = record.rows();
            if rows.is_empty() || self.generation.is_deleted(at, rows.start) {
                for passage in rows {
                    self.purged.push(part.segment.passage(passage)?.key);
                }
                continue;
            }
            let document = stored_document(&part.segment, &record)?;
            let values = self.generation.manifest().fields.typed(&document.metadata).0;
            self.writer.begin_document(&document, &values)?;
            for row in rows {
                let (coded, key) = self.coded(part, row)?;
                match part.segment.node(row, &record)? {
                    None => self.writer.push(&coded, key)?,
                    Some(node) => self.writer.push_node(&stored_node(&part.segment, &node, (coded, &record))?, key)?,
                }
            }
        }
        Ok(())
    }

    /// Codes of a passage or node as they are; its centroids are taken along.
    fn coded(&mut self, part: &Part, passage: usize) -> Result<(CodedPassage, u64)> {
        let tokens = part.segment.token_range(passage)?;
        match (&mut self.centroid_ids, &part.postings) {
            (Some(ids), Some(postings)) => ids.extend(postings.centroid_ids(&tokens)?),
            (ids, _) => *ids = None,
        }
        Ok((part.coded(passage)?, part.segment.passage(passage)?.key))
    }
}

/// A node with numbers of rows in place of keys.
fn stored_node(
    segment: &Segment,
    node: &Node,
    (coded, document): (CodedPassage, &DocumentRecord),
) -> Result<CodedNode> {
    let first = document.first_passage as usize;
    let numbers = |keys: &[u64]| {
        let number = |key: &u64| {
            let missing = || segment.sections().corrupt(Section::NodeKeys, "keys of the document", &key.to_string());
            let row = segment.ordinal_of(*key)?.and_then(|row| row.checked_sub(first)).ok_or_else(missing)?;
            u32::try_from(row).map_err(|_| missing())
        };
        keys.iter().map(number).collect::<Result<Vec<u32>>>()
    };
    let (text, layer, kind) = (node.text(document)?, node.layer(), node.kind()?);
    let own_text = if kind == NodeKind::Generated { text.clone() } else { String::new() };
    let words = if matches!(kind, NodeKind::Extract | NodeKind::Generated) { text } else { String::new() };
    let (children, leaves) = (numbers(node.children()?)?, numbers(node.leaves()?)?);
    let (pieces, radius) = (node.pieces()?.to_vec(), node.radius());
    Ok(CodedNode { coded, layer, kind, own_text, words, children, leaves, pieces, radius })
}

fn stored_document(segment: &Segment, record: &DocumentRecord) -> Result<Document> {
    let text = |span: Span| -> Result<String> { Ok(segment.sections().text(Section::Text, span)?.to_owned()) };
    Ok(Document {
        id: segment.id_of(record)?.to_owned(),
        title: text(record.title)?,
        text: text(record.text)?,
        // Only splitting looks at it.
        format: TextFormat::Plain,
        metadata: segment.metadata_of(record)?,
    })
}
