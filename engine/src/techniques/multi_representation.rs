//! `multi_representation` (Chen et al. 2023): something small is found (a summary, a sentence, a proposition), and the passage
//! that it stands for is given.

use serde::{Deserialize, Serialize};

use super::{About, Recipe};
use crate::Result;
use crate::answer::{Found, Query, Run};
use crate::search::{Returns, Scope};

pub(super) const ABOUT: About = About {
    name: "multi_representation",
    what: "looks among summaries, sentences or propositions and gives the passages that they stand for",
    source: "Chen et al. 2023, arXiv:2312.06648; RAG from scratch, part 12",
    thinks: false,
    needs: "collections built with --represent",
    knobs: &[],
};

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct MultiRepresentation {}

impl Recipe for MultiRepresentation {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        let mut wanted = run.wanted(Query::of(question));
        match run.sources.all().iter().all(|source| source.generation.represent().is_some()) {
            true => (wanted.scope, wanted.returns) = (Scope::Representations, Returns::Parent),
            false => {
                let why =
                    "not all collections that are asked have representations; `maxsim build --represent` makes them";
                run.degrade("retrieve", ("no_representations", why.to_owned()), "passages");
            }
        }
        Ok(run.retrieve(&wanted)?.into())
    }
}
