//! Documents of a segment by id: ordinals in order of id, found by binary search.

use super::Segment;
use crate::Result;
use crate::format::{DocumentRecord, Section};

impl Segment {
    /// A document's record.
    pub(crate) fn document(&self, ordinal: usize) -> Result<DocumentRecord> {
        self.sections.one(Section::Documents, ordinal)
    }

    /// A document's id.
    pub(crate) fn id_of(&self, document: &DocumentRecord) -> Result<&str> {
        self.sections.text(Section::Ids, document.id)
    }

    /// Ordinals of the documents that have an id, ascending. Several only if an offline build was given several.
    pub(crate) fn documents_called(&self, id: &str) -> Result<Vec<usize>> {
        let documents = self.header.documents as usize;
        let (mut low, mut high) = (0, documents);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.id_at(middle)?.1 < id {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        let mut found = Vec::new();
        while low < documents {
            let (ordinal, called) = self.id_at(low)?;
            if called != id {
                break;
            }
            found.push(ordinal);
            low += 1;
        }
        Ok(found)
    }

    /// The document at a place in the order of ids, and its id.
    fn id_at(&self, place: usize) -> Result<(usize, &str)> {
        let ordinal: u32 = self.sections.one(Section::IdOrder, place)?;
        let ordinal = ordinal as usize;
        Ok((ordinal, self.id_of(&self.document(ordinal)?)?))
    }

    /// Checks that every document stands in the order once, where its id belongs.
    pub(super) fn verify_ids(&self) -> Result<()> {
        let mut last: Option<(&str, usize)> = None;
        for place in 0..self.header.documents as usize {
            let (ordinal, id) = self.id_at(place)?;
            if last.is_some_and(|last| last >= (id, ordinal)) {
                let found = format!("{id:?} at {place}");
                return Err(self.sections.corrupt(Section::IdOrder, "documents in order of id", &found));
            }
            last = Some((id, ordinal));
        }
        Ok(())
    }
}
