//! Kernels of searches.

use half::f16;
use proptest::prelude::*;

use super::super::*;
use crate::seed::Random;

/// Widths of typical encoders and odd ones.
fn widths() -> impl Strategy<Value = usize> {
    prop_oneof![
        prop::sample::select(vec![8, 16, 24, 40, 56, 96, 120, 128, 200, 384, 520]),
        (1usize..=64).prop_map(|eights| eights * 8),
    ]
}

struct Case {
    width: usize,
    query: Vec<Vec<i8>>,
    random: Random,
}

impl Case {
    fn new(width: usize, lanes: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        // The extremes often: they are what overflows.
        let mut value = || match random.below(4) {
            0 => [127, -127, 0, 1][random.below(4)],
            _ => i8::try_from(random.below(255)).map_or(-1, |v| v) ^ -i8::from(random.below(2) == 0),
        };
        let query = (0..lanes).map(|_| (0..width).map(|_| value().max(-127)).collect()).collect();
        Self { width, query, random }
    }

    fn views(&self) -> Vec<&[i8]> {
        self.query.iter().map(Vec::as_slice).collect()
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.random.bits().to_le_bytes()[0]).collect()
    }

    fn scales(&mut self, count: usize) -> Vec<u16> {
        (0..count).map(|_| f16::from_f32(0.001 + self.random.below(1000) as f32 / 700.0).to_bits()).collect()
    }

    fn dot(&self, lane: usize, levels: &[u8]) -> i32 {
        self.query[lane].iter().zip(levels).map(|(&q, &u)| i32::from(q) * (i32::from(u) - 128)).sum()
    }

    /// What the integer kernels are to find, of all pairs that `wanted` names.
    fn best(&self, levels: &[u8], scales: &[f32], wanted: impl Fn(usize, usize) -> bool) -> Vec<u32> {
        let best = |lane| {
            let rows = levels.chunks_exact(self.width).zip(scales).enumerate().filter(|(row, _)| wanted(*row, lane));
            let scores = rows.map(|(_, (levels, scale))| self.dot(lane, levels) as f32 * scale);
            scores.fold(f32::NEG_INFINITY, f32::max).to_bits()
        };
        (0..self.query.len()).map(best).collect()
    }
}

/// The documented order of values in a code, one value at a time.
fn level(codes: &Codes, row: usize, value: usize) -> u8 {
    let code = codes.code(row);
    let run = |code: &[u8], bits: usize| {
        let mut at = 0;
        let mut rest = value;
        loop {
            let length = if code.len() - at >= 64 { 64 } else { 1 << (code.len() - at).ilog2() };
            if rest < length * 8 / bits {
                return code[at + rest % length] >> (rest / length * bits) & ((1 << bits) - 1);
            }
            rest -= length * 8 / bits;
            at += length;
        }
    };
    let bit = |code: &[u8]| code[value / 8] >> (value % 8) & 1;
    match codes.bits {
        8 => code[value].max(1),
        1 => codes.table[usize::from(bit(code))],
        3 => codes.table[usize::from(run(&code[..codes.width / 4], 2) | bit(&code[codes.width / 4..]) << 2)],
        bits => codes.table[usize::from(run(code, usize::from(bits)))],
    }
}

fn bits(values: &[f32], lanes: usize) -> Vec<u32> {
    values[..lanes].iter().map(|v| v.to_bits()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nearest_lanes_are_the_first_of_largest_cosine(
        width in widths(), lanes in 1usize..=70, rows in 0usize..=20, seed in any::<u64>()
    ) {
        let mut case = Case::new(width, lanes, seed);
        let levels: Vec<u8> = case.bytes(rows * width).into_iter().map(|byte| byte.max(1)).collect();
        let block = IntBlock::new(&case.views(), width);
        let mut inverse = vec![f32::NAN; block.lanes()];
        // Few factors, so that some lanes are equally near.
        inverse[..lanes].iter_mut().for_each(|inverse| *inverse = [0.5, 1.0, 0.0][case.random.below(3)]);
        for kernels in available() {
            let mut nearest = vec![Nearest { cosine: 0.0, lane: 0 }; rows];
            kernels.nearest(&block, &inverse, &levels, &mut nearest);
            for (levels, nearest) in levels.chunks_exact(width).zip(&nearest) {
                let cosines: Vec<f32> = (0..lanes).map(|lane| case.dot(lane, levels) as f32 * inverse[lane]).collect();
                let most = cosines.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let first = cosines.iter().position(|cosine| *cosine == most).unwrap();
                prop_assert_eq!((nearest.cosine, nearest.lane as usize), (most, first), "{}", kernels.name());
            }
        }
    }

    #[test]
    fn integer_rows_have_the_maxima_of_plain_sums_bit_for_bit(
        width in widths(), lanes in 0usize..=300, rows in 0usize..=60, seed in any::<u64>()
    ) {
        let mut case = Case::new(width, lanes, seed);
        let block = IntBlock::new(&case.views(), width);
        let levels: Vec<u8> = case.bytes(rows * width).into_iter().map(|level| level.max(1)).collect();
        let scales: Vec<f32> = case.scales(rows).into_iter().map(|bits| f16::from_bits(bits).to_f32()).collect();
        let want = case.best(&levels, &scales, |_, _| true);
        for kernels in available() {
            let mut best = vec![f32::NEG_INFINITY; block.lanes()];
            kernels.row_max_i8(&block, &levels, &scales, &mut best);
            prop_assert_eq!(&bits(&best, lanes), &want, "{}", kernels.name());
            let count = rows.min(TILE);
            let mut dots = vec![0; count * block.lanes()];
            kernels.dots_i8(&block, &levels[..count * width], &mut dots);
            for (row, levels) in levels.chunks_exact(width).take(TILE).enumerate() {
                for lane in 0..lanes {
                    prop_assert_eq!(dots[row * block.lanes() + lane], case.dot(lane, levels), "{}", kernels.name());
                }
            }
        }
    }

    #[test]
    fn codes_of_all_bits_have_the_maxima_of_plain_sums_bit_for_bit(
        width in widths(), lanes in 0usize..=300, rows in 0usize..=40, bits_ in prop::sample::select(vec![1u8, 2, 3, 4, 8]),
        table in any::<[u8; 16]>(), seed in any::<u64>()
    ) {
        let mut case = Case::new(width, lanes, seed);
        let table = table.map(|level| level.max(1));
        let (bytes, scales) = (case.bytes(rows * width * usize::from(bits_) / 8), case.scales(rows));
        let codes = Codes::new(width, bits_, table, &bytes, &scales);
        let wide: Vec<f32> = scales.iter().map(|&bits| f16::from_bits(bits).to_f32()).collect();
        let levels: Vec<u8> = (0..rows * width).map(|at| level(&codes, at / width, at % width)).collect();
        let want = case.best(&levels, &wide, |_, _| true);
        let block = IntBlock::new(&case.views(), width);
        let pairs = PairBlock::new(&case.views(), width);
        let masks: Vec<u32> = (0..rows * pairs.lanes() / MASK)
            .map(|_| (case.random.bits() & case.random.bits() & case.random.bits()) as u32)
            .collect();
        let groups = pairs.lanes() / MASK;
        let picked: Vec<Picked> = masks.iter().enumerate().filter(|(_, lanes)| **lanes != 0)
            .map(|(at, &lanes)| Picked { row: (at / groups) as u32, group: (at % groups) as u32, lanes })
            .collect();
        let some = case.best(&levels, &wide, |row, lane| masks[row * groups + lane / MASK] >> (lane % MASK) & 1 == 1);
        for kernels in available() {
            let mut found = vec![0; rows * width];
            kernels.unpack(&codes, &mut found);
            prop_assert_eq!(&found, &levels, "{} {} bits", kernels.name(), bits_);
            let mut best = vec![f32::NEG_INFINITY; block.lanes()];
            kernels.row_max_codes(&block, &codes, &mut best);
            prop_assert_eq!(&bits(&best, lanes), &want, "{} {} bits", kernels.name(), bits_);
            let mut best = vec![f32::NEG_INFINITY; pairs.lanes()];
            kernels.prefetch(&codes, &picked);
            kernels.row_max_picked(&pairs, &codes, &picked, &mut best);
            prop_assert_eq!(&bits(&best, lanes), &some, "{} {} bits", kernels.name(), bits_);
        }
    }

    #[test]
    fn float_rows_have_the_maxima_of_f64_sums_to_rounding_and_all_kernels_the_same_bits(
        width in widths(), lanes in 0usize..=300, rows in 0usize..=40, seed in any::<u64>()
    ) {
        let mut random = Random::new(seed);
        let half: Vec<f16> = (0..rows * width).map(|_| f16::from_f32(random.gaussian())).collect();
        let values: Vec<f32> = half.iter().map(|v| v.to_f32()).collect();
        let half: Vec<u16> = half.iter().map(|v| v.to_bits()).collect();
        let query: Vec<Vec<f32>> = (0..lanes).map(|_| (0..width).map(|_| random.gaussian()).collect()).collect();
        let views: Vec<&[f32]> = query.iter().map(Vec::as_slice).collect();
        let block = FloatBlock::new(&views, width);
        let mut all = Vec::new();
        for kernels in available() {
            let mut best = [vec![f32::NEG_INFINITY; block.lanes()], vec![f32::NEG_INFINITY; block.lanes()]];
            kernels.row_max_f32(&block, &values, &mut best[0]);
            kernels.row_max_f16(&block, &half, &mut best[1]);
            all.extend(best.map(|best| bits(&best, lanes)));
            let count = rows.min(TILE);
            let mut dots = vec![0.0; count * block.lanes()];
            kernels.dots_f32(&block, &values[..count * width], &mut dots);
            all.push(if rows <= TILE {
                let best = |lane| dots.chunks_exact(block.lanes().max(1)).map(|d: &[f32]| d[lane]).fold(f32::NEG_INFINITY, f32::max);
                (0..lanes).map(|lane| best(lane).to_bits()).collect()
            } else {
                all[0].clone()
            });
        }
        prop_assert!(all.iter().all(|best| best == &all[0]));
        for (query, best) in views.iter().zip(&all[0]) {
            let exact = |row: &[f32]| row.iter().zip(*query).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
            let want = values.chunks_exact(width).map(exact).fold(f64::NEG_INFINITY, f64::max);
            let size = |row: &[f32]| row.iter().zip(*query).map(|(a, b)| f64::from((a * b).abs())).sum::<f64>();
            let bound = values.chunks_exact(width).map(size).fold(0.0, f64::max) * f64::from(f32::EPSILON) * width as f64;
            let got = f64::from(f32::from_bits(*best));
            prop_assert!(rows == 0 || (got - want).abs() <= bound, "{got} {want}");
        }
    }

    #[test]
    fn tables_of_bytes_give_maxima_and_picks_and_refuse_unknown_ids(
        centroids in 1usize..=200, groups in 1usize..=10, count in 0usize..=300, seed in any::<u64>()
    ) {
        let mut case = Case::new(8, 0, seed);
        let lanes = groups * MASK;
        let (table, least) = (case.bytes(centroids * lanes), case.bytes(lanes));
        let least: Vec<u8> = least.into_iter().map(|v| v | 0xc0).collect();
        let ids: Vec<u16> = (0..count).map(|_| case.random.below(centroids) as u16).collect();
        let value = |id: u16, lane: usize| table[usize::from(id) * lanes + lane];
        let most: Vec<u8> = (0..lanes).map(|lane| ids.iter().map(|&id| value(id, lane)).max().map_or(7, |v| v.max(7))).collect();
        let want: Vec<Picked> = ids.iter().enumerate().flat_map(|(row, &id)| (0..groups).map(move |group| (row, id, group)))
            .map(|(row, id, group)| {
                let wanted = (0..MASK).filter(|lane| value(id, group * MASK + lane) >= least[group * MASK + lane]);
                Picked { row: row as u32, group: group as u32, lanes: wanted.fold(0, |lanes, lane| lanes | 1 << lane) }
            })
            .filter(|picked| picked.lanes != 0)
            .collect();
        let unknown: Vec<u16> = ids.iter().copied().chain([centroids as u16]).collect();
        for kernels in available() {
            let (mut best, mut picked) = (vec![7; lanes], Vec::new());
            kernels.row_max_bytes(&table, &ids, &mut best).unwrap();
            kernels.pick(&table, &ids, &least, &mut picked).unwrap();
            prop_assert_eq!(&best, &most, "{}", kernels.name());
            prop_assert_eq!(&picked, &want, "{}", kernels.name());
            prop_assert_eq!(kernels.row_max_bytes(&table, &unknown, &mut best), Err(centroids as u16));
            prop_assert_eq!(kernels.pick(&table, &unknown, &least, &mut picked), Err(centroids as u16));
            prop_assert_eq!(&picked, &want);
        }
    }
}

#[test]
fn maxima_start_from_what_was_there_and_every_number_of_lanes_has_its_own() {
    let width = 40;
    for lanes in 0..=300 {
        let mut case = Case::new(width, lanes, 5);
        let (bytes, scales) = (case.bytes(13 * width / 4), case.scales(13));
        let codes = Codes::new(width, 2, [118, 125, 131, 138, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], &bytes, &scales);
        let block = IntBlock::new(&case.views(), width);
        let mut all = available().into_iter().map(|kernels| {
            let mut best = vec![2.5; block.lanes()];
            kernels.row_max_codes(&block, &codes, &mut best);
            assert!(best.iter().all(|&score| score >= 2.5));
            bits(&best, block.lanes())
        });
        let first = all.next().unwrap();
        assert!(all.all(|other| other == first), "{lanes} lanes");
    }
}
