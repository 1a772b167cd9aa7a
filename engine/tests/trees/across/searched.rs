//! What is found in it: quotes of several documents, said once, behind filters and from its root down.

use maxsimd_engine::filter::Filter;
use maxsimd_engine::search::{Fold, HitKind, MAX_K, Returns, Scope};

use super::*;

#[test]
fn a_hit_over_several_documents_quotes_their_passages() {
    for router_from in [1, u64::MAX] {
        let (_root, generation) = of_many(&BuildOptions { router_from, ..across(Strategy::Windows, Nodes::Vectors) });
        let texts: BTreeMap<String, String> =
            many(60).into_iter().map(|document| (document.id, document.text)).collect();
        for mode in [Mode::Late, Mode::Exhaustive, Mode::Bm25, Mode::Hybrid] {
            for number in 0..4 {
                let request =
                    SearchRequest { scope: Scope::Summaries, fold: Fold::None, k: MAX_K, ..request(number, mode) };
                let hits = search(&generation, &request);
                let found: Vec<&Hit> = hits.iter().filter(|hit| hit.document_id.is_none()).collect();
                assert!(!found.is_empty() || !mode.scores_vectors());
                for hit in found {
                    assert_eq!((hit.kind, hit.leaves.len()), (HitKind::Summary, hit.pieces.len()));
                    for (leaf, [start, end]) in hit.leaves.iter().zip(&hit.pieces) {
                        let document = leaf.split_once('#').unwrap().0;
                        let quote = &texts[document][*start as usize..*end as usize];
                        assert!(hit.text.contains(quote.trim()), "{quote:?} in {:?}", hit.text);
                    }
                }
            }
        }
        let among = |scope| search(&generation, &SearchRequest { scope, k: MAX_K, ..request(1, Mode::Exhaustive) });
        assert!(among(Scope::Passages).iter().all(|hit| hit.document_id.is_some()));
    }
}

#[test]
fn sentences_that_a_passage_says_are_not_said_again_by_a_node_over_documents() {
    let (_root, generation) = of_many(&across(Strategy::Gmm, Nodes::Text));
    for number in 0..6 {
        let hits = search(&generation, &SearchRequest { scope: Scope::All, k: 40, ..request(number, Mode::Late) });
        let said = hits.iter().filter(|hit| hit.kind == HitKind::Passage);
        let said: Vec<_> = said.map(|hit| (hit.document_id.clone().unwrap(), hit.start, hit.end)).collect();
        for hit in hits.iter().filter(|hit| hit.document_id.is_none()) {
            assert!(!hit.pieces.is_empty());
            for (leaf, [from, to]) in hit.leaves.iter().zip(&hit.pieces) {
                let own = leaf.split_once('#').unwrap().0;
                let again = |(id, start, end): &(String, u64, u64)| id == own && start <= from && to <= end;
                assert!(!said.iter().any(again), "{hit:?}");
            }
        }
        let whole =
            SearchRequest { scope: Scope::All, returns: Returns::Document, k: 40, ..request(number, Mode::Late) };
        let kinds = |hit: &Hit| (hit.kind == HitKind::Document) == hit.document_id.is_some();
        assert!(search(&generation, &whole).iter().all(kinds));
    }
}

#[test]
fn a_filter_lets_documents_through_and_what_is_over_several_not() {
    let (_root, generation) = of_many(&across(Strategy::Gmm, Nodes::Text));
    let fields = &generation.description().fields;
    let everything = Filter::parse("not (year = 1)", fields);
    let fielded = |number: usize| {
        let mut document = many(60).swap_remove(number);
        document.metadata.insert("year".to_owned(), (number as i64).into());
        document
    };
    assert!(everything.is_err(), "no document has the field yet");
    let root = tempfile::tempdir().unwrap();
    build(root.path(), (0..60).map(fielded).collect(), &across(Strategy::Gmm, Nodes::Text)).unwrap();
    let generation = open(root.path());
    let filter = Some(Filter::parse("not (year = 1)", &generation.description().fields).unwrap());
    for per_layer in [None, Some(5)] {
        let request = SearchRequest {
            scope: Scope::All,
            filter: filter.clone(),
            per_layer,
            k: MAX_K,
            ..request(2, Mode::Exhaustive)
        };
        let hits = search(&generation, &request);
        assert!(!hits.is_empty() && hits.iter().all(|hit| hit.document_id.as_ref().is_some_and(|id| id != "d1")));
    }
}

#[test]
fn a_traversal_that_opens_everything_finds_what_exhaustive_finds_and_begins_at_one_root() {
    let (_root, generation) = of_many(&across(Strategy::Windows, Nodes::Text));
    for scope in [Scope::All, Scope::Passages, Scope::Summaries] {
        let of =
            |per_layer| SearchRequest { scope, per_layer, fold: Fold::None, k: 30, ..request(3, Mode::Exhaustive) };
        let ids = |hits: Vec<Hit>| hits.into_iter().map(|hit| hit.passage_id).collect::<Vec<_>>();
        assert_eq!(ids(search(&generation, &of(Some(MAX_K)))), ids(search(&generation, &of(None))));
    }
    let narrow = SearchRequest { per_layer: Some(1), scope: Scope::All, ..request(3, Mode::Late) };
    let scored = generation.search(&Context::unbounded(), &narrow).unwrap().scored_passages;
    let of_all = generation.description().documents as usize;
    assert!(scored < of_all, "{scored} of more than {of_all}");
}

#[test]
fn a_traversal_finds_documents_below_the_tree_beside_others_that_came_since() {
    let context = Context::unbounded();
    let root = tempfile::tempdir().unwrap();
    let live = create(&Store::open(root.path()).unwrap(), &across(Strategy::Windows, Nodes::Text));
    apply(&live, vec![upserts(many(100))]);
    assert!(live.mend(&context, Some(&Words::new()), false).unwrap());
    // All of them are nearer to the query than what is above the others.
    let same = story(3, 200).split_whitespace().skip(111).take(6).collect::<Vec<_>>().join(" ");
    apply(&live, vec![upserts((0..8).map(|n| document(&format!("new-{n}"), same.clone())).collect())]);
    apply(&live, vec![Change::Delete(vec!["d5".to_owned(), "d40".to_owned()])]);
    let generation = live.generation();
    for scope in [Scope::All, Scope::Passages] {
        let narrow = SearchRequest { per_layer: Some(5), scope, k: MAX_K, ..request(3, Mode::Exhaustive) };
        let hits = search(&generation, &narrow);
        let of = |prefix: &str| hits.iter().filter(|hit| hit.passage_id.starts_with(prefix)).count();
        assert!(of("new-") > 0 && of("d") > 0, "{} new and {} old ones", of("new-"), of("d"));
        let ids: HashSet<&String> = hits.iter().map(|hit| &hit.passage_id).collect();
        assert_eq!(ids.len(), hits.len(), "nothing is found twice");
    }
}
