//! Token pooling (Clavié et al. 2024): a passage's vectors in clusters, each replaced by its mean.

use crate::{Result, TokenMatrix};

/// Vectors in front that are kept as they are: `[CLS]`, which stands for the whole text.
const PROTECTED: usize = 1;

/// One of `factor` vectors is left, as PyLate (1.5 and later) does it: Ward's method on one minus the cosine; means are
/// not normalised again. Protected vectors come first, then clusters in the order of the tree, from its root.
pub(super) fn pool(vectors: &TokenMatrix, factor: usize) -> Result<TokenMatrix> {
    let width = vectors.width();
    let protected = PROTECTED.min(vectors.rows());
    let rows: Vec<&[f32]> = vectors.iter_rows().skip(protected).collect();
    let clusters = (rows.len() / factor).max(1);
    if factor <= 1 || clusters >= rows.len() {
        return TokenMatrix::new(width, vectors.values().to_vec());
    }
    let tree = Tree::ward(&rows);
    let mut values = vectors.values()[..protected * width].to_vec();
    for cluster in tree.clusters(rows.len(), clusters) {
        let count = cluster.len() as f32;
        let sum = |column: usize| cluster.iter().map(|&row| rows[row][column]).sum::<f32>();
        values.extend((0..width).map(|column| sum(column) / count));
    }
    TokenMatrix::new(width, values)
}

/// A merge of two clusters: those of two rows until they are numbered, their numbers then.
#[derive(Debug, Clone, Copy)]
struct Merge {
    first: usize,
    second: usize,
    height: f64,
}

/// Merges in the order of their height; the cluster that the i-th makes has the number `rows + i`.
struct Tree(Vec<Merge>);

impl Tree {
    /// Ward's method by chains of nearest neighbours (Murtagh 1983).
    fn ward(rows: &[&[f32]]) -> Self {
        let mut distances = Distances::new(rows);
        let mut sizes = vec![1_usize; rows.len()];
        let mut chain: Vec<usize> = Vec::new();
        let mut merges = Vec::with_capacity(rows.len() - 1);
        while merges.len() + 1 < rows.len() {
            let last = match chain.last() {
                Some(&last) => last,
                None => {
                    let first = sizes.iter().position(|&size| size > 0).unwrap_or(0);
                    chain.push(first);
                    first
                }
            };
            let before = chain.len().checked_sub(2).map(|at| chain[at]);
            let near = distances.nearest(last, before, &sizes);
            if Some(near) != before {
                chain.push(near);
                continue;
            }
            chain.truncate(chain.len() - 2);
            let (first, second) = (last.min(near), last.max(near));
            merges.push(Merge { first, second, height: distances.get(first, second) });
            distances.merge(first, second, &sizes);
            sizes[second] += sizes[first];
            sizes[first] = 0;
        }
        merges.sort_by(|a, b| a.height.total_cmp(&b.height));
        Self(numbered(merges, rows.len()))
    }

    /// Rows of each cluster when so many are left: from the root, larger branches before single rows.
    fn clusters(&self, rows: usize, clusters: usize) -> Vec<Vec<usize>> {
        // Clusters with a smaller number than this were made by the merges that are done.
        let done = 2 * rows - clusters;
        let mut found = Vec::with_capacity(clusters);
        let mut waiting = vec![2 * rows - 2];
        while let Some(number) = waiting.pop() {
            if number < done {
                found.push(self.members(rows, number));
                continue;
            }
            let Merge { first, second, .. } = self.0[number - rows];
            let (leaves, branches): (Vec<usize>, Vec<usize>) = [first, second].into_iter().partition(|&n| n < rows);
            waiting.extend(leaves.into_iter().rev().chain(branches.into_iter().rev()));
        }
        found
    }

    fn members(&self, rows: usize, number: usize) -> Vec<usize> {
        let (mut members, mut waiting) = (Vec::new(), vec![number]);
        while let Some(number) = waiting.pop() {
            match number.checked_sub(rows) {
                None => members.push(number),
                Some(merge) => waiting.extend([self.0[merge].first, self.0[merge].second]),
            }
        }
        members.sort_unstable();
        members
    }
}

/// Rows of merges replaced by the numbers of the clusters that they are in by then, the smaller first.
fn numbered(merges: Vec<Merge>, rows: usize) -> Vec<Merge> {
    let mut parents: Vec<usize> = (0..2 * rows).collect();
    let number = |mut at: usize, parents: &mut Vec<usize>| {
        while parents[at] != at {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        at
    };
    let merges = merges.into_iter().zip(rows..);
    merges
        .map(|(merge, made)| {
            let (a, b) = (number(merge.first, &mut parents), number(merge.second, &mut parents));
            (parents[a], parents[b]) = (made, made);
            Merge { first: a.min(b), second: a.max(b), height: merge.height }
        })
        .collect()
}

/// Distances of all pairs, as a triangle.
struct Distances {
    count: usize,
    values: Vec<f64>,
}

impl Distances {
    fn new(rows: &[&[f32]]) -> Self {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let values = (0..rows.len()).flat_map(|a| (a + 1..rows.len()).map(move |b| (a, b)));
        let values = values.map(|(a, b)| f64::from(1.0 - dot(rows[a], rows[b]))).collect();
        Self { count: rows.len(), values }
    }

    fn at(&self, a: usize, b: usize) -> usize {
        let (a, b) = (a.min(b), a.max(b));
        a * self.count - a * (a + 1) / 2 + b - a - 1
    }

    fn get(&self, a: usize, b: usize) -> f64 {
        self.values[self.at(a, b)]
    }

    /// The nearest other cluster; of several the one that is given.
    fn nearest(&self, of: usize, preferred: Option<usize>, sizes: &[usize]) -> usize {
        let mut best = preferred.map(|other| (self.get(of, other), other));
        for other in (0..self.count).filter(|&other| other != of && sizes[other] > 0) {
            let distance = self.get(of, other);
            if best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, other));
            }
        }
        best.map_or(of, |(_, other)| other)
    }

    /// Lance and Williams' update of what `second` is when it holds `first` too.
    fn merge(&mut self, first: usize, second: usize, sizes: &[usize]) {
        let (a, b) = (sizes[first] as f64, sizes[second] as f64);
        let between = self.get(first, second).powi(2);
        for other in (0..self.count).filter(|&other| other != first && other != second && sizes[other] > 0) {
            let c = sizes[other] as f64;
            let parts = (c + a) * self.get(first, other).powi(2) + (c + b) * self.get(second, other).powi(2);
            let at = self.at(second, other);
            self.values[at] = ((parts - c * between) / (a + b + c)).sqrt();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PyLate's encoder gave for documents, and what its pooling made of that.
    #[test]
    fn pooled_vectors_are_pylates() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/encoders/bert");
        let golden: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join("golden.json")).unwrap()).unwrap();
        let floats = |name: &str| -> Vec<f32> {
            let bytes = std::fs::read(folder.join(name)).unwrap();
            bytes.as_chunks::<4>().0.iter().map(|bytes| bytemuck::pod_read_unaligned(bytes)).collect()
        };
        let width = golden["width"].as_u64().unwrap() as usize;
        let rows = |side: &str| -> Vec<usize> {
            golden[side].as_array().unwrap().iter().map(|text| text["rows"].as_u64().unwrap() as usize).collect()
        };
        let (all, mut pooled) = (floats("golden.f32"), &floats("golden_pooled.f32")[..]);
        let queries: usize = rows("queries").iter().sum();
        let documents = rows("documents");
        for case in golden["pooled"].as_array().unwrap() {
            let document = case["document"].as_u64().unwrap() as usize;
            let first = queries + documents[..document].iter().sum::<usize>();
            let values = all[first * width..][..documents[document] * width].to_vec();
            let vectors = TokenMatrix::new(width, values).unwrap();
            let found = pool(&vectors, case["factor"].as_u64().unwrap() as usize).unwrap();
            let (want, rest) = pooled.split_at(case["rows"].as_u64().unwrap() as usize * width);
            assert_eq!(found.values().len(), want.len());
            assert!(found.values().iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6));
            pooled = rest;
        }
        assert!(pooled.is_empty() && golden["pooled"].as_array().unwrap().len() >= 3);
    }

    #[test]
    fn few_vectors_and_equal_ones_are_pooled_without_harm() {
        for rows in 0..6 {
            let vectors = TokenMatrix::new(2, [0.6, 0.8].repeat(rows)).unwrap();
            for factor in 1..5 {
                let left = pool(&vectors, factor).unwrap();
                let want = rows.min(1) + (rows.saturating_sub(1) / factor).max(usize::from(rows > 1));
                assert_eq!(left.rows(), want, "{rows} by {factor}");
                assert!(left.iter_rows().all(|row| (row[0] - 0.6).abs() < 1e-6));
            }
        }
    }
}
