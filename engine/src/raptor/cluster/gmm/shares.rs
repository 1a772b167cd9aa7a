//! Soft membership: with which probability a node is in a cluster.

use super::mixture::Mixture;
use super::points::Points;

/// Probability above which a node is in a cluster, as in the paper.
const THRESHOLD: f64 = 0.1;
/// Parts that a node is in at most.
const MOST_PARTS: usize = 3;
/// Nodes whose best part it is that make a part a cluster.
const FEWEST: usize = 3;

/// A node in a cluster.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    /// Number of the node.
    pub(super) node: usize,
    /// Probability of the node being here: the product over the levels above.
    probability: f64,
}

impl Share {
    /// A node that is nowhere else.
    pub(super) fn only(node: usize) -> Self {
        Self { node, probability: 1.0 }
    }
}

/// Divides a cluster: each node goes to its best part, and to others that it is in with a probability above 0.1 over
/// all levels.
pub(super) fn divided(shares: &[Share], points: &Points, mut mixture: Mixture) -> Vec<Vec<Share>> {
    keep_populated(&mut mixture, points);
    let mut parts = vec![Vec::new(); mixture.len()];
    let mut probabilities = Vec::new();
    for (share, point) in shares.iter().zip(&points.points) {
        mixture.posterior(point, &mut probabilities);
        let mut order: Vec<usize> = (0..probabilities.len()).collect();
        order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        for (rank, &part) in order.iter().enumerate().take(MOST_PARTS) {
            let probability = share.probability * probabilities[part];
            if rank == 0 || probability > THRESHOLD {
                parts[part].push(Share { node: share.node, probability });
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Drops components that are the best one of hardly any point.
fn keep_populated(mixture: &mut Mixture, points: &Points) {
    let mut members = vec![0; mixture.len()];
    let mut probabilities = Vec::new();
    for point in &points.points {
        mixture.posterior(point, &mut probabilities);
        let best = probabilities.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        best.into_iter().for_each(|(at, _)| members[at] += 1);
    }
    mixture.retain(|at| members[at] >= FEWEST);
}

/// Takes the least probable shares from the parts of a layer, down to three for each node and to half more than nodes in
/// all. Otherwise each level would multiply nodes where parts overlap, and clusters would outnumber what may be summarised.
pub(super) fn trimmed(mut parts: Vec<&mut Vec<Share>>, nodes: usize) {
    let mut places = vec![Vec::new(); nodes];
    for (at, part) in parts.iter_mut().enumerate() {
        part.drain(..).for_each(|share| places[share.node].push((at, share)));
    }
    let mut kept = Vec::with_capacity(nodes);
    let mut further = Vec::new();
    for mut places in places {
        places.sort_by(|(_, a), (_, b)| b.probability.total_cmp(&a.probability));
        let mut places = places.into_iter().take(MOST_PARTS);
        kept.extend(places.next());
        further.extend(places);
    }
    further.sort_by(|(_, a), (_, b)| b.probability.total_cmp(&a.probability));
    kept.extend(further.into_iter().take(nodes / 2));
    kept.sort_by_key(|(_, share)| share.node);
    kept.into_iter().for_each(|(at, share)| parts[at].push(share));
}
