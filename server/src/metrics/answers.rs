//! What the daemon counts of answers.

use maxsimd_engine::answer::{Answer, Path};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::Label;
use crate::error::Code;

/// Figures of answers.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    answers: Family<Label, Counter>,
    failures: Family<Label, Counter>,
    degraded: Family<Label, Counter>,
    calls: Counter,
    tokens: Family<Label, Counter>,
}

impl Answers {
    pub(super) fn register(&self, registry: &mut Registry) {
        for path in [Path::Generated, Path::Quoted, Path::Abstained] {
            drop(self.answers.get_or_create(&[("path", name(path))]));
        }
        registry.register("answers", "Questions by how they were answered", self.answers.clone());
        registry.register("failed_answers", "Questions that got a problem, by its code", self.failures.clone());
        let help = "What was not done as asked for in answers, by reason";
        registry.register("degraded_answers", help, self.degraded.clone());
        registry.register("llm_calls", "Calls of language models", self.calls.clone());
        registry.register("llm_tokens", "Tokens of language models, by kind", self.tokens.clone());
    }

    pub(crate) fn answered(&self, answer: &Answer) {
        self.answers.get_or_create(&[("path", name(answer.decision.path))]).inc();
        for degraded in &answer.degraded {
            self.degraded.get_or_create(&[("reason", degraded.reason)]).inc();
        }
        self.calls.inc_by(u64::from(answer.usage.llm_calls));
        let tokens = answer.usage.llm_tokens;
        for (kind, count) in [("prompt", tokens.prompt_tokens), ("completion", tokens.completion_tokens)] {
            self.tokens.get_or_create(&[("kind", kind)]).inc_by(count);
        }
    }

    pub(crate) fn failed(&self, code: Code) {
        self.failures.get_or_create(&[("code", code.name())]).inc();
    }
}

fn name(path: Path) -> &'static str {
    match path {
        Path::Generated => "generated",
        Path::Quoted => "quoted",
        Path::Abstained => "abstained",
    }
}
