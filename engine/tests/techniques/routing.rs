//! `routing`: which of several collections a question is for.

use super::*;

fn library() -> Library {
    let sea = [page("tides", "Tides", TIDES), page("lamps", "Lamps", "Harbours keep lamps at night.")];
    let food =
        [page("bread", "Bread", "Bakers knead dough with yeast."), page("soup", "Soup", "Cooks boil soup of leek.")];
    let law = [page("rent", "Rent", "Tenants owe rent each month."), page("court", "Court", "Judges sit in court.")];
    let collections = vec![("sea", sea.to_vec()), ("food", food.to_vec()), ("law", law.to_vec())];
    Library::built(collections, &BuildOptions::default(), 24)
}

fn routed(answer: &Answer) -> Vec<&str> {
    let mut names: Vec<&str> = answer.contexts.iter().map(|found| found.collection.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Routed by these probabilities of labels.
fn labelled(probabilities: &[f64], mut knobs: Value) -> (Answer, Vec<String>) {
    knobs["how"] = json!("logical");
    let generator = Scripted::saying("The moon makes the tides.").choosing([Ok(probabilities.to_vec())]);
    let answer = library().generate(("routing", knobs), &generator, &sure(QUESTION));
    (answer, generator.prompts())
}

#[test]
fn words_and_token_vectors_pick_the_collection_that_is_asked() {
    let library = library();
    for how in ["rules", "semantic"] {
        for (question, name) in [(QUESTION, "sea"), ("bakers knead dough", "food"), ("tenants owe rent", "law")] {
            let answer = library.quote(("routing", json!({"how": how})), &sure(question));
            assert_eq!((routed(&answer), chosen(&answer)), (vec![name], vec![("route", name)]), "{how}: {question}");
            let route = step(&answer, "route");
            assert_eq!((&route["by"], route["scores"].as_array().unwrap().len()), (&json!(how), 3));
            assert_eq!(degraded(&answer), []);
        }
    }
}

#[test]
fn examples_stand_for_what_a_collection_does_not_say() {
    let library = library();
    let question = "may my landlord evict us";
    let without = library.quote(("routing", json!({"min_score": 0.6})), &sure(question));
    assert_eq!(chosen(&without), [("route", "none")]);
    assert_eq!(routed(&without), ["food", "law", "sea"], "all are asked");
    let routes = json!({"law": ["may a landlord evict us"], "food": ["how long does soup boil"]});
    let with = library.quote(("routing", json!({"min_score": 0.6, "routes": routes})), &sure(question));
    assert_eq!((chosen(&with), routed(&with)), (vec![("route", "law")], vec!["law"]));
}

#[test]
fn a_question_for_none_is_refused_if_that_is_asked_for() {
    let library = library();
    let question = "zebra quagga okapi gnu";
    for how in ["rules", "semantic"] {
        let all = library.quote(("routing", json!({"how": how})), &sure(question));
        assert_eq!(chosen(&all), [("route", "none")]);
        let none = library.quote(("routing", json!({"how": how, "otherwise": "none"})), &sure(question));
        assert!(none.abstained && none.citations.is_empty(), "{how}");
        assert!(!library.quote(("routing", json!({"how": how, "otherwise": "none"})), &sure(QUESTION)).abstained);
    }
}

#[test]
fn a_generator_takes_the_likeliest_label() {
    let (answer, prompts) = labelled(&[0.7, 0.2, 0.05, 0.05], json!({}));
    assert_eq!((chosen(&answer), routed(&answer)), (vec![("route", "sea")], vec!["sea"]));
    assert_eq!(step(&answer, "route")["scores"], json!([["sea", 0.7], ["food", 0.2], ["law", 0.0]]));
    assert_eq!((answer.usage.llm_calls, degraded(&answer)), (2, vec![]));
    // It is told their names and what they have, or examples.
    for line in ["A: sea (", "B: food (", "C: law (", "Z: none of them", &format!("Question: {QUESTION}")] {
        assert!(prompts[0].contains(line), "{line}: {}", prompts[0]);
    }
    let (_, prompts) = labelled(&[0.7, 0.2, 0.05, 0.05], json!({"routes": {"food": ["what do bakers do"]}}));
    assert!(prompts[0].contains("B: food (what do bakers do)"));
}

#[test]
fn labels_near_each_other_are_both_asked_and_none_is_an_answer() {
    let (both, _) = labelled(&[0.45, 0.4, 0.1, 0.05], json!({"min_margin": 0.1}));
    assert_eq!((chosen(&both), routed(&both)), (vec![("route", "sea, food")], vec!["food", "sea"]));
    let (none, _) = labelled(&[0.2, 0.1, 0.1, 0.6], json!({"otherwise": "none"}));
    assert!(none.abstained && none.usage.llm_calls == 1);
    let (unsure, _) = labelled(&[0.3, 0.3, 0.2, 0.2], json!({"min_score": 0.5}));
    assert_eq!((chosen(&unsure), routed(&unsure)), (vec![("route", "none")], vec!["food", "law", "sea"]));
}

#[test]
fn labels_that_are_none_give_way_to_token_vectors() {
    for useless in [vec![], vec![0.5, 0.5], vec![f64::NAN; 4], vec![2.0, -1.0, 0.0, 0.0]] {
        let (answer, _) = labelled(&useless, json!({}));
        assert_eq!(degraded(&answer), [("route", "generator_unusable", "rules")], "{useless:?}");
        assert_eq!((&step(&answer, "route")["by"], routed(&answer)), (&json!("semantic"), vec!["sea"]));
    }
    let generator = Scripted::saying("The moon makes the tides.");
    let one = library().generate(("routing", json!({"how": "logical"})), &generator, &calls(QUESTION, 1));
    assert_eq!((degraded(&one), routed(&one)), (vec![("route", "budget", "rules")], vec!["sea"]));
}

#[test]
fn more_collections_than_labels_are_told_apart_by_token_vectors() {
    let mut library = library();
    let source = library.sources[0].clone();
    library.sources.extend((0..14).map(|n| Source { name: format!("sea-{n}"), ..source.clone() }));
    let knobs = json!({"how": "logical"});
    let route = |library: &Library| {
        let generator = Scripted::saying("The moon makes the tides.").choosing([Ok(vec![0.5; 17])]);
        let answer = library.generate(("routing", knobs.clone()), &generator, &sure(QUESTION));
        (degraded(&answer), step(&answer, "route")["by"].clone())
    };
    assert_eq!(route(&library), (vec![("route", "too_many_collections", "semantic")], json!("semantic")));
    library.sources.truncate(16);
    assert_eq!(route(&library), (vec![], json!("generator")));
}

#[test]
fn another_technique_finds_contexts_where_it_leads() {
    let answer = library().quote(("routing", json!({"then": "multi_query"})), &sure(QUESTION));
    assert_eq!((stages(&answer), routed(&answer)), (vec!["route", "expand", "retrieve", "quote"], vec!["sea"]));
}

#[test]
fn a_route_is_told_without_an_answer() {
    let (library, technique, request) = (library(), Technique::default(), sure(QUESTION));
    let asked =
        Asked { sources: &library.collections(), writer: Writer::Quote, technique: &technique, request: &request };
    let routing = |knobs: Value| Routing::new(knobs.as_object().unwrap().clone());
    let rules = routing(json!({"how": "rules"})).unwrap();
    let (routed, usage, steps) = techniques::route(&Context::unbounded(), &asked, &rules).unwrap();
    assert_eq!((routed.collections, routed.by, routed.scores.len()), (vec!["sea".to_owned()], "rules", 3));
    assert_eq!((usage.llm_calls, steps.len()), (0, 1));
    assert!(routing(json!({"colour": 1})).is_err());
}
