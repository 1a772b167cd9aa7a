//! A scripted workload on collections, and what was promised at each point of its journal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::live::{Change, LiveCollection};

use super::live::{Model, apply_all, compact, mend, new};
use super::medium::Medium;
use super::power::Power;

/// What collections may hold: `None` where there may be no such collection. The first state is what programs see.
#[derive(Debug, Clone, Default)]
pub struct Promise {
    pub allowed: BTreeMap<CollectionName, Vec<Option<Model>>>,
    /// The change that was submitted last, by collection.
    pub last: BTreeMap<CollectionName, Submitted>,
}

/// A change that was submitted under a key.
#[derive(Debug, Clone)]
pub struct Submitted {
    pub key: String,
    pub change: Change,
    pub acknowledged: bool,
}

/// A workload on a disk that can lose power.
pub struct Script {
    pub power: Arc<Power>,
    pub store: Store,
    pub promise: Promise,
    /// Promises, each with the number of operations of the disk after which it holds.
    pub promises: Vec<(usize, Promise)>,
    open: BTreeMap<CollectionName, LiveCollection>,
    submitted: usize,
}

pub fn collection(name: &str) -> CollectionName {
    CollectionName::parse(name).unwrap()
}

impl Script {
    /// A workload in a folder that shows what a medium holds.
    pub fn over(root: &Path, medium: Medium, promise: Promise) -> Self {
        let power = Power::over(root, medium);
        let storage: Arc<Power> = Arc::clone(&power);
        let store = Store::on(storage, PathBuf::from(root)).unwrap();
        let mut script = Self { power, store, promise, promises: Vec::new(), open: BTreeMap::new(), submitted: 0 };
        script.note();
        script
    }

    /// What was promised when the disk had done some operations.
    pub fn promise_after(&self, operations: usize) -> &Promise {
        let at = self.promises.partition_point(|(after, _)| *after <= operations);
        &self.promises[at - 1].1
    }

    pub fn create(&mut self, name: &CollectionName) {
        self.may_become(name, Some(Model::default()));
        self.store.create(name, new()).unwrap();
        self.is_now(name, Some(Model::default()));
        self.open(name);
    }

    pub fn drop_collection(&mut self, name: &CollectionName) {
        let live = self.open.remove(name).expect("an open collection");
        self.may_become(name, None);
        live.drop_from(&self.store).unwrap();
        self.promise.last.remove(name);
        self.is_now(name, None);
    }

    pub fn submit(&mut self, name: &CollectionName, change: Change) {
        let after = self.will_submit(name, &change);
        self.live(name).submit(change, Some(&self.promise.last[name].key)).unwrap();
        self.promise.last.get_mut(name).unwrap().acknowledged = true;
        self.is_now(name, Some(after));
    }

    /// Submits a change of which the sync fails.
    pub fn lose(&mut self, name: &CollectionName, change: Change) {
        self.will_submit(name, &change);
        self.power.fail_next_sync();
        self.live(name).submit(change, Some(&self.promise.last[name].key)).unwrap_err();
        self.note();
    }

    pub fn apply(&mut self, name: &CollectionName) {
        apply_all(self.live(name));
    }

    pub fn compact(&mut self, name: &CollectionName) {
        compact(self.live(name));
    }

    pub fn compact_all(&mut self, name: &CollectionName) {
        self.live(name).compact_all(&maxsimd_engine::Context::unbounded()).unwrap();
    }

    pub fn mend(&mut self, name: &CollectionName) {
        mend(self.live(name)).unwrap();
    }

    /// Opens a collection, after which it is what it is.
    pub fn open(&mut self, name: &CollectionName) {
        self.open.remove(name);
        let live = LiveCollection::open(&self.store, name).unwrap();
        let found = self.promise.allowed[name].iter().flatten().find(|model| model.is_what(&live, &ids()));
        let found = found.unwrap_or_else(|| panic!("{name:?} holds what was never promised")).clone();
        self.open.insert(name.clone(), live);
        self.is_now(name, Some(found));
    }

    /// There is no such collection, and there will be none.
    pub fn is_gone(&mut self, name: &CollectionName) {
        assert!(self.promise.allowed[name].contains(&None), "{name:?} is lost");
        self.promise.last.remove(name);
        self.is_now(name, None);
    }

    pub fn live(&self, name: &CollectionName) -> &LiveCollection {
        &self.open[name]
    }

    fn will_submit(&mut self, name: &CollectionName, change: &Change) -> Model {
        let mut after = self.promise.allowed[name][0].clone().expect("a collection");
        after.apply(change);
        self.submitted += 1;
        let key = format!("key {} of {}", self.submitted, self.promises.len());
        let submitted = Submitted { key, change: change.clone(), acknowledged: false };
        self.promise.last.insert(name.clone(), submitted);
        self.may_become(name, Some(after.clone()));
        after
    }

    fn may_become(&mut self, name: &CollectionName, state: Option<Model>) {
        self.promise.allowed.entry(name.clone()).or_insert_with(|| vec![None]).push(state);
        self.note();
    }

    fn is_now(&mut self, name: &CollectionName, state: Option<Model>) {
        if let (Some(model), Some(live)) = (&state, self.open.get(name)) {
            model.compare(live, &ids());
        }
        self.promise.allowed.insert(name.clone(), vec![state]);
        self.note();
    }

    fn note(&mut self) {
        self.promises.push((self.power.operations(), self.promise.clone()));
    }
}

/// Ids of all documents that there ever are.
pub fn ids() -> Vec<String> {
    let numbered = (0..12).map(|number| format!("doc-{number}"));
    numbered.chain(["after".to_owned()]).collect()
}
