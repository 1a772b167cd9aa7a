//! `hyde` (Gao et al. 2022): what an answer might look like is looked for beside the question, in token space: its token
//! vectors stand behind those of the question and count less. By rules the first passages take its place (feedback, which is
//! the same sum over real documents). Words are the question's own, and what is made up is never evidence.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{About, Knob, Recipe};
use crate::answer::{Feedback, Found, Query, Run, Task, Tokens};
use crate::{Error, Result, TokenMatrix};

pub(super) const ABOUT: About = About {
    name: "hyde",
    what: "looks for what an answer might look like; without a generator, for what the first passages say",
    source: "Gao et al. 2022, arXiv:2212.10496; Wang et al. 2021, arXiv:2106.11251",
    thinks: true,
    needs: "",
    knobs: &[
        Knob::whole("passages", (1, 4), "passages that are made up"),
        Knob::whole("feedback", (1, 10), "first passages that rules take in their place"),
        Knob::whole("tokens", (1, 100), "token vectors of these that are looked for"),
        Knob::number("weight", (0.0, 10.0), "what they count; a token vector of the question counts 1"),
    ],
};

const TASK: &str = "Write a short passage, of two or three sentences, as it might stand in a document that answers the question. \
                    Be concrete. Reply with the passage only.";
/// Tokens of a passage that is made up.
const TOKENS: u32 = 96;
/// More passages than one are different only if they are not the likeliest.
const TEMPERATURE: f32 = 0.7;

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Hyde {
    passages: usize,
    feedback: usize,
    tokens: usize,
    weight: f32,
}

impl Default for Hyde {
    fn default() -> Self {
        Self { passages: 1, feedback: 3, tokens: 10, weight: 0.3 }
    }
}

impl Recipe for Hyde {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        run.iterate();
        let first = run.retrieve(&run.pool(Query::of(question), self.feedback.max(1)))?;
        let Tokens::Known(own) = &first.question.tokens else {
            return Err(Error::invalid("question", "its token vectors are not known"));
        };
        let made_up = self.made_up(run, question);
        let (by, tokens) = match made_up.is_empty() {
            false => {
                ("generator", behind(own, &run.sources.encode(run.context, &made_up)?, (self.tokens, self.weight))?)
            }
            true if run.iterate() => {
                let wanted = Feedback { contexts: self.feedback, tokens: self.tokens, weight: self.weight };
                ("rules", run.sources.feedback(run.context, &first, wanted)?)
            }
            true => ("nothing", own.clone()),
        };
        let rows = tokens.rows();
        run.note("expand", json!({"by": by, "hypothetical": made_up, "evidence": false, "token_vectors": rows}));
        let mut wanted = run.wanted(first.question.clone());
        wanted.queries = vec![Query { tokens: Tokens::Known(tokens), ..Query::of(question) }];
        Ok(run.retrieve(&wanted)?.into())
    }
}

impl Hyde {
    /// Passages that a generator makes up.
    fn made_up(&self, run: &mut Run<'_>, question: &str) -> Vec<String> {
        let temperature = if self.passages == 1 { 0.0 } else { TEMPERATURE };
        let task = Task { system: TASK, user: format!("Question: {question}"), max_tokens: TOKENS, temperature };
        let mut made_up: Vec<String> = Vec::new();
        for _ in 0..self.passages {
            match run.think("expand", &task).map(|text| text.trim().to_owned()) {
                Some(text) if text.is_empty() => {
                    run.degrade("expand", ("generator_unusable", "it wrote nothing".to_owned()), "rules");
                }
                Some(text) => made_up.push(text),
                None => break,
            }
        }
        made_up
    }
}

/// The question's token vectors, and behind them those of texts, at most so many of each at even distances, each as long as
/// it counts.
fn behind(own: &TokenMatrix, texts: &[TokenMatrix], (most, weight): (usize, f32)) -> Result<TokenMatrix> {
    let mut values = own.values().to_vec();
    let weight = weight / texts.len().max(1) as f32;
    for text in texts {
        let count = text.rows().min(most);
        for at in 0..count {
            values.extend(text.row(at * text.rows() / count).iter().map(|value| weight * value));
        }
    }
    TokenMatrix::new(own.width(), values)
}
