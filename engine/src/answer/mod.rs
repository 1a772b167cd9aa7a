//! Answers that can be checked: a question's contexts are retrieved, it is told how likely they hold an answer, and the
//! answer is either sentences of the documents, verbatim, or what a generator writes, each sentence of it checked against
//! the contexts and cited after the fact. What nothing supports is said to be so, and what nothing answers is not answered.
//!
//! # Layout
//!
//! What techniques are made of. `trace` is an answer under way: `condense` makes a follow-up question stand for itself,
//! `think` asks a generator about questions, `sources` are asked for contexts (`retrieve`, `contexts`, `evidence`,
//! `feedback`, `pack`, pages of the web in `online`). `conclude` makes an answer of what was found: `confidence` whether there is one (fitted by
//! `calibrate`), `grade` which passages and strips of them hold a part of it, `quote` which sentences are it; `prompt` asks a generator, `support` checks what it writes. `names` is what
//! rules know of a text.

mod calibrate;
mod conclude;
mod condense;
mod confidence;
mod contexts;
mod evidence;
mod feedback;
mod grade;
mod names;
mod online;
mod pack;
mod prompt;
mod quote;
mod reply;
mod request;
mod retrieve;
mod sources;
mod stored;
mod support;
mod think;
mod trace;

pub use calibrate::{Fitted, FittedGrader, fit, fit_grader};
pub use conclude::Note;
pub(crate) use conclude::{Concluded, Draft, Found, best_sentence, conclude, decide, drafted};
pub(crate) use condense::standalone;
pub use confidence::{Calibration, Signals};
pub use contexts::{ContextHit, Contexts, Via};
pub use evidence::Evidence;
pub use feedback::Feedback;
pub use grade::Grader;
pub(crate) use grade::{Strip, strips};
pub(crate) use names::{names, telling, unnamed};
pub use online::Web;
pub use pack::{Around, Order};
pub(crate) use prompt::shown;
pub(crate) use reply::QUOTE;
pub use reply::{Answer, Chosen, Citation, Decision, Degraded, LlmTokens, Path, Usage, Verdict};
pub use request::{AnswerRequest, Budget, MAX_HISTORY, MAX_QUESTION_BYTES, Writer};
pub use sources::{
    Among, Collections, Compared, Looks, MAX_CONTEXTS, Query, Retrieved, Source, Sources, Together, Tokens, Wanted,
    signals,
};
pub(crate) use think::Task;
pub use think::Thinking;
pub(crate) use trace::Run;
pub use trace::{Detail, Event, Step};
