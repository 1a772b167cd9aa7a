//! Search replies: what was asked for and not done is said.

use maxsimd_engine::Timings;
use maxsimd_engine::search::{Mode, Pruning, SearchReply, SearchRequest};
use maxsimd_server::wire::{Include, SearchAnswer, Wishes};
use serde_json::{Value, json};

/// A reply to a search over two queries in a collection of 5,000 passages.
fn answer(certified_asked: bool, reply: SearchReply) -> Value {
    asked(certified_asked, None, reply)
}

fn asked(certified: bool, recall: Option<f64>, reply: SearchReply) -> Value {
    let query = maxsimd_engine::TokenMatrix::new(2, vec![1.0, 0.0]).expect("finite");
    let request = SearchRequest { certified, recall, ..SearchRequest::new(vec![query.clone(), query], 10, Mode::Late) };
    let answer = SearchAnswer::new(reply, &Timings::default(), &Wishes::of(&request, Include::ALL, 0));
    serde_json::to_value(answer).expect("JSON")
}

fn reply(partial: bool, certified: bool, pruning: Option<Pruning>) -> SearchReply {
    SearchReply {
        hits: Vec::new(),
        generation: 3,
        partial,
        passages: 5000,
        scored_passages: 1200,
        failed_legs: Vec::new(),
        certified,
        pruning,
        measured_recall: None,
        kernel: "scalar",
    }
}

#[test]
fn certainty_that_was_asked_for_and_not_reached_is_explained() {
    let pruning = Pruning { probes: 8, candidates: 160, finalists: 35, slack: 2.0 };
    let json = answer(true, reply(true, false, Some(pruning)));
    let reason = "the deadline passed when 1200 of 10000 passages were scored";
    let degraded = json!([{"stage": "score", "reason": reason, "fallback": "the best hits among those"}]);
    assert_eq!((&json["certified"], &json["partial"], &json["degraded"]), (&false.into(), &true.into(), &degraded));
    let not_asked = answer(false, reply(true, false, Some(pruning)));
    assert_eq!((&not_asked["certified"], &not_asked["degraded"]), (&false.into(), &json!([])));
}

#[test]
fn no_pruning_is_no_number_on_the_wire() {
    for certified in [answer(false, reply(false, true, Some(Pruning::NONE))), answer(false, reply(false, true, None))] {
        assert_eq!((&certified["certified"], certified.get("pruning")), (&true.into(), None));
    }
    let cut = answer(true, reply(true, false, Some(Pruning::NONE)));
    assert_eq!(cut.get("pruning"), None, "cut short, but not by pruning");
}

#[test]
fn a_recall_that_no_effort_was_measured_to_reach_is_said() {
    let pruning = Some(Pruning { probes: 8, candidates: 160, finalists: 35, slack: 2.0 });
    let with = |measured_recall| SearchReply { measured_recall, ..reply(false, false, pruning) };
    let fallback = |json: &Value| json["degraded"][0]["fallback"].clone();
    assert_eq!(fallback(&asked(false, Some(0.99), with(Some(0.985)))), "the largest effort");
    assert_eq!(fallback(&asked(false, Some(0.99), with(None))), "the default effort");
    assert_eq!(asked(false, Some(0.98), with(Some(0.985)))["degraded"], json!([]));
    assert_eq!(asked(false, None, with(Some(0.5)))["degraded"], json!([]), "not asked for");
}
