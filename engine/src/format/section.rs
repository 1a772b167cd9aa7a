//! Kinds of files, their sections and the fixed-size records in them.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum FileKind {
    /// Score codes, passages, documents and text.
    Segment,
    /// Full-precision token vectors of a segment.
    Vectors,
    /// Projection and centroids.
    Router,
    /// Postings and centroid ids of one segment under one router.
    Postings,
    /// Keys of passages that are deleted and still stored.
    Tombstones,
}

impl FileKind {
    pub(crate) const ALL: [Self; 5] = [Self::Segment, Self::Vectors, Self::Router, Self::Postings, Self::Tombstones];

    /// File name extension.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Segment => "segment",
            Self::Vectors => "vectors",
            Self::Router => "router",
            Self::Postings => "postings",
            Self::Tombstones => "tombstones",
        }
    }

    /// Number in header and footer.
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::Segment => 1,
            Self::Vectors => 2,
            Self::Router => 3,
            Self::Postings => 4,
            Self::Tombstones => 5,
        }
    }
}

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident = $number:literal $text:literal,)*) => {
        /// A section of a file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Section { $($(#[$doc])* $name = $number,)* }

        impl Section {
            /// Number in the section table.
            pub(crate) const fn number(self) -> u32 {
                match self { $(Self::$name => $number,)* }
            }

            /// Section of a number.
            pub(crate) fn of_number(number: u32) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// Name in messages and `inspect`.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

sections! {
    /// One fixed-size header record of the file's kind.
    Header = 1 "header record",
    /// Score codes, one after the other: token vectors x code bytes.
    Codes = 2 "codes",
    /// f16 scale of each code.
    Scales = 3 "scales",
    /// u32 first token vector of each passage, and the total.
    PassageStarts = 4 "passage starts",
    /// `PassageRecord` of each passage.
    Passages = 5 "passages",
    /// `DocumentRecord` of each document.
    Documents = 6 "documents",
    /// Document ids, UTF-8.
    Ids = 7 "ids",
    /// Titles, headings, metadata (JSON) and texts, UTF-8.
    Text = 8 "text",
    /// f16 token vectors as the encoder gave them: token vectors x width.
    Vectors = 9 "vectors",
    /// f32 principal directions: router width x width.
    Projection = 10 "projection",
    /// i8 centroids: centroids x router width.
    Centroids = 11 "centroids",
    /// f32 unit of each centroid's integers.
    CentroidUnits = 12 "centroid units",
    /// u16 centroid of each token vector.
    CentroidIds = 13 "centroid ids",
    /// u32 first byte of each centroid's postings, and the total.
    PostingStarts = 14 "posting starts",
    /// Passage ordinals of each centroid: ascending, as LEB128 differences.
    Postings = 15 "postings",
    /// `PackedFile` of each file of the keyword index.
    KeywordFiles = 16 "keyword files",
    /// Those files, one after the other.
    Keywords = 17 "keywords",
    /// `FieldRecord` of each field of metadata, in order of name.
    Fields = 18 "fields",
    /// u64 values of each field, ascending.
    FieldValues = 19 "field values",
    /// u32 ordinal of the document of each value.
    FieldDocuments = 20 "field documents",
    /// u32 ordinals of documents in order of id; documents of one id in order of ordinal.
    IdOrder = 21 "id order",
    /// u64 passage keys, ascending, as a portable Roaring bitmap (64 bits).
    Tombstones = 22 "tombstones",
    /// `NodeRecord` of each node, in order of ordinals.
    Nodes = 23 "nodes",
    /// u64 keys of nodes' children and leaves.
    NodeKeys = 24 "node keys",
    /// What nodes are made of: two u32 each.
    NodePieces = 25 "node pieces",
}

/// First section of a segment and of a vectors file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct SegmentHeader {
    /// Values per token vector.
    pub(crate) width: u32,
    /// Bits per value; 16 in a vectors file.
    pub(crate) bits: u32,
    /// Seed of the rotation.
    pub(crate) seed: u64,
    pub(crate) documents: u64,
    /// Passages and nodes.
    pub(crate) passages: u64,
    /// How many of them are nodes.
    pub(crate) nodes: u64,
    /// How many of these are of layer 0: representations.
    pub(crate) representations: u64,
    pub(crate) token_vectors: u64,
}

/// First section of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct RouterHeader {
    /// Width of token vectors.
    pub(crate) source_width: u32,
    /// Width of the centroid space.
    pub(crate) width: u32,
    pub(crate) centroids: u32,
    pub(crate) reserved: u32,
}

/// First section of a postings file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PostingsHeader {
    pub(crate) passages: u64,
    pub(crate) token_vectors: u64,
    pub(crate) centroids: u64,
    /// Identity of the router.
    pub(crate) router: u64,
}

/// A byte range in a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Span {
    /// In one number.
    pub(crate) const fn bits(self) -> u64 {
        (self.start as u64) << 32 | self.len as u64
    }

    /// Out of one number.
    pub(crate) const fn of_bits(bits: u64) -> Self {
        Self { start: (bits >> 32) as u32, len: bits as u32 }
    }
}

/// One document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct DocumentRecord {
    /// In the section `ids`.
    pub(crate) id: Span,
    /// In the section `text`, as the following ones.
    pub(crate) title: Span,
    pub(crate) text: Span,
    pub(crate) metadata: Span,
    /// Ordinal of the first passage; after the passages come the nodes.
    pub(crate) first_passage: u32,
    pub(crate) passages: u32,
    /// In the section `nodes`.
    pub(crate) first_node: u32,
    pub(crate) nodes: u32,
}

impl DocumentRecord {
    /// Ordinals of its passages.
    pub(crate) fn leaves(&self) -> Range<usize> {
        let first = self.first_passage as usize;
        first..first.saturating_add(self.passages as usize)
    }

    /// Ordinals of its passages and nodes.
    pub(crate) fn rows(&self) -> Range<usize> {
        let leaves = self.leaves();
        leaves.start..leaves.end.saturating_add(self.nodes as usize)
    }
}

/// One passage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PassageRecord {
    /// Immutable in the collection; ascending in a segment.
    pub(crate) key: u64,
    /// Ordinal of the document in the segment.
    pub(crate) document: u32,
    /// Number of the passage in its document, from 0.
    pub(crate) number: u32,
    /// Byte range in the document's text.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// In the section `text`.
    pub(crate) heading: Span,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// A summary of sentences of the document; its pieces are their byte ranges.
    Extract,
    /// A summary of token vectors of its leaves; its pieces say which.
    Medoids,
    /// A summary that a generator wrote; its text is its own.
    Generated,
    /// A small thing that stands for its parent, the leaves.
    Representation,
    /// A summary of sentences of several documents; its pieces are their byte ranges, each in the document of the leaf of
    /// the same number.
    Quotes,
}

impl NodeKind {
    pub(crate) const ALL: [Self; 5] =
        [Self::Extract, Self::Medoids, Self::Generated, Self::Representation, Self::Quotes];

    /// Number in the record.
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::Extract => 1,
            Self::Medoids => 2,
            Self::Generated => 3,
            Self::Representation => 4,
            Self::Quotes => 5,
        }
    }
}

/// What stands above a document's passages (layer 1 and more) or for them (layer 0), or above documents.
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct NodeRecord {
    pub(crate) layer: u32,
    /// Number of its kind.
    pub(crate) kind: u32,
    /// Its own text, in the section `text`; empty if its pieces give it.
    pub(crate) text: Span,
    /// Keys of the nodes and passages right below, in the section `node keys`.
    pub(crate) children: Span,
    /// Keys of the passages below; of quotes, of those that they are from.
    pub(crate) leaves: Span,
    /// In the section `node pieces`.
    pub(crate) pieces: Span,
    /// How far, at most, a token vector of a leaf is from the nearest of the node's; 0 of nodes with text.
    pub(crate) radius: f32,
    pub(crate) reserved: u32,
}

/// One field of metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct FieldRecord {
    /// In the section `text`.
    pub(crate) name: Span,
    /// Number of its type.
    pub(crate) kind: u32,
    pub(crate) reserved: u32,
    /// Its first value in the sections `field values` and `field documents`.
    pub(crate) first: u64,
    /// Number of its values.
    pub(crate) count: u64,
}

/// A file inside a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PackedFile {
    /// ASCII, filled up with zeros.
    name: [u8; 16],
    start: u64,
    len: u64,
}

impl PackedFile {
    /// A file of this name, if that is short enough.
    pub(crate) fn new(name: &str, start: usize, len: usize) -> Result<Self, &'static str> {
        let mut bytes = [0; 16];
        let room = bytes.get_mut(..name.len()).ok_or("the name of a packed file is too long")?;
        room.copy_from_slice(name.as_bytes());
        Ok(Self { name: bytes, start: start as u64, len: len as u64 })
    }

    /// Where the file is, if this is its name.
    pub(super) fn place(&self, name: &str) -> Option<(u64, u64)> {
        let own = self.name.iter().position(|&byte| byte == 0).map_or(&self.name[..], |end| &self.name[..end]);
        (own == name.as_bytes()).then_some((self.start, self.len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_the_sizes_that_the_format_page_states() {
        assert_eq!(size_of::<SegmentHeader>(), 56);
        assert_eq!(size_of::<RouterHeader>(), 16);
        assert_eq!(size_of::<PostingsHeader>(), 32);
        assert_eq!(size_of::<DocumentRecord>(), 48);
        assert_eq!(size_of::<PassageRecord>(), 32);
        assert_eq!(size_of::<NodeRecord>(), 48);
        assert_eq!(size_of::<PackedFile>(), 32);
        assert_eq!(size_of::<FieldRecord>(), 32);
    }

    #[test]
    fn section_numbers_lead_back_to_their_section() {
        let known: Vec<Section> = (0..=64).filter_map(Section::of_number).collect();
        assert_eq!(known.len(), 25);
        assert!(known.iter().all(|s| Section::of_number(s.number()) == Some(*s)));
    }
}
