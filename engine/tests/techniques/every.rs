//! What holds of every technique: budgets, what is missing, and the same answer to the same question.

use maxsimd_engine::answer::Path;
use maxsimd_engine::raptor::{Nodes, Raptor, Represent, Strategy};

use super::*;

/// Every technique, and knobs that make another one of it.
pub(crate) fn every() -> Vec<Named<'static>> {
    let mut every: Vec<Named<'static>> = techniques::all().map(|described| plainly(described.about.name)).collect();
    every.extend([
        ("decomposition", json!({"how": "recursive"})),
        ("decomposition", json!({"how": "individual", "parts": 5})),
        ("routing", json!({"how": "rules"})),
        ("routing", json!({"how": "logical", "then": "rag_fusion"})),
        ("raptor", json!({"how": "traversal"})),
        ("rerank", json!({"by": "cross_encoder"})),
        ("hyde", json!({"passages": 3})),
        ("crag", json!({"fallback": "web", "strips": 1})),
        ("self_rag", json!({"retries": 4, "threshold": 1.0})),
        ("adaptive", json!({"strategy": "multi"})),
        ("query_construction", json!({"then": "step_back"})),
    ]);
    every
}

/// Whether a technique asks a generator to think as it is set.
fn thinks((name, knobs): &Named<'_>) -> bool {
    let about = techniques::all().find(|described| described.about.name == *name).unwrap().about;
    let by_rules = *name == "routing" && knobs["how"] != "logical" || knobs["then"] == "plain";
    about.thinks && !by_rules
}

/// Two collections with all that techniques need.
pub(crate) fn library() -> Library {
    let raptor = Some(Raptor::new(Strategy::Windows, Nodes::Text, 20).unwrap());
    let options = BuildOptions { raptor, represent: Some(Represent::Sentence), ..BuildOptions::default() };
    let with = |documents: Vec<Document>| {
        let numbered = documents.into_iter().zip(0..);
        numbered.map(|(document, n)| {
            let metadata = json!({"n": n, "language": (["de", "en"][n % 2])}).as_object().unwrap().clone();
            Document { metadata, ..document }
        })
    };
    let other = vec![document("story", story(77, 30)), page("lamps", "Lamps", "Harbours keep lamps at night.")];
    Library::built(vec![("one", with(documents()).collect()), ("two", with(other).collect())], &options, 24)
}

/// A text that every technique can do something with, for ever.
pub(crate) fn talker() -> Scripted {
    Scripted::endless("The moon makes the tides.")
}

#[test]
fn budgets_of_calls_and_rounds_hold() {
    let library = library();
    for technique in every() {
        for max_llm_calls in 0..4 {
            for max_iterations in [1, 2] {
                let budget = Budget { max_llm_calls, max_iterations, ..Budget::default() };
                let request = AnswerRequest { budget, ..sure(QUESTION) };
                let answer = library.generate(technique.clone(), &talker(), &request);
                assert!(!answer.abstained, "{technique:?}");
                assert!(max_llm_calls > 0 || answer.decision.path == Path::Quoted, "{technique:?}");
                // A generator that may be called once writes the answer; of one of several rounds.
                if max_llm_calls == 1 && technique.0 != "self_rag" {
                    assert_eq!(answer.decision.path, Path::Generated, "{technique:?}: {:?}", degraded(&answer));
                }
            }
        }
    }
}

#[test]
fn who_thinks_with_a_model_that_is_not_there_says_so_and_rules_do_it() {
    let library = library();
    let request = AnswerRequest { thinking: Thinking::Model, ..sure(QUESTION) };
    for technique in every() {
        let answer = library.quote(technique.clone(), &request);
        let missing = answer.degraded.iter().filter(|degraded| degraded.reason == "generator_missing").count();
        assert_eq!(missing > 0, thinks(&technique), "{technique:?}: {:?}", degraded(&answer));
        let by_rules = library.quote(technique.clone(), &AnswerRequest { thinking: Thinking::Rules, ..sure(QUESTION) });
        assert_eq!((&answer.answer, passages(&answer)), (&by_rules.answer, passages(&by_rules)), "{technique:?}");
        assert!(by_rules.degraded.iter().all(|degraded| degraded.reason != "generator_missing"));
        assert_eq!((answer.usage.llm_calls, answer.decision.path), (0, Path::Quoted), "{technique:?}");
        // So where a generator was named and is not there.
        let named = library.ask(technique.clone(), Writer::Missing { reason: "it does not start" }, &sure(QUESTION));
        assert_eq!(degraded(&named)[0], ("generate", "generator_missing", "quote"), "{technique:?}");
    }
}

#[test]
fn thinking_by_rules_leaves_a_generator_the_answer_alone() {
    let library = library();
    let request = AnswerRequest { thinking: Thinking::Rules, ..sure(QUESTION) };
    for technique in every() {
        let answer = library.generate(technique.clone(), &talker(), &request);
        let rounds = steps(&answer, "generate").len();
        assert_eq!((steps(&answer, "think").len(), answer.usage.llm_calls as usize), (0, rounds), "{technique:?}");
        assert!(technique.0 == "self_rag" || rounds == 1, "{technique:?}");
    }
}

/// All of an answer but for its times.
fn told(answer: &Answer) -> Value {
    let contexts: Vec<_> = answer
        .contexts
        .iter()
        .map(|found| json!([found.collection, found.hit.passage_id, found.hit.score, found.hit.text, found.ranks]))
        .collect();
    let trace: Vec<_> = answer.trace.iter().map(|step| json!([step.stage, step.details])).collect();
    json!([
        answer.answer,
        answer.citations,
        answer.unsupported,
        contexts,
        answer.decision,
        answer.degraded,
        answer.usage.llm_tokens,
        trace
    ])
}

#[test]
fn the_same_question_gives_the_same_answer_and_a_trace_that_can_be_written_down() {
    let (library, built_anew) = (library(), library());
    for technique in every() {
        let quote = |library: &Library| library.quote(technique.clone(), &sure(QUESTION));
        let generate = |library: &Library| library.generate(technique.clone(), &talker(), &sure(QUESTION));
        let (first, written) = (quote(&library), generate(&library));
        for again in [&library, &library, &built_anew] {
            assert_eq!(told(&quote(again)), told(&first), "{technique:?}");
            assert_eq!(told(&generate(again)), told(&written), "{technique:?}");
        }
        for answer in [first, written] {
            let trace = serde_json::to_value(&answer.trace).unwrap();
            assert_eq!(trace.as_array().unwrap().len(), answer.trace.len());
            assert!(trace.as_array().unwrap().iter().all(|step| step["stage"].is_string() && step["ms"].is_number()));
        }
    }
}
