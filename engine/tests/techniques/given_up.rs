//! Whoever gives up, or is too late, gets nothing, whatever the technique.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use maxsimd_engine::generate::{Choice, Generator, GeneratorError, Prompt, Written};

use super::every::{every, library, talker};
use super::*;

#[test]
fn who_gave_up_before_or_is_too_late_gets_nothing() {
    let library = library();
    for technique in every() {
        for writer in [Writer::Quote, Writer::Generator(&talker())] {
            let ask =
                |context: &Context| library.try_ask(context, technique.clone(), writer, &sure(QUESTION), &mut |_| ());
            let cancelled = Context::unbounded().cancelled_by(Arc::new(AtomicBool::new(true)));
            let result = ask(&cancelled);
            assert!(matches!(result, Err(Error::Cancelled)), "{technique:?}: {:?}", result.map(|answer| answer.answer));
            let result = ask(&Context::until(Instant::now()));
            assert!(matches!(result, Err(Error::Deadline)), "{technique:?}: {:?}", result.map(|answer| answer.answer));
        }
    }
}

/// A generator that is asked by somebody who then gives up.
#[derive(Debug)]
struct GivenUp {
    talker: Scripted,
    /// Calls before that.
    after: usize,
    flag: Arc<AtomicBool>,
}

impl GivenUp {
    fn count(&self) {
        self.flag.store(self.talker.asked.lock().unwrap().len() >= self.after, Ordering::Relaxed);
    }
}

impl Generator for GivenUp {
    fn name(&self) -> &'static str {
        "scripted:given-up"
    }
    fn write(&self, context: &Context, prompt: &Prompt, tell: &mut dyn FnMut(&str)) -> Result<Written, GeneratorError> {
        self.count();
        self.talker.write(context, prompt, tell)
    }
    fn choose(&self, context: &Context, prompt: &Prompt, labels: &[&str]) -> Result<Choice, GeneratorError> {
        self.count();
        self.talker.choose(context, prompt, labels)
    }
}

#[test]
fn who_gives_up_during_any_call_of_a_generator_gets_nothing() {
    let library = library();
    for technique in every() {
        for after in 0..6 {
            let flag = Arc::new(AtomicBool::new(false));
            let generator = GivenUp { talker: talker(), after, flag: Arc::clone(&flag) };
            let context = Context::unbounded().cancelled_by(Arc::clone(&flag));
            let writer = Writer::Generator(&generator);
            let result = library.try_ask(&context, technique.clone(), writer, &sure(QUESTION), &mut |_| ());
            let given_up = flag.load(Ordering::Relaxed);
            assert!(given_up || after > 0);
            assert_eq!(matches!(result, Err(Error::Cancelled)), given_up, "{technique:?} after {after}");
        }
    }
}
