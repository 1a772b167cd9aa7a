//! The tree across documents of a live collection: marked where something that it quotes is deleted, mended when enough has
//! changed.

use std::collections::HashSet;
use std::sync::PoisonError;

use super::LiveCollection;
use super::apply::form;
use super::publish::Draft;
use crate::collection::{Coverage, EncoderId, Generation};
use crate::encode::Encoder;
use crate::raptor::{Coding, Ground, Raptor, TreeAcross};
use crate::segment::SegmentWriter;
use crate::{Context, Result};

/// Share of the documents that may have come or gone before the tree is mended.
const STALE: f64 = 0.1;
/// Share from which on it is grown anew: clusters of what was there once do not fit any more.
const ANEW: f64 = 0.25;

impl LiveCollection {
    /// Mends the tree across documents, if the collection has one, a tenth of the documents came or went since, and the
    /// encoder is the collection's; if `all`, whenever any did. True if it did. It may take minutes, in which changes are
    /// applied and segments merged.
    pub fn mend(&self, context: &Context, encoder: Option<&dyn Encoder>, all: bool) -> Result<bool> {
        let _mending = self.mending.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = self.generation();
        let Some(raptor) = generation.manifest().raptor.filter(|raptor| raptor.across) else { return Ok(false) };
        let Some(encoder) = encoder.filter(|encoder| fits(&generation, *encoder)) else { return Ok(false) };
        let coverage = generation.coverage(context)?;
        if !due(coverage, generation.description().documents, all) {
            return Ok(false);
        }
        self.writing(|| self.mend_tree(context, &generation, (raptor, encoder), !anew(coverage)))?;
        Ok(true)
    }

    /// Whether [`Self::mend`] would do anything.
    pub fn mending_is_due(&self, context: &Context, all: bool) -> Result<bool> {
        let generation = self.generation();
        let wanted = generation.manifest().raptor.is_some_and(|raptor| raptor.across);
        Ok(wanted && due(generation.coverage(context)?, generation.description().documents, all))
    }

    fn mend_tree(
        &self,
        context: &Context,
        generation: &Generation,
        (raptor, encoder): (Raptor, &dyn Encoder),
        mends: bool,
    ) -> Result<()> {
        let manifest = generation.manifest();
        let coding = Coding { encoder, coder: generation.coder(), keep: manifest.keep_vectors };
        let grown = TreeAcross::grow(&Ground { context, coding, generation, raptor, seed: manifest.seed }, mends)?;
        fail::fail_point!("mend.grown");
        let first = self.reserve(grown.len() as u64)?;
        let now = self.generation();
        let mut files = match grown.is_empty() {
            true => None,
            false => {
                let mut writer = SegmentWriter::create(&self.folder, generation.coder(), form(manifest))?;
                grown.write(generation, &mut writer, first)?;
                let finished = writer.finish()?;
                fail::fail_point!("mend.segment");
                Some(self.routed(&now, finished)?)
            }
        };
        let leaves = grown.leaves(generation)?;
        self.publish(|newest, draft| {
            self.follow_router(&now, newest, files.as_mut())?;
            if let Some((_, older)) = newest.across() {
                let keys = (0..older.segment.passages()).map(|row| Ok(older.segment.passage(row)?.key));
                draft.tombstones.remove_all(&keys.collect::<Result<_>>()?);
            }
            // What is quoted may be deleted by now.
            for (node, leaves) in (first..).zip(&leaves) {
                let there = |leaf: &u64| Ok(newest.row_of(*leaf)?.is_some_and(|(at, row)| !newest.is_deleted(at, row)));
                if !leaves.iter().map(there).collect::<Result<Vec<bool>>>()?.into_iter().all(|there| there) {
                    draft.tombstones.insert(node);
                }
            }
            draft.manifest.across = files;
            Ok(())
        })?;
        Ok(())
    }

    /// Has nobody else give so many keys; the first of them.
    fn reserve(&self, keys: u64) -> Result<u64> {
        // A batch that is being applied gives those that were next when it began.
        let _applying = self.applying.lock().unwrap_or_else(PoisonError::into_inner);
        let first = self.generation().manifest().next_passage_key;
        self.publish(|_, draft| {
            draft.manifest.next_passage_key = first + keys;
            Ok(())
        })?;
        Ok(first)
    }
}

/// Whether an encoder makes the vectors that a collection has.
fn fits(generation: &Generation, encoder: &dyn Encoder) -> bool {
    generation.check_encoder(&EncoderId::of(encoder)).is_ok() && encoder.width() == generation.manifest().width
}

/// Deletes nodes of the tree across documents that quote what is deleted.
pub(super) fn mark(context: &Context, now: &Generation, draft: &mut Draft, deleted: &[u64]) -> Result<()> {
    let Some((_, part)) = now.across().filter(|_| !deleted.is_empty()) else { return Ok(()) };
    let deleted: HashSet<u64> = deleted.iter().copied().collect();
    for (row, node) in now.nodes_across(context)? {
        if node.leaves()?.iter().any(|leaf| deleted.contains(leaf)) {
            draft.tombstones.insert(part.segment.passage(row)?.key);
        }
    }
    Ok(())
}

/// Whether the tree is to be mended.
fn due(coverage: Option<Coverage>, documents: u64, all: bool) -> bool {
    let stale = coverage.map_or(documents, |coverage| coverage.stale());
    // Over fewer than two documents there is no tree.
    let possible = documents > 1 || coverage.is_some();
    possible && stale > 0 && (all || stale as f64 >= STALE * documents as f64)
}

/// Whether so much has changed that it is grown anew.
fn anew(coverage: Option<Coverage>) -> bool {
    coverage.is_none_or(|coverage| coverage.stale() as f64 > ANEW * coverage.documents as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_documents_has_it_mended_a_quarter_has_it_grown_anew() {
        let coverage =
            |uncovered, gone| Some(Coverage { nodes: 20, dead: 0, documents: 100 - uncovered, uncovered, gone });
        assert!(!due(coverage(9, 0), 100, false) && due(coverage(9, 0), 100, true));
        assert!(due(coverage(5, 5), 100, false) && !anew(coverage(5, 5)));
        assert!(!due(coverage(0, 0), 100, true));
        assert!(due(None, 2, false) && !due(None, 1, true) && anew(None));
        assert!(anew(coverage(15, 15)));
    }
}
