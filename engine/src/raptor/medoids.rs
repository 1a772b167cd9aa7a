//! A summary without words: those of the leaves' own token vectors that stand for the others best, each as it is stored
//! and with where it is from.

use crate::codes::Coder;
use crate::kernels::{self, FloatBlock, Kernels, TILE};
use crate::segment::{CodedPassage, NOWHERE};

use super::leaf::normalise;

/// Rounds of k-means. The covering radius has settled by then.
const ROUNDS: usize = 4;

/// Token vectors of a passage or node as they are stored.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) coded: CodedPassage,
    /// Of each: its number among the document's, and the byte of the text at which its token begins.
    pub(super) pieces: Vec<[u32; 2]>,
    /// How far, at most, a token vector of a passage below is from the nearest of these.
    pub(super) radius: f32,
}

/// Token vectors of several rows, each once, in the order of the document.
struct Candidates {
    /// Row and number in it.
    places: Vec<(usize, usize)>,
    pieces: Vec<[u32; 2]>,
    /// Radius of what each stands for.
    radii: Vec<f32>,
    width: usize,
    /// In the rotated space: n x width.
    vectors: Vec<f32>,
}

/// At most so many of the token vectors of some rows: the medoids of clusters by spherical k-means, which begins with
/// vectors at even distances.
pub(super) fn select(coder: &Coder, rows: &[&Stored], budget: usize) -> Stored {
    let kernels = kernels::best();
    let candidates = Candidates::of(coder, kernels, rows);
    let chosen = candidates.medoids(kernels, budget);
    let radius = candidates.radius(kernels, &chosen);
    let code_bytes = coder.code_bytes();
    let mut coded = CodedPassage {
        start: rows.iter().map(|row| row.coded.start).min().unwrap_or(0),
        end: rows.iter().map(|row| row.coded.end).max().unwrap_or(0),
        heading: String::new(),
        codes: Vec::with_capacity(chosen.len() * code_bytes),
        scales: Vec::with_capacity(chosen.len()),
        vectors: rows.iter().all(|row| row.coded.vectors.is_some()).then(Vec::new),
    };
    for &at in &chosen {
        let (row, token) = candidates.places[at];
        let source = &rows[row].coded;
        coded.codes.extend_from_slice(&source.codes[token * code_bytes..][..code_bytes]);
        coded.scales.push(source.scales[token]);
        if let (Some(vectors), Some(source)) = (&mut coded.vectors, &source.vectors) {
            vectors.extend_from_slice(&source[token * coder.width()..][..coder.width()]);
        }
    }
    Stored { coded, pieces: chosen.iter().map(|&at| candidates.pieces[at]).collect(), radius }
}

/// The mean of a row's token vectors in the rotated space, brought to length 1.
pub(super) fn rotated_mean(coder: &Coder, row: &CodedPassage) -> Vec<f32> {
    let mut sum = vec![0.0; coder.width()];
    for vector in decoded(coder, kernels::best(), row).chunks_exact(coder.width()) {
        sum.iter_mut().zip(vector).for_each(|(sum, value)| *sum += value);
    }
    normalise(&mut sum);
    sum
}

/// Token vectors of a row in the rotated space.
pub(super) fn decoded(coder: &Coder, kernels: Kernels, coded: &CodedPassage) -> Vec<f32> {
    let mut values = Vec::with_capacity(coded.scales.len() * coder.width());
    coder.decode_all(kernels, &coder.view(&coded.codes, &coded.scales), &mut Vec::new(), &mut values);
    values
}

impl Candidates {
    fn of(coder: &Coder, kernels: Kernels, rows: &[&Stored]) -> Self {
        let width = coder.width();
        let values: Vec<Vec<f32>> = rows.iter().map(|row| decoded(coder, kernels, &row.coded)).collect();
        let all = rows.iter().enumerate().flat_map(|(row, stored)| (0..stored.pieces.len()).map(move |at| (row, at)));
        let mut places: Vec<(usize, usize)> = all.collect();
        let piece = |&(row, at): &(usize, usize)| rows[row].pieces[at];
        // Where clusters overlap, several children have the same one; the first has the smallest radius, too.
        places.sort_by(|a, b| {
            (piece(a)[0].cmp(&piece(b)[0])).then_with(|| rows[a.0].radius.total_cmp(&rows[b.0].radius))
        });
        places.dedup_by_key(|place| piece(place)[0]);
        let vectors = places.iter().flat_map(|&(row, at)| values[row][at * width..][..width].iter().copied());
        Self {
            vectors: vectors.collect(),
            pieces: places.iter().map(piece).collect(),
            radii: places.iter().map(|&(row, _)| rows[row].radius).collect(),
            places,
            width,
        }
    }

    fn len(&self) -> usize {
        self.places.len()
    }

    fn row(&self, at: usize) -> &[f32] {
        &self.vectors[at * self.width..][..self.width]
    }

    /// Numbers of the chosen ones, ascending.
    fn medoids(&self, kernels: Kernels, budget: usize) -> Vec<usize> {
        if self.len() <= budget {
            return (0..self.len()).collect();
        }
        let mut centroids: Vec<Vec<f32>> = (0..budget).map(|n| self.row(n * self.len() / budget).to_vec()).collect();
        centroids.iter_mut().for_each(|centroid| normalise(centroid));
        let mut nearest = Vec::new();
        for _ in 0..ROUNDS {
            nearest = self.nearest(kernels, &centroids);
            let mut sums = vec![vec![0.0; self.width]; budget];
            for (at, (centroid, _)) in nearest.iter().enumerate() {
                sums[*centroid].iter_mut().zip(self.row(at)).for_each(|(sum, value)| *sum += value);
            }
            sums.iter_mut().for_each(|sum| normalise(sum));
            centroids = sums;
        }
        let mut best = vec![(f32::NEG_INFINITY, None); budget];
        for (at, (centroid, _)) in nearest.iter().enumerate() {
            let near = kernels::dot(self.row(at), &centroids[*centroid]) as f32;
            if near > best[*centroid].0 {
                best[*centroid] = (near, Some(at));
            }
        }
        let mut chosen: Vec<usize> = best.into_iter().filter_map(|(_, at)| at).collect();
        chosen.sort_unstable();
        chosen
    }

    /// The centroid of largest dot product with each candidate, and that; the first of equals.
    fn nearest(&self, kernels: Kernels, centroids: &[Vec<f32>]) -> Vec<(usize, f32)> {
        let rows: Vec<&[f32]> = centroids.iter().map(Vec::as_slice).collect();
        let block = FloatBlock::new(&rows, self.width);
        let mut dots = vec![0.0; TILE * block.lanes()];
        let mut nearest = Vec::with_capacity(self.len());
        for tile in self.vectors.chunks(TILE * self.width) {
            let dots = &mut dots[..tile.len() / self.width * block.lanes()];
            kernels.dots_f32(&block, tile, dots);
            for dots in dots.chunks_exact(block.lanes()) {
                let best = |best: (usize, f32), (at, &dot): (usize, &f32)| if dot > best.1 { (at, dot) } else { best };
                nearest.push(dots[..rows.len()].iter().enumerate().fold((0, f32::NEG_INFINITY), best));
            }
        }
        nearest
    }

    /// The triangle inequality over what each candidate stands for.
    fn radius(&self, kernels: Kernels, chosen: &[usize]) -> f32 {
        let medoids: Vec<Vec<f32>> = chosen.iter().map(|&at| self.row(at).to_vec()).collect();
        let square = |vector: &[f32]| kernels::dot(vector, vector) as f32;
        let far = |(at, (medoid, dot)): (usize, &(usize, f32))| {
            let distance = if chosen[*medoid] == at {
                0.0
            } else {
                (square(self.row(at)) + square(&medoids[*medoid]) - 2.0 * dot).max(0.0).sqrt()
            };
            distance + self.radii[at]
        };
        self.nearest(kernels, &medoids).iter().enumerate().map(far).fold(0.0, f32::max)
    }
}

impl Stored {
    /// A passage's, which begin at a number among the document's.
    pub(super) fn of_passage(coded: &CodedPassage, starts: impl Iterator<Item = Option<usize>>, first: usize) -> Self {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(NOWHERE);
        let starts = starts.chain(std::iter::repeat(None)).take(coded.scales.len());
        let pieces = starts.enumerate().map(|(at, byte)| [narrow(first + at), byte.map_or(NOWHERE, narrow)]);
        Self { coded: coded.clone(), pieces: pieces.collect(), radius: 0.0 }
    }
}
