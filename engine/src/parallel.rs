//! Work spread over scoped threads; results come back in the order of the items, whatever the number of threads.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Maps items on up to `threads` threads that end with the call.
pub(crate) fn map<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if threads <= 1 || items.len() <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, work(item)));
        }
    };
    let scope = crossbeam::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads.min(items.len())).map(|_| scope.spawn(|_| take())).collect();
        handles
            .into_iter()
            .flat_map(|handle| handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Vec<_>>()
    });
    let mut done = scope.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        for threads in [1, 2, 7] {
            let doubled = super::map(threads, &items, |n| n * 2);
            assert!(doubled.iter().enumerate().all(|(at, &n)| n == at * 2));
        }
    }
}
