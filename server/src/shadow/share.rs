//! Which searches a share of them is: the same ones whenever the daemon counts the same searches.

use std::sync::atomic::{AtomicU64, Ordering};

/// 2^64 divided by the golden ratio: multiples of it fall evenly over the range of a u64 (Weyl's sequence). Every n-th
/// search would be the same few queries over and over under a load that repeats itself.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A share of a sequence, evenly spread.
#[derive(Debug)]
pub(super) struct Share {
    /// Multiples below this are taken; none without it.
    below: Option<u64>,
    counted: AtomicU64,
}

impl Share {
    /// A share from 0 to 1.
    pub(super) fn new(share: f64) -> Self {
        // Saturates at the ends, where all or none are meant.
        let below = (share * 2f64.powi(64)) as u64;
        Self { below: (below > 0).then_some(below), counted: AtomicU64::new(0) }
    }

    /// Counts one more, and says whether it belongs to the share.
    pub(super) fn takes_next(&self) -> bool {
        let Some(below) = self.below else { return false };
        // From 1, because 0 would make the first search part of any share.
        let number = self.counted.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        number.wrapping_mul(STEP) <= below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(share: f64, of: usize) -> Vec<usize> {
        let share = Share::new(share);
        (0..of).filter(|_| share.takes_next()).collect()
    }

    #[test]
    fn a_share_is_taken_exactly_and_evenly() {
        assert_eq!(taken(0.0, 1000).len(), 0);
        assert_eq!(taken(1.0, 1000).len(), 1000);
        for (share, expected) in [(0.5, 5_000), (0.1, 1_000), (0.001, 10)] {
            let taken = taken(share, 10_000);
            assert!(taken.len().abs_diff(expected) <= 1, "{share}: {}", taken.len());
            let longest = taken.windows(2).map(|pair| pair[1] - pair[0]).max();
            assert!(longest <= Some((2.7 / share) as usize), "{share}: {longest:?} in a row are left out");
        }
    }

    #[test]
    fn queries_that_come_in_a_circle_are_all_taken() {
        let circle = 300;
        let queries: std::collections::BTreeSet<_> = taken(0.001, 2_000_000).iter().map(|at| at % circle).collect();
        assert_eq!(queries.len(), circle);
    }
}
