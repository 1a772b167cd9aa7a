//! Passages that pass a filter, found before anything is scored.

use fixedbitset::FixedBitSet;

use crate::collection::{Generation, Passing};
use crate::filter::Filter;
use crate::{Context, Result};

/// Those of some passages and nodes whose documents match.
pub(super) fn passing(
    context: &Context,
    generation: &Generation,
    filter: &Filter,
    among: Option<&Passing>,
) -> Result<Passing> {
    let segments = generation.segments().iter().map(|part| {
        context.check()?;
        part.segment.matching(filter)
    });
    // What is over several documents has no fields.
    let tree = generation.across().map(|(_, part)| Ok(FixedBitSet::with_capacity(part.segment.passages())));
    let parts = segments.chain(tree).enumerate().map(|(at, passages)| {
        let mut passages: FixedBitSet = passages?;
        if let Some(among) = among {
            passages.intersect_with(among.part(at));
        }
        Ok(passages)
    });
    Ok(Passing::new(parts.collect::<Result<_>>()?))
}
