//! When a live collection gets a router, or a new one, and how: nothing is encoded again.

use super::LiveCollection;
use super::compaction::Compacted;
use crate::build::ROUTER_FROM;
use crate::collection::{Generation, SegmentFiles, file_path};
use crate::format::FileKind;
use crate::router::{self, Source, route};
use crate::{Context, Result, kernels};

/// A collection that has grown by this factor since its router was trained gets a new one.
const GROWTH: f64 = 2.0;
/// Searches that a gauge must have, and how far what they find may lie below what was promised.
const SEARCHES: u64 = 100;
const SHORT: f64 = 0.05;
/// Without that much growth a router that falls short is no better when it is trained again.
const GROWTH_FOR_GAUGE: f64 = 1.1;

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

impl LiveCollection {
    /// Trains a router if one is due.
    pub(super) fn route_if_due(
        &self,
        context: &Context,
        generation: &Generation,
        gauge: Option<Gauge>,
    ) -> Result<Compacted> {
        let stored = generation.description().token_vectors;
        if !due(stored, generation.manifest().routed, gauge) {
            return Ok(Compacted::Nothing);
        }
        self.keeping_files(|| self.route(context, generation, stored))?;
        Ok(Compacted::Routed)
    }

    fn route(&self, context: &Context, generation: &Generation, stored: u64) -> Result<()> {
        let seed = generation.manifest().seed;
        let segments = &generation.manifest().segments;
        let source = self.source(generation, segments)?;
        let router = router::train(context, &source, seed)?;
        let written = router.write(&self.folder)?;
        fail::fail_point!("route.router");
        let mut postings = Vec::with_capacity(segments.len());
        for at in 0..segments.len() {
            context.check()?;
            postings.push(route(&self.folder, &source, &router, at)?.hash);
        }
        fail::fail_point!("route.postings");
        let mut manifest = generation.manifest().clone();
        manifest.router = Some(written.hash);
        manifest.routed = stored;
        for (files, postings) in manifest.segments.iter_mut().zip(postings) {
            files.postings = Some(postings);
        }
        manifest.efforts = generation.next(self.folder.path(), &manifest)?.fit(context, 1, seed)?;
        self.publish(|now, draft| {
            for files in &mut draft.manifest.segments {
                let known = manifest.segments.iter().find(|known| known.segment == files.segment);
                files.postings = match known {
                    Some(known) => known.postings.clone(),
                    // It came while the router was trained.
                    None => {
                        let source = self.source(now, std::slice::from_ref(files))?;
                        Some(route(&self.folder, &source, &router, 0)?.hash)
                    }
                };
            }
            draft.manifest.router = manifest.router;
            draft.manifest.routed = manifest.routed;
            draft.manifest.efforts = manifest.efforts;
            Ok(())
        })?;
        Ok(())
    }

    fn source<'a>(&self, generation: &'a Generation, segments: &[SegmentFiles]) -> Result<Source<'a>> {
        let path = |files: &SegmentFiles| file_path(self.folder.path(), FileKind::Segment, &files.segment);
        Source::new(kernels::best(), generation.coder(), segments.iter().map(path).collect(), 1)
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
