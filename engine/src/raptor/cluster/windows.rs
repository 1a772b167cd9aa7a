//! Neighbours in the document, whatever they say: the cheapest clusters; 0.8 points worse in the paper.

use super::{CHILDREN, Clustering, Layer};

/// Contiguous runs of seven nodes, or a little less so that no small rest is left.
#[derive(Debug)]
pub(super) struct Windows;

impl Clustering for Windows {
    fn clusters(&self, layer: &Layer<'_>) -> Vec<Vec<usize>> {
        let nodes: Vec<usize> = (0..layer.len()).collect();
        runs(&nodes, nodes.len().div_ceil(CHILDREN)).map(<[usize]>::to_vec).collect()
    }
}

/// Cuts members into `count` contiguous runs whose sizes differ by at most one; none is empty.
pub(super) fn runs<T>(members: &[T], count: usize) -> impl Iterator<Item = &[T]> {
    let (len, count) = (members.len(), count.min(members.len()));
    (0..count).map(move |run| &members[len * run / count..len * (run + 1) / count])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_contiguous_and_even() {
        for nodes in 0..200 {
            let layer = Layer { width: 0, vectors: &[], tokens: &vec![1; nodes] };
            let windows = Windows.clusters(&layer);
            assert_eq!(windows.concat(), (0..nodes).collect::<Vec<_>>());
            assert_eq!(windows.len(), nodes.div_ceil(7));
            let sizes = || windows.iter().map(Vec::len);
            assert!(sizes().max().unwrap_or(0) - sizes().min().unwrap_or(0) <= 1, "{nodes} nodes");
        }
    }

    #[test]
    fn more_runs_than_members_are_runs_of_one() {
        assert_eq!(runs(&[3, 5], 9).collect::<Vec<_>>(), [[3], [5]]);
        assert_eq!(runs::<usize>(&[], 4).count(), 0);
        assert_eq!(runs(&[3, 5], 0).count(), 0);
    }
}
