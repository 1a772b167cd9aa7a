//! Passages that pass a filter, found before anything is scored.

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
    let parts = generation.parts().iter().enumerate().map(|(at, part)| {
        context.check()?;
        let mut passages = part.segment.matching(filter)?;
        if let Some(among) = among {
            passages.intersect_with(among.part(at));
        }
        Ok(passages)
    });
    Ok(Passing::new(parts.collect::<Result<_>>()?))
}
