//! `raptor`: contexts from trees of summaries, cited in their passages.

use maxsimd_engine::raptor::{Nodes, Raptor, Strategy};

use super::*;

fn with_trees() -> BuildOptions {
    BuildOptions { raptor: Some(Raptor::new(Strategy::Windows, Nodes::Text, 20).unwrap()), ..BuildOptions::default() }
}

fn stories() -> Vec<Document> {
    (0..4).map(|n| document(&format!("story-{n}"), story(n, 60))).collect()
}

/// Some words of a story.
fn asked() -> AnswerRequest {
    sure(&story(2, 60).split_whitespace().skip(37).take(6).collect::<Vec<_>>().join(" "))
}

fn layers(answer: &Answer) -> Vec<u32> {
    answer.contexts.iter().map(|found| found.hit.layer).collect()
}

#[test]
fn all_nodes_are_looked_among_or_those_on_the_way_down() {
    let library = Library::built(vec![("library", stories())], &with_trees(), 24);
    let plain = library.quote(plainly("plain"), &asked());
    assert!(layers(&plain).iter().all(|layer| *layer == 0));
    let collapsed = library.quote(plainly("raptor"), &asked());
    let traversal =
        |per_layer: usize| library.quote(("raptor", json!({"how": "traversal", "per_layer": per_layer})), &asked());
    for answer in [&collapsed, &traversal(1), &traversal(5)] {
        assert!(layers(answer).iter().any(|layer| *layer > 0), "{:?}", layers(answer));
        assert!(answer.citations.iter().all(|citation| !citation.passage_id.contains("#S")), "{:?}", answer.citations);
        assert!(!answer.abstained && degraded(answer).is_empty());
    }
    // One node of each layer: the way from a root to a passage.
    let mut way = layers(&traversal(1));
    way.sort_unstable();
    assert!(way.windows(2).all(|pair| pair[0] < pair[1]), "{way:?}");
    assert_ne!(passages(&collapsed), passages(&plain));
}

#[test]
fn collections_without_trees_are_searched_as_they_are_and_none_at_all_is_said() {
    let mut library = Library::built(vec![("with", stories())], &with_trees(), 24);
    library.add("without", documents(), &BuildOptions::default(), 24);
    for how in ["collapsed", "traversal"] {
        let answer = library.quote(("raptor", json!({"how": how})), &sure(QUESTION));
        assert_eq!((found(&answer)[0], degraded(&answer)), ("tides", vec![]), "{how}");
    }
    let library = Library::of(documents());
    let answer = library.quote(("raptor", json!({"how": "traversal"})), &sure(QUESTION));
    assert_eq!(degraded(&answer), [("retrieve", "no_tree", "passages")]);
    assert_eq!(passages(&answer), passages(&library.quote(plainly("plain"), &sure(QUESTION))));
}

#[test]
fn a_text_is_checked_against_summaries_and_cited_in_passages() {
    let library = Library::built(vec![("library", stories())], &with_trees(), 24);
    let quote = library.quote(plainly("raptor"), &asked());
    let generator = Scripted::saying(&quote.citations[0].quote);
    let answer = library.generate(plainly("raptor"), &generator, &asked());
    assert_eq!((answer.usage.llm_calls, degraded(&answer)), (1, vec![]));
    assert!(answer.citations.iter().all(|citation| !citation.passage_id.contains("#S")));
}
