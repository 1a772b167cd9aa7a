//! Having a generation in memory before searches need it, and keeping it there.

use std::sync::Arc;

use super::Generation;
use super::part::Part;
use crate::format::{Section, Sections};
use crate::router::Postings;
use crate::{Context, Result};

/// What scoring reads of a segment. Text is read for hits only, kept vectors by mode `exact` only.
const SCORED: [Section; 4] = [Section::Codes, Section::Scales, Section::PassageStarts, Section::Passages];
/// What finding candidates reads.
const ROUTED: [Section; 3] = [Section::CentroidIds, Section::PostingStarts, Section::Postings];

impl Generation {
    /// Reads codes, centroid ids and postings once and checks them, so that the first searches wait for neither; but for
    /// those that `before` has too. Fails if the context ends, or at the first damaged block; the generation can be
    /// searched all the same.
    pub fn preload(&self, context: &Context, before: Option<&Self>) -> Result<()> {
        for part in self.parts_beyond(before) {
            part.postings.iter().try_for_each(|postings| postings.sections().preload(context, &ROUTED))?;
            part.segment.sections().preload(context, &SCORED)?;
        }
        Ok(())
    }

    /// Locks segments and postings in memory until the last generation that has them is dropped, but for those that
    /// `before` has too; kept vectors stay as they are.
    pub fn lock(&self, before: Option<&Self>) -> Result<()> {
        self.parts_beyond(before).try_for_each(|part| {
            part.segment.sections().lock()?;
            part.postings.as_ref().map(Postings::sections).map_or(Ok(()), Sections::lock)
        })
    }

    /// Parts that another generation does not share.
    fn parts_beyond<'a>(&'a self, other: Option<&'a Self>) -> impl Iterator<Item = &'a Arc<Part>> {
        let others = other.map_or(&[][..], Self::parts);
        self.parts().iter().filter(|part| !others.iter().any(|other| Arc::ptr_eq(other, part)))
    }
}
