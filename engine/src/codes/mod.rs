//! Score codes: token vectors as they are stored for scoring.
//!
//! `rotate -> levels -> pack`, and a scale. Nothing is trained, nothing depends on the collection:
//!
//! ```text
//! y     = R x                                R: seeded orthogonal rotation (rotation.rs)
//! c_i   = the level of  y_i * sqrt(width)    fixed Gaussian levels T (levels.rs), 1, 2, 3, 4 or 8 bits
//! scale = <y, y> / <T(c), y>  as f16         so that code . vector = vector . vector
//! decoded y_i = scale * T(c_i)
//! score of a query token q against a code = scale * (m / 127) * sum_i T(c_i) * round(127 * (R q)_i / m),   m = max |R q|
//! ```

mod levels;
mod pack;
mod query;
mod rotation;

use half::f16;

pub use levels::code_bits;
pub use query::CodedQuery;
pub(crate) use query::{IntRows, quantise};

use crate::kernels::{Codes, Kernels};
use crate::{Error, Result};
use levels::Levels;
use rotation::Rotation;

pub use crate::kernels::MAX_WIDTH;

/// Turns token vectors of one width into score codes of one number of bits and back.
#[derive(Debug, Clone)]
pub struct Coder {
    rotation: Rotation,
    levels: &'static Levels,
}

impl Coder {
    /// A coder for a width (a multiple of 8, at most 4096), bits (1, 2, 3, 4 or 8) and a seed of the rotation.
    pub fn new(width: usize, bits: u8, seed: u64) -> Result<Self> {
        let levels = levels(width, bits)?;
        Ok(Self { rotation: Rotation::new(width, seed), levels })
    }

    /// Values per token vector.
    pub fn width(&self) -> usize {
        self.rotation.width()
    }

    /// Bytes of one code, without its scale.
    pub fn code_bytes(&self) -> usize {
        bytes(self.width(), self.levels)
    }

    /// Turns a vector into the rotated space, in place.
    pub fn rotate(&self, vector: &mut [f32]) {
        self.rotation.apply(vector, &mut Vec::new());
    }

    /// Turns a vector of the rotated space back, in place.
    pub(crate) fn unrotate(&self, vector: &mut [f32]) {
        self.rotation.undo(vector, &mut Vec::new());
    }

    /// Appends the code of one token vector (any length, not zero) to `codes` and returns its scale.
    pub fn encode(&self, vector: &[f32], codes: &mut Vec<u8>) -> Result<f16> {
        self.encode_one(vector, codes, &mut Scratch::default())
    }

    /// Appends the codes of all rows and returns their scales as f16 bits.
    pub(crate) fn encode_all(&self, rows: &[f32], codes: &mut Vec<u8>) -> Result<Vec<u16>> {
        let mut scratch = Scratch::default();
        rows.chunks_exact(self.width()).map(|row| Ok(self.encode_one(row, codes, &mut scratch)?.to_bits())).collect()
    }

    fn encode_one(&self, vector: &[f32], codes: &mut Vec<u8>, scratch: &mut Scratch) -> Result<f16> {
        let Scratch { rotated, shuffled, indices } = scratch;
        rotated.clear();
        rotated.extend_from_slice(vector);
        self.rotation.apply(rotated, shuffled);
        let energy: f64 = rotated.iter().map(|&y| f64::from(y) * f64::from(y)).sum();
        if !(energy.is_finite() && energy > 0.0) {
            return Err(Error::invalid("vectors", "a token vector is zero or not finite"));
        }
        let unit = ((self.width() as f64).sqrt() / energy.sqrt()) as f32;
        indices.clear();
        indices.extend(rotated.iter().map(|&y| self.levels.index(y * unit)));
        let product: f64 =
            indices.iter().zip(&*rotated).map(|(&c, &y)| f64::from(self.levels.level(c)) * f64::from(y)).sum();
        let scale = f16::from_f64(energy / product);
        if !(scale.is_finite() && scale > f16::ZERO) {
            return Err(Error::invalid("vectors", "a token vector's length is beyond what a code can hold"));
        }
        pack::pack(indices, self.levels.bits, codes);
        Ok(scale)
    }

    /// Codes as the kernels take them; `codes` and f16 `scales` (as bits) are of the same token vectors.
    pub fn view<'a>(&self, codes: &'a [u8], scales: &'a [u16]) -> Codes<'a> {
        Codes::new(self.width(), self.levels.bits, self.levels.biased.unwrap_or_default(), codes, scales)
    }

    /// Unpacks whole codes into biased levels (level + 128): n x width, as the integer kernels take them.
    pub fn unpack(&self, kernels: Kernels, codes: &Codes, rows: &mut Vec<u8>) {
        rows.resize(codes.rows() * self.width(), 0);
        kernels.unpack(codes, rows);
    }

    /// Appends token vectors decoded into the rotated space; `rows` is a buffer.
    pub(crate) fn decode_all(&self, kernels: Kernels, codes: &Codes, rows: &mut Vec<u8>, values: &mut Vec<f32>) {
        self.unpack(kernels, codes, rows);
        for (row, scale) in rows.chunks_exact(self.width()).zip(codes.scales()) {
            let start = values.len();
            values.resize(start + self.width(), 0.0);
            self.decode(row, scale, &mut values[start..]);
        }
    }

    /// Decodes one code into the rotated space.
    pub fn decode(&self, row: &[u8], scale: f16, vector: &mut [f32]) {
        let scale = scale.to_f32();
        for (value, &biased) in vector.iter_mut().zip(row) {
            *value = scale * f32::from(i16::from(biased) - 128);
        }
    }
}

/// Buffers that coding one vector after the other reuses.
#[derive(Default)]
struct Scratch {
    rotated: Vec<f32>,
    shuffled: Vec<f32>,
    indices: Vec<u8>,
}

/// Bytes of one code of a width (a multiple of 8, at most 4096) and bits (1, 2, 3, 4 or 8).
pub(crate) fn code_bytes(width: usize, bits: u8) -> Result<usize> {
    Ok(bytes(width, levels(width, bits)?))
}

fn bytes(width: usize, levels: &Levels) -> usize {
    width * usize::from(levels.bits) / 8
}

fn levels(width: usize, bits: u8) -> Result<&'static Levels> {
    if width == 0 || width > MAX_WIDTH || !width.is_multiple_of(8) {
        return Err(Error::invalid("width", format!("{width} is no multiple of 8 from 8 to {MAX_WIDTH}")));
    }
    let none = || Error::invalid("bits", format!("{bits} is none of 1, 2, 3, 4, 8 bits per value"));
    Levels::of_bits(bits).ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernels, seed::Random};

    fn unit(width: usize, random: &mut Random) -> Vec<f32> {
        let v: Vec<f32> = (0..width).map(|_| random.gaussian()).collect();
        let norm = v.iter().map(|x| x * x).sum::<f32>().sqrt();
        v.iter().map(|x| x / norm).collect()
    }

    fn decoded(coder: &Coder, vector: &[f32]) -> Vec<f32> {
        let (mut codes, mut rows, mut out) = (Vec::new(), Vec::new(), vec![0.0; coder.width()]);
        let scale = coder.encode(vector, &mut codes).unwrap();
        assert_eq!(codes.len(), coder.code_bytes());
        coder.unpack(kernels::best(), &coder.view(&codes, &[scale.to_bits()]), &mut rows);
        coder.decode(&rows, scale, &mut out);
        out
    }

    #[test]
    fn more_bits_decode_closer_to_the_vector() {
        let mut random = Random::new(1);
        for width in [8, 96, 384, 1024] {
            let vector = unit(width, &mut random);
            let mut last = 0.0;
            for bits in [1, 2, 3, 4, 8] {
                let coder = Coder::new(width, bits, 7).unwrap();
                let mut rotated = vector.clone();
                coder.rotate(&mut rotated);
                let out = decoded(&coder, &vector);
                let dot: f32 = rotated.iter().zip(&out).map(|(a, b)| a * b).sum();
                assert!((dot - 1.0).abs() < 2e-3, "code . vector = vector . vector, width {width}, {bits} bits: {dot}");
                let cosine = dot / out.iter().map(|x| x * x).sum::<f32>().sqrt();
                assert!(cosine > last || width == 8, "width {width}, {bits} bits: {cosine} after {last}");
                last = cosine;
            }
            assert!(last > 0.999, "8 bits keep the direction: {last}");
        }
    }

    #[test]
    fn quality_at_two_bits_is_that_of_the_lloyd_max_quantiser() {
        // The mean squared error of a 4-level Gaussian quantiser is .1175 (Max 1960), so the cosine is sqrt(1 - .1175).
        let mut random = Random::new(2);
        let coder = Coder::new(384, 2, 0).unwrap();
        let mut mean = 0.0;
        for _ in 0..200 {
            let vector = unit(384, &mut random);
            let out = decoded(&coder, &vector);
            mean += 1.0 / out.iter().map(|x| x * x).sum::<f32>().sqrt() / 200.0;
        }
        assert!((mean - (1.0f32 - 0.1175).sqrt()).abs() < 0.003, "{mean}");
    }

    #[test]
    fn zero_and_overflowing_vectors_are_refused() {
        let coder = Coder::new(16, 2, 0).unwrap();
        assert!(coder.encode(&[0.0; 16], &mut Vec::new()).is_err());
        assert!(coder.encode(&[1e30; 16], &mut Vec::new()).is_err());
        assert!(Coder::new(12, 2, 0).is_err());
        assert!(Coder::new(16, 5, 0).is_err());
    }
}
