//! Summaries of token vectors.

use std::collections::HashMap;

use maxsimd_engine::search::{Fold, HitKind, MAX_K, Scope};

use super::*;

fn vectors(strategy: Strategy) -> (tempfile::TempDir, Generation) {
    fixture(&options_of(strategy, Nodes::Vectors))
}

fn request(number: usize, scope: Scope) -> SearchRequest {
    SearchRequest { scope, ..super::request(number, Mode::Late) }
}

#[test]
fn a_summary_has_vectors_of_its_leaves_and_says_the_sentences_that_the_query_matched() {
    let (_root, generation) = vectors(Strategy::Windows);
    for number in 0..8 {
        let request = SearchRequest { explain: true, ..request(number, Scope::Summaries) };
        let hits = generation.search(&Context::unbounded(), &request).unwrap().hits;
        assert!(!hits.is_empty());
        for hit in &hits {
            assert_eq!(hit.kind, HitKind::Summary);
            let whole = &stories(&[200, 2, 90, 140, 1, 60])
                [hit.document_id.as_ref().unwrap()[6..].parse::<usize>().unwrap()]
            .text;
            let said: Vec<&str> =
                hit.pieces.iter().map(|[start, end]| &whole[*start as usize..*end as usize]).collect();
            assert!(said.iter().all(|sentence| hit.text.contains(sentence.trim())), "{hit:?}");
            assert!(hit.pieces.iter().all(|[start, end]| hit.start <= *start && *end <= hit.end));
        }
        // Of the words of the query that the best hit has, some are in what it says.
        let words: Vec<&str> = request.texts[0].split_whitespace().map(|word| word.trim_matches(['.', '!'])).collect();
        let best = &hits[0];
        let matched = best.explain.as_ref().unwrap().iter().skip(1).zip(&words);
        let mut matched = matched.filter(|(matched, _)| matched.score > 0.9).peekable();
        let said = |word: &str| best.text.to_lowercase().contains(&word.to_lowercase());
        assert!(matched.peek().is_none() || matched.any(|(_, word)| said(word)), "{words:?} {best:?}");
    }
}

#[test]
fn nothing_below_a_node_scores_more_than_its_radius_allows() {
    for strategy in Strategy::ALL {
        let (_root, generation) = vectors(strategy);
        let trees: Vec<_> = (0..6).map(|n| generation.tree(&format!("story-{n}")).unwrap().unwrap()).collect();
        let radii: HashMap<String, f32> = trees
            .iter()
            .flat_map(|tree| &tree.nodes)
            .filter_map(|node| Some((node.id.clone(), node.radius?)))
            .collect();
        assert!(
            radii.values().any(|radius| *radius > 0.1) && radii.values().all(|radius| (0.0..20.0).contains(radius))
        );
        for number in 0..8 {
            let request =
                SearchRequest { k: MAX_K, fold: Fold::None, mode: Mode::Exhaustive, ..request(number, Scope::All) };
            let hits = generation.search(&Context::unbounded(), &request).unwrap().hits;
            let scores: HashMap<&str, f32> = hits.iter().map(|hit| (hit.passage_id.as_str(), hit.score)).collect();
            // Its vectors have length 1.
            let reach = request.queries[0].rows() as f32;
            for hit in hits.iter().filter(|hit| hit.kind == HitKind::Summary) {
                let most = hit.score + reach * radii[&hit.passage_id];
                assert!(hit.leaves.iter().all(|leaf| scores[leaf.as_str()] <= most + 0.05), "{hit:?}");
            }
        }
    }
}

#[test]
fn a_wide_traversal_finds_what_a_scan_finds() {
    let (_root, generation) = vectors(Strategy::Gmm);
    for number in 0..8 {
        let ask = |per_layer, k| {
            let request = SearchRequest { per_layer, k, fold: Fold::None, ..request(number, Scope::All) };
            let hits = generation.search(&Context::unbounded(), &request).unwrap().hits;
            hits.into_iter().map(|hit| (hit.passage_id, hit.score.to_bits())).collect::<Vec<_>>()
        };
        assert_eq!(ask(Some(MAX_K), MAX_K), ask(None, MAX_K));
        assert_eq!(ask(Some(MAX_K), 3), ask(None, 3), "the bound leaves out nothing that belongs there");
    }
}
