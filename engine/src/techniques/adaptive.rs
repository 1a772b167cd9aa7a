//! `adaptive` (Jeong et al. 2024): how complex a question is decides how it is answered, in one step or in several. Without a
//! search it is never: what no passage says is no answer here.

use serde::{Deserialize, Serialize};
use serde_json::json;
use unicode_segmentation::UnicodeSegmentation;

use super::decomposition::Decomposition;
use super::plain::Plain;
use super::routing::Routing;
use super::{About, Knob, Recipe};
use crate::Result;
use crate::answer::{Found, Run, Task, Thinking, telling};

pub(super) const ABOUT: About = About {
    name: "adaptive",
    what: "tells from a question whether it takes one step or several, and answers it so",
    source: "Jeong et al. 2024, arXiv:2403.14403",
    thinks: true,
    needs: "",
    knobs: &[
        Knob::name(
            "router",
            &["complexity", "both"],
            "what is told from a question: how many steps it takes; for which collection it is, too",
        ),
        Knob::name(
            "strategy",
            &["auto", "single", "multi"],
            "in one step, in several, or as the question seems to need",
        ),
        Knob::number("threshold", (0.0, 1.0), "how sure it has to be that a question takes several steps"),
    ],
};

const TASK: &str = "You tell how a question is answered from a library. A: with one passage. B: with several passages, each of which is \
                    found with what the one before it says. Reply with the letter only.";

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Adaptive {
    router: Router,
    strategy: Strategy,
    threshold: f64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Router {
    #[default]
    Complexity,
    Both,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Strategy {
    #[default]
    Auto,
    Single,
    Multi,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self { router: Router::default(), strategy: Strategy::default(), threshold: 0.35 }
    }
}

impl Recipe for Adaptive {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        // What was measured is by rules, and costs no call.
        if run.thinking == Thinking::Auto {
            run.thinking = Thinking::Rules;
        }
        if self.router == Router::Both && run.sources.all().len() > 1 {
            Routing::default().narrow(run, question)?;
        }
        let several = match self.strategy {
            Strategy::Single => false,
            Strategy::Multi => true,
            Strategy::Auto => self.takes_several(run, question),
        };
        match several {
            true => Decomposition::default().find(run, question),
            false => Plain::default().find(run, question),
        }
    }
}

impl Adaptive {
    fn takes_several(&self, run: &mut Run<'_>, question: &str) -> bool {
        let user = format!("Question: {question}");
        let task = Task { system: TASK, user, max_tokens: 1, temperature: 0.0 };
        let choice = run.choose("classify", &task, &["A", "B"]);
        let (by, several) = match choice {
            Some(choice) => ("generator", choice.probabilities[1]),
            None => ("rules", Shape::of(question).several()),
        };
        run.note("classify", json!({"by": by, "several": several}));
        let strategy = if several >= self.threshold { "multi" } else { "single" };
        run.chose("classify", strategy, format!("{:.0} % sure that it takes several steps", 100.0 * several));
        several >= self.threshold
    }
}

/// What of a question tells how many steps it takes.
#[derive(Debug, PartialEq)]
struct Shape {
    words: f64,
    /// Relations: `of`, `'s`, `by`, `in which`.
    relations: f64,
    /// Clauses inside.
    clauses: f64,
    /// Whether it asks.
    asks: f64,
}

impl Shape {
    fn of(question: &str) -> Self {
        const RELATIONS: [&str; 2] = ["of", "by"];
        const CLAUSES: [&str; 7] = ["where", "that", "which", "who", "whose", "whom", "when"];
        const ASKS: [&str; 9] = ["who", "what", "which", "when", "where", "whose", "whom", "how", "why"];
        let words: Vec<String> = question.unicode_words().map(str::to_lowercase).collect();
        let count =
            |of: &[&str], from: usize| words.iter().skip(from).filter(|word| of.contains(&word.as_str())).count();
        let possessive = words.iter().filter(|word| word.ends_with("'s") || word.ends_with("’s")).count();
        Self {
            words: telling(question).len() as f64,
            relations: (count(&RELATIONS, 0) + possessive) as f64,
            clauses: count(&CLAUSES, 1) as f64,
            asks: f64::from(count(&ASKS, 0) > 0),
        }
    }

    /// Probability that it takes several steps: a logistic regression, fitted to half of the questions of musique_mini (several),
    /// clapnq_dev, scifact and cranfield (one). Capitals do not count, since many people write without them.
    fn several(&self) -> f64 {
        let Self { words, relations, clauses, asks } = self;
        let sum = 0.8 * relations + 2.2 * clauses + 2.7 * asks - 0.07 * words - 4.2;
        1.0 / (1.0 + (-sum).exp())
    }
}
