//! `decomposition`: a question that no single passage answers, step by step. `ircot` retrieves, thinks and retrieves again;
//! `recursive` answers parts of the question one after the other, each with what was found before; `individual` answers
//! them by themselves. The question itself is always asked last.

mod chain;
mod links;
mod parts;
mod rounds;
mod thoughts;

use serde::{Deserialize, Serialize};

use super::{About, Knob, Recipe};
use crate::Result;
use crate::answer::{Found, Run};

pub(super) const ABOUT: About = About {
    name: "decomposition",
    what: "answers a question step by step, each step from what the ones before it found",
    source: "Trivedi et al. 2022, arXiv:2212.10509; Zhou et al. 2022, arXiv:2205.10625; RAG from scratch, part 7",
    thinks: true,
    needs: "",
    knobs: &[
        Knob::name(
            "how",
            &["ircot", "recursive", "individual"],
            "what a step is: a thought, or a part of the question",
        ),
        Knob::whole("parts", (1, 5), "parts of the question at most"),
    ],
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Decomposition {
    how: How,
    parts: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum How {
    #[default]
    Ircot,
    Recursive,
    Individual,
}

impl Default for Decomposition {
    fn default() -> Self {
        Self { how: How::default(), parts: 3 }
    }
}

impl Recipe for Decomposition {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        match self.how {
            How::Ircot => thoughts::find(run, question),
            How::Recursive => parts::find(run, question, (self.parts, true)),
            How::Individual => parts::find(run, question, (self.parts, false)),
        }
    }
}
