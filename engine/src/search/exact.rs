//! Mode `exact`: full-precision vectors, which only a collection built with `--keep-vectors` has.

use super::{PASSAGES_BETWEEN_CHECKS, Search};
use crate::format::Section;
use crate::kernels::FloatBlock;
use crate::segment::Vectors;
use crate::{Error, Result, Stage, TokenMatrix};

impl Search<'_> {
    pub(super) fn exact(&mut self, query: &TokenMatrix) -> Result<()> {
        let context = self.context;
        context.stage(Stage::Score, || {
            let rows: Vec<&[f32]> = query.iter_rows().collect();
            let block = FloatBlock::new(&rows, query.width());
            let mut best = vec![0.0; block.lanes()];
            for (at, part) in self.generation.parts().iter().enumerate() {
                let vectors = kept(part.vectors.as_ref())?;
                let passing = self.passing.map(|passing| passing.part(at));
                let passages = (0..part.segment.passages()).filter(|at| passing.is_none_or(|set| set.contains(*at)));
                for (number, passage) in passages.enumerate() {
                    if number % PASSAGES_BETWEEN_CHECKS == 0 {
                        context.check()?;
                    }
                    best.fill(f32::NEG_INFINITY);
                    let values = vectors.halves(&part.segment.token_range(passage)?)?;
                    self.kernels.row_max_f16(&block, values, &mut best);
                    let score: f32 = best[..rows.len()].iter().sum();
                    if !score.is_finite() {
                        return Err(vectors.sections().corrupt(Section::Vectors, "finite scores", &score.to_string()));
                    }
                    self.top.offer((at, passage), score, || Ok(part.segment.passage(passage)?.key))?;
                }
            }
            Ok(())
        })
    }
}

/// Kept vectors, or the reason why there is no exact search.
pub(super) fn kept(vectors: Option<&Vectors>) -> Result<&Vectors> {
    vectors.ok_or_else(|| Error::ModeUnavailable {
        mode: "exact",
        reason: "the collection keeps no full-precision vectors; build it with --keep-vectors".to_owned(),
    })
}
