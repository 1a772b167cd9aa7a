//! Steps as thoughts (Trivedi et al. 2022): a generator writes the next sentence of its reasoning from the question and what was
//! found; that sentence is looked for. By rules, names do the same.

use serde_json::json;

use super::chain::{self, POOL};
use super::rounds::Rounds;
use crate::Result;
use crate::answer::{Found, Note, Query, Retrieved, Run, Task, Wanted, shown};
use crate::split::sentences;

/// Passages that a generator sees, and those that each thought brings.
const SEEN: usize = 6;
const EACH: usize = 6;
/// Passages that thoughts may bring beside those of the question.
const MOST: usize = 15;
/// Tokens of a thought.
const TOKENS: u32 = 64;

const TASK: &str = "You find out step by step what a question asks. You get the question, passages, and the thoughts so far. Write \
                    the next thought: one sentence that says what the passages tell and names what has to be looked up next. \
                    If the passages and thoughts hold the answer, write 'The answer is' and the answer.";
/// What a last thought says.
const LAST: &str = "answer is";

pub(super) fn find(run: &mut Run<'_>, question: &str) -> Result<Found> {
    let first = run.retrieve(&run.pool(Query::of(question), POOL))?;
    run.iterate();
    let mut thoughts: Vec<String> = Vec::new();
    let mut rounds = Rounds::begin(&first);
    let mut done = false;
    while !done && rounds.found.contexts.hits().len() - first.contexts.hits().len() < MOST {
        let Some(thought) = thought(run, (question, &thoughts), &rounds.found) else { break };
        if thoughts.contains(&thought) {
            break;
        }
        done = thought.to_lowercase().contains(LAST);
        thoughts.push(thought.clone());
        if done || !run.iterate() {
            break;
        }
        let wanted = Wanted { queries: vec![Query::of(thought)], ..run.pool(first.question.clone(), EACH) };
        rounds.add(run.retrieve(&wanted)?);
    }
    if thoughts.is_empty() {
        return Ok(chain::follow(run, first)?.into());
    }
    run.note("reason", json!({"by": "generator", "thoughts": thoughts, "steps": thoughts.len()}));
    let notes = vec![Note { question: question.to_owned(), answer: thoughts.join(" ") }];
    Ok(Found { notes, ..rounds.packed(run)?.into() })
}

/// The next sentence of a generator's reasoning.
fn thought(run: &mut Run<'_>, (question, thoughts): (&str, &[String]), found: &Retrieved) -> Option<String> {
    let newest = found.contexts.hits().len().saturating_sub(EACH);
    let mut numbers: Vec<usize> = (0..found.contexts.hits().len().min(SEEN)).collect();
    if !thoughts.is_empty() {
        numbers.extend((newest..found.contexts.hits().len()).filter(|at| *at >= SEEN));
    }
    let passages = shown(question, &found.contexts, &numbers);
    let so_far = thoughts.join(" ");
    let user = format!("{passages}\nQuestion: {question}\nThoughts so far: {so_far}\nNext thought:");
    let text = run.think("reason", &Task { system: TASK, user, max_tokens: TOKENS, temperature: 0.0 })?;
    let text = text.trim();
    let first = sentences(text).first().map_or("", |range| &text[range.clone()]);
    if first.is_empty() {
        run.degrade("reason", ("generator_unusable", "it wrote no thought".to_owned()), "rules");
        return None;
    }
    Some(first.to_owned())
}
