//! The disk is full or broken at any one operation, for a moment or for longer: whoever asks is told, what was acknowledged
//! stays, and when the fault is over work goes on without a restart. `MAXSIMD_SEED` chooses the faults under concurrency.

mod support;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use maxsimd_engine::collection::Store;
use maxsimd_engine::live::{Applied, Change, LiveCollection};
use maxsimd_engine::{Context, Error, Result};
use support::Noise;
use support::failing::{EIO, ENOSPC, Failing, Fault};
use support::live::{Model, apply_all, create, delete_below, mend, name, upsert};
use support::script::ids;
use tempfile::TempDir;

const FAULTS: [(bool, i32); 4] = [(false, ENOSPC), (false, EIO), (true, ENOSPC), (true, EIO)];

/// A live collection on a disk that fails.
struct Rig {
    folder: TempDir,
    disk: Arc<Failing>,
    store: Store,
    live: LiveCollection,
    model: Model,
    /// What a change that was refused would have made of it: it may be there after a restart.
    refused: Vec<Model>,
}

#[derive(Clone)]
enum Step {
    Submit(Change),
    Apply,
    Mend,
    CompactAll,
}

fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn upserts(documents: &[usize], version: u64) -> Step {
    Step::Submit(Change::Upsert(documents.iter().map(|n| upsert(&format!("doc-{n}"), version)).collect()))
}

fn steps() -> Vec<Step> {
    let delete = |document: usize| Step::Submit(Change::Delete(vec![format!("doc-{document}")]));
    vec![
        upserts(&[0, 1, 2], 1),
        Step::Apply,
        upserts(&[0, 3], 2),
        delete(1),
        Step::Apply,
        upserts(&[4, 5], 3),
        Step::Submit(delete_below(2)),
        Step::Mend,
        Step::CompactAll,
        Step::Apply,
        upserts(&[6], 4),
        Step::Mend,
        Step::CompactAll,
    ]
}

/// Whether it worked; any error must be what the disk said.
fn worked<T>(result: Result<T>) -> bool {
    match result {
        Ok(_) => true,
        Err(Error::Io { source, .. }) => {
            assert!(matches!(source.raw_os_error(), Some(ENOSPC | EIO)), "{source}");
            false
        }
        Err(error) => panic!("{error} is not what the disk said"),
    }
}

impl Rig {
    fn new() -> Self {
        let (folder, disk) = (folder(), Failing::new());
        let storage: Arc<Failing> = Arc::clone(&disk);
        let store = Store::on(storage, folder.path()).unwrap();
        create(&store);
        let live = LiveCollection::open(&store, &name()).unwrap();
        Self { folder, disk, store, live, model: Model::default(), refused: Vec::new() }
    }

    fn step(&mut self, step: &Step) {
        let context = Context::unbounded();
        match step {
            Step::Submit(change) => {
                let mut after = self.model.clone();
                after.apply(change);
                let submitted = self.live.submit(change.clone(), None);
                if self.model.0.is_empty() && matches!(submitted, Err(Error::Filter(_))) {
                    // No document has come so far as to make the field known.
                    return;
                }
                match worked(submitted) {
                    true => (self.model, self.refused) = (after, Vec::new()),
                    false => self.refused.push(after),
                }
            }
            // As often as a server tries while it waits for space.
            Step::Apply => {
                for _ in 0..5 {
                    let applied = self.live.apply(&context, None);
                    assert!(!matches!(applied, Ok(Applied::Failed { .. })), "no operation is to blame");
                    if worked(applied) {
                        break;
                    }
                }
            }
            Step::Mend => drop(worked(mend(&self.live))),
            Step::CompactAll => drop(worked(self.live.compact_all(&context))),
        }
        self.model.compare(&self.live, &ids());
    }

    /// Files that take space and are none of the collection's.
    fn strays(&self) -> Vec<String> {
        let folder = self.folder.path().join("live");
        let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let known = |name: &str| name == "lock" || name == "manifest.json" || name.ends_with(".log");
        names.filter(|name| !known(name) && !manifest.contains(name.split('.').next().unwrap())).collect()
    }

    /// What a restart at this moment finds, on a disk that works again.
    fn check_restart(&self) {
        let copy = folder();
        fs::create_dir(copy.path().join("live")).unwrap();
        for entry in fs::read_dir(self.folder.path().join("live")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), copy.path().join("live").join(entry.file_name())).unwrap();
        }
        let live = open(copy.path());
        let allowed = || self.refused.iter().chain([&self.model]);
        let model = allowed().find(|model| model.is_what(&live, &ids())).expect("what was acknowledged");
        apply_all(&live);
        model.compare_searches(&live);
    }

    /// Work goes on, and a restart finds it.
    fn check_healed(mut self, fault: Fault) {
        for step in [upserts(&[7], 9), Step::Apply, upserts(&[8], 9), Step::Apply, Step::Mend, Step::CompactAll] {
            self.step(&step);
            assert!(self.refused.is_empty(), "it works again");
        }
        apply_all(&self.live);
        self.model.compare_searches(&self.live);
        // On a broken disk nothing can be removed either; the next opening does it.
        assert!(self.strays().is_empty() || fault.lasts && fault.error == EIO, "{:?}", self.strays());
        drop(self.live);
        let live = open(self.folder.path());
        self.model.compare(&live, &ids());
        self.model.compare_searches(&live);
        drop(live);
        sound(&self.store);
    }
}

fn open(root: &Path) -> LiveCollection {
    LiveCollection::open(&Store::open(root).unwrap(), &name()).unwrap()
}

fn sound(store: &Store) {
    let damage = store.verify(&Context::unbounded(), &name()).unwrap();
    assert!(damage.is_empty(), "{damage:?}");
}

/// How often the work can fail, at each of its operations.
fn everywhere(work: impl Fn(&mut Rig), then: impl Fn(Rig, Fault)) {
    for (lasts, error) in FAULTS {
        let mut after = 0;
        loop {
            let fault = Fault { after, lasts, error };
            let _place = Place(fault);
            let mut rig = Rig::new();
            rig.disk.break_down(fault);
            work(&mut rig);
            let struck = rig.disk.heal();
            then(rig, fault);
            if !struck {
                break;
            }
            after += 1;
        }
        println!("{after} operations failed with {error}, {}", if lasts { "from then on" } else { "once" });
        assert!(after > 3, "operations that fail");
    }
}

/// Says where a failure was.
struct Place(Fault);

impl Drop for Place {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("with {:?}", self.0);
        }
    }
}

#[test]
fn a_disk_that_fails_loses_nothing_and_heals_without_a_restart() {
    let work = |rig: &mut Rig| {
        for step in steps() {
            rig.step(&step);
            // A full disk needs the space: of an attempt that failed nothing stays, except what was in use before a
            // manifest that could not be made durable.
            let (strays, current) = (rig.strays(), rig.live.generation());
            let most = current.description().segments + 1;
            assert!(strays.len() <= most || rig.disk.lasting(EIO), "{strays:?}");
        }
    };
    everywhere(work, |rig, fault| {
        rig.check_restart();
        rig.check_healed(fault);
    });
}

#[test]
fn opening_on_a_disk_that_fails_is_an_error_and_can_be_repeated() {
    let mut rig = Rig::new();
    steps().iter().for_each(|step| rig.step(step));
    let Rig { folder: _folder, disk, store, live, model, .. } = rig;
    drop(live);
    for after in 0..20 {
        disk.break_down(Fault { after, lasts: false, error: EIO });
        let opened = LiveCollection::open(&store, &name());
        let struck = disk.heal();
        assert_eq!(worked(opened), !struck, "{after}");
        let live = LiveCollection::open(&store, &name()).unwrap();
        model.compare(&live, &ids());
    }
}

#[test]
fn a_drop_that_fails_can_be_repeated() {
    for (lasts, error) in FAULTS {
        for after in 0..4 {
            let _place = Place(Fault { after, lasts, error });
            let mut rig = Rig::new();
            rig.step(&upserts(&[1], 1));
            rig.disk.break_down(Fault { after, lasts, error });
            worked(rig.live.drop_from(&rig.store));
            rig.disk.heal();
            rig.live.drop_from(&rig.store).unwrap();
            let refused = rig.live.submit(Change::Delete(vec!["doc-1".to_owned()]), None);
            assert!(matches!(refused, Err(Error::CollectionNotFound { .. })), "{refused:?}");
            assert!(rig.store.names().unwrap().is_empty());
            rig.store.sweep().unwrap();
            create(&rig.store);
            Model::default().compare(&LiveCollection::open(&rig.store, &name()).unwrap(), &ids());
        }
    }
}

#[test]
fn what_is_acknowledged_to_many_at_once_stays_whichever_sync_fails() {
    let seed = std::env::var("MAXSIMD_SEED").map_or(u64::from(std::process::id()), |text| text.parse().unwrap());
    for round in 0..4 {
        let rig = Rig::new();
        let acknowledged = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            let (live, acknowledged) = (&rig.live, &acknowledged);
            let write = |writer| scope.spawn(move || write_some(live, writer, acknowledged));
            let writers: Vec<_> = (0..6).map(write).collect();
            let mut noise = Noise::new(seed + round);
            while !writers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
                let error = if noise.below(2) == 0 { ENOSPC } else { EIO };
                rig.disk.break_down(Fault { after: noise.below(6), lasts: noise.below(8) == 0, error });
                std::thread::sleep(std::time::Duration::from_micros(300));
                rig.disk.heal();
                if noise.below(20) == 0 {
                    let _ = rig.live.apply(&Context::unbounded(), None);
                }
            }
        });
        let acknowledged = acknowledged.into_inner().unwrap();
        let check = |live: &LiveCollection| {
            for id in &acknowledged {
                assert!(live.document(id).unwrap().is_some(), "seed {seed}, round {round}: {id} is lost");
            }
        };
        check(&rig.live);
        apply_all(&rig.live);
        check(&rig.live);
        drop(rig.live);
        let live = open(rig.folder.path());
        apply_all(&live);
        check(&live);
        let documents = live.generation().description().documents as usize;
        assert!(documents >= acknowledged.len(), "seed {seed}, round {round}");
        println!("{} acknowledged, {documents} there", acknowledged.len());
    }
}

/// Submits documents and notes those that were acknowledged.
fn write_some(live: &LiveCollection, writer: usize, acknowledged: &Mutex<Vec<String>>) {
    for number in 0..200 {
        let id = format!("{writer} wrote {number}");
        if worked_or_lost(live.submit(Change::Upsert(vec![upsert(&id, 1)]), None)) {
            acknowledged.lock().unwrap().push(id);
        }
    }
}

/// As `worked`; those who shared a sync are not told what the disk said.
fn worked_or_lost<T>(result: Result<T>) -> bool {
    match result {
        Ok(_) => true,
        Err(Error::Io { .. }) => false,
        Err(error) => panic!("{error} is not what the disk said"),
    }
}
