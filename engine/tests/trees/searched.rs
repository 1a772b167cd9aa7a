//! Scopes, folding, budgets, traversal.

use std::collections::HashSet;

use maxsimd_engine::Error;
use maxsimd_engine::search::{Fold, Hit, HitKind, MAX_K, Scope};

use super::*;

fn hits(generation: &Generation, request: &SearchRequest) -> Vec<Hit> {
    generation.search(&Context::unbounded(), request).unwrap().hits
}

fn scored(hits: &[Hit]) -> Vec<(String, u32)> {
    hits.iter().map(|hit| (hit.passage_id.clone(), hit.score.to_bits())).collect()
}

#[test]
fn among_passages_a_search_finds_what_it_finds_without_a_tree() {
    let (_root, with) = fixture(&options(Strategy::Windows));
    let (_other, without) = fixture(&BuildOptions { raptor: None, ..options(Strategy::Windows) });
    for number in 0..8 {
        for mode in [Mode::Late, Mode::Exhaustive, Mode::Bm25, Mode::Hybrid] {
            let request = request(number, mode);
            let found = hits(&with, &request);
            assert!(!found.is_empty() || mode == Mode::Bm25);
            let others = hits(&without, &request);
            let ids = |hits: &[Hit]| hits.iter().map(|hit| hit.passage_id.clone()).collect::<Vec<_>>();
            assert_eq!(ids(&found), ids(&others), "{mode} {number}");
            // The order in which the shares of a query's words are added up differs.
            let near = |(a, b): (&Hit, &Hit)| (a.score - b.score).abs() <= 1e-6 * b.score.abs();
            assert!(found.iter().zip(&others).all(near), "{mode} {number}");
        }
    }
}

#[test]
fn all_is_passages_and_summaries_in_one_ranking() {
    let (_root, generation) = fixture(&options(Strategy::Adjacent));
    for number in 0..8 {
        for mode in [Mode::Late, Mode::Exhaustive] {
            let fold = Fold::None;
            let of = |scope| hits(&generation, &SearchRequest { scope, fold, k: MAX_K, ..request(number, mode) });
            let mut apart = [of(Scope::Passages), of(Scope::Summaries)].concat();
            assert!(apart.iter().any(|hit| hit.kind == HitKind::Summary && hit.layer > 1 && !hit.leaves.is_empty()));
            apart.sort_by(|a, b| b.score.total_cmp(&a.score));
            let all = of(Scope::All);
            let scores = |hits: &[Hit]| hits.iter().map(|hit| hit.score).collect::<Vec<_>>();
            assert_eq!(scores(&all), scores(&apart));
        }
        let words = hits(&generation, &SearchRequest { scope: Scope::Summaries, ..request(number, Mode::Bm25) });
        assert!(words.iter().all(|hit| hit.kind == HitKind::Summary));
    }
}

#[test]
fn a_summary_and_its_leaves_are_folded_as_asked() {
    let (_root, generation) = fixture(&options(Strategy::Windows));
    for number in 0..8 {
        let of = |fold| hits(&generation, &SearchRequest { scope: Scope::All, fold, ..request(number, Mode::Late) });
        let (once, none) = (of(Fold::Once), of(Fold::None));
        let ranges = |hit: &Hit| match hit.kind {
            HitKind::Passage => vec![[hit.start, hit.end]],
            _ => hit.pieces.clone(),
        };
        for (at, hit) in once.iter().enumerate() {
            let others = once.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
            let said: Vec<_> = others.filter(|other| other.document_id == hit.document_id).flat_map(ranges).collect();
            let own = ranges(hit);
            assert!(!own.is_empty());
            let again = |piece: &[u64; 2]| said.iter().any(|[start, end]| *start <= piece[0] && piece[1] <= *end);
            assert!(hit.kind == HitKind::Passage || !own.iter().any(again), "{hit:?}");
        }
        assert_eq!(once.len(), none.len());
        let passages = |hits: &[Hit]| -> HashSet<String> {
            hits.iter().filter(|hit| hit.kind == HitKind::Passage).map(|hit| hit.passage_id.clone()).collect()
        };
        assert!(passages(&once).is_superset(&passages(&none)), "only summaries give way");
    }
}

#[test]
fn hits_keep_to_a_budget_of_tokens() {
    let (_root, generation) = fixture(&options(Strategy::Windows));
    let fold = Fold::None;
    let ask = |max_tokens| {
        hits(&generation, &SearchRequest { scope: Scope::All, fold, max_tokens, ..request(3, Mode::Late) })
    };
    let all = ask(None);
    for budget in [0, 10, 60, 200] {
        let found = ask(Some(budget));
        let spent: usize = found.iter().map(|hit| hit.tokens).sum();
        assert!(spent <= budget);
        let left_out = all.iter().filter(|hit| found.iter().all(|other| other.passage_id != hit.passage_id));
        assert!(left_out.into_iter().all(|hit| hit.tokens > budget - spent), "what fits is taken");
    }
}

#[test]
fn a_wide_traversal_finds_what_a_scan_finds_and_a_narrow_one_a_part() {
    let (_root, generation) = fixture(&options(Strategy::Gmm));
    for number in 0..8 {
        let ask = |per_layer, scope| {
            let fold = Fold::None;
            hits(&generation, &SearchRequest { per_layer, scope, fold, ..request(number, Mode::Late) })
        };
        assert_eq!(scored(&ask(Some(MAX_K), Scope::All)), scored(&ask(None, Scope::All)));
        let all = scored(&ask(Some(MAX_K), Scope::Passages));
        let narrow = ask(Some(2), Scope::Passages);
        assert!(!narrow.is_empty() && narrow.iter().all(|hit| hit.kind == HitKind::Passage));
        assert!(scored(&narrow)[0].1 <= all[0].1);
    }
    let refused = SearchRequest { per_layer: Some(5), ..request(0, Mode::Bm25) };
    assert!(matches!(generation.search(&Context::unbounded(), &refused), Err(Error::ModeUnavailable { .. })));
}

#[test]
fn a_scope_that_there_is_not_is_refused() {
    let (_root, generation) = fixture(&BuildOptions { raptor: None, ..options(Strategy::Windows) });
    let ask = |scope| {
        generation
            .search(&Context::unbounded(), &SearchRequest { scope, ..request(0, Mode::Late) })
            .map(|reply| reply.hits.len())
    };
    assert!(matches!(ask(Scope::Summaries), Err(Error::ScopeUnavailable { .. })));
    assert_eq!(ask(Scope::All).unwrap(), ask(Scope::Passages).unwrap());
}
