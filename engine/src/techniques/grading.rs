//! How relevant each context is, from 0 to 1: by a cross-encoder if there is one, by a generator that is asked to as far as its
//! calls go, by rules.

use serde_json::json;

use crate::Result;
use crate::answer::{Retrieved, Run, Task, Thinking, shown};

const TASK: &str = "You get a passage and a question. Does the passage help to answer the question, at least in part? Reply with yes \
                    or no only.";

/// Grades of contexts.
#[derive(Debug)]
pub(super) struct Graded {
    pub(super) grades: Vec<f64>,
    /// Of each context, below which grade it is not relevant, and from which one on it is: who grades has a scale of its own.
    bounds: Vec<(f64, f64)>,
}

/// Odds and labels say themselves what is likely.
const BY_ODDS: (f64, f64) = (0.1, 0.5);

/// What is known of contexts as a whole (Yan et al. 2024).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// One of them is relevant.
    Correct,
    /// Nobody knows.
    Ambiguous,
    /// None is.
    Incorrect,
}

impl Verdict {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Ambiguous => "ambiguous",
            Self::Incorrect => "incorrect",
        }
    }
}

impl Graded {
    pub(super) fn verdict(&self) -> Verdict {
        let reaches = |bound: fn(&(f64, f64)) -> f64| {
            self.grades.iter().zip(&self.bounds).any(|(grade, bounds)| *grade >= bound(bounds))
        };
        match (reaches(|(_, upper)| *upper), reaches(|(lower, _)| *lower)) {
            (true, _) => Verdict::Correct,
            (_, true) => Verdict::Ambiguous,
            _ => Verdict::Incorrect,
        }
    }

    pub(super) fn best(&self) -> Option<f64> {
        self.grades.iter().copied().reduce(f64::max)
    }

    /// Numbers of contexts that are not known to be irrelevant.
    pub(super) fn kept(&self) -> Vec<usize> {
        (0..self.grades.len()).filter(|&at| self.grades[at] >= self.bounds[at].0).collect()
    }
}

/// Grades what was found for a question.
pub(super) fn grade(run: &mut Run<'_>, question: &str, found: &Retrieved) -> Result<Graded> {
    let grader = run.request.calibration.grader;
    let judged = run.judge(("grade", "rules"), question, found)?;
    let mut by = if judged.is_some() { "cross_encoder" } else { "rules" };
    let mut grades: Vec<f64> = match &judged {
        Some(odds) => odds.iter().map(|odds| 1.0 / (1.0 + f64::from(-odds).exp())).collect(),
        None => grader.grades(&found.contexts, &found.evidence),
    };
    let own = if judged.is_some() { BY_ODDS } else { (grader.lower, grader.upper) };
    let mut bounds = vec![own; grades.len()];
    if judged.is_none() && run.thinking == Thinking::Model {
        for (at, grade) in grades.iter_mut().enumerate() {
            let user = format!("{}\nQuestion: {question}", shown(question, &found.contexts, &[at]));
            let task = Task { system: TASK, user, max_tokens: 1, temperature: 0.0 };
            let Some(choice) = run.choose("grade", &task, &["yes", "no"]) else { break };
            (by, *grade, bounds[at]) = ("generator", choice.probabilities[0], BY_ODDS);
        }
    }
    let ids = found.contexts.hits().iter().map(|found| &found.hit.passage_id);
    let told: Vec<_> = ids.zip(&grades).map(|(id, grade)| json!({"passage_id": id, "grade": grade})).collect();
    let graded = Graded { grades, bounds };
    let best = graded.best().unwrap_or(0.0);
    let details = json!({"by": by, "best": best, "verdict": graded.verdict().name(),
        "grades": told});
    run.note("grade", details);
    Ok(graded)
}
