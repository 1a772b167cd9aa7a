//! `long_context`: few documents as a whole in place of many chunks, as far as the token budget goes, the best at both ends,
//! where readers of long texts look.

use serde::{Deserialize, Serialize};

use super::{About, Knob, Recipe};
use crate::Result;
use crate::answer::{Around, Found, Order, Query, Run};

pub(super) const ABOUT: About = About {
    name: "long_context",
    what: "gives a reader whole documents around what was found, up to the budget of tokens",
    source: "RAG from scratch, part 18; Liu et al. 2023, arXiv:2307.03172",
    thinks: false,
    needs: "",
    knobs: &[
        Knob::name("around", &["chunks", "parents", "document"], "what comes with a passage that was found"),
        Knob::name("order", &["best_first", "edges", "source"], "in which order a generator gets it"),
    ],
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LongContext {
    around: Around,
    order: Order,
}

impl Default for LongContext {
    fn default() -> Self {
        Self { around: Around::Document, order: Order::Edges }
    }
}

impl Recipe for LongContext {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        let mut wanted = run.wanted(Query::of(question));
        wanted.around = self.around;
        run.order = self.order;
        Ok(run.retrieve(&wanted)?.into())
    }
}
