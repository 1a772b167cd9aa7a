//! Nodes as points in the few directions in which they differ most: principal components, where the paper has UMAP
//! (which neither gives the same twice nor stays small: infiniflow/ragflow#16627).

use nalgebra::{DMatrix, SymmetricEigen};

use super::super::Layer;
use crate::seed::Random;

/// Directions that are kept, as in the paper.
pub(super) const DIMENSIONS: usize = 10;
/// Directions that are looked for: a few more make the kept ones accurate (Halko, Martinsson & Tropp 2011).
const SOUGHT: usize = 16;
/// Nodes that the directions are found from.
const SAMPLE: usize = 2000;
/// Rounds of subspace iteration.
const ROUNDS: usize = 4;
/// Iterations that the axes of a few directions may take; they take a handful.
const EIGEN_ITERATIONS: usize = 1000;
/// Share of the largest variance below which a direction holds nothing but rounding.
const NOTHING: f64 = 1e-6;
/// Variance per value below which vectors are taken as equal.
const EQUAL: f64 = 1e-9;

/// Coordinates in up to [`DIMENSIONS`] directions; the rest is 0.
pub(super) type Point = [f64; DIMENSIONS];

/// Points whose variance is 1 on average over the dimensions used.
#[derive(Debug)]
pub(super) struct Points {
    /// Dimensions used; 0 if all vectors are equal.
    pub(super) dimensions: usize,
    /// One for each node.
    pub(super) points: Vec<Point>,
}

impl Points {
    /// Projects these nodes of a layer.
    pub(super) fn new(layer: &Layer<'_>, nodes: &[usize], random: &mut Random) -> Self {
        let rows: Vec<&[f32]> = nodes.iter().map(|&node| layer.row(node)).collect();
        let sample = sample(&rows, SAMPLE, random);
        let mean = mean(&sample, layer.width);
        let mut basis: Vec<[f32; SOUGHT]> = (0..layer.width).map(|_| signs(random)).collect();
        for _ in 0..ROUNDS {
            basis = orthonormal(&spread(&sample, &mean, &basis));
        }
        let axes = axes(covariance(&sample, &mean, &basis));
        let directions = turned(&basis, &axes);
        let points = rows.iter().map(|row| project(row, &mean, &directions).map(f64::from)).collect();
        Self { dimensions: axes.ncols(), points }
    }
}

/// Up to `count` items in random order, or all of them as they are.
pub(super) fn sample<T: Copy>(items: &[T], count: usize, random: &mut Random) -> Vec<T> {
    let mut sample = items.to_vec();
    if sample.len() > count {
        random.shuffle(&mut sample);
        sample.truncate(count);
    }
    sample
}

/// Mean of the rows.
fn mean(rows: &[&[f32]], width: usize) -> Vec<f32> {
    let mut mean = vec![0.0; width];
    for row in rows {
        mean.iter_mut().zip(*row).for_each(|(mean, value)| *mean += value / rows.len() as f32);
    }
    mean
}

/// A start for subspace iteration: 1 or -1 in every direction.
fn signs(random: &mut Random) -> [f32; SOUGHT] {
    let bits = random.bits();
    std::array::from_fn(|at| if bits >> at & 1 == 0 { 1.0 } else { -1.0 })
}

/// Coordinates of a row along directions, from the mean.
fn project<const N: usize>(row: &[f32], mean: &[f32], directions: &[[f32; N]]) -> [f32; N] {
    let mut point = [0.0; N];
    for ((value, mean), along) in row.iter().zip(mean).zip(directions) {
        point.iter_mut().zip(along).for_each(|(point, along)| *point += (value - mean) * along);
    }
    point
}

/// The covariance of the rows times the basis, up to a factor.
fn spread(rows: &[&[f32]], mean: &[f32], basis: &[[f32; SOUGHT]]) -> Vec<[f32; SOUGHT]> {
    let mut spread = vec![[0.0; SOUGHT]; basis.len()];
    for row in rows {
        let point = project(row, mean, basis);
        for ((value, mean), sums) in row.iter().zip(mean).zip(&mut spread) {
            sums.iter_mut().zip(&point).for_each(|(sum, point)| *sum += (value - mean) * point);
        }
    }
    spread
}

/// An orthonormal basis of the same space; where there are fewer directions than are sought, the rest is 0.
fn orthonormal(basis: &[[f32; SOUGHT]]) -> Vec<[f32; SOUGHT]> {
    let matrix = DMatrix::from_fn(basis.len(), SOUGHT, |row, column| f64::from(basis[row][column]));
    let q = matrix.qr().q();
    let value = |row, column| q.get((row, column)).map_or(0.0, |&value| value as f32);
    (0..basis.len()).map(|row| std::array::from_fn(|column| value(row, column))).collect()
}

/// Covariance of the rows' coordinates in the basis.
fn covariance(rows: &[&[f32]], mean: &[f32], basis: &[[f32; SOUGHT]]) -> DMatrix<f64> {
    let points = rows.iter().flat_map(|row| project(row, mean, basis)).map(f64::from);
    let points = DMatrix::from_row_iterator(rows.len(), SOUGHT, points);
    points.tr_mul(&points) / rows.len() as f64
}

/// The principal axes along which there is any variance, as columns of a length that makes it 1 on average.
fn axes(covariance: DMatrix<f64>) -> DMatrix<f64> {
    let Some(eigen) = SymmetricEigen::try_new(covariance, f64::EPSILON, EIGEN_ITERATIONS) else {
        return DMatrix::zeros(SOUGHT, 0);
    };
    let variance = |&axis: &usize| eigen.eigenvalues[axis];
    let mut order: Vec<usize> = (0..SOUGHT).collect();
    order.sort_by(|a, b| variance(b).total_cmp(&variance(a)));
    let least = EQUAL.max(NOTHING * variance(&order[0]));
    order.retain(|axis| variance(axis) > least);
    order.truncate(DIMENSIONS);
    let average = order.iter().map(variance).sum::<f64>() / order.len() as f64;
    eigen.eigenvectors.select_columns(&order) / average.sqrt()
}

/// The axes as directions of the vectors themselves.
fn turned(basis: &[[f32; SOUGHT]], axes: &DMatrix<f64>) -> Vec<[f32; DIMENSIONS]> {
    let mut turned = vec![[0.0; DIMENSIONS]; basis.len()];
    for (row, from) in turned.iter_mut().zip(basis) {
        for (value, axis) in row.iter_mut().zip(axes.column_iter()) {
            *value = from.iter().zip(axis.iter()).map(|(&from, axis)| f64::from(from) * axis).sum::<f64>() as f32;
        }
    }
    turned
}

/// Square of the distance.
pub(super) fn distance(a: &Point, b: &Point) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::super::topics::Topics;
    use super::*;

    fn points(nodes: usize, width: usize) -> Points {
        let made = Topics { count: 4, noise: 1.0, run: (1, 5) }.layer(nodes, width, &mut Random::new(3));
        Points::new(&made.layer(), &(0..nodes).collect::<Vec<_>>(), &mut Random::new(4))
    }

    #[test]
    fn points_vary_by_1_on_average() {
        for (nodes, width) in [(15, 384), (300, 384), (300, 4), (5000, 32)] {
            let Points { dimensions, points } = points(nodes, width);
            assert_eq!(dimensions, 10.min(width));
            let squares = points.iter().flatten().map(|v| v * v).sum::<f64>();
            let variance = squares / (nodes * dimensions) as f64;
            assert!((variance - 1.0).abs() < 0.05, "{variance} for {nodes} nodes of width {width}");
        }
    }

    #[test]
    fn the_first_directions_are_those_that_tell_topics_apart() {
        let Points { points, .. } = points(300, 384);
        let variance = |axis: usize| points.iter().map(|point| point[axis] * point[axis]).sum::<f64>() / 300.0;
        let variances: Vec<f64> = (0..DIMENSIONS).map(variance).collect();
        assert!(variances[..3].iter().all(|topics| *topics > 5.0 * variances[3]), "{variances:?}");
    }

    #[test]
    fn equal_vectors_have_no_dimensions() {
        for (width, vectors) in [(8, vec![0.0; 160]), (8, vec![8f32.sqrt().recip(); 160]), (0, vec![])] {
            let layer = Layer { width, vectors: &vectors, tokens: &[1; 20] };
            let points = Points::new(&layer, &(0..20).collect::<Vec<_>>(), &mut Random::new(4));
            assert_eq!((points.dimensions, points.points.len()), (0, 20));
        }
    }
}
