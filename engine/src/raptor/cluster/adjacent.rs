//! Contiguous clusters that end where the text turns to something else (text tiling, Hearst 1997): of all
//! segmentations into the wanted sizes the one whose cuts cost least, by dynamic programming.

use std::ops::Range;

use super::{CHILDREN, Clustering, Layer, MOST_CHILDREN};

/// Members of a cluster at least, in layers that have as many.
const FEWEST: usize = 2;
/// Nodes on either side of a gap that are compared. F1 of the cuts is 0.67 for blocks of one, 0.85 for two, 0.89 for
/// three and for four (made-up runs of 3 to 12 nodes with a cosine of 0.1 within a run, 20 layers of 2,000).
const BLOCK: usize = 3;
/// What a cut costs beside its similarity, in standard deviations. Without it gaps that are low by chance are cut: F1
/// is 0.75 and clusters have six members, not seven or eight.
const PRICE: f64 = 0.75;
/// Standard deviations beyond which one gap counts no more, so that an outlier does not cost a cluster its size.
const FAR: f64 = 3.0;

/// Cuts at gaps of low similarity into clusters of 2 to 14 nodes, about seven on average.
#[derive(Debug)]
pub(super) struct Adjacent;

impl Clustering for Adjacent {
    fn clusters(&self, layer: &Layer<'_>) -> Vec<Vec<usize>> {
        segments(&costs(&similarities(layer)), layer.len()).into_iter().map(Iterator::collect).collect()
    }
}

/// Cosine between the blocks before and after each gap; gap 0 lies before node 1.
fn similarities(layer: &Layer<'_>) -> Vec<f64> {
    let nodes = layer.len();
    let block = |nodes: Range<usize>| {
        let mut sum = vec![0.0; layer.width];
        nodes.for_each(|node| sum.iter_mut().zip(layer.row(node)).for_each(|(sum, value)| *sum += value));
        sum
    };
    (1..nodes).map(|at| cosine(&block(at.saturating_sub(BLOCK)..at), &block(at..(at + BLOCK).min(nodes)))).collect()
}

/// Cosine of the angle between two vectors, 0 if one of them is zero.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

/// What a cut at each gap costs: its similarity in standard deviations from the mean, and the price. All 0 if the
/// similarities are equal and tell nothing.
fn costs(similarities: &[f64]) -> Vec<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let middle = mean(similarities);
    let squares: Vec<f64> = similarities.iter().map(|s| (s - middle).powi(2)).collect();
    let deviation = mean(&squares).sqrt();
    if deviation > 1e-6 {
        similarities.iter().map(|s| ((s - middle) / deviation).clamp(-FAR, FAR) + PRICE).collect()
    } else {
        vec![0.0; similarities.len()]
    }
}

/// What a segment of this size costs: nothing at the wanted size.
fn size_cost(size: usize) -> f64 {
    (size as f64 / CHILDREN as f64 - 1.0).powi(2)
}

/// The segments of least cost, in order.
fn segments(cuts: &[f64], nodes: usize) -> Vec<Range<usize>> {
    let fewest = FEWEST.min(nodes);
    // Least cost of the nodes before each, and where the last segment of them starts.
    let mut best = vec![(0.0, 0)];
    for end in 1..=nodes {
        let cost = |size: usize| {
            let start = end - size;
            let cut = if start == 0 { 0.0 } else { cuts[start - 1] };
            (best[start].0 + cut + size_cost(size), start)
        };
        let sizes = fewest..=MOST_CHILDREN.min(end);
        best.push(sizes.map(cost).min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::INFINITY, 0)));
    }
    let mut segments = Vec::new();
    let mut end = nodes;
    while end > 0 {
        segments.push(best[end].1..end);
        end = best[end].1;
    }
    segments.reverse();
    segments
}

#[cfg(test)]
mod tests {
    use super::super::topics::Topics;
    use super::*;
    use crate::seed::Random;

    #[test]
    fn planted_boundaries_are_found() {
        for (noise, least) in [(1.0, 0.99), (2.0, 0.95), (3.0, 0.8)] {
            let topics = Topics { count: 40, noise, run: (3, 12) };
            let made = topics.layer(2000, 384, &mut Random::new(7));
            let clusters = Adjacent.clusters(&made.layer());
            let right = clusters.iter().filter(|cluster| made.starts.contains(&cluster[0])).count();
            let f1 = 2.0 * right as f64 / (clusters.len() + made.starts.len()) as f64;
            assert!(f1 > least, "F1 {f1:.2} at noise {noise}");
            let average = 2000.0 / clusters.len() as f64;
            assert!((6.0..9.0).contains(&average), "{average:.1} members on average");
        }
    }

    #[test]
    fn sizes_stay_between_2_and_14() {
        for nodes in 2..120 {
            let made = Topics { count: 9, noise: 1.0, run: (1, 40) }.layer(nodes, 16, &mut Random::new(nodes as u64));
            let clusters = Adjacent.clusters(&made.layer());
            assert_eq!(clusters.concat(), (0..nodes).collect::<Vec<_>>());
            assert!(clusters.iter().all(|cluster| (2..=14).contains(&cluster.len())), "{clusters:?}");
        }
    }

    #[test]
    fn equal_similarities_give_clusters_of_about_seven() {
        for value in [0.0, 1.0] {
            let (vectors, tokens) = (vec![value; 70], [100; 70]);
            let clusters = Adjacent.clusters(&Layer { width: 1, vectors: &vectors, tokens: &tokens });
            assert_eq!(clusters.len(), 10);
            assert!(clusters.iter().all(|cluster| cluster.len() == 7), "{clusters:?}");
        }
    }

    #[test]
    fn one_node_is_one_cluster() {
        let layer = Layer { width: 2, vectors: &[0.6, 0.8], tokens: &[9] };
        assert_eq!(Adjacent.clusters(&layer), [[0]]);
        assert!(Adjacent.clusters(&Layer { width: 2, vectors: &[], tokens: &[] }).is_empty());
    }
}
