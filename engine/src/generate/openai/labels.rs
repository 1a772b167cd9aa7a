//! Which of some labels a reply is: by the probabilities of its first token, else by its text.

use super::super::{Choice, GeneratorError, TokenUsage};
use super::body::Completion;

/// The labels' shares of the first token's probability; none if the server does not give it, or no label begins so.
pub(super) fn by_logprobs(completion: &Completion, labels: &[&str]) -> Option<Choice> {
    let mut probabilities = vec![0.0; labels.len()];
    for alternative in completion.alternatives() {
        let token = alternative.token.trim().to_lowercase();
        let begun: Vec<usize> = (0..labels.len()).filter(|&at| begins(labels[at], &token)).collect();
        // The beginning of two labels tells nothing.
        if let [only] = begun[..] {
            probabilities[only] += alternative.logprob.min(0.0).exp();
        }
    }
    let sum: f64 = probabilities.iter().sum();
    if sum.is_nan() || sum <= 0.0 {
        return None;
    }
    probabilities.iter_mut().for_each(|probability| *probability /= sum);
    Some(Choice { probabilities, by_logprobs: true, usage: completion.usage() })
}

fn begins(label: &str, token: &str) -> bool {
    !token.is_empty() && label.to_lowercase().starts_with(token)
}

/// The label that stands first in a text.
pub(super) fn by_text(completion: &Completion, labels: &[&str], before: TokenUsage) -> Result<Choice, GeneratorError> {
    let text = completion.text().to_lowercase();
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    let chosen = words.find_map(|word| labels.iter().position(|label| label.to_lowercase() == word));
    let Some(chosen) = chosen else {
        let reason = format!("{:?} is none of {}", completion.text(), labels.join(", "));
        return Err(GeneratorError::Unreadable { reason });
    };
    let mut usage = before;
    usage += completion.usage();
    let probabilities = (0..labels.len()).map(|at| if at == chosen { 1.0 } else { 0.0 }).collect();
    Ok(Choice { probabilities, by_logprobs: false, usage })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reply(text: &str, alternatives: &[(&str, f64)]) -> Completion {
        let alternatives: Vec<_> =
            alternatives.iter().map(|(token, p)| json!({"token": token, "logprob": f64::ln(*p)})).collect();
        let logprobs = json!({"content": [{"top_logprobs": alternatives}]});
        let body = json!({"choices": [{"message": {"content": text}, "logprobs": logprobs}]});
        Completion::parse(body.to_string().as_bytes()).expect("a reply")
    }

    #[test]
    fn probabilities_of_first_tokens_are_those_of_labels() {
        let alternatives = [(" Yes", 0.5), ("no", 0.2), ("y", 0.1), ("Maybe", 0.1), ("", 0.1)];
        let choice = by_logprobs(&reply("", &alternatives), &["yes", "no"]).expect("a choice");
        assert!(choice.by_logprobs && (choice.probabilities[0] - 0.75).abs() < 1e-9, "{choice:?}");
        // A beginning of both is none of either.
        let choice =
            by_logprobs(&reply("", &[("par", 0.9), ("partial", 0.1)]), &["partial", "part"]).expect("a choice");
        assert_eq!(choice.probabilities, [1.0, 0.0]);
        assert_eq!(by_logprobs(&reply("", &[("Sure", 1.0)]), &["yes", "no"]), None);
        assert_eq!(by_logprobs(&reply("yes", &[]), &["yes", "no"]), None);
    }

    #[test]
    fn without_probabilities_the_first_label_in_the_text_is_taken() {
        let choice = by_text(&reply("The answer is: NO, not yes", &[]), &["yes", "no"], TokenUsage::default());
        assert_eq!(choice.map(|choice| choice.probabilities), Ok(vec![0.0, 1.0]));
        let none = by_text(&reply("nonsense", &[]), &["yes", "no"], TokenUsage::default());
        assert!(matches!(none, Err(GeneratorError::Unreadable { .. })));
    }
}
