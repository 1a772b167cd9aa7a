//! Which sequences go through a graph together, and on which threads.
//!
//! Measured on two cores with MiniLM: more than a few hundred tokens a batch makes the graph slower (its activations
//! leave the cache) and larger (4,096 tokens: about 300 MB more than 256), while fewer waste the weights read per batch.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::{Context, Result};

/// Most tokens in a batch, padding counted; a longer sequence goes alone.
pub(super) const TOKEN_BUDGET: usize = 256;

/// Batches of indexes into `lengths`, longest sequences first. Depends on lengths and budget and nothing else.
pub(super) fn plan(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| (Reverse(lengths[index]), index));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for index in order {
        match batches.last_mut() {
            // The first of a batch is its longest, so the others are padded to its length.
            Some(batch) if (batch.len() + 1).saturating_mul(lengths[batch[0]]) <= budget => batch.push(index),
            _ => batches.push(vec![index]),
        }
    }
    batches
}

/// What `work` makes of the members of each batch, in the order of the indexes. Batches are taken one after the other by
/// this thread and `threads - 1` more, which end before it returns; after an error no more are taken.
pub(super) fn run<R: Send>(
    context: &Context,
    threads: usize,
    batches: &[Vec<usize>],
    work: impl Fn(&Context, &[usize]) -> Result<Vec<R>> + Sync,
) -> Result<Vec<R>> {
    let queue = Queue { batches, next: AtomicUsize::new(0), failed: AtomicBool::new(false) };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(batches.len()))
            .map(|_| {
                let context = context.fork();
                let (queue, work) = (&queue, &work);
                scope.spawn(move || queue.drain(&context, work))
            })
            .collect();
        let mut done = queue.drain(context, &work);
        for other in others {
            let theirs = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            done = done.and_then(|mut done| {
                done.extend(theirs?);
                Ok(done)
            });
        }
        done
    })?;
    done.sort_unstable_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// Batches of one call, shared between its threads.
struct Queue<'a> {
    batches: &'a [Vec<usize>],
    next: AtomicUsize,
    failed: AtomicBool,
}

impl Queue<'_> {
    fn take(&self) -> Option<&[usize]> {
        if self.failed.load(Ordering::Relaxed) {
            return None;
        }
        self.batches.get(self.next.fetch_add(1, Ordering::Relaxed)).map(Vec::as_slice)
    }

    /// Takes batches until there are none left; results with their indexes.
    fn drain<R>(
        &self,
        context: &Context,
        work: impl Fn(&Context, &[usize]) -> Result<Vec<R>>,
    ) -> Result<Vec<(usize, R)>> {
        let mut done = Vec::new();
        while let Some(batch) = self.take() {
            let results = work(context, batch).inspect_err(|_| self.failed.store(true, Ordering::Relaxed))?;
            done.extend(batch.iter().copied().zip(results));
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Error;

    #[test]
    fn equal_lengths_stay_in_order() {
        assert_eq!(plan(&[100, 100, 100], 256), [vec![0, 1], vec![2]]);
        assert_eq!(plan(&[100, 300, 200], 0), [vec![1], vec![2], vec![0]]);
        assert_eq!(plan(&[], 256), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn results_are_in_the_order_of_the_sequences_and_the_first_error_ends_the_call() {
        let lengths: Vec<usize> = (0..500).map(|n| n * 7919 % 300 + 1).collect();
        let batches = plan(&lengths, TOKEN_BUDGET);
        for threads in [1, 2, 5] {
            let double = |_: &Context, batch: &[usize]| Ok(batch.iter().map(|index| index * 2).collect());
            let doubled = run(&Context::unbounded(), threads, &batches, double).unwrap();
            assert!(doubled.iter().enumerate().all(|(index, &twice)| twice == 2 * index));
            let asked = AtomicUsize::new(0);
            let refuse = |_: &Context, _: &[usize]| {
                asked.fetch_add(1, Ordering::Relaxed);
                Err::<Vec<()>, _>(Error::Cancelled)
            };
            assert!(matches!(run(&Context::unbounded(), threads, &batches, refuse), Err(Error::Cancelled)));
            assert!(asked.into_inner() <= threads);
        }
    }

    proptest! {
        #[test]
        fn every_sequence_is_in_one_batch_and_batches_keep_the_budget(
            lengths in proptest::collection::vec(1_usize..600, 0..200)
        ) {
            let batches = plan(&lengths, TOKEN_BUDGET);
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
