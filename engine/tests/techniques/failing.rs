//! Generators that fail in every way that there is: rules and quotes stand in, and that is said.

use std::time::Duration;

use maxsimd_engine::answer::Path;
use maxsimd_engine::generate::{Choice, Generator, GeneratorError, Prompt, Written};

use super::every::{every, library};
use super::*;

fn errors() -> Vec<GeneratorError> {
    let reason = || "of a test".to_owned();
    vec![
        GeneratorError::Unreachable { reason: reason() },
        GeneratorError::Refused { status: 403, said: reason() },
        GeneratorError::Busy { status: 503, wait: Some(Duration::from_secs(9)) },
        GeneratorError::Silent { after: Duration::from_secs(1) },
        GeneratorError::CutOff { reason: reason() },
        GeneratorError::Unreadable { reason: reason() },
        GeneratorError::Empty,
        GeneratorError::Deadline,
        GeneratorError::Budget,
    ]
}

#[test]
fn whatever_fails_on_every_call_ends_in_quotes_that_say_so() {
    let library = library();
    for technique in every() {
        for error in errors() {
            let generator = Scripted::always(Err(error.clone()), Err(error.clone()));
            let answer = library.generate(technique.clone(), &generator, &sure(QUESTION));
            assert_eq!(answer.decision.path, Path::Quoted, "{technique:?}: {error}");
            assert_eq!(answer.answer, "The moon makes the tides.", "{technique:?}");
            let said = |stage: &str| {
                answer.degraded.iter().any(|degraded| degraded.stage == stage && degraded.reason == error.name())
            };
            assert!(said("generate"), "{technique:?}: {:?}", degraded(&answer));
            // Every thought that failed is told with why, by its stage.
            for think in steps(&answer, "think") {
                assert_eq!(think["error"], error.name(), "{technique:?}");
                assert!(said(think["for"].as_str().unwrap()), "{technique:?}: {:?}", degraded(&answer));
            }
        }
    }
}

/// A generator that answers, and cannot think.
#[derive(Debug)]
struct Thoughtless;

impl Generator for Thoughtless {
    fn name(&self) -> &'static str {
        "scripted:thoughtless"
    }
    fn write(&self, context: &Context, prompt: &Prompt, tell: &mut dyn FnMut(&str)) -> Result<Written, GeneratorError> {
        match prompt.messages[0].content.starts_with("You answer questions from passages.") {
            true => Scripted::saying("The moon makes the tides.").write(context, prompt, tell),
            false => Err(GeneratorError::Empty),
        }
    }
    fn choose(&self, _: &Context, _: &Prompt, _: &[&str]) -> Result<Choice, GeneratorError> {
        Err(GeneratorError::Empty)
    }
}

#[test]
fn a_generator_whose_thoughts_fail_still_writes_the_answer() {
    let library = library();
    for technique in every() {
        let answer = library.ask(technique.clone(), Writer::Generator(&Thoughtless), &sure(QUESTION));
        assert_eq!((answer.decision.path, answer.answer.as_str()), (Path::Generated, "The moon makes the tides."));
        // Contexts are those of rules.
        let by_rules = library.quote(technique.clone(), &sure(QUESTION));
        assert_eq!(passages(&answer), passages(&by_rules), "{technique:?}");
        let thought = steps(&answer, "think").len();
        let said = answer.degraded.iter().any(|degraded| degraded.reason == "generator_empty");
        assert_eq!(thought > 0, said, "{technique:?}: {:?}", degraded(&answer));
    }
}

#[test]
fn a_generator_that_says_it_was_given_up_ends_the_answer() {
    let library = library();
    for technique in every() {
        let generator = Scripted::always(Err(GeneratorError::Cancelled), Err(GeneratorError::Cancelled));
        let writer = Writer::Generator(&generator);
        let result = library.try_ask(&Context::unbounded(), technique.clone(), writer, &sure(QUESTION), &mut |_| ());
        assert!(matches!(result, Err(Error::Cancelled)), "{technique:?}");
    }
}
