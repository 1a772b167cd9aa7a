//! Random operations on a live collection, with restarts, against a map of documents. `MAXSIMD_OPERATIONS` and
//! `MAXSIMD_SEED` choose how many and which; a failure prints its seed and the shortest list of operations that fails.

mod support;

use std::sync::Arc;

use maxsimd_engine::collection::Store;
use maxsimd_engine::live::{Change, LiveCollection};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use support::live::{Model, Unsynced, apply_all, compact, create, delete_below, mend, name, upsert};

const IDS: usize = 60;
const OPERATIONS_OF_A_CASE: usize = 500;

#[derive(Debug, Clone)]
enum Operation {
    Upsert(Vec<usize>),
    Delete(Vec<usize>),
    DeleteBelow(u64),
    Apply,
    Compact,
    CompactAll,
    Mend,
    Restart,
    Read(usize),
    Search,
}

fn operation() -> impl Strategy<Value = Operation> {
    let ids = || vec(0..IDS, 1..5);
    prop_oneof![
        40 => ids().prop_map(Operation::Upsert),
        12 => ids().prop_map(Operation::Delete),
        // How many of the newest versions stay.
        4 => (0u64..120).prop_map(Operation::DeleteBelow),
        14 => Just(Operation::Apply),
        8 => Just(Operation::Compact),
        1 => Just(Operation::CompactAll),
        2 => Just(Operation::Mend),
        3 => Just(Operation::Restart),
        12 => (0..IDS).prop_map(Operation::Read),
        6 => Just(Operation::Search),
    ]
}

fn id(number: usize) -> String {
    format!("doc-{number}")
}

fn run(operations: &[Operation]) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::on(Arc::new(Unsynced), folder.path()).unwrap();
    create(&store);
    let mut live = LiveCollection::open(&store, &name()).unwrap();
    let (mut model, mut version) = (Model::default(), 0);
    let submit = |live: &LiveCollection, model: &mut Model, change: Change| {
        model.apply(&change);
        live.submit(change, None).unwrap();
    };
    // So that filters know the field.
    submit(&live, &mut model, Change::Upsert(vec![upsert("first", 0)]));
    for operation in operations {
        match operation {
            Operation::Upsert(ids) => {
                version += 1;
                let upserts = ids.iter().map(|&number| upsert(&id(number), version)).collect();
                submit(&live, &mut model, Change::Upsert(upserts));
            }
            Operation::Delete(ids) => {
                submit(&live, &mut model, Change::Delete(ids.iter().map(|&number| id(number)).collect()));
            }
            Operation::DeleteBelow(newest) => {
                submit(&live, &mut model, delete_below(version.saturating_sub(*newest)));
            }
            Operation::Apply => drop(live.apply(&maxsimd_engine::Context::unbounded(), None).unwrap()),
            Operation::Compact => compact(&live),
            Operation::CompactAll => live.compact_all(&maxsimd_engine::Context::unbounded()).unwrap(),
            Operation::Mend => drop(mend(&live).unwrap()),
            Operation::Restart => {
                drop(live);
                live = LiveCollection::open(&store, &name()).unwrap();
            }
            Operation::Read(number) => model.compare(&live, &[id(*number)]),
            Operation::Search => {
                apply_all(&live);
                model.compare_searches(&live);
            }
        }
    }
    apply_all(&live);
    let ids: Vec<String> = (0..IDS).map(id).collect();
    model.compare(&live, &ids);
    model.compare_searches(&live);
    drop(live);
    assert!(store.verify(&maxsimd_engine::Context::unbounded(), &name()).unwrap().is_empty(), "sound files");
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn a_live_collection_is_a_map_of_documents_whatever_happens_to_it() {
    let operations = number("MAXSIMD_OPERATIONS", 10_000);
    let seed = number("MAXSIMD_SEED", std::process::id().into());
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let cases = u32::try_from(operations.div_ceil(OPERATIONS_OF_A_CASE as u64)).expect("fewer operations");
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(&vec(operation(), OPERATIONS_OF_A_CASE), |operations| {
        run(&operations);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("seed {seed}: {error}");
    }
}
