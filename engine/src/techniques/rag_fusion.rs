//! `rag_fusion`: several queries around the question, their rankings fused by reciprocal ranks (Cormack, Clarke and Büttcher
//! 2009); passages of several of them come first.

use serde::{Deserialize, Serialize};

use super::variants::{self, Variants};
use super::{About, Knob, Recipe};
use crate::Result;
use crate::answer::{Found, Run, Together};

pub(super) const ABOUT: About = About {
    name: "rag_fusion",
    what: "looks for several queries around the question and fuses their rankings",
    source: "Raudaschl 2023; RAG from scratch, part 6",
    thinks: true,
    needs: "",
    knobs: &[
        Knob::whole("queries", (1, 10), "queries beside the question"),
        Knob::number("constant", (1.0, 1000.0), "how much less the first ranks count in the fusion"),
        Knob::number("weight", (0.0, 10.0), "what a query counts beside the question, which counts 1"),
    ],
};

const TASK: &str = "Somebody looks for passages that answer a question. Write search queries that together find everything \
                    about it: other angles, synonyms, one that is broader, one that is narrower. Write one query to a line \
                    and nothing else.";

/// Share of that for queries that rules make: they only repeat words of the question, and disturb more than they find.
const RULES: f32 = 0.1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RagFusion {
    queries: usize,
    constant: f32,
    weight: f32,
}

impl Default for RagFusion {
    fn default() -> Self {
        Self { queries: 4, constant: 60.0, weight: 1.0 }
    }
}

impl Recipe for RagFusion {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        let wanted = Variants { task: TASK, most: self.queries, rules: variants::by_words };
        let (queries, written) = variants::of(run, question, &wanted);
        let wanted = run.several(
            question,
            variants::with(question, queries, if written { self.weight } else { RULES * self.weight }),
            Together::Fused { constant: self.constant },
        );
        Ok(run.retrieve(&wanted)?.into())
    }
}
