//! Soft clusters of nodes that are alike, wherever they stand (RAPTOR, section 3): a mixture of Gaussians over the
//! layer, then over the nodes of each of its components, and so on until clusters are small.
//!
//! # Layout
//!
//! `points` reduces vectors, `choose` finds the number of components, `mixture` fits them beginning at `starts`,
//! `shares` divides nodes by it; here that is repeated until clusters are small.

mod choose;
mod mixture;
mod points;
mod shares;
mod starts;

use super::windows::runs;
use super::{CHILDREN, Clustering, Layer, MOST_CHILDREN};
use crate::seed::Random;
use points::Points;
use shares::{Share, divided, trimmed};

/// Mixtures of Gaussians, global then local, with soft labels.
#[derive(Debug)]
pub(super) struct Gmm {
    /// Of all random choices.
    pub(super) seed: u64,
}

/// A cluster that is being taken apart.
#[derive(Debug)]
struct Part {
    shares: Vec<Share>,
    /// Whether it splits no more.
    whole: bool,
}

impl Clustering for Gmm {
    fn clusters(&self, layer: &Layer<'_>) -> Vec<Vec<usize>> {
        let mut random = Random::new(self.seed);
        let mut parts = vec![Part { shares: (0..layer.len()).map(Share::only).collect(), whole: false }];
        // As many levels as halving takes, so that all together cost n log n.
        for _ in 0..layer.len().max(1).ilog2() {
            if parts.iter().all(|part| part.whole) {
                break;
            }
            parts = parts.into_iter().flat_map(|part| split(layer, part, &mut random)).collect();
            trimmed(parts.iter_mut().map(|part| &mut part.shares).collect(), layer.len());
        }
        let mut clusters: Vec<Vec<usize>> = parts.iter().flat_map(|part| small(&part.shares)).collect();
        clusters.sort_unstable();
        clusters
    }
}

/// The parts of a part by the best mixture over its nodes.
fn split(layer: &Layer<'_>, part: Part, random: &mut Random) -> Vec<Part> {
    let Part { shares, whole } = part;
    if whole || shares.len() <= MOST_CHILDREN {
        return vec![Part { shares, whole: true }];
    }
    let nodes: Vec<usize> = shares.iter().map(|share| share.node).collect();
    let points = Points::new(layer, &nodes, random);
    let parts = choose::best(&points, random).map_or_else(Vec::new, |mixture| divided(&shares, &points, mixture));
    if parts.len() < 2 {
        return vec![Part { shares, whole: true }];
    }
    parts.into_iter().map(|shares| Part { shares, whole: false }).collect()
}

/// The nodes of a part, in even runs if they are many.
fn small(shares: &[Share]) -> impl Iterator<Item = Vec<usize>> {
    let count = if shares.len() <= MOST_CHILDREN { 1 } else { shares.len().div_ceil(CHILDREN) };
    runs(shares, count).map(|run| run.iter().map(|share| share.node).collect())
}

#[cfg(test)]
mod tests {
    use super::super::topics::{Made, Topics};
    use super::*;

    /// Share of members that are about the topic of most members of their cluster.
    fn purity(made: &Made, clusters: &[Vec<usize>]) -> f64 {
        let largest = |cluster: &Vec<usize>| {
            let about = |topic: &usize| cluster.iter().filter(|&&node| made.topics[node] == *topic).count();
            made.topics.iter().map(about).max().unwrap_or(0)
        };
        clusters.iter().map(largest).sum::<usize>() as f64 / clusters.iter().map(Vec::len).sum::<usize>() as f64
    }

    #[test]
    fn topics_that_are_scattered_over_the_layer_are_found() {
        for (nodes, count) in [(60, 6), (500, 6), (500, 50)] {
            let made = Topics { count, noise: 1.0, run: (1, 1) }.layer(nodes, 384, &mut Random::new(3));
            let purity = purity(&made, &Gmm { seed: 5 }.clusters(&made.layer()));
            assert!(purity > 0.95, "{purity:.2} of {nodes} nodes about {count} topics");
        }
    }

    #[test]
    fn clusters_have_3_to_14_members() {
        let made = Topics { count: 50, noise: 1.0, run: (1, 9) }.layer(1000, 64, &mut Random::new(3));
        let clusters = Gmm { seed: 5 }.clusters(&made.layer());
        assert!(clusters.iter().all(|cluster| (3..=14).contains(&cluster.len())), "{clusters:?}");
    }

    #[test]
    fn nodes_between_topics_are_in_several_clusters_but_not_in_many() {
        // Topics so alike that their nodes overlap.
        let made = Topics { count: 40, noise: 1.2, run: (1, 9) }.layer(1000, 64, &mut Random::new(3));
        let mut memberships = vec![0; 1000];
        Gmm { seed: 5 }.clusters(&made.layer()).concat().into_iter().for_each(|node| memberships[node] += 1);
        assert!(memberships.iter().all(|times| (1..=3).contains(times)), "{memberships:?}");
        assert!(memberships.iter().filter(|&&times| times > 1).count() > 50, "{memberships:?}");
        assert!(memberships.iter().sum::<usize>() <= 1500, "half more than there are nodes");
    }

    #[test]
    fn two_groups_of_equal_vectors_are_told_apart() {
        let vectors: Vec<f32> = (0..40).flat_map(|node| if node % 2 == 0 { [1.0, 0.0] } else { [0.0, 1.0] }).collect();
        let clusters = Gmm { seed: 5 }.clusters(&Layer { width: 2, vectors: &vectors, tokens: &[1; 40] });
        assert!(clusters.iter().all(|cluster| cluster.iter().all(|node| node % 2 == cluster[0] % 2)), "{clusters:?}");
    }
}
