//! Mode `bm25`: words of the query's text in the keyword indexes of all segments.

use super::Search;
use crate::keywords::{KeywordIndex, Statistics, Words};
use crate::{Result, Stage};

impl Search<'_> {
    pub(super) fn words(&mut self, text: &str, count: usize) -> Result<()> {
        let (context, generation) = (self.context, self.generation);
        context.stage(Stage::Keywords, || {
            let language = generation.manifest().language;
            let words = Words::of(text, language);
            let segments = generation.parts().iter().map(|part| part.segment.keywords(language));
            let segments: Vec<&KeywordIndex> = segments.collect::<Result<_>>()?;
            let statistics = Statistics::of(segments.iter().copied(), &words)?;
            for (at, (segment, part)) in segments.iter().zip(generation.parts()).enumerate() {
                context.check()?;
                let passing = self.passing.map(|passing| passing.part(at));
                for (passage, score) in segment.best(&words, &statistics, count, passing)? {
                    self.top.offer((at, passage), score, || Ok(part.segment.passage(passage)?.key))?;
                }
            }
            Ok(())
        })
    }
}
