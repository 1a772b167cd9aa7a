//! `raptor` (Sarthi et al. 2024): contexts from trees of summaries: all nodes at once (collapsed), or from the roots down.
//! Sentences of summaries are cited in their passages.

use serde::{Deserialize, Serialize};

use super::{About, Knob, Recipe};
use crate::Result;
use crate::answer::{Found, Query, Run};
use crate::search::Scope;

pub(super) const ABOUT: About = About {
    name: "raptor",
    what: "looks among passages and the summaries above them, all at once or from the roots of the trees down",
    source: "Sarthi et al. 2024, arXiv:2401.18059",
    thinks: false,
    needs: "collections built with --raptor",
    knobs: &[
        Knob::name("how", &["collapsed", "traversal"], "all nodes at once, or from the roots down"),
        Knob::whole("per_layer", (1, 100), "nodes of each layer that a traversal opens"),
    ],
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Raptor {
    how: How,
    per_layer: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum How {
    #[default]
    Collapsed,
    Traversal,
}

impl Default for Raptor {
    fn default() -> Self {
        Self { how: How::default(), per_layer: 5 }
    }
}

impl Recipe for Raptor {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        let mut wanted = run.wanted(Query::of(question));
        match run.sources.all().iter().any(|source| source.generation.raptor().is_some()) {
            true => {
                wanted.scope = Scope::All;
                wanted.per_layer = (self.how == How::Traversal).then_some(self.per_layer);
            }
            false => {
                let why = "no collection that is asked has trees; `maxsim build --raptor` makes them";
                run.degrade("retrieve", ("no_tree", why.to_owned()), "passages");
            }
        }
        Ok(run.retrieve(&wanted)?.into())
    }
}
