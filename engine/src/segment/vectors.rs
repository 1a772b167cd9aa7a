//! The f16 sidecar of a segment: token vectors as the encoder gave them.

use std::ops::Range;
use std::path::Path;

use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};

use super::Segment;
use crate::Result;
use crate::format::{FileKind, Section, Sections, SegmentHeader};

/// A mapped vectors file.
#[derive(Debug)]
pub(crate) struct Vectors {
    sections: Sections,
    width: usize,
}

impl Vectors {
    /// Maps the vectors of a segment.
    pub(crate) fn open(path: &Path, segment: &Segment) -> Result<Self> {
        let sections = Sections::open(path, FileKind::Vectors)?;
        let header: SegmentHeader = sections.one(Section::Header, 0)?;
        let expected = SegmentHeader { bits: 16, ..*segment.header() };
        if header != expected {
            return Err(sections.corrupt(Section::Header, &format!("{expected:?}"), &format!("{header:?}")));
        }
        let values = header.token_vectors.saturating_mul(u64::from(header.width));
        sections.expect_count::<u16>(Section::Vectors, values)?;
        Ok(Self { sections, width: header.width as usize })
    }

    /// The file itself.
    pub(crate) fn sections(&self) -> &Sections {
        &self.sections
    }

    /// Some token vectors, f16 as bits.
    pub(crate) fn bits(&self, tokens: &Range<usize>) -> Result<&[u16]> {
        self.sections.some(Section::Vectors, tokens.start * self.width..tokens.end * self.width)
    }

    /// Reads some token vectors as f32.
    pub(crate) fn read(&self, tokens: &Range<usize>, values: &mut Vec<f32>) -> Result<()> {
        let halves: &[f16] = self.bits(tokens)?.reinterpret_cast();
        values.resize(halves.len(), 0.0);
        halves.convert_to_f32_slice(values);
        Ok(())
    }
}
