//! Technique `plain`: condense, retrieve, decide, write or quote, check, cite.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::condense;
use super::confidence::Signals;
use super::contexts::{Contexts, Sentence};
use super::pack;
use super::prompt::{self, Asked};
use super::quote;
use super::reply::{Answer, Citation, Decision, Path};
use super::request::{AnswerRequest, MAX_HISTORY, MAX_QUESTION_BYTES, Writer};
use super::sources::{Compared, Retrieved, Sources, Tokens, Wanted};
use super::support::{self, Checked};
use super::trace::{Event, Run};
use crate::generate::{Finish, Generator, GeneratorError};
use crate::split::sentences;
use crate::{Context, Error, Result};

/// What is left of the time for checking a text and quoting in its place: a tenth, and no less than this.
const RESERVE: Duration = Duration::from_millis(250);
/// What quotes are said to be written by.
const QUOTE: &str = "quote";

/// Text and citations of an answer.
#[derive(Default)]
struct Said {
    text: String,
    citations: Vec<Citation>,
    unsupported: Vec<[usize; 2]>,
}

/// Answers a question; who listens hears of it meanwhile.
pub fn plain(
    context: &Context,
    sources: &dyn Sources,
    writer: Writer<'_>,
    request: &AnswerRequest,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<Answer> {
    check(request)?;
    let mut run = Run::new(context, &request.budget, tell);
    let generator = match writer {
        Writer::Generator(generator) => Some(generator),
        Writer::Quote => None,
        Writer::Missing { reason } => {
            run.degrade("generate", ("generator_missing", reason.to_owned()), QUOTE);
            None
        }
    };
    let asked = request.question.trim();
    let standalone = condense::standalone(&mut run, generator, asked, &request.history);
    let question = standalone.as_deref().unwrap_or(asked);
    let found = retrieve(&mut run, sources, question, request)?;
    for leg in &found.failed {
        run.degrade("retrieve", ("leg_failed", format!("{}: {}", leg.leg, leg.reason)), "the other ranking");
    }
    if found.contexts.hits.is_empty() && found.found > 0 {
        let why = format!("none of {} passages fits {} tokens", found.found, request.budget.max_context_tokens);
        run.degrade("retrieve", ("no_room", why), "nothing");
    }
    let signals = Signals::of(&found.contexts, &found.evidence);
    let confidence = request.calibration.confidence(&signals);
    run.tell(Event::Retrieval(&found.contexts.hits));
    let mut decision = Decision {
        technique: "plain",
        path: Path::Abstained,
        generator: QUOTE.to_owned(),
        standalone_question: standalone.clone(),
        confidence,
        threshold: request.calibration.threshold,
        signals,
    };
    let answerable = confidence >= request.calibration.threshold && !found.contexts.sentences.is_empty();
    let mut said = Said::default();
    if answerable {
        let written = match generator {
            Some(generator) => generated(&mut run, sources, generator, (question, request), &found.contexts)?,
            None => None,
        };
        decision.path = if written.is_some() { Path::Generated } else { Path::Quoted };
        if let (Some(generator), Path::Generated) = (generator, decision.path) {
            generator.name().clone_into(&mut decision.generator);
        }
        said = match written {
            Some(written) => written,
            None => quoted(&mut run, sources, question, &found)?,
        };
        said.citations.iter().for_each(|citation| run.tell(Event::Citation(citation)));
    }
    let contexts = Arc::unwrap_or_clone(found.contexts);
    Ok(Answer {
        abstained: said.text.is_empty(),
        answer: said.text,
        citations: said.citations,
        unsupported: said.unsupported,
        contexts: contexts.hits,
        decision,
        usage: run.usage(),
        degraded: run.degraded,
        trace: run.steps,
    })
}

fn check(request: &AnswerRequest) -> Result<()> {
    let too_long = |field: &'static str, text: &str| match text.len() {
        ..=MAX_QUESTION_BYTES => Ok(()),
        bytes => Err(Error::invalid(field, format!("{bytes} bytes, at most {MAX_QUESTION_BYTES} are taken"))),
    };
    if request.question.trim().is_empty() {
        return Err(Error::invalid("question", "an empty question cannot be answered"));
    }
    too_long("question", &request.question)?;
    if request.history.len() > MAX_HISTORY {
        return Err(Error::invalid("history", format!("{} turns, at most {MAX_HISTORY}", request.history.len())));
    }
    request.history.iter().try_for_each(|turn| too_long("history", &turn.content))
}

fn retrieve(run: &mut Run<'_>, sources: &dyn Sources, question: &str, request: &AnswerRequest) -> Result<Retrieved> {
    let wanted = Wanted {
        question: question.to_owned(),
        k: request.k,
        max_tokens: request.budget.max_context_tokens,
        scope: request.scope,
        around: request.around,
        without: Vec::new(),
    };
    run.stage("retrieve", |run| {
        let found = sources.retrieve(run.context, &wanted);
        let details = match &found {
            Err(_) => Value::Null,
            Ok(found) => {
                let hits = &found.contexts.hits;
                let passages: Vec<Value> = hits
                    .iter()
                    .map(|found| json!({"passage_id": found.hit.passage_id, "score": found.hit.score}))
                    .collect();
                let tokens: usize = hits.iter().map(|found| found.hit.tokens).sum();
                json!({"query": question, "contexts": hits.len(), "tokens": tokens, "passages": passages})
            }
        };
        (found, details)
    })
}

/// What a generator writes, if it is an answer that contexts support.
fn generated(
    run: &mut Run<'_>,
    sources: &dyn Sources,
    generator: &dyn Generator,
    (question, request): (&str, &AnswerRequest),
    contexts: &Arc<Contexts>,
) -> Result<Option<Said>> {
    let asked = Asked::new(question, contexts, &pack::ordered(contexts, request.order));
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
        let checked = support::check(run.context, sources, (question, &shown), contexts);
        let details = checked.as_ref().map_or(Value::Null, |checked| json!({"sentences": checked}));
        (checked, details)
    })?;
    let verdict = support::verdict(&checked);
    run.tell(Event::Verdict(verdict));
    if !verdict.accepted {
        let detail = format!("{} of {} sentences are supported", verdict.supported, verdict.sentences);
        run.degrade("check", ("unsupported", detail), QUOTE);
        return Ok(None);
    }
    let strange = checked.iter().filter(|sentence| !sentence.is_supported());
    let unsupported = strange.map(|sentence| [sentence.range.start, sentence.range.end]).collect();
    let citations = checked.iter().flat_map(|sentence| Checked::citations(sentence, contexts)).collect();
    Ok(Some(Said { text: shown, citations, unsupported }))
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
fn quoted(run: &mut Run<'_>, sources: &dyn Sources, question: &str, found: &Retrieved) -> Result<Said> {
    run.stage("quote", |run| {
        let compared = [Compared { text: question.to_owned(), tokens: Tokens::Known(found.tokens.clone()) }];
        let evidence = match sources.compare(run.context, &compared, &found.contexts) {
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
