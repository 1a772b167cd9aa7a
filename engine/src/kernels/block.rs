//! Query blocks: rows (query tokens, centroids, principal directions) laid out as SIMD lanes.

/// Lanes in a group: 16 values of 32 bits fill an AVX-512 register.
pub const LANES: usize = 16;

/// Bytes of one lane that an integer kernel takes at once.
const QUAD: usize = 4;

/// Rows of i8 as lanes: groups of 16 lanes, each group `width / 4` steps of 16 x 4 bytes.
#[derive(Debug, Clone)]
pub struct IntBlock {
    width: usize,
    rows: usize,
    bytes: Vec<i8>,
    sums: Vec<i32>,
}

impl IntBlock {
    /// Lays out rows of equal width, a multiple of 8; values -127 to 127.
    pub fn new(rows: &[&[i8]], width: usize) -> Self {
        assert!(width > 0 && width.is_multiple_of(8), "width is a multiple of 8");
        let lanes = rows.len().next_multiple_of(LANES);
        let mut bytes = vec![0; lanes * width];
        let mut sums = vec![0; lanes];
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(row.len(), width, "rows have one width");
            let group = at / LANES * LANES * width + at % LANES * QUAD;
            for (step, quad) in row.chunks_exact(QUAD).enumerate() {
                bytes[group + step * LANES * QUAD..][..QUAD].copy_from_slice(quad);
            }
            sums[at] = row.iter().map(|&v| i32::from(v)).sum();
        }
        Self { width, rows: rows.len(), bytes, sums }
    }

    /// Values per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows given.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows rounded up to a multiple of 16; lanes beyond `rows` are zero.
    pub fn lanes(&self) -> usize {
        self.sums.len()
    }

    /// Euclidean norm of one lane's integers.
    pub(crate) fn norm(&self, lane: usize) -> f32 {
        let steps = self.group(lane / LANES).iter().map(|step| &step[lane % LANES * QUAD..][..QUAD]);
        let energy: i64 = steps.flatten().map(|&v| i64::from(v) * i64::from(v)).sum();
        (energy as f64).sqrt() as f32
    }

    /// Steps of one group of 16 lanes.
    pub(super) fn group(&self, group: usize) -> &[[i8; LANES * QUAD]] {
        let bytes = LANES * self.width;
        bytemuck::cast_slice(&self.bytes[group * bytes..][..bytes])
    }

    /// Sum of each lane's values.
    pub(super) fn sums(&self) -> &[i32] {
        &self.sums
    }
}

/// Rows of f32 as lanes: groups of 16 lanes, each group `width` steps of 16 values.
#[derive(Debug, Clone)]
pub struct FloatBlock {
    width: usize,
    rows: usize,
    values: Vec<f32>,
}

impl FloatBlock {
    /// Lays out rows of equal width.
    pub fn new(rows: &[&[f32]], width: usize) -> Self {
        let lanes = rows.len().next_multiple_of(LANES);
        let mut values = vec![0.0; lanes * width];
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(row.len(), width, "rows have one width");
            let group = at / LANES * LANES * width + at % LANES;
            for (step, &value) in row.iter().enumerate() {
                values[group + step * LANES] = value;
            }
        }
        Self { width, rows: rows.len(), values }
    }

    /// Values per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows given.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows rounded up to a multiple of 16; lanes beyond `rows` are zero.
    pub fn lanes(&self) -> usize {
        self.values.len() / self.width
    }

    /// Steps of one group of 16 lanes.
    pub(super) fn group(&self, group: usize) -> &[[f32; LANES]] {
        let values = LANES * self.width;
        bytemuck::cast_slice(&self.values[group * values..][..values])
    }
}
