//! Answers that can be checked: a question's contexts are retrieved, it is told how likely they hold an answer, and the
//! answer is either sentences of the documents, verbatim, or what a generator writes, each sentence of it checked against
//! the contexts and cited after the fact. What nothing supports is said to be so, and what nothing answers is not answered.
//!
//! # Layout
//!
//! The recipe is `plain`. `condense` makes a follow-up question stand for itself, `sources` retrieves `contexts`, `pack`
//! says which there is room for, `evidence` what a text finds in them, `confidence` whether there is an answer (fitted by
//! `calibrate`), `quote` which sentences are it; `prompt` asks a generator, `support` checks what it writes. `trace` is an
//! answer under way.

mod calibrate;
mod condense;
mod confidence;
mod contexts;
mod evidence;
mod pack;
mod plain;
mod prompt;
mod quote;
mod reply;
mod request;
mod sources;
mod stored;
mod support;
mod trace;

pub use calibrate::{Fitted, fit};
pub use confidence::{Calibration, Signals};
pub use contexts::{ContextHit, Contexts};
pub use evidence::Evidence;
pub use pack::{Around, Order};
pub use plain::plain;
pub use reply::{Answer, Citation, Decision, Degraded, LlmTokens, Path, Usage, Verdict};
pub use request::{AnswerRequest, Budget, MAX_HISTORY, MAX_QUESTION_BYTES, Writer};
pub use sources::{Collections, Compared, MAX_CONTEXTS, Retrieved, Source, Sources, Tokens, Wanted, signals};
pub use trace::{Detail, Event, Step};
