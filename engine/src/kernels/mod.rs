//! MaxSim of a block of query tokens against runs of token vectors: one folder per instruction set, chosen once.
//!
//! A block has its query tokens as SIMD lanes (16 per group), so that a dot product needs no horizontal sum and a row
//! maximum is a vertical one. Integer kernels agree with `scalar` bit for bit, and so do float kernels, which all add
//! up fused products in the order of the values. Floats are finite: `TokenMatrix` refuses others. A NaN from
//! a damaged file raises no maximum.

mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod block;
mod choice;
mod codes;
mod linear;
mod nearest;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
mod rows;
mod scalar;
#[cfg(test)]
mod tests;

pub use attention::{Attended, Heads};
use block::Padded;
pub use block::{FloatBlock, IntBlock, LANES};
pub use choice::{UnknownKernels, available, best, force};
pub(crate) use codes::runs;
pub use codes::{Codes, MASK, MAX_WIDTH, PairBlock, Picked};
pub use linear::{Linear, Quantized, Widened};
pub use rows::Norm;

/// Token vectors that `dots_i8` and `dots_f32` take at once.
pub const TILE: usize = 8;

/// The lane nearest to a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Their dot product times the lane's factor.
    pub cosine: f32,
    /// Number of the lane.
    pub lane: u32,
}

/// Takes a table, ids, the least value of each lane, and where to append.
type Pick = fn(&[u8], &[u16], &[u8], &mut Vec<Picked>);

/// Takes two rows, and where to put their sum and that normalised.
type AddNorm = fn(&[f32], &[f32], &Norm, &mut [f32], &mut [f32]);

/// Takes sums of a row, what they are worth, that of each lane, biases, and where to put the values.
type Scale = fn(&[i32], f32, &[f32], &[f32], &mut [f32]);

/// One instruction set's kernels.
#[derive(Clone, Copy)]
pub struct Kernels {
    name: &'static str,
    dots_i8: fn(&IntBlock, &[u8], &mut [i32]),
    dots_f32: fn(&FloatBlock, &[f32], &mut [f32]),
    nearest: fn(&Kernels, &IntBlock, &[f32], &[u8], &mut [Nearest]),
    unpack: fn(&Codes, &mut [u8]),
    row_max_i8: fn(&IntBlock, &[u8], &[f32], &mut [f32]),
    row_max_codes: fn(&IntBlock, &Codes, &mut [f32]),
    row_max_f32: fn(&FloatBlock, &[f32], &mut [f32]),
    row_max_f16: fn(&FloatBlock, &[u16], &mut [f32]),
    row_max_picked: fn(&PairBlock, &Codes, &[Picked], &mut [f32]),
    row_max_bytes: fn(&[u8], &[u16], &mut [u8]),
    pick: Pick,
    prefetch: fn(&Codes, &[Picked]),
    linear: fn(&Kernels, &Linear, &Quantized, &mut [f32]),
    add_norm: AddNorm,
    quantize: fn(&[f32], &mut [u8]) -> f32,
    scale: Scale,
    gelu: fn(&mut [f32]),
    softmax: fn(&mut [f32]) -> f32,
}

impl std::fmt::Debug for Kernels {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Dot products and row maxima.
impl Kernels {
    /// `avx512-vnni`, `avx2`, `neon` or `scalar`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Dot products of every lane with up to `TILE` rows of biased levels (level + 128, 1 to 255).
    /// `rows`: n x width; `dots`: n x lanes, `dots[row][lane]` = sum of level * query.
    pub fn dots_i8(&self, block: &IntBlock, rows: &[u8], dots: &mut [i32]) {
        check_tile(rows.len(), block.width(), dots.len(), block.lanes());
        if !dots.is_empty() {
            (self.dots_i8)(block, rows, dots);
        }
    }

    /// Dot products of every lane with up to `TILE` rows. `rows`: n x width; `dots`: n x lanes.
    pub fn dots_f32(&self, block: &FloatBlock, rows: &[f32], dots: &mut [f32]) {
        check_tile(rows.len(), block.width(), dots.len(), block.lanes());
        if !dots.is_empty() {
            (self.dots_f32)(block, rows, dots);
        }
    }

    /// The lane of largest cosine for each row; the first of several that are equally near. `inverse`: a factor per
    /// lane, 1 / norm where there is a row and NaN beyond; `rows`: n x width biased levels; `nearest`: n.
    pub fn nearest(&self, block: &IntBlock, inverse: &[f32], rows: &[u8], nearest: &mut [Nearest]) {
        assert!(rows.len() == nearest.len() * block.width() && inverse.len() == block.lanes(), "whole rows and lanes");
        if !inverse.is_empty() {
            (self.nearest)(self, block, inverse, rows, nearest);
        }
    }

    /// Unpacks codes into biased levels. `levels`: n x width.
    pub fn unpack(&self, codes: &Codes, levels: &mut [u8]) {
        assert_eq!(levels.len(), codes.rows() * codes.width, "a level per value");
        (self.unpack)(codes, levels);
    }

    /// Raises each lane's `best` to the largest `scales[row] * dot(lane, rows[row])`.
    /// `rows`: n x width biased levels (1 to 255); `scales`: n; `best`: lanes.
    pub fn row_max_i8(&self, block: &IntBlock, rows: &[u8], scales: &[f32], best: &mut [f32]) {
        assert!(rows.len() == scales.len() * block.width() && best.len() == block.lanes(), "whole rows and lanes");
        if !best.is_empty() {
            (self.row_max_i8)(block, rows, scales, best);
        }
    }

    /// Raises each lane's `best` to the largest `scale * dot(lane, code)` of the codes. `best`: lanes.
    pub fn row_max_codes(&self, block: &IntBlock, codes: &Codes, best: &mut [f32]) {
        assert!(codes.width == block.width() && best.len() == block.lanes(), "the block's width and lanes");
        if !best.is_empty() {
            (self.row_max_codes)(block, codes, best);
        }
    }

    /// Raises each lane's `best` to the largest `dot(lane, rows[row])`. `rows`: n x width; `best`: lanes.
    pub fn row_max_f32(&self, block: &FloatBlock, rows: &[f32], best: &mut [f32]) {
        assert!(rows.len().is_multiple_of(block.width()) && best.len() == block.lanes(), "whole rows and lanes");
        if !best.is_empty() {
            (self.row_max_f32)(block, rows, best);
        }
    }

    /// As `row_max_f32`, of f16 as bits and a width that is a multiple of 8.
    pub fn row_max_f16(&self, block: &FloatBlock, rows: &[u16], best: &mut [f32]) {
        assert!(block.width().is_multiple_of(8), "width is a multiple of 8");
        assert!(rows.len().is_multiple_of(block.width()) && best.len() == block.lanes(), "whole rows and lanes");
        if !best.is_empty() {
            (self.row_max_f16)(block, rows, best);
        }
    }
}

/// Rows of encoders.
impl Kernels {
    /// `sums = a + b`, and `out` those sums normalised row by row. All: n x the norm's width.
    pub fn add_norm(&self, a: &[f32], b: &[f32], norm: &Norm, sums: &mut [f32], out: &mut [f32]) {
        let width = norm.gain.len();
        assert!(width > 0 && norm.bias.len() == width && a.len().is_multiple_of(width), "whole rows");
        assert!(a.len() == b.len() && a.len() == sums.len() && a.len() == out.len(), "rows of one number");
        let sums = sums.chunks_exact_mut(width).zip(out.chunks_exact_mut(width));
        for ((a, b), (sums, out)) in a.chunks_exact(width).zip(b.chunks_exact(width)).zip(sums) {
            (self.add_norm)(a, b, norm, sums, out);
        }
    }
}

/// Pruned search: centroid scores as bytes, and the single pairs that they leave over.
impl Kernels {
    /// Raises each lane's `best` to the largest `table[id][lane]`; fails with an id that the table has not.
    /// `table`: ids x lanes; `best`: lanes, a multiple of 32.
    pub fn row_max_bytes(&self, table: &[u8], ids: &[u16], best: &mut [u8]) -> Result<(), u16> {
        check_ids(table, best.len(), ids)?;
        (self.row_max_bytes)(table, ids, best);
        Ok(())
    }

    /// For each row in order whose `table[ids[row]][lane] >= least[lane]` for some lanes, and for each group of 32 that
    /// has such lanes: appends them to `picked`. `least`: lanes, a multiple of 32; fails as `row_max_bytes`.
    pub fn pick(&self, table: &[u8], ids: &[u16], least: &[u8], picked: &mut Vec<Picked>) -> Result<(), u16> {
        check_ids(table, least.len(), ids)?;
        assert!(u32::try_from(ids.len()).is_ok(), "rows are u32");
        (self.pick)(table, ids, least, picked);
        Ok(())
    }

    /// Raises `best[lane]` to the largest `scale * dot(lane, code)` of the picked pairs only, with the same bits as
    /// `row_max_codes` for each. `best`: the block's lanes. Every picked row and group must exist.
    pub fn row_max_picked(&self, block: &PairBlock, codes: &Codes, picked: &[Picked], best: &mut [f32]) {
        assert!(codes.width == block.width() && best.len() == block.lanes(), "the block's width and lanes");
        (self.row_max_picked)(block, codes, picked, best);
    }

    /// Asks for the codes of picked rows to be brought into the cache; rows that do not exist are ignored.
    pub fn prefetch(&self, codes: &Codes, picked: &[Picked]) {
        (self.prefetch)(codes, picked);
    }
}

fn check_tile(values: usize, width: usize, dots: usize, lanes: usize) {
    let rows = values / width;
    assert!(rows <= TILE && values == rows * width && dots == rows * lanes, "a tile has 1 to {TILE} whole rows");
}

fn check_ids(table: &[u8], lanes: usize, ids: &[u16]) -> Result<(), u16> {
    assert!(lanes > 0 && lanes.is_multiple_of(MASK), "lanes are a multiple of {MASK}");
    let rows = table.len() / lanes;
    match ids.iter().copied().max() {
        Some(largest) if usize::from(largest) >= rows => Err(largest),
        _ => Ok(()),
    }
}

/// Cuts rows into tiles of `many`, `few` or one, as (first row, rows). The last ones overlap: a row that is taken twice
/// changes no maximum.
fn tiles(count: usize, many: usize, few: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let left = count - next;
        let tile = match left {
            0 => return None,
            _ if left > 2 * few && count >= many => many,
            _ if count >= few => few,
            _ => 1,
        };
        let first = next.min(count - tile);
        next = first + tile;
        Some((first, tile))
    })
}

/// One dot product of two vectors of equal length (simsimd's, chosen for this processor at run time).
pub fn dot(a: &[f32], b: &[f32]) -> f64 {
    use simsimd::SpatialSimilarity;
    f32::dot(a, b).unwrap_or(f64::NAN)
}
