//! Follow-up questions.

use maxsimd_engine::answer::{AnswerRequest, Writer};
use maxsimd_engine::generate::{GeneratorError, Message, Role};
use maxsimd_engine::{Context, Error};

use super::scripted::Scripted;
use super::{Fixture, sure};

fn after(question: &str) -> AnswerRequest {
    let said = |role, content: &str| Message { role, content: content.to_owned() };
    let history = vec![said(Role::User, "What do Harbours keep?"), said(Role::Assistant, "Harbours keep a table.")];
    AnswerRequest { history, ..sure(question) }
}

#[test]
fn a_question_that_points_back_is_looked_for_with_what_it_points_at() {
    let fixture = Fixture::new();
    let answer = fixture.quote(&after("a table of what do they keep"));
    assert_eq!(answer.decision.standalone_question.as_deref(), Some("a table of what do they keep (Harbours)"));
    assert!(answer.answer.starts_with("Harbours keep a table of them."), "{}", answer.answer);
    let alone = fixture.quote(&after("the moon makes the tides"));
    assert_eq!(alone.decision.standalone_question, None);
}

#[test]
fn a_generator_writes_it_if_it_can_and_rules_stand_in() {
    let fixture = Fixture::new();
    let ask = |first: Result<String, GeneratorError>| {
        let generator = Scripted::of([first, Ok("Harbours keep a table of them.".to_owned())]);
        let answer = fixture.ask(Writer::Generator(&generator), &after("what do they keep?"));
        let reasons: Vec<&str> = answer.degraded.iter().map(|degraded| degraded.reason).collect();
        (answer.decision.standalone_question.unwrap(), reasons, answer.usage.llm_calls)
    };
    let written = ask(Ok("What table do Harbours keep?".to_owned()));
    assert_eq!(written, ("What table do Harbours keep?".to_owned(), vec![], 2));
    let by_rules = "what do they keep? (Harbours)".to_owned();
    assert_eq!(ask(Ok("They keep a table.".to_owned())), (by_rules.clone(), vec!["generator_unusable"], 2));
    assert_eq!(ask(Err(GeneratorError::Empty)), (by_rules, vec!["generator_empty"], 2));
}

#[test]
fn a_history_has_bounds() {
    let fixture = Fixture::new();
    let turn = Message::user("x");
    for history in [vec![turn; 33], vec![Message::user("x".repeat(9000))]] {
        let request = AnswerRequest { history, ..sure("anything") };
        let refused = crate::plain(&Context::unbounded(), &fixture.sources(), Writer::Quote, &request, &mut |_| ());
        assert!(matches!(refused, Err(Error::Invalid { field: "history", .. })), "{refused:?}");
    }
}
