//! Query blocks: rows (query tokens, centroids, principal directions) laid out as SIMD lanes.

/// Lanes in a group: 16 values of 32 bits fill an AVX-512 register.
pub const LANES: usize = 16;

/// Bytes of one lane that an integer kernel takes at once.
const QUAD: usize = 4;

/// Values that fill a cache line and lie in one, so that no load touches two.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Padded<T, const N: usize>(pub(super) [T; N]);

/// Rows of i8 as lanes: groups of 16 lanes, each group `width / 4` steps of 16 x 4 bytes.
#[derive(Debug, Clone)]
pub struct IntBlock {
    width: usize,
    rows: usize,
    steps: Vec<Padded<i8, 64>>,
    sums: Vec<i32>,
}

impl IntBlock {
    /// Lays out rows of equal width, a multiple of 8; values -127 to 127.
    pub fn new(rows: &[&[i8]], width: usize) -> Self {
        assert!(width > 0 && width.is_multiple_of(8), "width is a multiple of 8");
        let lanes = rows.len().next_multiple_of(LANES);
        let mut steps = vec![Padded([0; 64]); lanes / LANES * (width / QUAD)];
        let mut sums = vec![0; lanes];
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(row.len(), width, "rows have one width");
            let group = &mut steps[at / LANES * (width / QUAD)..];
            for (step, quad) in group.iter_mut().zip(row.chunks_exact(QUAD)) {
                step.0[at % LANES * QUAD..][..QUAD].copy_from_slice(quad);
            }
            sums[at] = row.iter().map(|&v| i32::from(v)).sum();
        }
        Self { width, rows: rows.len(), steps, sums }
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
        let steps = self.group(lane / LANES).iter().map(|step| &step.0[lane % LANES * QUAD..][..QUAD]);
        let energy: i64 = steps.flatten().map(|&v| i64::from(v) * i64::from(v)).sum();
        (energy as f64).sqrt() as f32
    }

    /// Steps of one group of 16 lanes.
    pub(super) fn group(&self, group: usize) -> &[Padded<i8, 64>] {
        let steps = self.width / QUAD;
        &self.steps[group * steps..][..steps]
    }

    /// Sum of each lane's values.
    #[cfg(target_arch = "x86_64")]
    pub(super) fn sums(&self) -> &[i32] {
        &self.sums
    }
}

/// Rows of f32 as lanes: groups of 16 lanes, each group `width` steps of 16 values.
#[derive(Debug, Clone)]
pub struct FloatBlock {
    width: usize,
    rows: usize,
    steps: Vec<Padded<f32, LANES>>,
}

impl FloatBlock {
    /// Lays out rows of equal width.
    pub fn new(rows: &[&[f32]], width: usize) -> Self {
        assert!(width > 0, "rows have values");
        let groups = rows.len().div_ceil(LANES);
        let mut steps = vec![Padded([0.0; LANES]); groups * width];
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(row.len(), width, "rows have one width");
            for (step, &value) in steps[at / LANES * width..].iter_mut().zip(*row) {
                step.0[at % LANES] = value;
            }
        }
        Self { width, rows: rows.len(), steps }
    }

    /// Lays out columns of equal length as rows of `width` values; columns that are not given are zero.
    pub(super) fn of_columns<'a>(width: usize, rows: usize, columns: impl Iterator<Item = &'a [f32]>) -> Self {
        assert!(width > 0, "rows have values");
        let groups = rows.div_ceil(LANES);
        let mut steps = vec![Padded([0.0; LANES]); groups * width];
        for (at, column) in columns.enumerate() {
            assert!(at < width && column.len() == rows, "columns have one length");
            let (whole, rest) = column.as_chunks::<LANES>();
            for (group, values) in whole.iter().enumerate() {
                steps[group * width + at].0 = *values;
            }
            for (lane, value) in rest.iter().enumerate() {
                steps[whole.len() * width + at].0[lane] = *value;
            }
        }
        Self { width, rows, steps }
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
        self.steps.len() / self.width * LANES
    }

    /// Steps of one group of 16 lanes.
    pub(super) fn group(&self, group: usize) -> &[Padded<f32, LANES>] {
        &self.steps[group * self.width..][..self.width]
    }
}
