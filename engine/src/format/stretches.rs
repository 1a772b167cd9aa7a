//! A whole file of sections front to back, some MiB at a time, every block checked again.

use std::ops::Range;

use super::footer::check_ends;
use super::{BLOCK, Sections};
use crate::Result;

/// Bytes of a stretch: whole blocks.
const STRETCH: usize = 64 * BLOCK;

/// Some bytes of a file.
#[derive(Debug)]
pub(crate) struct Stretch<'a> {
    pub(crate) bytes: &'a [u8],
    /// The first thing that is wrong with them.
    pub(crate) sound: Result<()>,
}

impl Sections {
    /// All bytes in stretches, whether or not they were checked before.
    pub(crate) fn stretches(&self) -> impl Iterator<Item = Stretch<'_>> {
        let length = self.file.bytes().len();
        (0..length).step_by(STRETCH).map(move |start| {
            let bytes = start..length.min(start + STRETCH);
            Stretch { sound: self.check_stretch(&bytes), bytes: &self.file.bytes()[bytes] }
        })
    }

    fn check_stretch(&self, bytes: &Range<usize>) -> Result<()> {
        let blocks = bytes.start / BLOCK..bytes.end.min(self.body).div_ceil(BLOCK);
        blocks.into_iter().try_for_each(|block| self.check_block(block))?;
        // Table, checksums and footer, which no block covers.
        let last = bytes.end == self.file.bytes().len();
        if last { check_ends(self.file.bytes(), self.path(), self.kind()).map(drop) } else { Ok(()) }
    }
}
