//! What became of the newest operations, and what their callers called them. Kept small: there is one for each change of hours.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::change::Key;

/// Operations in order of number, with what is said of few of them apart.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    newest: VecDeque<Known>,
    /// Why some failed for good.
    failures: BTreeMap<u64, String>,
    named: BTreeMap<u64, Key>,
    keys: HashMap<String, u64>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    number: u64,
    documents: u32,
}

/// What is known of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome<'a> {
    pub(super) documents: usize,
    /// Why it failed for good.
    pub(super) failure: Option<&'a str>,
}

impl Outcomes {
    /// Takes in an operation, whose number is above all others'.
    pub(super) fn push(&mut self, number: u64, documents: usize, key: Option<Key>) {
        let documents = u32::try_from(documents).unwrap_or(u32::MAX);
        self.newest.push_back(Known { number, documents });
        if let Some(key) = key {
            self.keys.insert(key.name.clone(), number);
            self.named.insert(number, key);
        }
    }

    /// Notes that an operation failed for good, if it is one of these.
    pub(super) fn fail(&mut self, number: u64, reason: String) {
        if self.find(number).is_some() {
            self.failures.insert(number, reason);
        }
    }

    /// Forgets operations from a number on.
    pub(super) fn void_from(&mut self, number: u64) {
        self.newest.truncate(self.newest.partition_point(|known| known.number < number));
        self.failures.split_off(&number);
        for key in self.named.split_off(&number).into_values() {
            self.keys.remove(&key.name);
        }
    }

    /// Forgets the oldest but for so many.
    pub(super) fn keep(&mut self, most: usize) {
        while self.newest.len() > most
            && let Some(Known { number, .. }) = self.newest.pop_front()
        {
            self.failures.remove(&number);
            if let Some(key) = self.named.remove(&number) {
                self.keys.remove(&key.name);
            }
        }
    }

    /// What is known of an operation.
    pub(super) fn get(&self, number: u64) -> Option<Outcome<'_>> {
        let known = self.find(number)?;
        Some(Outcome { documents: known.documents as usize, failure: self.failures.get(&number).map(String::as_str) })
    }

    /// Whether an operation failed for good.
    pub(super) fn has_failed(&self, number: u64) -> bool {
        self.failures.contains_key(&number)
    }

    /// The operation that a key was given to, and the digest of its change.
    pub(super) fn with_key(&self, name: &str) -> Option<(u64, &str)> {
        let number = *self.keys.get(name)?;
        Some((number, self.named.get(&number)?.digest.as_str()))
    }

    fn find(&self, number: u64) -> Option<&Known> {
        let at = self.newest.binary_search_by_key(&number, |known| known.number).ok()?;
        self.newest.get(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Option<Key> {
        Some(Key { name: name.to_owned(), digest: format!("digest of {name}") })
    }

    #[test]
    fn what_is_forgotten_is_forgotten_with_its_key_and_failure() {
        let mut outcomes = Outcomes::default();
        for number in 1..=4 {
            outcomes.push(number, number as usize, key(&format!("k{number}")));
        }
        outcomes.fail(1, "one".to_owned());
        outcomes.fail(2, "two".to_owned());
        outcomes.fail(9, "not there".to_owned());
        assert_eq!(outcomes.get(2), Some(Outcome { documents: 2, failure: Some("two") }));
        assert_eq!(outcomes.with_key("k1"), Some((1, "digest of k1")));
        outcomes.keep(3);
        outcomes.void_from(4);
        let known = |number| outcomes.get(number).map(|outcome| outcome.documents);
        assert_eq!([1, 2, 3, 4, 9].map(known), [None, Some(2), Some(3), None, None]);
        assert_eq!(["k1", "k2", "k3", "k4"].map(|name| outcomes.with_key(name).is_some()), [false, true, true, false]);
        assert_eq!([1, 2, 9].map(|number| outcomes.has_failed(number)), [false, true, false]);
        assert_eq!((outcomes.named.len(), outcomes.keys.len(), outcomes.failures.len()), (2, 2, 1));
    }
}
