//! `multi_query`: the question in other words, and everything that any of the wordings finds first. The question itself is
//! looked for, too, and the union is in a fixed order: the first of each, then the second of each.

use serde::{Deserialize, Serialize};

use super::variants::{self, Variants};
use super::{About, Knob, Recipe};
use crate::Result;
use crate::answer::{Found, Run, Together};

pub(super) const ABOUT: About = About {
    name: "multi_query",
    what: "looks for the question in several wordings and takes the first of each",
    source: "RAG from scratch, part 5",
    thinks: true,
    needs: "",
    knobs: &[Knob::whole("queries", (1, 10), "wordings beside the question")],
};

const TASK: &str = "Somebody looks for passages that answer a question. Write the question anew, in other words each time, so \
                    that passages with another vocabulary are found, too. Keep names, numbers and what is asked for. \
                    Write one wording to a line and nothing else.";

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct MultiQuery {
    queries: usize,
}

impl Default for MultiQuery {
    fn default() -> Self {
        Self { queries: 4 }
    }
}

impl Recipe for MultiQuery {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        let wanted = Variants { task: TASK, most: self.queries, rules: variants::by_words };
        let (wordings, _) = variants::of(run, question, &wanted);
        let wanted = run.several(question, variants::with(question, wordings, 1.0), Together::Interleaved);
        Ok(run.retrieve(&wanted)?.into())
    }
}
