//! Packing of level indices into bytes; `kernels` unpack them.
//!
//! 2 and 4 bits: bytes are cut into runs of 64, then at most one each of 32, 16, 8, 4 and 2. A run of s bytes holds
//! neighbouring values: byte k has those at places k, k + s, k + 2 s ... of the run, the first in its lowest bits. A
//! register that is loaded from a run thus unpacks into values in order with a mask and a shift. 1 bit: value i is bit
//! i % 8 of byte i / 8, so that registers take eight bytes as a mask. 3 bits: codes of the low two bits, then of the high.

use crate::kernels::runs;

/// Appends packed indices to `codes`; their number is a multiple of 8.
pub(super) fn pack(indices: &[u8], bits: u8, codes: &mut Vec<u8>) {
    match bits {
        8 => codes.extend_from_slice(indices),
        1 => pack_bits(indices.iter().copied(), indices.len(), codes),
        3 => {
            pack_runs(&indices.iter().map(|i| i & 3).collect::<Vec<u8>>(), 2, codes);
            pack_bits(indices.iter().map(|i| i >> 2), indices.len(), codes);
        }
        bits => pack_runs(indices, usize::from(bits), codes),
    }
}

fn pack_bits(indices: impl Iterator<Item = u8>, count: usize, codes: &mut Vec<u8>) {
    let start = codes.len();
    codes.resize(start + count / 8, 0);
    for (at, index) in indices.enumerate() {
        codes[start + at / 8] |= index << (at % 8);
    }
}

fn pack_runs(indices: &[u8], bits: usize, codes: &mut Vec<u8>) {
    let mut rest = indices;
    for (_, length) in runs(indices.len() * bits / 8) {
        let (run, after) = rest.split_at(length * 8 / bits);
        let start = codes.len();
        codes.resize(start + length, 0);
        for (at, index) in run.iter().enumerate() {
            codes[start + at % length] |= index << (at / length * bits);
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernels::{Codes, available};

    proptest! {
        #[test]
        fn indices_survive_packing(eights in 1usize..=64, seed in any::<u64>()) {
            let mut random = crate::seed::Random::new(seed);
            // A table that gives the index back.
            let table = std::array::from_fn(|index| index as u8);
            for bits in [1u8, 2, 3, 4, 8] {
                let least = usize::from(bits == 8);
                let indices: Vec<u8> =
                    (0..eights * 8).map(|_| random.below((1 << bits) - least) as u8 + least as u8).collect();
                let mut codes = Vec::new();
                pack(&indices, bits, &mut codes);
                prop_assert_eq!(codes.len(), eights * usize::from(bits));
                for kernels in available() {
                    let mut back = vec![0; indices.len()];
                    kernels.unpack(&Codes::new(indices.len(), bits, table, &codes, &[0]), &mut back);
                    prop_assert_eq!(&back, &indices, "{} {} bits", kernels.name(), bits);
                }
            }
        }
    }
}
