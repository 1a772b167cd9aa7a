//! Dot products of a block of query tokens with runs of token vectors: one file per instruction set, chosen once.
//!
//! A block has its query tokens as SIMD lanes (16 per block), so that a dot product needs no horizontal sum and a row
//! maximum is a vertical one. Integer kernels agree with `scalar` bit for bit; float kernels to rounding.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod block;
mod maxsim;
mod scalar;

use std::sync::LazyLock;

pub use block::{FloatBlock, IntBlock, LANES};
pub use maxsim::{RowMax, row_max_f32, row_max_i8};

/// Token vectors that a tile kernel takes at once.
pub const TILE: usize = 8;

/// One passage token that some query tokens of a group of 32 still want.
#[derive(Debug, Clone, Copy)]
pub struct Picked {
    /// Row.
    pub row: u32,
    /// Group.
    pub group: u32,
    /// Lanes.
    pub lanes: u32,
}

/// One instruction set's kernels.
#[derive(Clone, Copy)]
pub struct Kernels {
    name: &'static str,
    dots_i8: fn(&IntBlock, &[u8], &mut [i32]),
    dots_f32: fn(&FloatBlock, &[f32], &mut [f32]),
    look_up: fn(&[u8; 16], &mut [u8]),
}

impl std::fmt::Debug for Kernels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Kernels {
    /// `avx512-vnni`, `avx2` or `scalar`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Dot products of every lane with up to `TILE` rows of biased levels (level + 128, 1 to 255).
    /// `rows`: n x width; `dots`: n x lanes, `dots[row][lane]` = sum of level * query.
    pub fn dots_i8(&self, block: &IntBlock, rows: &[u8], dots: &mut [i32]) {
        check_tile(rows.len(), block.width(), dots.len(), block.lanes());
        (self.dots_i8)(block, rows, dots);
    }

    /// Dot products of every lane with up to `TILE` rows. `rows`: n x width; `dots`: n x lanes.
    pub fn dots_f32(&self, block: &FloatBlock, rows: &[f32], dots: &mut [f32]) {
        check_tile(rows.len(), block.width(), dots.len(), block.lanes());
        (self.dots_f32)(block, rows, dots);
    }

    /// Replaces every byte (0 to 15) by its entry in the table.
    pub fn look_up(&self, table: &[u8; 16], bytes: &mut [u8]) {
        (self.look_up)(table, bytes);
    }
}

fn check_tile(values: usize, width: usize, dots: usize, lanes: usize) {
    let rows = values / width;
    assert!(rows <= TILE && values == rows * width && dots == rows * lanes, "a tile has 1 to {TILE} whole rows");
}

/// Every kernel set that this processor can run, fastest first.
pub fn available() -> Vec<Kernels> {
    #[cfg(target_arch = "x86_64")]
    let simd = [avx512::kernels(), avx2::kernels()];
    #[cfg(not(target_arch = "x86_64"))]
    let simd = [None::<Kernels>; 0];
    simd.into_iter().flatten().chain([scalar::kernels()]).collect()
}

/// The fastest kernels of this processor.
pub fn best() -> Kernels {
    static BEST: LazyLock<Kernels> = LazyLock::new(|| available()[0]);
    *BEST
}

/// One dot product of two vectors of equal length (simsimd's, chosen for this processor at run time).
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    use simsimd::SpatialSimilarity;
    f32::dot(a, b).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows_i8() -> impl Strategy<Value = (usize, Vec<Vec<i8>>, Vec<u8>)> {
        (1usize..=40, 1usize..=70, 1usize..=TILE).prop_flat_map(|(eights, lanes, rows)| {
            let width = eights * 8;
            (
                Just(width),
                prop::collection::vec(prop::collection::vec(-127i8..=127, width), lanes),
                prop::collection::vec(1u8..=255, width * rows),
            )
        })
    }

    proptest! {
        #[test]
        fn integer_kernels_agree_with_plain_sums_bit_for_bit((width, query, rows) in rows_i8()) {
            let query: Vec<&[i8]> = query.iter().map(Vec::as_slice).collect();
            let block = IntBlock::new(&query, width);
            let n = rows.len() / width;
            for kernels in available() {
                let mut dots = vec![0; n * block.lanes()];
                kernels.dots_i8(&block, &rows, &mut dots);
                for row in 0..n {
                    for (lane, query) in query.iter().enumerate() {
                        let levels = rows[row * width..][..width].iter().map(|&u| i32::from(u) - 128);
                        let want: i32 = levels.zip(*query).map(|(l, &q)| l * i32::from(q)).sum();
                        prop_assert_eq!(dots[row * block.lanes() + lane], want, "{} row {} lane {}", kernels.name(), row, lane);
                    }
                }
            }
        }

        #[test]
        fn float_kernels_agree_with_f64_sums_to_rounding(seed in any::<u64>(), eights in 1usize..=40, lanes in 1usize..=70, rows in 1usize..=TILE) {
            let width = eights * 8;
            let mut random = crate::seed::Random::new(seed);
            let query: Vec<Vec<f32>> = (0..lanes).map(|_| (0..width).map(|_| random.gaussian()).collect()).collect();
            let values: Vec<f32> = (0..width * rows).map(|_| random.gaussian()).collect();
            let query: Vec<&[f32]> = query.iter().map(Vec::as_slice).collect();
            let block = FloatBlock::new(&query, width);
            for kernels in available() {
                let mut dots = vec![0.0; rows * block.lanes()];
                kernels.dots_f32(&block, &values, &mut dots);
                for (row, values) in values.chunks_exact(width).enumerate() {
                    for (lane, query) in query.iter().enumerate() {
                        let want: f64 = values.iter().zip(*query).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum();
                        let norms: f64 = values.iter().zip(*query).map(|(&a, &b)| (f64::from(a) * f64::from(b)).abs()).sum();
                        let bound = norms * f64::from(f32::EPSILON) * width as f64;
                        let got = f64::from(dots[row * block.lanes() + lane]);
                        prop_assert!((got - want).abs() <= bound, "{}: {got} {want}", kernels.name());
                        prop_assert!((dot(values, query) - want).abs() <= bound);
                    }
                }
            }
        }

        #[test]
        fn tables_are_looked_up_alike(table in any::<[u8; 16]>(), bytes in prop::collection::vec(0u8..16, 0..300)) {
            let want: Vec<u8> = bytes.iter().map(|&b| table[usize::from(b)]).collect();
            for kernels in available() {
                let mut got = bytes.clone();
                kernels.look_up(&table, &mut got);
                prop_assert_eq!(&got, &want, "{}", kernels.name());
            }
        }
    }
}
