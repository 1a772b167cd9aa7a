//! Axes: where values lie, and round numbers to mark on them.

/// Where values lie.
#[derive(Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
    pixels: (f64, f64),
}

impl Axis {
    /// An axis around values, and round numbers to mark on it.
    pub(super) fn linear(values: impl Iterator<Item = f64>, pixels: (f64, f64)) -> (Self, Vec<f64>) {
        let (low, high) = bounds(values);
        let rough = ((high - low) / 6.0).max(1e-3);
        let power = 10f64.powf(rough.log10().floor());
        let step = power * [1.0, 2.0, 5.0, 10.0].into_iter().find(|s| s * power >= rough).unwrap_or(10.0);
        let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
        let last = last.max(first + 1);
        // Decimals of the step only: 0.1 x 3 is 0.30000000000000004.
        let round = |n: i64| (n as f64 * step * 1e6).round() / 1e6;
        let marks = (first..=last).map(round).collect();
        (Self { low: round(first), high: round(last), logarithmic: false, pixels }, marks)
    }

    /// One of powers of ten, marked at 1, 2 and 5 times each.
    pub(super) fn logarithmic(values: impl Iterator<Item = f64>, pixels: (f64, f64)) -> (Self, Vec<f64>) {
        let (low, high) = bounds(values.filter(|value| *value > 0.0));
        let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
        let all: Vec<f64> = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|n| n * 10f64.powi(power))).collect();
        let first = all.iter().rposition(|mark| *mark <= low).unwrap_or(0);
        let last = all.iter().position(|mark| *mark >= high).unwrap_or(all.len() - 1).max(first + 1);
        let marks = all[first..=last].iter().map(|mark| (mark * 1e6).round() / 1e6).collect();
        (Self { low: all[first], high: all[last], logarithmic: true, pixels }, marks)
    }

    /// Where it begins and where it ends.
    pub(super) fn pixels(&self) -> [f64; 2] {
        [self.pixels.0, self.pixels.1]
    }

    /// The pixel of a value.
    pub(super) fn at(&self, value: f64) -> f64 {
        let of = |value: f64| if self.logarithmic { value.ln() } else { value };
        let share = (of(value) - of(self.low)) / (of(self.high) - of(self.low));
        self.pixels.0 + share * (self.pixels.1 - self.pixels.0)
    }
}

/// Smallest and largest; 0 and 1 of none.
fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let ends = values.fold(None, |ends, value| {
        let (low, high): (f64, f64) = ends.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    });
    ends.unwrap_or((0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_around_all_values() {
        let (axis, marks) = Axis::linear([0.372, 0.381].into_iter(), (0.0, 100.0));
        assert!(axis.low <= 0.372 && axis.high >= 0.381 && marks.len() < 12, "{marks:?}");
        let (axis, marks) = Axis::logarithmic([34.6, 602.0].into_iter(), (0.0, 100.0));
        assert_eq!(marks, [20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]);
        assert!((axis.at(20.0), axis.at(1000.0)) == (0.0, 100.0));
        let (axis, _) = Axis::linear([5.0].into_iter(), (0.0, 100.0));
        assert!(axis.at(5.0).is_finite());
    }
}
