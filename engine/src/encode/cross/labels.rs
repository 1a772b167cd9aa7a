//! The labels of a sequence classifier, and the log-odds of the one that means relevant.

use serde::Serialize;

/// What the relevant one of several labels may be called.
const RELEVANT: [&str; 5] = ["entailment", "relevant", "yes", "true", "positive"];
/// Most labels that an error lists.
const MOST_LISTED: usize = 10;

/// How many labels there are, and which means relevant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Labels {
    pub(super) number: usize,
    relevant: usize,
}

impl Labels {
    /// Finds the relevant label by its name, upper or lower case.
    pub(super) fn new(names: Vec<String>) -> Result<Self, String> {
        let number = names.len();
        let is_relevant = |name: &String| RELEVANT.iter().any(|known| name.eq_ignore_ascii_case(known));
        let found: Vec<usize> = (0..number).filter(|&index| is_relevant(&names[index])).collect();
        let relevant = match found[..] {
            _ if number == 1 => 0,
            [only] => only,
            [] if names == ["LABEL_0", "LABEL_1"] => 1,
            _ => {
                let listed = &names[..number.min(MOST_LISTED)];
                return Err(format!(
                    "id2label: {} of {number} labels {listed:?} mean relevant, expected one of {RELEVANT:?}",
                    found.len()
                ));
            }
        };
        Ok(Self { number, relevant })
    }

    /// Log-odds of the relevant label: its logit less the logarithm of the sum of the others' exponentials; the logit
    /// itself where it is the only one.
    pub(super) fn log_odds(&self, logits: &[f32]) -> Result<f32, String> {
        let relevant = f64::from(logits[self.relevant]);
        let others = || (0..logits.len()).filter(|&label| label != self.relevant).map(|label| f64::from(logits[label]));
        let largest = others().fold(f64::NEG_INFINITY, f64::max);
        let score = match self.number {
            1 => relevant,
            _ => relevant - largest - others().map(|other| (other - largest).exp()).sum::<f64>().ln(),
        };
        let score = narrow(score);
        if !score.is_finite() || logits.iter().any(|logit| !logit.is_finite()) {
            return Err(format!("gave logits that make no score: {:?}", &logits[..logits.len().min(MOST_LISTED)]));
        }
        Ok(score)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is meant")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(names: &[&str]) -> Result<Labels, String> {
        Labels::new(names.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn the_relevant_label_is_found_by_name_or_is_the_second_of_two_without_names() {
        for (names, relevant) in [
            (&["anything"][..], 0),
            (&["LABEL_0", "LABEL_1"], 1),
            (&["contradiction", "Entailment", "neutral"], 1),
            (&["YES", "no"], 0),
            (&["not_entailment", "entailment"], 1),
        ] {
            assert_eq!(labels(names).unwrap().relevant, relevant, "{names:?}");
        }
        for names in
            [&["LABEL_0", "LABEL_1", "LABEL_2"][..], &["good", "bad"], &["yes", "true"], &["LABEL_1", "LABEL_0"]]
        {
            let reason = labels(names).unwrap_err();
            assert!(names.iter().all(|name| reason.contains(name)), "{reason}");
        }
    }

    #[test]
    fn the_sigmoid_of_the_log_odds_is_the_share_of_the_softmax() {
        let logits = [0.5_f32, -1.25, 3.0];
        let sum: f32 = logits.iter().map(|logit| logit.exp()).sum();
        let score = labels(&["no", "maybe", "yes"]).unwrap().log_odds(&logits).unwrap();
        assert!((1.0 / (1.0 + (-score).exp()) - logits[2].exp() / sum).abs() < 1e-6);
        assert_eq!(labels(&["score"]).unwrap().log_odds(&[-7.5]), Ok(-7.5));
        let apart = labels(&["no", "yes"]).unwrap().log_odds(&[800.0, -800.0]);
        assert_eq!(apart, Ok(-1600.0), "exponentials do not overflow");
    }

    #[test]
    fn logits_that_are_no_numbers_make_no_score() {
        let labels = labels(&["no", "maybe", "yes"]).unwrap();
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for at in 0..3 {
                let mut logits = [0.0; 3];
                logits[at] = bad;
                assert!(labels.log_odds(&logits).is_err(), "{logits:?}");
            }
        }
        assert!(labels.log_odds(&[f32::MAX, 0.0, f32::MIN]).is_err());
    }
}
