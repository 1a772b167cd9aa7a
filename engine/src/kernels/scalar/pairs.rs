//! Pruned search: single pairs, and centroid scores as bytes.

use half::f16;

use super::levels;
use crate::kernels::{Codes, MASK, PairBlock, Picked};

pub(super) fn row_max_picked(block: &PairBlock, codes: &Codes, picked: &[Picked], best: &mut [f32]) {
    let mut row = vec![0; codes.width];
    for picked in picked {
        let scale = f16::from_bits(codes.scales[picked.row as usize]).to_f32();
        levels::unpack_row(codes, picked.row as usize, &mut row);
        for lane in (0..MASK).filter(|lane| picked.lanes >> lane & 1 == 1) {
            let lane = picked.group as usize * MASK + lane;
            let query = block.bytes[lane * block.stride / 64..].iter().flat_map(|line| &line.0);
            let dot: i32 = row.iter().zip(query).map(|(&u, &q)| i32::from(q) * (i32::from(u) - 128)).sum();
            let score = dot as f32 * scale;
            best[lane] = if score > best[lane] { score } else { best[lane] };
        }
    }
}

pub(super) fn row_max_bytes(table: &[u8], ids: &[u16], best: &mut [u8]) {
    for &id in ids {
        let row = &table[usize::from(id) * best.len()..][..best.len()];
        best.iter_mut().zip(row).for_each(|(best, &value)| *best = value.max(*best));
    }
}

pub(super) fn pick(table: &[u8], ids: &[u16], least: &[u8], picked: &mut Vec<Picked>) {
    for (row, &id) in (0..).zip(ids) {
        let scores = &table[usize::from(id) * least.len()..][..least.len()];
        for (group, (scores, least)) in (0..).zip(scores.chunks_exact(MASK).zip(least.chunks_exact(MASK))) {
            let wanted = scores.iter().zip(least).enumerate().filter(|(_, (score, least))| score >= least);
            let lanes = wanted.fold(0u32, |lanes, (lane, _)| lanes | 1 << lane);
            if lanes != 0 {
                picked.push(Picked { row, group, lanes });
            }
        }
    }
}
