//! Contexts without an answer, and what listeners hear.

use maxsimd_engine::answer::Path;

use super::every::{every, library};
use super::*;

#[test]
fn contexts_are_found_without_an_answer() {
    let library = library();
    for (name, knobs) in every() {
        let technique = Technique::named(name, knobs.as_object().unwrap().clone()).unwrap();
        let (collections, request) = (library.collections(), sure(QUESTION));
        let asked = Asked { sources: &collections, writer: Writer::Quote, technique: &technique, request: &request };
        let (found, usage, steps) = techniques::find(&Context::unbounded(), &asked).unwrap();
        let ids: Vec<&str> = found.contexts.hits().iter().map(|found| found.hit.passage_id.as_str()).collect();
        assert!(ids.contains(&"tides#0"), "{name}: {ids:?}");
        assert!(usage.llm_calls == 0 && steps.iter().any(|step| step.stage == "retrieve"), "{name}");
        assert!(steps.iter().all(|step| step.stage != "quote" && step.stage != "generate"), "{name}");
        // The rounds of `self_rag` are those of its answers.
        if name != "self_rag" {
            let answer = library.quote((name, knobs), &request);
            assert_eq!(passages(&answer), ids, "{name}");
        }
    }
}

#[test]
fn what_is_heard_last_is_what_the_answer_says() {
    let library = library();
    for technique in every() {
        for writer in [Writer::Quote, Writer::Generator(&Scripted::endless("The moon makes the tides."))] {
            let (mut contexts, mut citations, mut stages) = (Vec::new(), Vec::new(), Vec::new());
            let tell = &mut |event: Event<'_>| match event {
                Event::Retrieval(found) => {
                    contexts = found.iter().map(|found| found.hit.passage_id.clone()).collect();
                    citations.clear();
                }
                Event::Citation(citation) => citations.push(citation.clone()),
                Event::Stage(stage) => stages.push(stage),
                Event::Token(_) | Event::Verdict(_) | Event::Note(_) => {}
            };
            let answer =
                library.try_ask(&Context::unbounded(), technique.clone(), writer, &sure(QUESTION), tell).unwrap();
            let mut done: Vec<&str> = answer.trace.iter().map(|step| step.stage).collect();
            stages.sort_unstable();
            done.sort_unstable();
            assert_eq!(stages, done, "{technique:?}");
            assert_ne!(answer.decision.path, Path::Abstained);
            assert_eq!(citations, answer.citations, "{technique:?}");
            // Of several rounds another one than the last may be given.
            if technique.0 != "self_rag" {
                assert_eq!(contexts, passages(&answer), "{technique:?}");
            }
        }
    }
}
