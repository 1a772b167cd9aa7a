//! Fixed quantiser levels: Lloyd-Max for a Gaussian of variance 1 (Max 1960, table I), as small integers.

/// Levels of one number of bits. The integers *are* the levels; the scale of a code makes up for their unit.
#[derive(Debug)]
pub(super) struct Levels {
    /// Bits per value.
    pub(super) bits: u8,
    /// Levels above zero, ascending; the others are their negatives. Empty at 8 bits.
    positive: &'static [i8],
    /// Decision boundaries between them in standard deviations, ascending.
    boundaries: &'static [f32],
    /// Level + 128 by index, for table look-up; absent at 8 bits, where the index is it.
    pub(super) biased: Option<[u8; 16]>,
}

/// At 8 bits the levels are uniform: 32 per standard deviation, to 3.97.
const STEPS_PER_DEVIATION: f32 = 32.0;

static ALL: [Levels; 5] = [
    gaussian(1, &[1], &[]),
    gaussian(2, &[3, 10], &[0.9816]),
    gaussian(3, &[14, 45, 79, 127], &[0.5006, 1.0500, 1.7479]),
    gaussian(4, &[6, 18, 31, 44, 58, 75, 96, 127], &[0.2582, 0.5224, 0.7996, 1.0993, 1.4371, 1.8435, 2.4008]),
    Levels { bits: 8, positive: &[], boundaries: &[], biased: None },
];

const fn gaussian(bits: u8, positive: &'static [i8], boundaries: &'static [f32]) -> Levels {
    let mut biased = [128u8; 16];
    let half = positive.len();
    let mut at = 0;
    while at < half {
        biased[half + at] = 128 + positive[at] as u8;
        biased[half - 1 - at] = 128 - positive[at] as u8;
        at += 1;
    }
    Levels { bits, positive, boundaries, biased: Some(biased) }
}

/// Numbers of bits that a score code may have for each value.
pub fn code_bits() -> impl Iterator<Item = u8> {
    ALL.iter().map(|levels| levels.bits)
}

impl Levels {
    /// Levels of 1, 2, 3, 4 or 8 bits.
    pub(super) fn of_bits(bits: u8) -> Option<&'static Self> {
        ALL.iter().find(|levels| levels.bits == bits)
    }

    /// Index of the level of a value in standard deviations.
    pub(super) fn index(&self, value: f32) -> u8 {
        if self.biased.is_none() {
            return ((value * STEPS_PER_DEVIATION).round().clamp(-127.0, 127.0) as i16 + 128) as u8;
        }
        let half = self.positive.len() as u8;
        let above = self.boundaries.iter().filter(|&&boundary| value.abs() > boundary).count() as u8;
        if value < 0.0 { half - 1 - above } else { half + above }
    }

    /// The level of an index, -127 to 127.
    pub(super) fn level(&self, index: u8) -> i16 {
        let biased = match &self.biased {
            Some(table) => table[usize::from(index & 15)],
            None => index,
        };
        i16::from(biased) - 128
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_is_the_level_nearest_to_its_own_value() {
        for levels in &ALL {
            let count = 1usize << levels.bits;
            let first = usize::from(levels.biased.is_none());
            for index in first..count {
                let index = u8::try_from(index).unwrap();
                // Integer units per standard deviation, from the outermost level (Max 1960).
                let unit = match levels.bits {
                    1 => 1.0 / 0.7979,
                    2 => 10.0 / 1.5104,
                    3 => 127.0 / 2.1520,
                    4 => 127.0 / 2.7326,
                    _ => STEPS_PER_DEVIATION,
                };
                let value = f32::from(levels.level(index)) / unit;
                assert_eq!(levels.index(value), index, "{} bits", levels.bits);
            }
        }
    }

    #[test]
    fn levels_are_symmetric_and_ascending() {
        for levels in &ALL {
            let first = if levels.biased.is_none() { 1 } else { 0 };
            let last = u8::try_from((1u16 << levels.bits) - 1).unwrap();
            let all: Vec<i16> = (first..=last).map(|c| levels.level(c)).collect();
            assert!(all.is_sorted());
            assert!(all.iter().zip(all.iter().rev()).all(|(a, b)| a == &-b), "{all:?}");
        }
    }
}
