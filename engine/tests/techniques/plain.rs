//! `plain`: the question as it is.

use super::*;

#[test]
fn the_question_is_looked_for_once_and_quoted() {
    let library = Library::of(documents());
    let answer = library.quote(plainly("plain"), &sure(QUESTION));
    assert_eq!(stages(&answer), ["retrieve", "quote"]);
    assert_eq!(queries(&answer), [json!([QUESTION])]);
    assert_eq!(answer.answer, "The moon makes the tides.");
    assert_eq!((found(&answer)[0], degraded(&answer)), ("tides", vec![]));
}

#[test]
fn a_generator_writes_and_is_asked_for_nothing_else() {
    let library = Library::of(documents());
    let generator = Scripted::saying("The moon makes the tides.");
    let answer = library.generate(plainly("plain"), &generator, &sure(QUESTION));
    assert_eq!(stages(&answer), ["retrieve", "generate", "check"]);
    assert_eq!((answer.usage.llm_calls, generator.prompts().len()), (1, 1));
    let none = library.generate(plainly("plain"), &generator, &calls(QUESTION, 0));
    assert_eq!((none.usage.llm_calls, generator.prompts().len()), (0, 1));
    assert_eq!(degraded(&none), [("generate", "budget", "quote")]);
}
