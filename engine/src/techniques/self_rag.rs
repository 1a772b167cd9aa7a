//! `self_rag` (Asai et al. 2023): an answer is looked at before it is given. Are its passages relevant, does what they say
//! support it, is it of use for the question? If not, the question is put in other words and asked again, a few times at most;
//! the best answer of all rounds is given, or none.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::grading::grade;
use super::variants::{self, Variants};
use super::{About, Knob, Recipe};
use crate::Result;
use crate::answer::{Compared, Concluded, Draft, Found, Query, Run, Wanted, conclude, decide, drafted};

pub(super) const ABOUT: About = About {
    name: "self_rag",
    what: "checks whether passages are relevant, the answer is supported and of use, and asks again if not",
    source: "Asai et al. 2023, arXiv:2310.11511",
    thinks: true,
    needs: "",
    knobs: &[
        Knob::whole("retries", (0, 4), "rounds after the first"),
        Knob::number("relevance", (0.0, 10.0), "what the relevance of passages counts"),
        Knob::number("support", (0.0, 10.0), "what the support of sentences counts"),
        Knob::number("usefulness", (0.0, 10.0), "what it counts how much of the question is met"),
        Knob::number("threshold", (0.0, 1.0), "mean of the three, by what they count, that is enough"),
    ],
};

const TASK: &str = "A search for passages that answer a question found nothing of use. Write the question anew, in other words that such \
                    passages might have. Reply with that question only, on one line.";

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SelfRag {
    retries: u32,
    relevance: f64,
    support: f64,
    usefulness: f64,
    threshold: f64,
}

impl Default for SelfRag {
    fn default() -> Self {
        Self { retries: 1, relevance: 1.0, support: 1.0, usefulness: 0.5, threshold: 0.5 }
    }
}

/// What is thought of an answer, each from 0 to 1.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Reflection {
    relevance: f64,
    support: f64,
    usefulness: f64,
}

impl Recipe for SelfRag {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        run.iterate();
        let wanted = run.wanted(Query::of(question));
        Ok(self.relevant(run, question, &wanted)?.0)
    }

    fn answer(&self, run: &mut Run<'_>, question: &str) -> Result<Concluded> {
        let mut best: Option<(f64, Concluded)> = None;
        let mut asked = question.to_owned();
        for round in 0..=self.retries {
            if !run.iterate() {
                break;
            }
            let mut wanted = run.wanted(Query::of(question));
            wanted.queries = vec![Query::of(asked.as_str())];
            let (found, relevance) = self.relevant(run, question, &wanted)?;
            let mut concluded = decide(run, found.retrieved, found.signals);
            let mut reflection = Reflection { relevance, ..Reflection::default() };
            let mut refused = false;
            if concluded.answerable(run) {
                let draft = drafted(run, (question, &[]), &concluded.retrieved)?;
                // What is quoted is supported.
                reflection.support = draft.as_ref().map_or(1.0, support);
                if let Some(draft) = draft {
                    refused = !draft.verdict.accepted;
                    concluded.take(run, draft);
                }
                concluded = concluded.finish(run, question)?;
                reflection.usefulness = usefulness(run, question, &concluded)?;
            }
            let score = self.score(reflection);
            let enough = score >= self.threshold && !concluded.said.text.is_empty() && !refused;
            run.note("reflect", json!({"round": round, "score": score, "reflection": reflection}));
            let choice = if enough { "accepted" } else { "not enough" };
            run.chose("reflect", choice, format!("relevance, support and usefulness give {score:.2}"));
            if best.as_ref().is_none_or(|(before, _)| score > *before) {
                best = Some((score, concluded));
            }
            if enough || round == self.retries {
                break;
            }
            let (again, _) = variants::of(run, &asked, &Variants { task: TASK, most: 1, rules: variants::by_words });
            match again.into_iter().next() {
                Some(again) => asked = again,
                None => break,
            }
        }
        match best {
            Some((_, concluded)) => Ok(concluded),
            // There is room for no round at all.
            None => {
                let found = self.find(run, question)?;
                conclude(run, question, found)
            }
        }
    }
}

impl SelfRag {
    /// What is found and relevant, and how relevant the best of it is.
    fn relevant(&self, run: &mut Run<'_>, question: &str, wanted: &Wanted) -> Result<(Found, f64)> {
        let found = run.retrieve(wanted)?;
        let graded = grade(run, question, &found)?;
        let (kept, best) = (graded.kept(), graded.best().unwrap_or(0.0));
        // Where nothing is, confidence decides.
        let signals = Some(found.signals());
        let found = if kept.is_empty() { found } else { found.picked(&kept) };
        Ok((Found { signals, ..found.into() }, best))
    }

    fn score(&self, reflection: Reflection) -> f64 {
        let Reflection { relevance, support, usefulness } = reflection;
        let weights = self.relevance + self.support + self.usefulness;
        let sum = self.relevance * relevance + self.support * support + self.usefulness * usefulness;
        if weights > 0.0 { sum / weights } else { 1.0 }
    }
}

/// Share of a text's sentences that is supported.
fn support(draft: &Draft) -> f64 {
    f64::from(u32::try_from(draft.verdict.supported).unwrap_or(u32::MAX)) / draft.verdict.sentences.max(1) as f64
}

/// How much of the question the sentences that are cited meet.
fn usefulness(run: &mut Run<'_>, question: &str, concluded: &Concluded) -> Result<f64> {
    let contexts = &concluded.retrieved.contexts;
    let text = Compared { text: question.to_owned(), tokens: concluded.retrieved.question.tokens.clone() };
    let evidence = run.sources.compare(run.context, &[text], contexts)?;
    let cited = |at: &usize| {
        concluded.said.citations.iter().any(|citation| contexts.is_sentence(*at, &citation.passage_id, citation.start))
    };
    let cited: Vec<usize> = (0..contexts.count_sentences()).filter(cited).collect();
    Ok(evidence.first().map_or(0.0, |evidence| evidence.met_by(&cited)))
}
