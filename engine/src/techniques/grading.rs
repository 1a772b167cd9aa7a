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
    /// From this grade on a context is relevant, and below the other one it is not.
    pub(super) upper: f64,
    pub(super) lower: f64,
}

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
        let best = self.best();
        match best {
            Some(best) if best >= self.upper => Verdict::Correct,
            Some(best) if best >= self.lower => Verdict::Ambiguous,
            _ => Verdict::Incorrect,
        }
    }

    pub(super) fn best(&self) -> Option<f64> {
        self.grades.iter().copied().reduce(f64::max)
    }

    /// Numbers of contexts that are not known to be irrelevant.
    pub(super) fn kept(&self) -> Vec<usize> {
        (0..self.grades.len()).filter(|&at| self.grades[at] >= self.lower).collect()
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
    if judged.is_none() && run.thinking == Thinking::Model {
        for (at, grade) in grades.iter_mut().enumerate() {
            let user = format!("{}\nQuestion: {question}", shown(question, &found.contexts, &[at]));
            let task = Task { system: TASK, user, max_tokens: 1, temperature: 0.0 };
            let Some(choice) = run.choose("grade", &task, &["yes", "no"]) else { break };
            (by, *grade) = ("generator", choice.probabilities[0]);
        }
    }
    let ids = found.contexts.hits().iter().map(|found| &found.hit.passage_id);
    let told: Vec<_> = ids.zip(&grades).map(|(id, grade)| json!({"passage_id": id, "grade": grade})).collect();
    // Odds and labels say themselves what is likely.
    let (upper, lower) = if by == "rules" { (grader.upper, grader.lower) } else { (0.5, 0.1) };
    let graded = Graded { grades, upper, lower };
    let best = graded.best().unwrap_or(0.0);
    let details = json!({"by": by, "best": best, "upper": upper, "lower": lower, "verdict": graded.verdict().name(),
        "grades": told});
    run.stage("grade", |_| ((), details));
    Ok(graded)
}
