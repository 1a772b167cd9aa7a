//! What holds for every strategy, over made-up and degenerate layers.

use super::topics::{Made, Topics};
use super::{Layer, Strategy, sound};
use crate::seed::Random;

/// Clusters of a layer, after checks of what every strategy promises.
fn checked(strategy: Strategy, layer: &Layer<'_>, what: &str) -> Vec<Vec<usize>> {
    let clusters = strategy.clustering(9).clusters(layer);
    let name = strategy.name();
    assert_eq!(clusters, strategy.clustering(9).clusters(layer), "{name} differs the second time, {what}");
    assert!(clusters.is_sorted(), "{name}, {what}");
    for cluster in &clusters {
        assert!(!cluster.is_empty() && cluster.is_sorted_by(|a, b| a < b), "{name}, {what}: {cluster:?}");
    }
    let mut covered = clusters.concat();
    covered.sort_unstable();
    covered.dedup();
    assert_eq!(covered, (0..layer.len()).collect::<Vec<_>>(), "{name}, {what}");
    clusters
}

/// Checks what `sound` promises of these clusters.
fn check_sound(clusters: Vec<Vec<usize>>, layer: &Layer<'_>, max_tokens: usize, what: &str) {
    let nodes = layer.len();
    let clusters = sound(clusters, layer, max_tokens);
    assert!(clusters.is_sorted_by(|a, b| a < b), "{what}");
    assert!(clusters.len() <= (nodes / 2).max(1) && (nodes == 0) == clusters.is_empty(), "{what}");
    assert!(clusters.iter().all(|cluster| cluster.is_sorted_by(|a, b| a < b)), "{what}");
    let mut covered = clusters.concat();
    covered.sort_unstable();
    covered.dedup();
    assert_eq!(covered, (0..nodes).collect::<Vec<_>>(), "{what}");
    for cluster in &clusters {
        let within = |other: &&Vec<usize>| cluster.iter().all(|node| other.binary_search(node).is_ok());
        assert_eq!(clusters.iter().filter(within).count(), 1, "{what}: {cluster:?}");
    }
    let tokens = |cluster: &Vec<usize>| cluster.iter().map(|&node| layer.tokens[node]).sum::<usize>();
    // Nodes of which any three fit, so that shrinking never asks for too many in a cluster.
    if layer.tokens.iter().all(|&tokens| tokens * 3 <= max_tokens) {
        assert!(clusters.iter().all(|cluster| tokens(cluster) <= max_tokens), "{what}");
    }
}

fn random_layer(seed: u64) -> Made {
    let mut random = Random::new(seed);
    let topics = Topics { count: 1 + random.below(20), noise: 0.5 * (1 + random.below(6)) as f32, run: (1, 12) };
    let (nodes, width) = (random.below(300), 2 + random.below(60));
    topics.layer(nodes, width, &mut random)
}

#[test]
fn every_strategy_covers_random_layers_in_order_and_repeatably() {
    for seed in 0..60 {
        let made = random_layer(seed);
        for strategy in Strategy::ALL {
            let clusters = checked(strategy, &made.layer(), &format!("seed {seed}"));
            for max_tokens in [3500, 700, 1] {
                check_sound(clusters.clone(), &made.layer(), max_tokens, &format!("{strategy:?}, seed {seed}"));
            }
        }
    }
}

#[test]
fn any_clusters_at_all_become_sound() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let tokens: Vec<usize> = (0..random.below(40)).map(|_| random.below(900)).collect();
        let layer = Layer { width: 0, vectors: &[], tokens: &tokens };
        let mut cluster = |_| (0..random.below(20)).map(|_| random.below(45)).collect();
        let clusters = (0..8).map(&mut cluster).collect();
        check_sound(clusters, &layer, 3500, &format!("seed {seed}"));
    }
}

/// Kinds of vectors that tell nothing, or too much: value `at` of a node's four.
fn degenerate(kind: &str, node: usize, at: usize) -> f32 {
    match kind {
        "zero" => 0.0,
        "identical" => 0.5,
        "one zero" if node == 3 => 0.0,
        "one zero" => 0.5,
        "not a number" if node == 3 => f32::NAN,
        _ if node % 4 == at => 1.0,
        _ => 0.0,
    }
}

#[test]
fn degenerate_layers_are_clustered() {
    for nodes in [0, 1, 2, 3, 7, 8, 14, 15, 29, 200] {
        for kind in ["zero", "identical", "one zero", "axes", "not a number"] {
            let vectors: Vec<f32> = (0..nodes * 4).map(|at| degenerate(kind, at / 4, at % 4)).collect();
            let tokens = vec![100; nodes];
            let layer = Layer { width: 4, vectors: &vectors, tokens: &tokens };
            for strategy in Strategy::ALL {
                let what = format!("{nodes} nodes, {kind}");
                let clusters = checked(strategy, &layer, &what);
                check_sound(clusters, &layer, 3500, &what);
            }
        }
    }
}

#[test]
fn vectors_that_are_missing_count_as_zero() {
    for (width, vectors) in [(0, vec![]), (4, vec![0.5; 30])] {
        let layer = Layer { width, vectors: &vectors, tokens: &[100; 50] };
        for strategy in Strategy::ALL {
            checked(strategy, &layer, "vectors missing");
        }
    }
}

#[test]
fn a_large_layer_is_clustered_into_far_fewer() {
    let made = Topics { count: 300, noise: 1.0, run: (3, 12) }.layer(50_000, 8, &mut Random::new(1));
    for strategy in Strategy::ALL {
        let clusters = sound(strategy.clustering(9).clusters(&made.layer()), &made.layer(), 3500);
        assert!((5000..15_000).contains(&clusters.len()), "{} of {}", clusters.len(), strategy.name());
    }
}

#[test]
fn only_gmm_depends_on_the_seed() {
    let made = Topics { count: 30, noise: 1.0, run: (1, 9) }.layer(500, 32, &mut Random::new(1));
    let differs = |strategy: &Strategy| {
        strategy.clustering(1).clusters(&made.layer()) != strategy.clustering(2).clusters(&made.layer())
    };
    assert_eq!(Strategy::ALL.into_iter().filter(differs).collect::<Vec<_>>(), [Strategy::Gmm]);
}
