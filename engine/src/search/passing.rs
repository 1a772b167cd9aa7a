//! Passages that pass a filter, found before anything is scored.

use crate::collection::{Generation, Passing};
use crate::filter::Filter;
use crate::{Context, Result};

/// The passages that are not deleted and whose documents match.
pub(super) fn passing(context: &Context, generation: &Generation, filter: &Filter) -> Result<Passing> {
    let alive = generation.alive();
    let parts = generation.parts().iter().enumerate().map(|(at, part)| {
        context.check()?;
        let mut passages = part.segment.matching(filter)?;
        if let Some(alive) = alive {
            passages.intersect_with(alive.part(at));
        }
        Ok(passages)
    });
    Ok(Passing::new(parts.collect::<Result<_>>()?))
}
