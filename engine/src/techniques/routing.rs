//! `routing`: which of several collections a question is for, or none of them. By words, by token vectors (of what is found, and
//! of examples if some are given), or by a generator that picks a label.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{About, Knob, Recipe, THEN, knobs, then};
use crate::answer::{Found, Query, Retrieved, Run, Signals, Task, Tokens};
use crate::{Error, Result};

pub(super) const ABOUT: About = About {
    name: "routing",
    what: "tells which of the collections a question is for, and asks only that one",
    source: "RAG from scratch, part 10",
    thinks: true,
    needs: "",
    knobs: &[
        Knob::name("how", &["rules", "semantic", "logical"], "by words, by token vectors, or by a generator's label"),
        Knob::lists("routes", 16, "for collections by name: questions that are for them, or what they are about"),
        Knob::number("min_score", (0.0, 1.0), "below this score a question is for none"),
        Knob::number("min_margin", (0.0, 1.0), "nearer to the next than this, both are asked"),
        Knob::name("otherwise", &["all", "none"], "what is asked where a question is for none"),
        Knob::name("then", &THEN, "the technique that finds contexts there"),
    ],
};

const TASK: &str = "You tell which collection of documents a question is for. Each collection has a letter. Reply with the letter of the one \
                    that it is for, or with Z if it is for none of them.";
/// The label of none.
const NONE: &str = "Z";
/// Labels of collections.
const LETTERS: [&str; 16] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P"];
/// What is looked at of each collection.
const LOOKED_AT: usize = 3;
/// Scores below which a question is for none, where no other is set.
const LEAST_WORDS: f64 = 0.28;
const LEAST_SIMILAR: f64 = 0.2;

/// The technique as its knobs are set.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Routing {
    how: How,
    routes: Map<String, Value>,
    min_score: f64,
    min_margin: f64,
    otherwise: Otherwise,
    then: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum How {
    Rules,
    #[default]
    Semantic,
    Logical,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Otherwise {
    #[default]
    All,
    None,
}

impl Default for Routing {
    fn default() -> Self {
        let (how, otherwise, then) = (How::default(), Otherwise::default(), THEN[0].to_owned());
        Self { how, routes: Map::new(), min_score: 0.0, min_margin: 0.0, otherwise, then }
    }
}

impl Routing {
    /// With some knobs set.
    pub fn new(options: Map<String, Value>) -> Result<Self> {
        knobs::check(ABOUT.name, ABOUT.knobs, &options)?;
        serde_json::from_value(Value::Object(options)).map_err(|error| Error::invalid("options", error.to_string()))
    }
}

/// Where a question goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Routed {
    /// Names of collections that it is for; of none if it is for none.
    pub collections: Vec<String>,
    /// Of each collection that was asked, how much it is for that, from 0 to 1.
    pub scores: Vec<(String, f64)>,
    /// What says so: `rules`, `semantic` or `generator`.
    pub by: &'static str,
}

impl Recipe for Routing {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        let none = !self.narrow(run, question)?;
        let found = then(&self.then)?.find(run, question)?;
        Ok(Found { refused: found.refused || (none && self.otherwise == Otherwise::None), ..found })
    }
}

impl Routing {
    /// Asks only the collections that a question is for from now on; tells whether there is one.
    pub(super) fn narrow(&self, run: &mut Run<'_>, question: &str) -> Result<bool> {
        let routed = self.route(run, question)?;
        let numbers = numbers(run, &routed.collections);
        let any = !numbers.is_empty();
        if any {
            run.among.collections = Some(numbers);
        }
        Ok(any)
    }

    /// Which collections a question is for.
    pub(super) fn route(&self, run: &mut Run<'_>, question: &str) -> Result<Routed> {
        let all = run.among.collections.clone().unwrap_or_else(|| (0..run.sources.all().len()).collect());
        let labelled = if self.how == How::Logical { self.labelled(run, question, &all)? } else { None };
        let (by, scores, least) = match labelled {
            Some(scores) => ("generator", scores, 1.0 / (all.len() as f64 + 1.0)),
            None if self.how == How::Rules => ("rules", self.by_words(run, question, &all)?, LEAST_WORDS),
            None => ("semantic", self.by_tokens(run, question, &all)?, LEAST_SIMILAR),
        };
        let least = if self.min_score > 0.0 { self.min_score } else { least };
        let best = scores.iter().copied().fold(0.0, f64::max);
        let taken = |score: f64| score >= least && score >= best - self.min_margin;
        let name = |number: usize| run.sources.all()[number].name.clone();
        let named: Vec<(String, f64)> = all.iter().map(|&number| name(number)).zip(scores).collect();
        let collections: Vec<String> =
            named.iter().filter(|(_, score)| taken(*score)).map(|(name, _)| name.clone()).collect();
        run.note("route", json!({"by": by, "best": best, "least": least, "scores": named}));
        let choice = if collections.is_empty() { "none".to_owned() } else { collections.join(", ") };
        run.chose("route", choice, format!("{by}: the best score is {best:.2}, {least:.2} is asked for"));
        Ok(Routed { collections, scores: named, by })
    }

    /// Share of the question's words, by their rarity, that one passage has.
    fn by_words(&self, run: &mut Run<'_>, question: &str, all: &[usize]) -> Result<Vec<f64>> {
        let found = look(run, Query::words(question), all)?;
        Ok(best_of(&found, all, |at| found.evidence.share_in(at)))
    }

    /// How relevant the best passage is, or the best example, beside those of the other collections.
    fn by_tokens(&self, run: &mut Run<'_>, question: &str, all: &[usize]) -> Result<Vec<f64>> {
        let found = look(run, Query::of(question), all)?;
        let grades = run.request.calibration.grader.grades(&found.contexts, &found.evidence);
        let content = best_of(&found, all, |at| grades[at]);
        let Tokens::Known(tokens) = &found.question.tokens else { return Ok(content) };
        let mut similar: Vec<f64> = Vec::new();
        for &number in all {
            let examples = self.examples(&run.sources.all()[number].name);
            let encoded = if examples.is_empty() { Vec::new() } else { run.sources.encode(run.context, &examples)? };
            similar.push(encoded.iter().map(|example| tokens.similarity(example)).fold(0.0, f64::max));
        }
        let sum: f64 = similar.iter().sum();
        let example = |similarity: f64| {
            let others = (sum - similarity) / (all.len().saturating_sub(1)).max(1) as f64;
            let signals = Signals { similarity, gap: similarity - others, ..Signals::default() };
            if similarity > 0.0 { run.request.calibration.grader.grade(&signals) } else { 0.0 }
        };
        Ok(content.into_iter().zip(similar).map(|(content, similarity)| content.max(example(similarity))).collect())
    }

    /// How likely a generator takes each collection; it is told their names, and examples or what they have to say.
    fn labelled(&self, run: &mut Run<'_>, question: &str, all: &[usize]) -> Result<Option<Vec<f64>>> {
        let Some(letters) = LETTERS.get(..all.len()) else {
            let why = format!("{} collections are more than the {} that have a label", all.len(), LETTERS.len());
            run.degrade("route", ("too_many_collections", why), "semantic");
            return Ok(None);
        };
        let mut user = String::new();
        for (&number, letter) in all.iter().zip(letters) {
            let name = run.sources.all()[number].name.clone();
            let mut about = self.examples(&name);
            if about.is_empty() {
                let found = look(run, Query::of(question), &[number])?;
                about = found.contexts.hits().iter().map(|found| found.hit.title.clone()).collect();
                about.dedup();
            }
            user.push_str(&format!("{letter}: {name} ({})\n", about.join("; ")));
        }
        user.push_str(&format!("{NONE}: none of them\nQuestion: {question}"));
        let task = Task { system: TASK, user, max_tokens: 1, temperature: 0.0 };
        let labels: Vec<&str> = letters.iter().copied().chain([NONE]).collect();
        Ok(run.choose("route", &task, &labels).map(|choice| {
            let none = choice.probabilities.last().copied().unwrap_or(0.0);
            // What is less likely than none is out of the question.
            choice.probabilities[..all.len()].iter().map(|p| if *p > none { *p } else { 0.0 }).collect()
        }))
    }

    fn examples(&self, name: &str) -> Vec<String> {
        let list = self.routes.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// What some collections have for a question.
fn look(run: &mut Run<'_>, question: Query, collections: &[usize]) -> Result<Retrieved> {
    let mut wanted = run.pool(question, LOOKED_AT);
    wanted.among.collections = Some(collections.to_vec());
    run.sources.retrieve(run.context, &wanted)
}

/// Of each collection, the best of some scores of its contexts.
fn best_of(found: &Retrieved, all: &[usize], score: impl Fn(usize) -> f64) -> Vec<f64> {
    let own = |number: usize| (0..found.contexts.hits().len()).filter(move |&at| found.contexts.source(at) == number);
    all.iter().map(|&number| own(number).map(&score).fold(0.0, f64::max)).collect()
}

fn numbers(run: &Run<'_>, names: &[String]) -> Vec<usize> {
    let all = run.sources.all().iter().enumerate();
    all.filter(|(_, source)| names.contains(&source.name)).map(|(number, _)| number).collect()
}
