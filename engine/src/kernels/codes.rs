//! Views that the kernels take: packed score codes, the tokens of a query one by one, picked pairs.

use super::Padded;

/// Lanes of one mask of wanted pairs.
pub const MASK: usize = 32;

/// Widest token vector that codes have.
pub const MAX_WIDTH: usize = 4096;

/// Packed score codes of some token vectors with a scale for each.
#[derive(Debug, Clone, Copy)]
pub struct Codes<'a> {
    pub(super) width: usize,
    pub(super) bits: u8,
    pub(super) bytes: &'a [u8],
    pub(super) scales: &'a [u16],
    pub(super) table: [u8; 16],
}

impl<'a> Codes<'a> {
    /// `bytes`: n x width * bits / 8; `scales`: n f16 as bits; `table`: level + 128 by index, unused at 8 bits.
    pub fn new(width: usize, bits: u8, table: [u8; 16], bytes: &'a [u8], scales: &'a [u16]) -> Self {
        assert!((8..=MAX_WIDTH).contains(&width) && width.is_multiple_of(8), "a width that codes have");
        assert!(matches!(bits, 1..=4 | 8), "bits that codes have");
        assert_eq!(bytes.len(), scales.len() * (width * usize::from(bits) / 8), "a code and a scale per row");
        Self { width, bits, bytes, scales, table }
    }

    /// Token vectors.
    pub fn rows(&self) -> usize {
        self.scales.len()
    }

    /// Scale of each token vector.
    pub fn scales(&self) -> impl Iterator<Item = half::f16> + use<'a> {
        self.scales.iter().map(|&bits| half::f16::from_bits(bits))
    }

    /// Values of a token vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Bytes of a code.
    pub fn code_bytes(&self) -> usize {
        self.width * usize::from(self.bits) / 8
    }

    /// The code of one row.
    #[inline]
    pub(super) fn code(&self, row: usize) -> &'a [u8] {
        let bytes = self.code_bytes();
        &self.bytes[row * bytes..][..bytes]
    }
}

/// Runs into which the bytes of 2- and 4-bit codes are cut, as (first byte, length): 64 as often as they fit, then at
/// most one each of 32, 16, 8, 4 and 2, so that a run unpacks into neighbouring values by shifts of a whole register.
pub(crate) fn runs(bytes: usize) -> impl Iterator<Item = (usize, usize)> {
    let whole = (0..bytes / 64).map(|run| (run * 64, 64));
    let rest = [32, 16, 8, 4, 2].into_iter().filter(move |length| bytes & length != 0);
    whole.chain(rest.map(move |length| (bytes & !(2 * length - 1), length)))
}

/// One passage token that some query tokens still want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Picked {
    /// Row among the passage's token vectors.
    pub row: u32,
    /// Which 32 lanes.
    pub group: u32,
    /// Bit per lane of the group.
    pub lanes: u32,
}

impl Picked {
    /// The lanes, ascending.
    pub fn lanes(self) -> impl Iterator<Item = usize> {
        let first = self.group as usize * MASK;
        (0..MASK).filter(move |lane| self.lanes >> lane & 1 == 1).map(move |lane| first + lane)
    }
}

/// Query tokens one after the other, for single pairs; lanes are rounded up to a multiple of 32, the rest is zero.
#[derive(Debug, Clone)]
pub struct PairBlock {
    width: usize,
    /// Bytes from one token to the next.
    pub(super) stride: usize,
    pub(super) bytes: Vec<Padded<i8, 64>>,
    /// -128 times the sum of each token's values: biased levels give that much too much.
    pub(super) starts: Vec<i32>,
}

impl PairBlock {
    /// Lays out rows of equal width; values -127 to 127.
    pub fn new(rows: &[&[i8]], width: usize) -> Self {
        let lanes = rows.len().next_multiple_of(MASK);
        let lines = width.div_ceil(64);
        // A register may reach beyond the last value by almost its length.
        let mut bytes = vec![Padded([0; 64]); lanes * lines + 1];
        let mut starts = vec![0; lanes];
        for ((row, lines), start) in rows.iter().zip(bytes.chunks_exact_mut(lines)).zip(&mut starts) {
            assert_eq!(row.len(), width, "rows have one width");
            for (line, values) in lines.iter_mut().zip(row.chunks(64)) {
                line.0[..values.len()].copy_from_slice(values);
            }
            *start = -128 * row.iter().map(|&v| i32::from(v)).sum::<i32>();
        }
        Self { width, stride: lines * 64, bytes, starts }
    }

    /// Values per token.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Tokens rounded up to a multiple of 32.
    pub fn lanes(&self) -> usize {
        self.starts.len()
    }
}
