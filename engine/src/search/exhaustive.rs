//! Mode `exhaustive`: every stored code is scored.

use super::{PASSAGES_BETWEEN_CHECKS, Search};
use crate::codes::CodedQuery;
use crate::format::Section;
use crate::{Result, Stage};

impl Search<'_> {
    pub(super) fn exhaustive(&mut self) -> Result<()> {
        let context = self.context;
        context.stage(Stage::Score, || {
            let mut query = CodedQuery::new(self.generation.coder(), self.kernels, self.query)?;
            for (at, part) in self.generation.parts().iter().enumerate() {
                for passage in 0..part.segment.passages() {
                    if passage % PASSAGES_BETWEEN_CHECKS == 0 {
                        context.check()?;
                    }
                    self.score(&mut query, (at, passage))?;
                }
            }
            Ok(())
        })
    }

    /// Scores one passage by its codes and offers it.
    pub(super) fn score(&mut self, query: &mut CodedQuery, place: (usize, usize)) -> Result<()> {
        let segment = &self.generation.parts()[place.0].segment;
        let tokens = segment.token_range(place.1)?;
        let score = query.score(segment.codes(&tokens)?, segment.scales(&tokens)?);
        if !score.is_finite() {
            return Err(segment.sections().corrupt(Section::Scales, "finite scores", &score.to_string()));
        }
        self.top.offer(place, score, || Ok(segment.passage(place.1)?.key))
    }
}
