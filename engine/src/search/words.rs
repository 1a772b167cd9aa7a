//! Mode `bm25`: words of the query's text in the keyword indexes of all segments.

use super::{Mode, Search};
use crate::keywords::{KeywordIndex, Looked, Statistics, Words};
use crate::segment::Scope;
use crate::{Error, Result, Stage};

impl Search<'_> {
    pub(super) fn words(&mut self, (text, every): (&str, bool), count: usize) -> Result<()> {
        let looked = match self.scope {
            Scope::Passages => Looked::Passages,
            Scope::Summaries => Looked::Summaries,
            Scope::All => Looked::Both,
            // Their words are those of what they stand for.
            Scope::Representations => return Err(no_words()),
        };
        let (context, generation) = (self.context, self.generation);
        context.stage(Stage::Keywords, || {
            let language = generation.manifest().language;
            let words = Words::of(text, language).every(every);
            let segments = generation.parts().iter().map(|part| part.segment.keywords(language));
            let segments: Vec<&KeywordIndex> = segments.collect::<Result<_>>()?;
            let statistics = Statistics::of(segments.iter().copied(), &words, looked)?;
            for (at, (segment, part)) in segments.iter().zip(generation.parts()).enumerate() {
                context.check()?;
                let passing = self.passing.map(|passing| passing.part(at));
                for (passage, score) in segment.best((&words, looked), &statistics, count, passing)? {
                    self.top.offer((at, passage), score, || Ok(part.segment.passage(passage)?.key))?;
                }
            }
            Ok(())
        })
    }
}

fn no_words() -> Error {
    let reason = "representations are not found by words".to_owned();
    Error::ModeUnavailable { mode: Mode::Bm25.name(), reason }
}
