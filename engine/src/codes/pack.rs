//! Packing of level indices into bytes, as planes: byte k of a plane holds the values k, k + n, k + 2n, ...
//!
//! A plane of b bits has n = width * b / 8 bytes; value k + p * n stands in bits [p * b, (p + 1) * b) of byte k.
//! Codes of 3 bits are a plane of the low two bits followed by a plane of the high bit. Unpacking is shifts and masks
//! over whole runs of bytes, which compilers turn into SIMD.

/// Appends packed indices to `codes`; their number is a multiple of 8.
pub(super) fn pack(indices: &[u8], bits: u8, codes: &mut Vec<u8>) {
    match bits {
        8 => codes.extend_from_slice(indices),
        3 => {
            pack_plane(indices.iter().map(|i| i & 3), indices.len(), 2, codes);
            pack_plane(indices.iter().map(|i| i >> 2), indices.len(), 1, codes);
        }
        _ => pack_plane(indices.iter().copied(), indices.len(), bits, codes),
    }
}

fn pack_plane(indices: impl Iterator<Item = u8>, width: usize, bits: u8, codes: &mut Vec<u8>) {
    let start = codes.len();
    let bytes = width * usize::from(bits) / 8;
    codes.resize(start + bytes, 0);
    for (at, index) in indices.enumerate() {
        codes[start + at % bytes] |= index << (at / bytes * usize::from(bits));
    }
}

/// Unpacks one code into indices; `indices` has the width's length.
pub(super) fn unpack(code: &[u8], bits: u8, indices: &mut [u8]) {
    match bits {
        8 => indices.copy_from_slice(code),
        3 => {
            let (low, high) = code.split_at(indices.len() / 4);
            unpack_plane::<2>(low, indices, |_, bits| bits);
            unpack_plane::<1>(high, indices, |low, bit| low | bit << 2);
        }
        1 => unpack_plane::<1>(code, indices, |_, bits| bits),
        2 => unpack_plane::<2>(code, indices, |_, bits| bits),
        _ => unpack_plane::<4>(code, indices, |_, bits| bits),
    }
}

fn unpack_plane<const BITS: u32>(plane: &[u8], indices: &mut [u8], merge: impl Fn(u8, u8) -> u8) {
    for (part, indices) in (0u32..).zip(indices.chunks_exact_mut(plane.len())) {
        for (index, &byte) in indices.iter_mut().zip(plane) {
            *index = merge(*index, (byte >> (part * BITS)) & ((1 << BITS) - 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn indices_survive_packing(eights in 1usize..=64, seed in any::<u64>()) {
            let mut random = crate::seed::Random::new(seed);
            for bits in [1u8, 2, 3, 4, 8] {
                let indices: Vec<u8> = (0..eights * 8).map(|_| random.below(1 << bits) as u8).collect();
                let mut codes = Vec::new();
                pack(&indices, bits, &mut codes);
                prop_assert_eq!(codes.len(), eights * usize::from(bits));
                let mut back = vec![0; indices.len()];
                unpack(&codes, bits, &mut back);
                prop_assert_eq!(back, indices);
            }
        }
    }
}
