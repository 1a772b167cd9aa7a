//! What the daemon has acknowledged, and what it may or may not have done when it was killed.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::daemon::{COLLECTION, Process, client, search};
use crate::upkeep::Upkeep;

/// Threads that write, each to documents of its own.
pub(crate) const OWNERS: usize = 4;
/// Pairs of documents of each owner. A pair is written at once, so both have the same version.
pub(crate) const PAIRS: usize = 6;

/// Version of each document, 0 for none.
pub(crate) type Versions = BTreeMap<String, u64>;

/// A change that was sent and not answered.
#[derive(Debug, Clone)]
pub(crate) struct InDoubt {
    pub(crate) after: Versions,
}

/// All documents of all owners.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) versions: Vec<Versions>,
    pub(crate) in_doubt: Vec<Option<InDoubt>>,
    pub(crate) upkeep: Upkeep,
}

pub(crate) fn id(owner: usize, pair: usize, half: usize) -> String {
    format!("o{owner}-p{pair}-{half}")
}

pub(crate) fn text(id: &str, version: u64) -> String {
    format!("{id} in version {version}")
}

impl Model {
    pub(crate) fn new() -> Self {
        let owner = |owner| {
            let ids = (0..PAIRS).flat_map(move |pair| (0..2).map(move |half| id(owner, pair, half)));
            ids.map(|id| (id, 0)).collect()
        };
        Self { versions: (0..OWNERS).map(owner).collect(), in_doubt: vec![None; OWNERS], upkeep: Upkeep::default() }
    }

    /// Compares every document, read and found; what was in doubt is settled by what is there. Returns how many.
    pub(crate) fn compare(&mut self, process: &Process, when: &str) -> u64 {
        let mut compared = 0;
        for owner in 0..OWNERS {
            let found: Versions = self.versions[owner]
                .keys()
                .map(|id| (id.clone(), process.document(COLLECTION, id).map_or(0, |document| version(id, &document))))
                .collect();
            compared += found.len() as u64;
            let in_doubt = self.in_doubt[owner].take();
            let whole = found == self.versions[owner] || in_doubt.as_ref().is_some_and(|doubt| found == doubt.after);
            let acknowledged = &self.versions[owner];
            assert!(whole, "{when}\nfound {found:?}\nacknowledged {acknowledged:?}\nin doubt {in_doubt:?}");
            self.versions[owner] = found;
        }
        let found = search(&client(), process.address(), None).expect("a reply");
        let mut found: Vec<(String, u64)> = found
            .into_iter()
            .map(|(id, said, version)| {
                assert_eq!(said, text(&id, version), "{when}");
                (id, version)
            })
            .collect();
        found.sort();
        let there = self.versions.iter().flatten().filter(|(_, version)| **version > 0);
        let there: Vec<(String, u64)> = there.map(|(id, version)| (id.clone(), *version)).collect();
        assert_eq!(found, there, "{when}: what is found and what is read");
        self.upkeep.compare(process, when);
        compared
    }
}

fn version(id: &str, document: &Value) -> u64 {
    let version = document["metadata"]["version"].as_u64().expect("a version");
    assert_eq!(document["text"], text(id, version), "a torn document");
    version
}
