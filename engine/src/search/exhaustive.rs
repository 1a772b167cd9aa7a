//! Mode `exhaustive`: every stored code is scored.

use super::{PASSAGES_BETWEEN_CHECKS, Place, Search};
use crate::codes::CodedQuery;
use crate::format::Section;
use crate::{Result, Stage};

impl Search<'_> {
    pub(super) fn exhaustive(&mut self, query: &mut CodedQuery) -> Result<()> {
        self.score_rest(query, &[])
    }

    /// Scores every passage but some, given in ascending order.
    pub(super) fn score_rest(&mut self, query: &mut CodedQuery, scored: &[Place]) -> Result<()> {
        let (context, generation) = (self.context, self.generation);
        context.stage(Stage::Score, || {
            let mut scored = scored.iter().peekable();
            for (at, part) in generation.parts().iter().enumerate() {
                let passing = self.passing.map(|passing| passing.part(at));
                let passages = (0..part.segment.passages()).filter(|at| passing.is_none_or(|set| set.contains(*at)));
                for (number, passage) in passages.enumerate() {
                    if number % PASSAGES_BETWEEN_CHECKS == 0 {
                        context.check()?;
                    }
                    if scored.next_if_eq(&&(at, passage)).is_none() {
                        self.score(query, (at, passage))?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Scores some passages, given in ascending order.
    pub(super) fn score_places(&mut self, query: &mut CodedQuery, places: &[Place]) -> Result<()> {
        for chunk in places.chunks(PASSAGES_BETWEEN_CHECKS) {
            self.context.check()?;
            chunk.iter().try_for_each(|place| self.score(query, *place))?;
        }
        Ok(())
    }

    /// Scores one passage by its codes and offers it.
    pub(super) fn score(&mut self, query: &mut CodedQuery, place: Place) -> Result<()> {
        let segment = &self.generation.parts()[place.0].segment;
        let tokens = segment.token_range(place.1)?;
        let score = query.score(segment.codes(&tokens)?, segment.scales(&tokens)?);
        if !score.is_finite() {
            return Err(segment.sections().corrupt(Section::Scales, "finite scores", &score.to_string()));
        }
        self.top.offer(place, score, || Ok(segment.passage(place.1)?.key))
    }
}
