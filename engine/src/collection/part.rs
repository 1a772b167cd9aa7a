//! A segment with what belongs to it, mapped.

use std::path::Path;

use fixedbitset::FixedBitSet;
use half::f16;

use super::{Manifest, SegmentFiles, Tombstones, file_path};
use crate::Result;
use crate::format::{FileKind, Section, Sections};
use crate::router::{Postings, Router};
use crate::segment::{CodedPassage, Segment, Vectors};

/// A segment with what belongs to it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) files: SegmentFiles,
    pub(crate) segment: Segment,
    pub(crate) vectors: Option<Vectors>,
    pub(crate) postings: Option<Postings>,
}

impl Part {
    pub(crate) fn open(
        folder: &Path,
        manifest: &Manifest,
        router: Option<&Router>,
        files: &SegmentFiles,
    ) -> Result<Self> {
        let segment = Segment::open(&file_path(folder, FileKind::Segment, &files.segment))?;
        check(&segment, manifest)?;
        let vectors = files.vectors.as_ref().map(|hash| file_path(folder, FileKind::Vectors, hash));
        let vectors = vectors.map(|path| Vectors::open(&path, &segment)).transpose()?;
        let postings = files.postings.as_ref().map(|hash| file_path(folder, FileKind::Postings, hash));
        let postings = match (router, postings) {
            (Some(router), Some(path)) => Some(Postings::open(&path, router, &segment)?),
            _ => None,
        };
        Ok(Self { files: files.clone(), segment, vectors, postings })
    }

    /// The mapped files of this part.
    pub(crate) fn sections(&self) -> impl Iterator<Item = &Sections> {
        let vectors = self.vectors.iter().map(Vectors::sections);
        let postings = self.postings.iter().map(Postings::sections);
        [self.segment.sections()].into_iter().chain(vectors).chain(postings)
    }

    /// A passage or node as it is stored.
    pub(crate) fn coded(&self, row: usize) -> Result<CodedPassage> {
        let segment = &self.segment;
        let record = segment.passage(row)?;
        let tokens = segment.token_range(row)?;
        let vectors = self.vectors.as_ref().map(|vectors| -> Result<Vec<f16>> {
            let mut values = Vec::new();
            vectors.read(&tokens, &mut values)?;
            Ok(values.into_iter().map(f16::from_f32).collect())
        });
        Ok(CodedPassage {
            start: record.start as usize,
            end: record.end as usize,
            heading: segment.sections().text(Section::Text, record.heading)?.to_owned(),
            codes: segment.codes(&tokens)?.to_vec(),
            scales: segment.scales(&tokens)?.to_vec(),
            vectors: vectors.transpose()?,
        })
    }

    /// Ordinals of the passages that are deleted.
    pub(super) fn deleted(&self, tombstones: &Tombstones) -> Result<FixedBitSet> {
        let passages = self.segment.passages();
        let mut deleted = FixedBitSet::with_capacity(passages);
        // Opening reads no records where it need not.
        let last = passages.checked_sub(1).filter(|_| tombstones.len() > 0);
        let Some(last) = last else { return Ok(deleted) };
        let (first, last) = (self.segment.passage(0)?.key, self.segment.passage(last)?.key);
        for key in tombstones.among(first, last) {
            // A key may be of another segment, if offline tools ever make ranges of keys overlap.
            if let Some(ordinal) = self.segment.ordinal_of(key)? {
                deleted.insert(ordinal);
            }
        }
        Ok(deleted)
    }
}

fn check(segment: &Segment, manifest: &Manifest) -> Result<()> {
    let header = segment.header();
    let same = header.width as usize == manifest.width
        && header.bits == u32::from(manifest.bits)
        && header.seed == manifest.seed;
    if same {
        return Ok(());
    }
    let expected = format!("width {}, {} bits, seed {}", manifest.width, manifest.bits, manifest.seed);
    Err(segment.sections().corrupt(Section::Header, &expected, &format!("{header:?}")))
}
