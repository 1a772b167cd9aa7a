//! From what a technique found to an answer: whether there is one, written or quoted, checked, cited.

use std::ops::Range;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::confidence::Signals;
use super::contexts::{Contexts, Sentence};
use super::pack;
use super::prompt::{self, Asked};
use super::quote;
use super::reply::{Citation, Path, QUOTE, Verdict};
use super::sources::{Compared, Retrieved, Tokens};
use super::support::{self, Checked};
use super::trace::{Event, Run};
use crate::generate::{Finish, Generator, GeneratorError};
use crate::split::sentences;
use crate::{Error, Result};

/// What is left of the time for checking a text and quoting in its place: a tenth, and no less than this.
const RESERVE: Duration = Duration::from_millis(250);

/// A part of a question, and what was found to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The part, a question of its own.
    pub question: String,
    /// What was found.
    pub answer: String,
}

/// What a technique found.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) retrieved: Retrieved,
    /// Parts of the question, in the order in which they were answered.
    pub(crate) notes: Vec<Note>,
    /// Whether it is no answer, whatever the confidence.
    pub(crate) refused: bool,
    /// What confidence comes from, if contexts were left out since: it is calibrated for all that a search gives.
    pub(crate) signals: Option<Signals>,
}

impl From<Retrieved> for Found {
    fn from(retrieved: Retrieved) -> Self {
        Self { retrieved, notes: Vec::new(), refused: false, signals: None }
    }
}

/// An answer as far as it is made of contexts.
#[derive(Debug)]
pub(crate) struct Concluded {
    pub(crate) said: Said,
    pub(crate) path: Path,
    pub(crate) retrieved: Retrieved,
    pub(crate) signals: Signals,
    pub(crate) confidence: f64,
}

/// Text and citations of an answer.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) citations: Vec<Citation>,
    pub(crate) unsupported: Vec<[usize; 2]>,
}

/// A generated text that is not refused yet.
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) checked: Vec<Checked>,
    pub(crate) verdict: Verdict,
}

/// An answer from what was found, if there is one.
pub(crate) fn conclude(run: &mut Run<'_>, question: &str, found: Found) -> Result<Concluded> {
    let mut concluded = decide(run, found.retrieved, found.signals);
    if found.refused || !concluded.answerable(run) {
        return Ok(concluded);
    }
    if let Some(draft) = drafted(run, (question, &found.notes), &concluded.retrieved)? {
        concluded.take(run, draft);
    }
    concluded.finish(run, question)
}

/// Whether what was found holds an answer; nothing is said yet.
pub(crate) fn decide(run: &mut Run<'_>, retrieved: Retrieved, signals: Option<Signals>) -> Concluded {
    if retrieved.contexts.hits.is_empty() && retrieved.found > 0 {
        let budget = run.request.budget.max_context_tokens;
        let why = format!("none of {} passages fits {budget} tokens", retrieved.found);
        run.degrade("retrieve", ("no_room", why), "nothing");
    }
    let signals = signals.unwrap_or_else(|| retrieved.signals());
    let confidence = run.request.calibration.confidence(&signals);
    run.tell(Event::Retrieval(&retrieved.contexts.hits));
    Concluded { said: Said::default(), path: Path::Abstained, retrieved, signals, confidence }
}

impl Concluded {
    /// Whether there is an answer, as far as confidence tells.
    pub(crate) fn answerable(&self, run: &Run<'_>) -> bool {
        self.confidence >= run.request.calibration.threshold && !self.retrieved.contexts.sentences.is_empty()
    }

    /// A generated text is the answer, if its check says so.
    pub(crate) fn take(&mut self, run: &mut Run<'_>, draft: Draft) {
        let Verdict { accepted, supported, sentences } = draft.verdict;
        run.tell(Event::Verdict(draft.verdict));
        if !accepted {
            let detail = format!("{supported} of {sentences} sentences are supported");
            run.degrade("check", ("unsupported", detail), QUOTE);
            return;
        }
        let strange = draft.checked.iter().filter(|sentence| !sentence.is_supported());
        let unsupported = strange.map(|sentence| [sentence.range.start, sentence.range.end]).collect();
        let contexts = &self.retrieved.contexts;
        let citations = draft.checked.iter().flat_map(|sentence| Checked::citations(sentence, contexts)).collect();
        self.said = Said { text: draft.text, citations, unsupported };
        self.path = Path::Generated;
    }

    /// Quotes, unless there is a text.
    pub(crate) fn finish(mut self, run: &mut Run<'_>, question: &str) -> Result<Self> {
        if self.path != Path::Generated {
            self.said = quoted(run, question, &self.retrieved)?;
            self.path = if self.said.text.is_empty() { Path::Abstained } else { Path::Quoted };
        }
        Ok(self)
    }
}

/// What a generator writes, checked; nothing if there is none, or it wrote no answer.
pub(crate) fn drafted(
    run: &mut Run<'_>,
    (question, notes): (&str, &[Note]),
    found: &Retrieved,
) -> Result<Option<Draft>> {
    let Some(generator) = run.generator else { return Ok(None) };
    let contexts = &found.contexts;
    let asked = Asked::new((question, notes), contexts, &pack::ordered(contexts, run.order));
    let text = match written(run, generator, &asked) {
        Ok(text) => text,
        Err(GeneratorError::Cancelled) => return Err(Error::Cancelled),
        Err(error) => {
            run.degrade("generate", (error.name(), error.to_string()), QUOTE);
            return Ok(None);
        }
    };
    let shown = prompt::plain(&text);
    if asked.echoed(&text) {
        run.degrade("check", ("prompt_echo", "the generator repeated what it was told".to_owned()), QUOTE);
        return Ok(None);
    }
    if prompt::declined(&shown) {
        run.degrade("generate", ("generator_declined", "the generator found no answer".to_owned()), QUOTE);
        return Ok(None);
    }
    let checked = run.stage("check", |run| {
        let checked = support::check(run.context, run.sources, (question, &shown), contexts);
        let details = checked.as_ref().map_or(Value::Null, |checked| json!({"sentences": checked}));
        (checked, details)
    })?;
    let verdict = support::verdict(&checked);
    Ok(Some(Draft { text: shown, checked, verdict }))
}

/// A generator's text, told as it comes.
fn written(run: &mut Run<'_>, generator: &dyn Generator, asked: &Asked) -> Result<String, GeneratorError> {
    run.stage("generate", |run| {
        let context = run.within(|remaining| remaining - reserve(remaining));
        let call =
            |run: &mut Run<'_>| generator.write(&context, &asked.prompt, &mut |piece| run.tell(Event::Token(piece)));
        let written = run.call(call, |written| written.usage);
        let prompt: Vec<&str> = asked.prompt.messages.iter().map(|message| message.content.as_str()).collect();
        let mut details = json!({"generator": generator.name(), "prompt": prompt});
        match &written {
            Ok(written) => {
                details["text"] = json!(written.text);
                details["finish"] = json!(written.finish);
                details["prompt_tokens"] = json!(written.usage.prompt);
                details["completion_tokens"] = json!(written.usage.completion);
            }
            Err(error) => details["error"] = json!(error.name()),
        }
        (written.map(|written| complete(written.text, written.finish)), details)
    })
}

fn reserve(remaining: Duration) -> Duration {
    (remaining / 10).max(RESERVE).min(remaining / 2)
}

/// Without a last sentence that is cut, unless it is the only one.
fn complete(text: String, finish: Finish) -> String {
    match (finish, sentences(&text).as_slice()) {
        (Finish::Length, [.., last, _]) => text[..last.end].to_owned(),
        _ => text,
    }
}

/// The sentences that are the answer.
fn quoted(run: &mut Run<'_>, question: &str, found: &Retrieved) -> Result<Said> {
    run.stage("quote", |run| {
        let compared = [Compared { text: question.to_owned(), tokens: found.question.tokens.clone() }];
        let evidence = match run.sources.compare(run.context, &compared, &found.contexts) {
            Ok(mut evidence) => evidence.swap_remove(0),
            Err(error) => return (Err(error), Value::Null),
        };
        let mut said = Said::default();
        for sentence in quote::picked(&found.contexts, &evidence) {
            if !said.text.is_empty() {
                said.text.push(' ');
            }
            let start = said.text.len();
            said.text.push_str(&sentence.text);
            said.citations.push(found.contexts.cited(sentence, start..said.text.len(), 1.0));
        }
        let sentences = said.citations.len();
        (Ok(said), json!({"sentences": sentences}))
    })
}

impl Contexts {
    /// Where a part of an answer is from.
    pub(super) fn cited(&self, sentence: &Sentence, answer: Range<usize>, support: f64) -> Citation {
        Citation {
            collection: self.hits[sentence.context].collection.clone(),
            document_id: sentence.document_id.clone(),
            passage_id: sentence.passage_id.clone(),
            quote: sentence.text.clone(),
            start: sentence.range.start,
            end: sentence.range.end,
            answer_start: answer.start,
            answer_end: answer.end,
            support,
        }
    }
}

/// The sentence of contexts that a text finds most in; empty of none.
pub(crate) fn best_sentence(run: &mut Run<'_>, text: &str, found: &Retrieved) -> Result<String> {
    let compared = [Compared { text: text.to_owned(), tokens: Tokens::Encoded }];
    let evidence = run.sources.compare(run.context, &compared, &found.contexts)?;
    let picked = evidence.first().map(|evidence| quote::picked(&found.contexts, evidence)).unwrap_or_default();
    Ok(picked.first().map_or_else(String::new, |sentence| sentence.text.clone()))
}
