//! Unpacking of codes into biased levels; FORMAT.md has the order of values in a code.

use crate::kernels::{Codes, runs};

pub(super) fn unpack(codes: &Codes, levels: &mut [u8]) {
    for (row, levels) in levels.chunks_exact_mut(codes.width).enumerate() {
        unpack_row(codes, row, levels);
    }
}

/// Unpacks one row.
pub(super) fn unpack_row(codes: &Codes, row: usize, levels: &mut [u8]) {
    let code = codes.code(row);
    match codes.bits {
        // A byte 0 would be level -128, which no coder writes and the kernels do not take.
        8 => levels.iter_mut().zip(code).for_each(|(level, &byte)| *level = byte.max(1)),
        1 => bits(code, levels, |_, bit| bit),
        3 => {
            let (low, high) = code.split_at(codes.width / 4);
            parts(low, 2, levels);
            bits(high, levels, |low, bit| low | bit << 2);
        }
        bits => parts(code, u32::from(bits), levels),
    }
    if codes.bits != 8 {
        levels.iter_mut().for_each(|level| *level = codes.table[usize::from(*level)]);
    }
}

fn bits(code: &[u8], levels: &mut [u8], merge: impl Fn(u8, u8) -> u8) {
    for (levels, &byte) in levels.chunks_exact_mut(8).zip(code) {
        for (bit, level) in levels.iter_mut().enumerate() {
            *level = merge(*level, byte >> bit & 1);
        }
    }
}

fn parts(code: &[u8], bits: u32, levels: &mut [u8]) {
    let parts = 8 / bits as usize;
    for (at, length) in runs(code.len()) {
        let (code, levels) = (&code[at..][..length], &mut levels[at * parts..][..length * parts]);
        for (part, levels) in (0..).zip(levels.chunks_exact_mut(length)) {
            for (level, &byte) in levels.iter_mut().zip(code) {
                *level = byte >> (part * bits) & ((1 << bits) - 1);
            }
        }
    }
}
