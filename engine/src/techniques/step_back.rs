//! `step_back` (Zheng et al. 2023): the question, and a more general one behind it; contexts of both.

use serde::{Deserialize, Serialize};

use super::variants::{self, Variants};
use super::{About, Knob, Recipe};
use crate::Result;
use crate::answer::{Found, Query, Run, Wanted, unnamed};

pub(super) const ABOUT: About = About {
    name: "step_back",
    what: "looks for the question and for a more general one behind it",
    source: "Zheng et al. 2023, arXiv:2310.06117",
    thinks: true,
    needs: "",
    knobs: &[Knob::number("share", (0.0, 1.0), "share of contexts that are of the general question")],
};

const TASK: &str = "You get a question. Write the more general question behind it: the one whose answer explains what has to be \
                    known first.\nExample: 'Why did the bridge at Tacoma fall in November 1940?' becomes 'What makes a suspension bridge collapse \
                    in wind?'\nExample: 'Which club did the striker play for between 1998 and 2001?' becomes 'What is the career \
                    history of the striker?'\nReply with that question only, on one line.";

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StepBack {
    share: f64,
}

impl Default for StepBack {
    fn default() -> Self {
        Self { share: 0.25 }
    }
}

impl Recipe for StepBack {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        let (behind, _) = variants::of(run, question, &Variants { task: TASK, most: 1, rules: general });
        let mut found = run.retrieve(&run.pool(Query::of(question), run.request.k))?;
        let Some(behind) = behind.into_iter().next() else {
            let scores = found.scores();
            return Ok(run.packed(found, &scores)?.into());
        };
        let wanted = run.pool(found.question.clone(), run.request.k);
        let general = run.retrieve(&Wanted { queries: vec![Query::of(behind)], ..wanted })?;
        let kept = found.contexts.hits().len().min(run.request.k - (self.share * run.request.k as f64) as usize);
        let rest = found.contexts.hits().len();
        found.merge(general);
        // The first of the question, then what only the general one finds, then the rest.
        let place = |at: usize| match at {
            at if at < kept => at,
            at if at < rest => found.contexts.hits().len() + at,
            at => at,
        };
        let scores: Vec<f32> = (0..found.contexts.hits().len()).map(|at| 1.0 / (1.0 + place(at) as f32)).collect();
        Ok(run.packed(found, &scores)?.into())
    }
}

/// The question without names, dates and numbers.
fn general(question: &str) -> Vec<String> {
    let mut words = unnamed(question);
    words.retain(|word| !word.chars().any(|c| c.is_ascii_digit()));
    if words.is_empty() { Vec::new() } else { vec![words.join(" ")] }
}
