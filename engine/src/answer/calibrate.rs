//! Fitting how likely contexts hold an answer: a logistic regression by Newton's method, and the threshold where most
//! questions are decided rightly.

use nalgebra::{SMatrix, SVector};
use serde::Serialize;

use super::confidence::{Calibration, Signals};
use super::grade::Grader;
use crate::{Error, Result};

const SIZE: usize = Signals::COUNT + 1;
/// Keeps weights finite where signals tell the two kinds apart without an error.
const RIDGE: f64 = 0.1;
const ROUNDS: usize = 100;
/// Questions of either kind that a fit needs.
const LEAST: usize = 10;

/// A calibration, and how well it tells questions apart, on those that it was fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fitted {
    /// The calibration.
    pub calibration: Calibration,
    /// Questions that have an answer.
    pub answerable: usize,
    /// Questions that have none.
    pub unanswerable: usize,
    /// Area under the ROC curve.
    pub auc: f64,
    /// Share of those with an answer that are answered.
    pub answered: f64,
    /// Share of those without that are answered all the same.
    pub answered_wrongly: f64,
}

/// A grader, and how well it tells passages apart, on those that it was fitted to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FittedGrader {
    /// The grader.
    pub grader: Grader,
    /// Passages that were judged relevant.
    pub relevant: usize,
    /// Passages that were found beside them.
    pub others: usize,
    /// Area under the ROC curve.
    pub auc: f64,
}

/// Share of passages above the upper threshold that have to be relevant, and of relevant ones that the lower may lose.
const PRECISE: f64 = 0.8;
const LOST: f64 = 0.05;

/// Fits to signals of passages that were found, and whether they were judged relevant.
pub fn fit_grader(samples: &[(Signals, bool)]) -> Result<FittedGrader> {
    let relevant = samples.iter().filter(|(_, relevant)| *relevant).count();
    let others = samples.len() - relevant;
    if relevant < LEAST || others < LEAST {
        let reason = format!("{relevant} relevant passages and {others} others; {LEAST} of each are needed");
        return Err(Error::invalid("questions", reason));
    }
    let weights = newton(samples);
    let mut grader = Grader {
        weights: Signals::from_values(std::array::from_fn(|at| weights[at])),
        bias: weights[SIZE - 1],
        upper: 1.0,
        lower: 0.0,
    };
    let mut rated: Vec<(f64, bool)> =
        samples.iter().map(|(signals, relevant)| (grader.grade(signals), *relevant)).collect();
    rated.sort_by(|a, b| a.0.total_cmp(&b.0));
    let lost = (LOST * relevant as f64) as usize;
    let kept = rated.iter().filter(|(_, relevant)| *relevant).nth(lost);
    grader.lower = kept.map_or(0.0, |(rating, _)| *rating);
    let mut above = (0.0, 0.0);
    for (rating, relevant) in rated.iter().rev() {
        above = (above.0 + f64::from(u8::from(*relevant)), above.1 + 1.0);
        if above.0 >= PRECISE * above.1 {
            grader.upper = *rating;
        }
    }
    grader.upper = grader.upper.max(grader.lower);
    Ok(FittedGrader { grader, relevant, others, auc: area(&rated) })
}

/// Fits to signals of questions and whether their contexts held an answer.
pub fn fit(samples: &[(Signals, bool)]) -> Result<Fitted> {
    let answerable = samples.iter().filter(|(_, answer)| *answer).count();
    let unanswerable = samples.len() - answerable;
    if answerable < LEAST || unanswerable < LEAST {
        let reason = format!("{answerable} with and {unanswerable} without an answer; {LEAST} of each are needed");
        return Err(Error::invalid("questions", reason));
    }
    let weights = newton(samples);
    let mut calibration = Calibration {
        weights: Signals::from_values(std::array::from_fn(|at| weights[at])),
        bias: weights[SIZE - 1],
        threshold: 0.0,
        grader: Grader::default(),
    };
    let mut rated: Vec<(f64, bool)> =
        samples.iter().map(|(signals, answer)| (calibration.confidence(signals), *answer)).collect();
    rated.sort_by(|a, b| a.0.total_cmp(&b.0));
    calibration.threshold = threshold(&rated, (answerable, unanswerable));
    let above = |wanted: bool| {
        let answered = rated.iter().filter(|(rating, answer)| *answer == wanted && *rating >= calibration.threshold);
        answered.count() as f64 / if wanted { answerable } else { unanswerable } as f64
    };
    let (auc, answered, answered_wrongly) = (area(&rated), above(true), above(false));
    Ok(Fitted { calibration, answerable, unanswerable, auc, answered, answered_wrongly })
}

fn newton(samples: &[(Signals, bool)]) -> SVector<f64, SIZE> {
    let row = |signals: &Signals| {
        let values = signals.values();
        SVector::<f64, SIZE>::from_fn(|at, _| values.get(at).copied().unwrap_or(1.0))
    };
    let rows: Vec<(SVector<f64, SIZE>, f64)> =
        samples.iter().map(|(signals, answer)| (row(signals), f64::from(u8::from(*answer)))).collect();
    // The bias is free.
    let ridge = SMatrix::<f64, SIZE, SIZE>::from_fn(|a, b| if a == b && a + 1 < SIZE { RIDGE } else { 0.0 });
    let mut weights = SVector::<f64, SIZE>::zeros();
    for _ in 0..ROUNDS {
        let mut gradient = -(ridge * weights);
        let mut hessian = ridge;
        for (row, answer) in &rows {
            let likely = 1.0 / (1.0 + (-weights.dot(row)).exp());
            gradient += row * (answer - likely);
            hessian += row * row.transpose() * (likely * (1.0 - likely)).max(1e-9);
        }
        let Some(step) = hessian.lu().solve(&gradient) else { break };
        weights += step;
        if step.amax() < 1e-9 {
            break;
        }
    }
    weights
}

/// Where the share of answered questions with an answer is most above that of those without; of equals the lowest.
fn threshold(rated: &[(f64, bool)], (answerable, unanswerable): (usize, usize)) -> f64 {
    let (mut lost, mut kept) = (0.0, 0.0);
    let (mut best, mut threshold) = (0.0, 0.0);
    for (at, (rating, answer)) in rated.iter().enumerate() {
        match answer {
            true => lost += 1.0 / answerable as f64,
            false => kept += 1.0 / unanswerable as f64,
        }
        let last = rated.get(at + 1).is_none_or(|next| next.0 > *rating);
        if last && kept - lost > best + 1e-12 {
            best = kept - lost;
            threshold = rated.get(at + 1).map_or(*rating, |next| (rating + next.0) / 2.0);
        }
    }
    threshold
}

/// Share of pairs of both kinds in which the one with an answer is rated higher; ties count half.
fn area(rated: &[(f64, bool)]) -> f64 {
    let (mut below, mut pairs, mut positives) = (0.0, 0.0, 0.0);
    let mut at = 0;
    while at < rated.len() {
        let equal = rated[at..].iter().take_while(|other| other.0 == rated[at].0).count();
        let with = rated[at..at + equal].iter().filter(|(_, answer)| *answer).count() as f64;
        let without = equal as f64 - with;
        pairs += with * (below + without / 2.0);
        (below, positives) = (below + without, positives + with);
        at += equal;
    }
    pairs / (below * positives)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Random;

    fn samples(apart: f64) -> Vec<(Signals, bool)> {
        let mut random = Random::new(5);
        let mut near = |center: f64| center + 0.1 * f64::from(random.gaussian());
        let mut sample = |answer: bool| {
            let lift = if answer { apart } else { 0.0 };
            let signals =
                Signals { similarity: near(0.5 + lift), weakest: near(0.3), words: near(0.5 + lift), gap: near(0.1) };
            (signals, answer)
        };
        (0..400).map(|n| sample(n % 2 == 0)).collect()
    }

    #[test]
    fn what_tells_questions_apart_gets_weight_and_the_rest_little() {
        let fitted = fit(&samples(0.2)).unwrap();
        let Signals { similarity, weakest, words, gap } = fitted.calibration.weights;
        assert!(similarity.min(words) > 5.0 * weakest.abs().max(gap.abs()), "{fitted:?}");
        assert!(fitted.auc > 0.9 && fitted.answered > 0.8 && fitted.answered_wrongly < 0.2, "{fitted:?}");
        assert_eq!((fitted.answerable, fitted.unanswerable), (200, 200));
        let blind = fit(&samples(0.0)).unwrap();
        assert!((0.4..0.65).contains(&blind.auc), "{blind:?}");
        // However far apart they are, weights stay finite.
        let clear = fit(&samples(5.0)).unwrap();
        assert_eq!((clear.auc, clear.answered, clear.answered_wrongly), (1.0, 1.0, 0.0));
        assert!(clear.calibration.weights.values().iter().all(|weight| weight.is_finite()));
    }

    #[test]
    fn too_few_questions_of_a_kind_are_refused() {
        let few: Vec<_> = samples(0.2).into_iter().enumerate().filter(|(n, (_, answer))| *answer || *n < 18).collect();
        let few: Vec<_> = few.into_iter().map(|(_, sample)| sample).collect();
        assert!(matches!(fit(&few), Err(Error::Invalid { field: "questions", .. })));
    }

    #[test]
    fn ties_count_half() {
        assert_eq!(area(&[(0.1, false), (0.5, false), (0.5, true), (0.9, true)]), 0.875);
        assert_eq!(threshold(&[(0.1, false), (0.5, true)], (1, 1)), 0.3);
    }
}
