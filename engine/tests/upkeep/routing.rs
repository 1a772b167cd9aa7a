//! Routers are trained while changes are applied and segments merged.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};

use maxsimd_engine::build::ROUTER_FROM;
use maxsimd_engine::collection::Store;
use maxsimd_engine::live::{Applied, Change, Compacted, LiveCollection, Upsert};
use maxsimd_engine::storage::{Disk, Output, Storage};
use maxsimd_engine::{Context, Result};

use crate::support::live::{WIDTH, apply_all, compact, create, name, upsert};
use crate::support::{Noise, vectors};

/// Threads of this name are held before they publish postings.
const HELD: &str = "held";

/// The disk, where some threads are held.
#[derive(Debug)]
struct Gate {
    came: Sender<()>,
    open: Mutex<Receiver<()>>,
}

impl Storage for Gate {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn Output>> {
        Disk.create(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if std::thread::current().name() == Some(HELD) && to.extension().is_some_and(|kind| kind == "postings") {
            self.came.send(()).unwrap();
            // Until the other end is dropped.
            let _ = self.open.lock().unwrap().recv();
        }
        Disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        Disk.create_folder(path)
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        Disk.remove_folder(path)
    }
    fn sync_file(&self, path: &Path) -> io::Result<()> {
        Disk.sync_file(path)
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        Disk.sync_folder(path)
    }
}

fn submit(live: &LiveCollection, upsert: Upsert) {
    live.submit(Change::Upsert(vec![upsert]), None).unwrap();
}

/// A document with half as many token vectors as a router needs.
fn large(id: &str, seed: u64) -> Upsert {
    let matrix = vectors(&mut Noise::new(seed), WIDTH, ROUTER_FROM as usize / 2, 0.7);
    Upsert { vectors: Some(matrix), ..upsert(id, seed) }
}

fn held<T: Send + 'static>(
    live: &Arc<LiveCollection>,
    work: impl FnOnce(&LiveCollection) -> Result<T> + Send + 'static,
) -> JoinHandle<Result<T>> {
    let live = Arc::clone(live);
    Builder::new().name(HELD.to_owned()).spawn(move || work(&live)).unwrap()
}

#[test]
fn what_was_written_beside_the_old_router_is_published_under_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let ((came, comes), (open, opened)) = (channel(), channel::<()>());
    let store = Store::on(Arc::new(Gate { came, open: Mutex::new(opened) }), folder.path()).unwrap();
    create(&store);
    let live = Arc::new(LiveCollection::open(&store, &name()).unwrap());
    let context = Context::unbounded();
    assert!(!live.route(&context, None).unwrap());
    for at in 0..2 {
        submit(&live, large(&format!("large-{at}"), at));
    }
    apply_all(&live);
    assert!(live.route(&context, None).unwrap());
    assert!(!live.route(&context, None).unwrap());
    // Replacing documents is no growth.
    for at in 0..2 {
        submit(&live, large(&format!("large-{at}"), 10 + at));
    }
    apply_all(&live);
    assert!(!live.route(&context, None).unwrap());
    compact(&live);
    for at in 2..4 {
        submit(&live, large(&format!("large-{at}"), at));
    }
    for at in 0..8 {
        submit(&live, upsert(&format!("small-{at}"), 1));
        apply_all(&live);
    }
    submit(&live, upsert("last", 1));
    let merging = held(&live, |live| live.compact(&Context::unbounded()));
    comes.recv().unwrap();
    let applying = held(&live, |live| live.apply(&Context::unbounded(), None));
    comes.recv().unwrap();
    let before = live.generation().description().generation;
    assert!(live.route(&context, None).unwrap());
    assert_eq!(live.generation().description().generation, before + 1);
    drop(open);
    assert!(matches!(merging.join().unwrap().unwrap(), Compacted::Merged { .. }));
    assert!(matches!(applying.join().unwrap().unwrap(), Applied::Published(_)));
    assert_eq!(live.generation().description().documents, 13);
    drop(live);
    assert!(store.verify(&context, &name()).unwrap().is_empty());
}
