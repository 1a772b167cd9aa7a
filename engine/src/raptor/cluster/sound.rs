//! Makes clusters that a tree can be built on out of what a strategy returns: all nodes covered, nothing twice, few
//! enough tokens to summarise, and fewer clusters than nodes, so that building ends.

use super::windows::runs;
use super::{CHILDREN, Layer};

/// Sound clusters, in order of their members (lexicographic), each ascending.
///
/// No cluster of more than one node has more than `max_tokens` tokens, no cluster lies within another, and of n nodes
/// come at most max(1, n / 2) clusters. If these are more, all nodes are cut into even runs instead: of seven, or of so
/// many fewer that they fit the token limit, which only runs of two and three may pass. A layer that does not shrink
/// would have layers above it for ever.
pub(crate) fn sound(clusters: Vec<Vec<usize>>, layer: &Layer<'_>, max_tokens: usize) -> Vec<Vec<usize>> {
    let mut sound = Vec::new();
    for cluster in covering(clusters, layer.len()) {
        split(&cluster, layer.tokens, max_tokens, &mut sound);
    }
    sound.sort_unstable();
    sound.dedup();
    let sound = without_subsets(sound, layer.len());
    if sound.len() > most_clusters(layer.len()) { even(layer, max_tokens) } else { sound }
}

/// Clusters that a layer of so many nodes may have.
fn most_clusters(nodes: usize) -> usize {
    (nodes / 2).max(1)
}

/// The clusters with ascending members that exist, and runs of the nodes that are in none.
fn covering(mut clusters: Vec<Vec<usize>>, nodes: usize) -> Vec<Vec<usize>> {
    let mut covered = vec![false; nodes];
    for cluster in &mut clusters {
        cluster.retain(|&node| node < nodes);
        cluster.sort_unstable();
        cluster.dedup();
        cluster.iter().for_each(|&node| covered[node] = true);
    }
    clusters.retain(|cluster| !cluster.is_empty());
    let missing: Vec<usize> = (0..nodes).filter(|&node| !covered[node]).collect();
    clusters.extend(runs(&missing, missing.len().div_ceil(CHILDREN)).map(<[usize]>::to_vec));
    clusters
}

/// Cuts a cluster over the token limit into as many even runs as its tokens ask for, and these again if need be.
fn split(cluster: &[usize], tokens: &[usize], max_tokens: usize, into: &mut Vec<Vec<usize>>) {
    let parts = parts(cluster.iter().map(|&node| tokens[node]), max_tokens);
    if parts == 1 || cluster.len() == 1 {
        into.push(cluster.to_vec());
    } else {
        runs(cluster, parts).for_each(|run| split(run, tokens, max_tokens, into));
    }
}

/// How many times the token limit these are, rounded up; at least one.
fn parts(tokens: impl Iterator<Item = usize>, max_tokens: usize) -> usize {
    tokens.fold(0, usize::saturating_add).div_ceil(max_tokens.max(1)).max(1)
}

/// Drops clusters that lie within another one, of clusters that are all different.
fn without_subsets(clusters: Vec<Vec<usize>>, nodes: usize) -> Vec<Vec<usize>> {
    let mut containing = vec![Vec::new(); nodes];
    for (at, cluster) in clusters.iter().enumerate() {
        cluster.iter().for_each(|&node| containing[node].push(at));
    }
    let within = |at: usize| {
        let cluster: &[usize] = &clusters[at];
        let rarest = cluster.iter().map(|&node| &containing[node]).min_by_key(|others| others.len());
        rarest.into_iter().flatten().any(|&other| other != at && is_subset(cluster, &clusters[other]))
    };
    let dropped: Vec<bool> = (0..clusters.len()).map(within).collect();
    clusters.into_iter().zip(dropped).filter(|(_, dropped)| !dropped).map(|(cluster, _)| cluster).collect()
}

/// Whether every member of one ascending list is in another.
fn is_subset(small: &[usize], large: &[usize]) -> bool {
    small.len() <= large.len() && small.iter().all(|node| large.binary_search(node).is_ok())
}

/// Even runs of all nodes: windows, or as many more as fit the token limit, but never too many to shrink.
fn even(layer: &Layer<'_>, max_tokens: usize) -> Vec<Vec<usize>> {
    let nodes: Vec<usize> = (0..layer.len()).collect();
    let fits = |run: &[usize]| parts(run.iter().map(|&node| layer.tokens[node]), max_tokens) == 1;
    let most = most_clusters(nodes.len());
    let mut counts = nodes.len().div_ceil(CHILDREN)..most;
    let count = counts.find(|&count| runs(&nodes, count).all(fits)).unwrap_or(most);
    runs(&nodes, count).map(<[usize]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_sound(clusters: &[&[usize]], tokens: &[usize]) -> Vec<Vec<usize>> {
        let clusters = clusters.iter().map(|cluster| cluster.to_vec()).collect();
        sound(clusters, &Layer { width: 0, vectors: &[], tokens }, 3500)
    }

    #[test]
    fn clusters_over_the_limit_are_cut_into_even_runs() {
        let tokens = [1000, 1000, 1000, 1000, 1000, 1000, 10, 10, 10, 10];
        let expected: [&[usize]; 3] = [&[0, 1, 2], &[3, 4, 5], &[6, 7, 8, 9]];
        assert_eq!(made_sound(&[&[0, 1, 2, 3, 4, 5], &[6, 7, 8, 9]], &tokens), expected);
    }

    #[test]
    fn a_run_that_is_still_over_the_limit_is_cut_again() {
        let tokens = [3000, 3000, 10, 10, 10, 10, 10, 10];
        let expected: [&[usize]; 4] = [&[0], &[1], &[2, 3], &[4, 5, 6, 7]];
        assert_eq!(made_sound(&[&[0, 1, 2, 3, 4, 5, 6, 7]], &tokens), expected);
    }

    #[test]
    fn a_node_over_the_limit_stays_whole() {
        assert_eq!(made_sound(&[&[0]], &[9000]), [[0]]);
        assert_eq!(made_sound(&[&[0], &[1, 2, 3]], &[9000, 1, 1, 1]), [&[0][..], &[1, 2, 3]]);
    }

    #[test]
    fn duplicates_and_subsets_are_dropped() {
        let clusters: [&[usize]; 5] = [&[2, 3, 4], &[3, 4], &[4, 3, 2], &[0, 1, 2], &[4, 5]];
        assert_eq!(made_sound(&clusters, &[1; 6]), [&[0, 1, 2][..], &[2, 3, 4], &[4, 5]]);
    }

    #[test]
    fn nodes_in_no_cluster_get_one() {
        assert_eq!(made_sound(&[&[1, 2, 99], &[]], &[1; 5]), [&[0, 3, 4][..], &[1, 2]]);
        assert_eq!(made_sound(&[], &[1; 9]), [&[0, 1, 2, 3][..], &[4, 5, 6, 7, 8]]);
        assert_eq!(made_sound(&[], &[1]), [[0]]);
        assert!(made_sound(&[], &[]).is_empty());
    }

    #[test]
    fn a_layer_always_shrinks() {
        let alone: Vec<Vec<usize>> = (0..9).map(|node| vec![node]).collect();
        let alone: Vec<&[usize]> = alone.iter().map(Vec::as_slice).collect();
        assert_eq!(made_sound(&alone, &[100; 9]).len(), 2);
        assert_eq!(made_sound(&alone, &[3000; 9]).len(), 4, "pairs at worst, even over the limit");
        assert_eq!(made_sound(&alone[..2], &[3000; 2]), [[0, 1]]);
    }
}
