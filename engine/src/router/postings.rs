//! Postings of one segment under one router: passages per centroid, and the centroid of every token vector.

use std::ops::Range;
use std::path::Path;

use super::assign::assign;
use super::{Router, Source};
use crate::Result;
use crate::format::{FileKind, PostingsHeader, Section, SectionWriter, Sections, Written};
use crate::segment::Segment;
use crate::storage::Folder;

/// Routes a segment of the source: assigns its token vectors and writes the postings file.
pub(crate) fn route(folder: &Folder, source: &Source, router: &Router, segment: usize) -> Result<Written> {
    let segment = source.open(segment)?;
    let ids = assign(source, router, &segment)?;
    write_postings(folder, router, &segment, &ids)
}

/// Writes the postings of a segment whose token vectors have these centroids.
pub(crate) fn write_postings(folder: &Folder, router: &Router, segment: &Segment, ids: &[u16]) -> Result<Written> {
    let mut lists: Vec<Vec<u8>> = vec![Vec::new(); router.centroids()];
    let mut last = vec![-1i64; router.centroids()];
    for passage in 0..segment.passages() {
        for &id in &ids[segment.token_range(passage)?] {
            let places = (lists.get_mut(usize::from(id)), last.get_mut(usize::from(id)));
            let (Some(list), Some(last)) = places else {
                return Err(unknown_centroid(segment.sections(), id, router.centroids()));
            };
            let ordinal = passage as i64;
            if *last != ordinal {
                push_leb128(list, ordinal.abs_diff(*last));
                *last = ordinal;
            }
        }
    }
    let mut starts = vec![0u32];
    let mut total = 0usize;
    for list in &lists {
        total += list.len();
        starts.push(u32::try_from(total).map_err(|_| crate::Error::invalid("segment", "postings beyond 4 GiB"))?);
    }
    let mut file = SectionWriter::create(folder, FileKind::Postings)?;
    file.section(Section::Header, &[header(router, segment)])?;
    file.section(Section::CentroidIds, ids)?;
    file.section(Section::PostingStarts, &starts)?;
    file.section(Section::Postings, &lists.concat())?;
    file.publish()
}

/// What the postings of a segment under a router begin with.
fn header(router: &Router, segment: &Segment) -> PostingsHeader {
    PostingsHeader {
        passages: segment.header().passages,
        token_vectors: segment.header().token_vectors,
        centroids: router.centroids() as u64,
        router: router.identity(),
    }
}

fn push_leb128(list: &mut Vec<u8>, mut value: u64) {
    while value >= 128 {
        list.push((value & 127) as u8 | 128);
        value >>= 7;
    }
    list.push(value as u8);
}

/// A mapped postings file.
#[derive(Debug)]
pub(crate) struct Postings {
    sections: Sections,
    centroids: usize,
    passages: usize,
}

impl Postings {
    /// Maps the postings of a segment under a router.
    pub(crate) fn open(path: &Path, router: &Router, segment: &Segment) -> Result<Self> {
        let sections = Sections::open(path, FileKind::Postings)?;
        let header: PostingsHeader = sections.one(Section::Header, 0)?;
        let expected = self::header(router, segment);
        if header != expected {
            return Err(sections.corrupt(Section::Header, &format!("{expected:?}"), &format!("{header:?}")));
        }
        sections.expect_count::<u16>(Section::CentroidIds, header.token_vectors)?;
        sections.expect_count::<u32>(Section::PostingStarts, header.centroids + 1)?;
        Ok(Self { sections, centroids: router.centroids(), passages: segment.passages() })
    }

    /// The file itself.
    pub(crate) fn sections(&self) -> &Sections {
        &self.sections
    }

    /// Centroid ids of some token vectors.
    pub(crate) fn centroid_ids(&self, tokens: &Range<usize>) -> Result<&[u16]> {
        self.sections.some(Section::CentroidIds, tokens.clone())
    }

    /// Calls `visit` with every passage of a centroid.
    pub(crate) fn passages_of(&self, centroid: u16, mut visit: impl FnMut(usize)) -> Result<()> {
        let at = usize::from(centroid);
        let ends: &[u32] = self.sections.some(Section::PostingStarts, at..at + 2)?;
        let bytes: &[u8] = self.sections.some(Section::Postings, ends[0] as usize..ends[1] as usize)?;
        let mut bytes = bytes.iter();
        let mut next = 0usize;
        while let Some(&byte) = bytes.next() {
            // Nearly all differences are one byte.
            let value = if byte < 128 { usize::from(byte) } else { self.longer(byte, &mut bytes)? };
            next += value;
            if value == 0 || next > self.passages {
                return Err(self.damaged(&format!("ascending passages below {}", self.passages), &next.to_string()));
            }
            visit(next - 1);
        }
        Ok(())
    }

    /// The rest of a number that begins with a byte.
    #[cold]
    fn longer(&self, first: u8, bytes: &mut std::slice::Iter<u8>) -> Result<usize> {
        let mut value = usize::from(first & 127);
        for shift in [7, 14, 21, 28] {
            let Some(&byte) = bytes.next() else {
                return Err(self.damaged("a whole number at the end", "a part of one"));
            };
            value |= usize::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        Err(self.damaged("a number of at most five bytes", "a longer one"))
    }

    /// Checks all bytes and every list.
    pub(crate) fn verify(&self) -> Result<()> {
        self.sections.verify()?;
        (0..=u16::MAX).take(self.centroids).try_for_each(|centroid| self.passages_of(centroid, |_| ()))?;
        let ids: &[u16] = self.sections.values(Section::CentroidIds)?;
        match ids.iter().find(|id| usize::from(**id) >= self.centroids) {
            Some(id) => Err(self.unknown_centroid(*id)),
            None => Ok(()),
        }
    }

    /// An id that no centroid has.
    pub(crate) fn unknown_centroid(&self, id: u16) -> crate::Error {
        unknown_centroid(&self.sections, id, self.centroids)
    }

    fn damaged(&self, expected: &str, found: &str) -> crate::Error {
        self.sections.corrupt(Section::Postings, expected, found)
    }
}

fn unknown_centroid(sections: &Sections, id: u16, centroids: usize) -> crate::Error {
    sections.corrupt(Section::CentroidIds, &format!("ids below {centroids}"), &id.to_string())
}
