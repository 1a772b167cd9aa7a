//! Thinking: what a generator is asked beside the answer, within the budget; without one, rules do it.

use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use super::trace::Run;
use crate::Context;
use crate::generate::{Choice, Generator, GeneratorError, Message, Prompt, TokenUsage, Written};
use crate::named::named;

/// What is done in place of thinking.
const RULES: &str = "rules";
/// Bytes of a token, in languages where it has many.
const TOKEN_BYTES: usize = 8;
/// Longest line that is taken for a query, in bytes.
const MOST_BYTES: usize = 400;
/// Words of a query at least.
const LEAST_WORDS: usize = 2;

/// Who expands questions, routes them and grades what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Thinking {
    /// Rules, no language model.
    Rules,
    /// The generator.
    Model,
    /// The generator where it writes queries, if it is one for that, and rules where they do as well: calibrated signals grade
    /// and classify better than models that are asked to.
    #[default]
    Auto,
}

named!(Thinking in "thinking": Rules = "rules", Model = "model", Auto = "auto");

/// What a generator is asked to think about.
pub(crate) struct Task<'a> {
    pub(crate) system: &'a str,
    pub(crate) user: String,
    pub(crate) max_tokens: u32,
    pub(crate) temperature: f32,
}

impl Task<'_> {
    fn prompt(&self) -> Prompt {
        let messages = vec![Message::system(self.system), Message::user(self.user.as_str())];
        Prompt { messages, max_tokens: self.max_tokens, temperature: self.temperature, schema: None }
    }

    /// Bytes of a reply that are looked at: some servers write more tokens than they are asked for.
    fn most_bytes(&self) -> usize {
        usize::try_from(self.max_tokens).unwrap_or(usize::MAX).saturating_mul(TOKEN_BYTES)
    }
}

/// Lines that a generator wrote, as queries.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    pub(crate) queries: Vec<String>,
    /// What was no query, with why.
    pub(crate) dropped: Vec<(String, &'static str)>,
}

impl<'a> Run<'a> {
    /// What a generator writes; nothing if rules are to do it, which is said if a model was asked for.
    pub(crate) fn think(&mut self, stage: &'static str, task: &Task<'_>) -> Option<String> {
        let work = |generator: &dyn Generator, context: &Context| {
            let Written { mut text, usage, .. } = generator.write(context, &task.prompt(), &mut |_| ())?;
            text.truncate(text.floor_char_boundary(task.most_bytes()));
            Ok((json!({"text": text}), text, usage))
        };
        self.ask(stage, task, work)
    }

    /// How likely a generator takes each label; nothing if rules are to do it.
    pub(crate) fn choose(&mut self, stage: &'static str, task: &Task<'_>, labels: &[&str]) -> Option<Choice> {
        let work = |generator: &dyn Generator, context: &Context| {
            let choice = generator.choose(context, &task.prompt(), labels)?;
            Ok((json!({"labels": labels, "probabilities": choice.probabilities}), choice.clone(), choice.usage))
        };
        let choice = self.ask(stage, task, work)?;
        let sound = |probability: &f64| (0.0..=1.0).contains(probability);
        let whole = choice.probabilities.len() == labels.len() && choice.probabilities.iter().all(sound);
        if !whole {
            self.degrade(stage, ("generator_unusable", "it chose none of the labels".to_owned()), RULES);
        }
        whole.then_some(choice)
    }

    /// Queries that a generator writes, at most so many, none of those that are known; nothing, and rules are to do it, if
    /// no line is one.
    pub(crate) fn queries(
        &mut self,
        stage: &'static str,
        task: &Task<'_>,
        (known, most): (&[&str], usize),
    ) -> Option<Lines> {
        let lines = lines(&self.think(stage, task)?, known, most);
        if lines.queries.is_empty() {
            self.degrade(stage, ("generator_unusable", "it wrote no query".to_owned()), RULES);
        }
        (!lines.queries.is_empty()).then_some(lines)
    }

    /// The generator, if it is to think.
    fn thinker(&mut self, stage: &'static str) -> Option<&'a dyn Generator> {
        match (self.thinking, self.generator) {
            (Thinking::Rules, _) => None,
            (Thinking::Auto, generator) => generator.filter(|generator| generator.thinks()),
            (Thinking::Model, Some(generator)) => Some(generator),
            (Thinking::Model, None) => {
                self.degrade(stage, ("generator_missing", "there is no generator to think".to_owned()), RULES);
                None
            }
        }
    }

    fn ask<T>(
        &mut self,
        stage: &'static str,
        task: &Task<'_>,
        work: impl FnOnce(&dyn Generator, &Context) -> Result<(Value, T, TokenUsage), GeneratorError>,
    ) -> Option<T> {
        let generator = self.thinker(stage)?;
        let asked = self.stage("think", |run| {
            // Most of the time, and a call, are for the answer.
            let context = run.within(|remaining| remaining / 4);
            let asked = match run.calls_left() > 1 {
                true => run.call(|_| work(generator, &context), |(_, _, usage)| *usage),
                false => Err(GeneratorError::Budget),
            };
            let mut details = json!({"for": stage, "generator": generator.name(), "prompt": [task.system, task.user]});
            match asked {
                Ok((told, done, _)) => {
                    details["outcome"] = told;
                    (Ok(done), details)
                }
                Err(error) => {
                    details["error"] = json!(error.name());
                    (Err(error), details)
                }
            }
        });
        asked.map_err(|error| self.degrade(stage, (error.name(), error.to_string()), RULES)).ok()
    }
}

/// A text's lines as queries: without numbers, bullets, quotes and headings, each once, none of what is known.
pub(crate) fn lines(text: &str, known: &[&str], most: usize) -> Lines {
    let mut lines = Lines::default();
    let mut seen: Vec<String> = known.iter().map(|known| folded(known)).collect();
    for line in text.lines().map(bare).filter(|line| !line.is_empty()) {
        let key = folded(line);
        let why = if line.len() > MOST_BYTES {
            "too long"
        } else if line.ends_with(':') {
            "a heading"
        } else if line.unicode_words().count() < LEAST_WORDS {
            "too short"
        } else if seen.contains(&key) {
            "a duplicate"
        } else if lines.queries.len() == most {
            "one too many"
        } else {
            seen.push(key);
            lines.queries.push(line.to_owned());
            continue;
        };
        lines.dropped.push((line[..line.floor_char_boundary(MOST_BYTES)].to_owned(), why));
    }
    lines
}

/// A line without what a list puts around it.
fn bare(line: &str) -> &str {
    let line = line.trim().trim_start_matches(['-', '*', '•', '>', '#', ' ', '\t']);
    let digits = line.find(|c: char| !c.is_ascii_digit()).unwrap_or(line.len());
    let numbered = line[digits..].strip_prefix(['.', ')', ':']).filter(|_| (1..=2).contains(&digits));
    let line = numbered.unwrap_or(line).trim();
    line.trim_matches(['"', '“', '”', '\'', '`', '*', ' ']).trim()
}

fn folded(text: &str) -> String {
    text.unicode_words().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_list_puts_around_a_line_is_no_part_of_the_query() {
        let text = "Here are four queries:\n\n1. how do tides work\n2) \"How do tides work\"\n- **moon and sea level**\n\
                    What makes tides?\nwhat MAKES tides\n3 body problem in brief\nyes\n   \n• spring tide causes";
        let found = lines(text, &["What makes tides?"], 3);
        assert_eq!(found.queries, ["how do tides work", "moon and sea level", "3 body problem in brief"]);
        let why: Vec<&str> = found.dropped.iter().map(|(_, why)| *why).collect();
        assert_eq!(why, ["a heading", "a duplicate", "a duplicate", "a duplicate", "too short", "one too many"]);
    }

    #[test]
    fn rubbish_gives_no_query() {
        for rubbish in ["", "\n\n\n", "::::", "####", "1.\n2.\n3.", &"x".repeat(5000), "\u{0}\u{1}"] {
            assert_eq!(lines(rubbish, &[], 4).queries, Vec::<String>::new(), "{rubbish:?}");
        }
    }
}
