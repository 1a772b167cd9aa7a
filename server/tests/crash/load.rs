//! Concurrent upserts, deletions, searches and upkeep until the daemon is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use crate::Random;
use crate::daemon::{COLLECTION, WIDTH, client, request, search};
use crate::model::{InDoubt, Model, OWNERS, PAIRS, Versions, id, text};
use crate::upkeep::Upkeep;

/// Threads at work.
pub(crate) struct Load {
    ended: Arc<AtomicBool>,
    searches: Arc<AtomicU64>,
    owners: Vec<JoinHandle<(Versions, Option<InDoubt>, u64)>>,
    searchers: Vec<JoinHandle<()>>,
    upkeep: JoinHandle<Upkeep>,
}

/// What they did.
#[derive(Debug)]
pub(crate) struct Done {
    /// Changes that were acknowledged.
    pub(crate) acknowledged: u64,
    pub(crate) searches: u64,
}

impl Load {
    pub(crate) fn start(address: &str, model: &Model, seed: u64) -> Self {
        let (ended, searches) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let owners = (0..OWNERS).map(|owner| {
            let (address, versions, ended) = (address.to_owned(), model.versions[owner].clone(), Arc::clone(&ended));
            std::thread::spawn(move || write(owner, &address, versions, (seed, &ended)))
        });
        let searchers = (0..2).map(|number| {
            let (address, searches, ended) = (address.to_owned(), Arc::clone(&searches), Arc::clone(&ended));
            std::thread::spawn(move || find(&address, &searches, (seed ^ number, &ended)))
        });
        let (owners, searchers) = (owners.collect(), searchers.collect());
        let (address, mut upkeep, end) = (address.to_owned(), model.upkeep.clone(), Arc::clone(&ended));
        let upkeep = std::thread::spawn(move || {
            upkeep.work(&address, &end);
            upkeep
        });
        Self { ended, searches, owners, searchers, upkeep }
    }

    /// Takes over what was acknowledged, once the daemon is gone.
    pub(crate) fn end(self, model: &mut Model) -> Done {
        self.ended.store(true, Ordering::Relaxed);
        let mut acknowledged = 0;
        for (owner, thread) in self.owners.into_iter().enumerate() {
            let (versions, in_doubt, count) = thread.join().expect("an owner found nothing wrong");
            (model.versions[owner], model.in_doubt[owner]) = (versions, in_doubt);
            acknowledged += count;
        }
        self.searchers.into_iter().for_each(|thread| thread.join().expect("a searcher found nothing wrong"));
        model.upkeep = self.upkeep.join().expect("upkeep found nothing wrong");
        Done { acknowledged, searches: self.searches.load(Ordering::Relaxed) }
    }
}

/// Writes until there is no reply. Returns what is acknowledged, what is in doubt, and the number of replies.
fn write(
    owner: usize,
    address: &str,
    mut versions: Versions,
    (seed, ended): (u64, &AtomicBool),
) -> (Versions, Option<InDoubt>, u64) {
    let client = client();
    let mut random = Random::new(seed * 31 + owner as u64);
    let mut next = versions.values().max().copied().unwrap_or(0) + 1;
    let path = format!("/v1/collections/{COLLECTION}/documents");
    let mut acknowledged = 0;
    while !ended.load(Ordering::Relaxed) {
        let pair = usize::try_from(random.below(PAIRS as u64)).expect("few pairs");
        let ids = [id(owner, pair, 0), id(owner, pair, 1)];
        let mut after = versions.clone();
        let path = if random.below(4) == 0 { format!("{path}?wait=searchable") } else { path.clone() };
        let (method, body) = match random.below(10) {
            0 => {
                after.extend(ids.iter().map(|id| (id.clone(), 0)));
                ("DELETE", json!({"ids": ids}))
            }
            1 => {
                let below = next.saturating_sub(1 + random.below(8));
                after.values_mut().filter(|version| **version < below).for_each(|version| *version = 0);
                ("DELETE", json!({"filter": format!("owner = {owner} and version < {below}")}))
            }
            _ => {
                after.extend(ids.iter().map(|id| (id.clone(), next)));
                let documents: Vec<Value> = ids.iter().map(|id| document(owner, pair, id, next)).collect();
                next += 1;
                ("PUT", json!({"documents": documents}))
            }
        };
        // Without a whole reply nobody knows.
        let Some((status, reply)) = request(&client, address, method, &path, &body) else {
            return (versions, Some(InDoubt { after }), acknowledged);
        };
        assert!(matches!(status, 200 | 202), "{status} {reply}");
        versions = after;
        acknowledged += 1;
    }
    (versions, None, acknowledged)
}

fn document(owner: usize, pair: usize, id: &str, version: u64) -> Value {
    let mut row = [0f32; WIDTH];
    row[usize::try_from(version).expect("few versions") % WIDTH] = 1.0;
    let metadata = json!({"owner": owner, "pair": format!("o{owner}-p{pair}"), "version": version});
    json!({"id": id, "text": text(id, version), "vectors": [row], "metadata": metadata})
}

/// Searches for pairs: whole, once, and of one version.
fn find(address: &str, searches: &AtomicU64, (seed, ended): (u64, &AtomicBool)) {
    let client = client();
    let mut random = Random::new(seed);
    while !ended.load(Ordering::Relaxed) {
        let (owner, pair) = (random.below(OWNERS as u64), random.below(PAIRS as u64));
        let filter = format!("pair = \"o{owner}-p{pair}\"");
        let Some(found) = search(&client, address, Some(&filter)) else { return };
        let whole = match found.as_slice() {
            [] => true,
            [(a, _, version), (b, _, other)] => a != b && version == other,
            _ => false,
        };
        assert!(whole, "half a batch is found: {found:?}");
        searches.fetch_add(1, Ordering::Relaxed);
    }
}
