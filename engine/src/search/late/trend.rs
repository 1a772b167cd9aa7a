//! How scores follow from estimates among the candidates so far: when a search may stop, looking down the estimates.

/// Candidates before a trend is trusted.
const LEAST: f64 = 24.0;

/// Least squares of scores on estimates, and the spread around it.
#[derive(Debug, Default)]
pub(super) struct Trend {
    count: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Trend {
    /// Takes in one candidate.
    pub(super) fn add(&mut self, estimate: f32, score: f32) {
        let (x, y) = (f64::from(estimate), f64::from(score));
        self.count += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// The score that an estimate leads to, plus `slack` standard deviations; infinite while too little is known.
    pub(super) fn reach(&self, estimate: f32, slack: f32) -> f32 {
        if self.count < LEAST {
            return f32::INFINITY;
        }
        let (mean_x, mean_y) = (self.x / self.count, self.y / self.count);
        let spread_x = (self.xx / self.count - mean_x * mean_x).max(0.0);
        let spread_y = (self.yy / self.count - mean_y * mean_y).max(0.0);
        let joint = self.xy / self.count - mean_x * mean_y;
        // Centroids lie closer together than what they stand for, so that a score falls at least as fast as its estimate.
        let slope = if spread_x > 0.0 { (joint / spread_x).max(1.0) } else { 1.0 };
        let around = (spread_y - 2.0 * slope * joint + slope * slope * spread_x).max(0.0).sqrt();
        (mean_y + slope * (f64::from(estimate) - mean_x) + f64::from(slack) * around) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_followed_and_slack_adds_its_spread() {
        let mut trend = Trend::default();
        for at in 0..100u8 {
            let estimate = f32::from(at) / 10.0;
            assert!(at >= 24 || trend.reach(estimate, 0.0) == f32::INFINITY);
            trend.add(estimate, 2.0 * estimate + 1.0 + if at % 2 == 0 { 0.5 } else { -0.5 });
        }
        assert!((trend.reach(3.0, 0.0) - 7.0).abs() < 0.02);
        assert!((trend.reach(3.0, 2.0) - 8.0).abs() < 0.03);
    }
}
