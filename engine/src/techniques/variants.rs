//! Other questions that ask for the same: by a generator, else by rules.

use serde_json::json;

use crate::answer::{Query, Run, Task, names, telling, unnamed};

/// Tokens of one generated query, about.
const TOKENS: u32 = 48;

/// What variants are wanted.
pub(super) struct Variants<'a> {
    /// What a generator is to do.
    pub(super) task: &'a str,
    /// How many at most.
    pub(super) most: usize,
    /// What rules make of the question.
    pub(super) rules: fn(&str) -> Vec<String>,
}

/// Other questions, none of them the question itself, and whether a generator wrote them.
pub(super) fn of(run: &mut Run<'_>, question: &str, wanted: &Variants<'_>) -> (Vec<String>, bool) {
    let Variants { task, most, rules } = *wanted;
    let tokens = u32::try_from(most).unwrap_or(1).saturating_mul(TOKENS);
    let task = Task { system: task, user: format!("Question: {question}"), max_tokens: tokens, temperature: 0.0 };
    let lines = run.queries("expand", &task, (&[question], most));
    run.stage("expand", |_| match lines {
        Some(lines) => {
            let details = json!({"by": "generator", "queries": lines.queries, "dropped": lines.dropped});
            ((lines.queries, true), details)
        }
        None => {
            let mut queries = rules(question);
            queries.retain(|query| query != question);
            queries.truncate(most);
            let details = json!({"by": "rules", "queries": queries});
            ((queries, false), details)
        }
    })
}

/// The question and its variants, which count so much beside it.
pub(super) fn with(question: &str, variants: Vec<String>, weight: f32) -> Vec<Query> {
    let variant = |text: String| Query { weight, ..Query::of(text) };
    std::iter::once(Query::of(question)).chain(variants.into_iter().map(variant)).collect()
}

/// Its words that say something; then its names alone, and what it asks about these.
pub(super) fn by_words(question: &str) -> Vec<String> {
    let mut variants = vec![telling(question).join(" "), names(question).join(" "), unnamed(question).join(" ")];
    variants.retain(|variant| !variant.is_empty());
    variants.dedup();
    variants
}
