//! When a live collection gets a router, or a new one, and how: nothing is encoded again.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::LiveCollection;
use crate::build::ROUTER_FROM;
use crate::collection::{Generation, Part, SegmentFiles, file_path};
use crate::format::FileKind;
use crate::router::{self, Router, Source};
use crate::segment::FinishedSegment;
use crate::{Context, Result, kernels};

/// A collection that has grown by this factor since its router was trained gets a new one.
const GROWTH: f64 = 2.0;
/// Searches that a gauge must have, and how far what they find may lie below what was promised.
const SEARCHES: u64 = 100;
const SHORT: f64 = 0.05;
/// Without that much growth a router that falls short is no better when it is trained again.
const GROWTH_FOR_GAUGE: f64 = 1.1;
/// How often segments that came meanwhile are routed before it is published, and how few may be left for then.
const ROUNDS: usize = 8;
const FEW: usize = 4;

/// What live searches find of what exhaustive scoring finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gauge {
    /// Searches that were measured since the router was trained.
    pub searches: u64,
    /// Mean share that they found.
    pub recall: f64,
    /// Share that was promised.
    pub promised: f64,
}

/// Whether token vectors, of which some were there when the router was trained (0 without one), need a new one.
fn due(stored: u64, routed: u64, gauge: Option<Gauge>) -> bool {
    let grown = stored as f64 / routed.max(1) as f64;
    let short = gauge.is_some_and(|gauge| gauge.searches >= SEARCHES && gauge.recall < gauge.promised - SHORT);
    stored >= ROUTER_FROM && (routed == 0 || grown >= GROWTH || short && grown >= GROWTH_FOR_GAUGE)
}

/// About how many token vectors are not deleted: replacing documents is no growth.
fn alive(generation: &Generation) -> u64 {
    let alive = |(at, part): (usize, &Arc<Part>)| {
        let passages = part.segment.passages().max(1) as u64;
        let alive = generation.alive().map_or(passages, |alive| alive.part(at).count_ones(..) as u64);
        part.segment.header().token_vectors * alive / passages
    };
    generation.parts().iter().enumerate().map(alive).sum()
}

impl LiveCollection {
    /// Trains a router if one is due; false if not. `gauge` is what live searches were measured to find. It may take
    /// minutes, in which changes are applied and segments merged.
    pub fn route(&self, context: &Context, gauge: Option<Gauge>) -> Result<bool> {
        let _routing = self.routing.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = self.generation();
        if !due(alive(&generation), generation.manifest().routed, gauge) {
            return Ok(false);
        }
        // Files are read by their names: those of the generation that is newest once they are kept.
        self.writing(|| self.keeping_files(|| self.train(context, &self.generation())))?;
        Ok(true)
    }

    fn train(&self, context: &Context, generation: &Generation) -> Result<()> {
        let seed = generation.manifest().seed;
        let mut manifest = generation.manifest().clone();
        let path = |files: &SegmentFiles| file_path(self.folder.path(), FileKind::Segment, &files.segment);
        let paths = manifest.parts().map(path).collect();
        let source = Source::new(kernels::best(), generation.coder(), paths, 1)?;
        let router = router::train(context, &source, seed)?;
        manifest.router = Some(router.write(&self.folder)?.hash);
        manifest.routed = alive(generation);
        fail::fail_point!("route.router");
        let mut routed = HashMap::new();
        for (at, files) in manifest.parts_mut().enumerate() {
            context.check()?;
            files.postings = Some(router::route(&self.folder, &source, &router, at)?.hash);
            routed.insert(files.segment.clone(), files.postings.clone());
        }
        fail::fail_point!("route.postings");
        manifest.efforts = generation.next(self.folder.path(), &manifest)?.fit(context, 1, seed)?;
        // Segments that came meanwhile, as long as they are many: nothing is published while the last are routed.
        for _ in 0..ROUNDS {
            let now = self.generation();
            let parts = now.manifest().parts().map(|files| &files.segment);
            let new: Vec<&String> = parts.filter(|segment| !routed.contains_key(*segment)).collect();
            if new.len() <= FEW {
                break;
            }
            for segment in new {
                context.check()?;
                routed.insert(segment.clone(), Some(self.write_postings(&now, &router, segment)?));
            }
        }
        self.publish(|now, draft| {
            for files in draft.manifest.parts_mut() {
                files.postings = match routed.remove(&files.segment) {
                    Some(postings) => postings,
                    None => Some(self.write_postings(now, &router, &files.segment)?),
                };
            }
            draft.manifest.router = manifest.router;
            draft.manifest.routed = manifest.routed;
            draft.manifest.efforts = manifest.efforts;
            Ok(())
        })?;
        Ok(())
    }

    /// The files of a new segment, with postings if a generation has a router.
    pub(super) fn routed(&self, generation: &Generation, finished: FinishedSegment) -> Result<SegmentFiles> {
        let mut files = SegmentFiles::of(finished);
        if let Some(router) = generation.router() {
            files.postings = Some(self.write_postings(generation, router, &files.segment)?);
        }
        Ok(files)
    }

    /// Writes the postings of a segment under a router.
    pub(super) fn write_postings(&self, generation: &Generation, router: &Router, segment: &str) -> Result<String> {
        let path = file_path(self.folder.path(), FileKind::Segment, segment);
        let source = Source::new(kernels::best(), generation.coder(), vec![path], 1)?;
        Ok(router::route(&self.folder, &source, router, 0)?.hash)
    }

    /// Routes a segment anew that was written beside one generation and is published after another, if there is another
    /// router since.
    pub(super) fn follow_router(
        &self,
        before: &Generation,
        now: &Generation,
        segment: Option<&mut SegmentFiles>,
    ) -> Result<()> {
        if let (Some(files), Some(router)) = (segment, now.router())
            && before.manifest().router != now.manifest().router
        {
            files.postings = Some(self.write_postings(now, router, &files.segment)?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_router_is_trained_when_the_collection_is_large_enough_or_twice_as_large() {
        assert!(!due(ROUTER_FROM - 1, 0, None));
        assert!(due(ROUTER_FROM, 0, None));
        assert!(!due(2 * ROUTER_FROM - 1, ROUTER_FROM, None));
        assert!(due(2 * ROUTER_FROM, ROUTER_FROM, None));
    }

    #[test]
    fn a_router_is_trained_when_searches_find_less_than_promised_and_there_is_something_new() {
        let gauge = |searches, recall| Some(Gauge { searches, recall, promised: 0.95 });
        let (routed, grown) = (ROUTER_FROM, ROUTER_FROM + ROUTER_FROM / 5);
        assert!(due(grown, routed, gauge(SEARCHES, 0.89)));
        assert!(!due(grown, routed, gauge(SEARCHES, 0.91)));
        assert!(!due(grown, routed, gauge(SEARCHES - 1, 0.5)));
        assert!(!due(routed, routed, gauge(SEARCHES, 0.5)));
    }
}
