//! The best k passages so far.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use crate::Result;

/// A scored passage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scored {
    pub(super) score: f32,
    pub(super) key: u64,
    /// Which part of the generation, which passage in it, which query of the request.
    pub(super) part: usize,
    pub(super) passage: usize,
    pub(super) query: usize,
}

impl Scored {
    /// Better first: higher score, then lower key.
    fn rank(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.key.cmp(&other.key))
    }
}

/// In a heap of `Worst` the worst passage is on top.
#[derive(Debug)]
struct Worst(Scored);

impl PartialEq for Worst {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Worst {}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Worst {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.rank(&other.0)
    }
}

/// Collects scored passages of one or several queries; a passage counts once, by its best score.
#[derive(Debug)]
pub(super) struct TopK {
    k: usize,
    least: f32,
    query: usize,
    offered: usize,
    heap: BinaryHeap<Worst>,
    /// Best passages of earlier queries.
    earlier: Vec<Scored>,
}

impl TopK {
    pub(super) fn new(k: usize, min_score: Option<f32>) -> Self {
        let least = min_score.unwrap_or(f32::NEG_INFINITY);
        Self { k, least, query: 0, offered: 0, heap: BinaryHeap::new(), earlier: Vec::new() }
    }

    /// How many are kept.
    pub(super) fn k(&self) -> usize {
        self.k
    }

    /// What is below this score is not kept.
    pub(super) fn floor(&self) -> f32 {
        let worst = self.heap.peek().filter(|_| self.heap.len() == self.k);
        worst.map_or(self.least, |worst| worst.0.score.max(self.least))
    }

    /// What is offered from now on belongs to this query.
    pub(super) fn begin_query(&mut self, query: usize) {
        self.earlier.extend(self.heap.drain().map(|worst| worst.0));
        self.query = query;
    }

    /// Passages offered so far.
    pub(super) fn offered(&self) -> usize {
        self.offered
    }

    /// Offers a passage; its key is only asked for if the score is good enough.
    pub(super) fn offer(&mut self, place: (usize, usize), score: f32, key: impl FnOnce() -> Result<u64>) -> Result<()> {
        self.offered += 1;
        let beaten = self.heap.len() == self.k && self.heap.peek().is_some_and(|worst| score < worst.0.score);
        if beaten || score < self.least {
            return Ok(());
        }
        let scored = Scored { score, key: key()?, part: place.0, passage: place.1, query: self.query };
        self.heap.push(Worst(scored));
        if self.heap.len() > self.k {
            self.heap.pop();
        }
        Ok(())
    }

    /// What is kept of the present query, in no order.
    pub(super) fn best(&self) -> Vec<Scored> {
        self.heap.iter().map(|worst| worst.0).collect()
    }

    /// The best k, best first.
    pub(super) fn into_best(mut self) -> Vec<Scored> {
        self.begin_query(0);
        let mut best: HashMap<u64, Scored> = HashMap::new();
        for scored in self.earlier {
            let entry = best.entry(scored.key).or_insert(scored);
            if scored.score > entry.score {
                *entry = scored;
            }
        }
        let mut ranked: Vec<Scored> = best.into_values().collect();
        ranked.sort_by(Scored::rank);
        ranked.truncate(self.k);
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(top: &mut TopK, key: u64, score: f32) {
        top.offer((0, 0), score, || Ok(key)).unwrap();
    }

    #[test]
    fn equal_scores_are_ranked_by_key_whatever_the_order_of_offers() {
        for order in [[3, 1, 2, 0], [0, 1, 2, 3], [2, 0, 3, 1]] {
            let mut top = TopK::new(2, None);
            order.iter().for_each(|&key| offer(&mut top, key, 1.0));
            assert_eq!(top.into_best().iter().map(|s| s.key).collect::<Vec<_>>(), [0, 1]);
        }
    }

    #[test]
    fn a_passage_found_by_two_queries_counts_once_by_its_best_score() {
        let mut top = TopK::new(3, Some(0.5));
        top.begin_query(0);
        offer(&mut top, 7, 1.0);
        offer(&mut top, 8, 0.4);
        top.begin_query(1);
        offer(&mut top, 7, 2.0);
        offer(&mut top, 9, 1.5);
        let best: Vec<_> = top.into_best().iter().map(|s| (s.key, s.score, s.query)).collect();
        assert_eq!(best, [(7, 2.0, 1), (9, 1.5, 1)]);
    }
}
