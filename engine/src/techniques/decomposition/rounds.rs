//! What several rounds found, as one ranking: the first of each, then the second of each. Sums of reciprocal ranks would bury
//! what a single round is there to find.

use std::collections::HashMap;

use crate::Result;
use crate::answer::{Retrieved, Run};

/// What rounds found for a question.
#[derive(Debug)]
pub(super) struct Rounds {
    pub(super) found: Retrieved,
    count: usize,
    /// Of each passage that was found, its best rank and the round of that.
    places: HashMap<(String, String), (usize, usize)>,
}

impl Rounds {
    pub(super) fn begin(found: &Retrieved) -> Self {
        let mut rounds = Self { found: found.clone(), count: 0, places: HashMap::new() };
        rounds.place(found);
        rounds
    }

    /// One more round.
    pub(super) fn add(&mut self, more: Retrieved) {
        self.place(&more);
        self.found.merge(more);
    }

    fn place(&mut self, found: &Retrieved) {
        for (rank, (collection, passage)) in found.contexts.hits().iter().map(|found| found.key()).enumerate() {
            let place = self.places.entry((collection.to_owned(), passage.to_owned())).or_insert((rank, self.count));
            *place = (*place).min((rank, self.count));
        }
        self.count += 1;
    }

    /// The best of them.
    pub(super) fn packed(self, run: &mut Run<'_>) -> Result<Retrieved> {
        let score = |(collection, passage): (&str, &str)| {
            let place = self.places.get(&(collection.to_owned(), passage.to_owned()));
            place.map_or(0.0, |(rank, round)| 1.0 / (1 + rank * self.count + round) as f32)
        };
        let scores: Vec<f32> = self.found.contexts.hits().iter().map(|found| score(found.key())).collect();
        run.packed(self.found, &scores)
    }
}
