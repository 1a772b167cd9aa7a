//! Having a generation in memory before searches need it, and keeping it there.

use super::Generation;
use crate::format::{Section, Sections};
use crate::router::Postings;
use crate::{Context, Result};

/// What scoring reads of a segment. Text is read for hits only, kept vectors by mode `exact` only.
const SCORED: [Section; 4] = [Section::Codes, Section::Scales, Section::PassageStarts, Section::Passages];
/// What finding candidates reads.
const ROUTED: [Section; 3] = [Section::CentroidIds, Section::PostingStarts, Section::Postings];

impl Generation {
    /// Reads codes, centroid ids and postings once and checks them, so that the first searches wait for neither. Fails
    /// if the context ends, or at the first damaged block; the generation can be searched all the same.
    pub fn preload(&self, context: &Context) -> Result<()> {
        for part in self.parts() {
            part.postings.iter().try_for_each(|postings| postings.sections().preload(context, &ROUTED))?;
            part.segment.sections().preload(context, &SCORED)?;
        }
        Ok(())
    }

    /// Locks segments and postings in memory until the generation is dropped; kept vectors stay as they are.
    pub fn lock(&self) -> Result<()> {
        self.parts().iter().try_for_each(|part| {
            part.segment.sections().lock()?;
            part.postings.as_ref().map(Postings::sections).map_or(Ok(()), Sections::lock)
        })
    }
}
