//! `rerank`: many candidates, ranked again by a closer look at each: exact MaxSim over all stored codes of its tokens, or a
//! cross-encoder that reads it together with the question.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{About, Knob, Recipe};
use crate::Result;
use crate::answer::{Found, Query, Run};

pub(super) const ABOUT: About = About {
    name: "rerank",
    what: "ranks many candidates again by exact MaxSim, or by a cross-encoder",
    source: "Khattab and Zaharia 2020, arXiv:2004.12832; RAG from scratch, part 15",
    thinks: false,
    needs: "a cross-encoder for `by: cross_encoder`",
    knobs: &[
        Knob::whole("pool", (1, 100), "candidates"),
        Knob::name("by", &["maxsim", "cross_encoder"], "what ranks them again"),
    ],
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Rerank {
    pool: usize,
    by: By,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    #[default]
    Maxsim,
    CrossEncoder,
}

impl Default for Rerank {
    fn default() -> Self {
        Self { pool: 50, by: By::default() }
    }
}

impl Recipe for Rerank {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        let found = run.retrieve(&run.pool(Query::of(question), self.pool))?;
        let degraded = run.degraded.len();
        let judged = match self.by {
            By::Maxsim => None,
            By::CrossEncoder => run.judge(("rerank", "maxsim"), question, &found)?,
        };
        if judged.is_none() && self.by == By::CrossEncoder && run.degraded.len() == degraded {
            let why = ("cross_encoder_missing", "no cross-encoder is there to rank".to_owned());
            run.degrade("rerank", why, "maxsim");
        }
        let (by, scores) = match judged {
            Some(scores) => ("cross_encoder", scores),
            None => ("maxsim", (0..found.contexts.hits().len()).map(|at| found.evidence.similarity(at)).collect()),
        };
        let before = found.scores();
        let told = found.contexts.hits().iter().zip(before.iter().zip(&scores));
        let told: Vec<_> = told
            .map(|(found, (before, after))| json!({"passage_id": found.hit.passage_id, "before": before, "after": after}))
            .collect();
        run.note("rerank", json!({"by": by, "candidates": told.len(), "scores": told}));
        Ok(run.packed(found, &scores)?.into())
    }
}
