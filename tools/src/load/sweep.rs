//! Several rates one after the other, and what their curve says.

use std::str::FromStr;

/// Achieved rates below this share of the offered ones do not keep up.
const KEEPS_UP: f64 = 0.95;
/// A curve bends if it lies this far below its chord, both axes scaled to 1.
const BEND: f64 = 0.1;
/// What p99 has to become after a knee, as a multiple; less is what any two runs differ by.
const CLIMB: f64 = 2.0;

/// Rates that are tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sweep {
    from: f64,
    to: f64,
    steps: u16,
}

impl Sweep {
    /// All of them, evenly spread, lowest first.
    pub fn rates(&self) -> impl Iterator<Item = f64> {
        let (from, step) = (self.from, (self.to - self.from) / f64::from(self.steps - 1));
        (0..self.steps).map(move |i| from + step * f64::from(i))
    }
}

impl FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = || {
            let [from, to, steps] = text.split(':').collect::<Vec<_>>().try_into().ok()?;
            let sweep = Self { from: from.parse().ok()?, to: to.parse().ok()?, steps: steps.parse().ok()? };
            let sound = sweep.from > 0.0 && sweep.to > sweep.from && sweep.to.is_finite() && sweep.steps >= 2;
            sound.then_some(sweep)
        };
        parsed().ok_or_else(|| format!("{text:?} is no FROM:TO:STEPS such as 50:500:10"))
    }
}

/// One rate, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Requests a second that were meant to be sent.
    pub offered: f64,
    /// Those that were answered.
    pub achieved: f64,
    /// Latency in milliseconds.
    pub p99: f64,
    /// Whether the objective was kept, if there is one.
    pub kept: Option<bool>,
}

impl Point {
    fn keeps_up(&self) -> bool {
        self.achieved >= KEEPS_UP * self.offered
    }
}

/// The rate after which p99 begins to climb: of those that the server keeps up with, the one that lies farthest below the
/// chord of the curve (Kneedle; Satopää et al. 2011). None if there are fewer than three rates or the curve does not bend, or
/// if p99 at the highest rate is not twice what it is there.
pub fn knee(points: &[Point]) -> Option<f64> {
    let (first, last) = (points.first()?, points.last()?);
    let low = points.iter().map(|point| point.p99).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|point| point.p99).fold(0.0, f64::max);
    let below = |point: &Point| {
        (point.offered - first.offered) / (last.offered - first.offered) - (point.p99 - low) / (high - low)
    };
    let climbs = |point: &Point| last.p99 >= CLIMB * point.p99;
    let bends = |point: &&Point| point.keeps_up() && below(point) >= BEND && climbs(point);
    let enough = points.len() >= 3 && high > low;
    let deepest = points.iter().filter(bends).max_by(|a, b| below(a).total_cmp(&below(b)));
    deepest.filter(|_| enough).map(|point| point.offered)
}

/// The highest rate that keeps the objective, as do all below it.
pub fn highest_within(points: &[Point]) -> Option<f64> {
    points.iter().take_while(|point| point.kept == Some(true)).last().map(|point| point.offered)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that can do `most` a second, at rates of 100 to 1000, with an objective of 20 ms.
    fn curve(most: f64) -> Vec<Point> {
        let point = |offered: f64| {
            let load = offered / most;
            let p99 = if load < 1.0 { 5.0 / (1.0 - load) } else { 1000.0 + 1000.0 * load };
            Point { offered, achieved: offered.min(most), p99, kept: Some(p99 <= 20.0) }
        };
        (1..=10).map(|i| point(f64::from(i) * 100.0)).collect()
    }

    #[test]
    fn the_knee_is_where_the_curve_begins_to_climb() {
        assert_eq!(knee(&curve(750.0)), Some(700.0));
        assert_eq!(knee(&curve(420.0)), Some(400.0));
    }

    #[test]
    fn a_curve_that_is_flat_or_straight_has_no_knee() {
        let flat = |p99: f64| Point { offered: 1.0, achieved: 1.0, p99, kept: None };
        let straight: Vec<Point> = (1..9)
            .map(|i| Point { offered: f64::from(i), achieved: f64::from(i), p99: f64::from(i), kept: None })
            .collect();
        assert_eq!(knee(&[flat(3.0); 4]), None);
        assert_eq!(knee(&straight), None);
        assert_eq!(knee(&curve(750.0)[..2]), None);
        let noise = [11.5, 9.6, 8.6, 10.0, 9.1];
        let noisy =
            (1..).zip(noise).map(|(i, p99)| Point { offered: f64::from(i), achieved: f64::from(i), p99, kept: None });
        assert_eq!(knee(&noisy.collect::<Vec<_>>()), None);
    }

    #[test]
    fn the_highest_rate_within_the_objective_has_none_below_it_that_breaks_it() {
        let mut points = curve(750.0);
        assert_eq!(highest_within(&points), Some(500.0));
        points[2].kept = Some(false);
        assert_eq!(highest_within(&points), Some(200.0));
        points[0].kept = Some(false);
        assert_eq!(highest_within(&points), None);
    }

    #[test]
    fn the_rates_of_a_sweep_are_evenly_spread() {
        let rates = |text: &str| text.parse::<Sweep>().map(|sweep| sweep.rates().collect::<Vec<_>>());
        assert_eq!(rates("50:200:4"), Ok(vec![50.0, 100.0, 150.0, 200.0]));
        for bad in ["", "1:2", "0:5:3", "5:1:3", "1:5:1", "1:inf:3", "1:2:3:4"] {
            assert!(rates(bad).is_err(), "{bad}");
        }
    }
}
