//! Which sequences go through the graph together.
//!
//! Measured on two cores with MiniLM: more than a few hundred tokens a batch makes the graph slower (its activations
//! leave the cache) and larger (4,096 tokens: about 300 MB more than 256), while fewer waste the weights read per batch.

use std::cmp::Reverse;

/// Most tokens in a batch, padding counted; a longer sequence goes alone.
const TOKEN_BUDGET: usize = 256;

/// Batches of indexes into `lengths`, longest sequences first. Depends on the lengths and nothing else.
pub(super) fn plan(lengths: &[usize]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| (Reverse(lengths[index]), index));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for index in order {
        match batches.last_mut() {
            // The first of a batch is its longest, so the others are padded to its length.
            Some(batch) if (batch.len() + 1).saturating_mul(lengths[batch[0]]) <= TOKEN_BUDGET => batch.push(index),
            _ => batches.push(vec![index]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_lengths_stay_in_order() {
        assert_eq!(plan(&[100, 100, 100]), [vec![0, 1], vec![2]]);
        assert_eq!(plan(&[]), Vec::<Vec<usize>>::new());
    }

    proptest! {
        #[test]
        fn every_sequence_is_in_one_batch_and_batches_keep_the_budget(
            lengths in proptest::collection::vec(1_usize..600, 0..200)
        ) {
            let batches = plan(&lengths);
            let mut seen: Vec<usize> = batches.concat();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..lengths.len()).collect::<Vec<_>>());
            for batch in &batches {
                let longest = batch.iter().map(|&i| lengths[i]).max().unwrap();
                prop_assert!(batch.len() == 1 || longest * batch.len() <= TOKEN_BUDGET);
            }
        }
    }
}
