//! Restoring, killed at every place: what is there afterwards is nothing, or all of the snapshot.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::{Context, Error};
use serde_json::json;

use crate::daemon::{COLLECTION, Process, WIDTH, client};

/// Tells the test that runs as a process of its own where to restore.
const FOLDER: &str = "MAXSIMD_RESTORE";
const SNAPSHOT: &str = "notes.snapshot";
const PLACES: [&str; 6] = [
    "restore.file=pause",
    "restore.file=1*off->pause",
    "restore.manifest=pause",
    "sealed.sync=pause",
    "sealed.rename=pause",
    "manifest.write=pause",
];

/// Not a test of its own: the process that the test kills.
#[test]
#[ignore = "run by the test of restoring"]
fn restore() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let _scenario = fail::FailScenario::setup();
    restored(Path::new(&folder)).expect("restored");
}

fn restored(folder: &Path) -> maxsimd_engine::Result<u64> {
    let mut snapshot = std::fs::File::open(folder.join(SNAPSHOT)).expect("a snapshot");
    let store = Store::open(folder.join("data"))?;
    Ok(store.restore(&Context::unbounded(), &name(), &mut snapshot)?.documents)
}

fn name() -> CollectionName {
    CollectionName::parse("restored").expect("a name")
}

#[test]
fn a_restore_that_is_killed_leaves_nothing_or_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source");
    std::fs::create_dir(&source).expect("a folder");
    let process = Process::start(&source, None);
    process.create(COLLECTION);
    let row: Vec<f32> = (0..WIDTH).map(|at| if at == 0 { 1.0 } else { 0.0 }).collect();
    let documents = (0..20).map(|n| json!({"id": n.to_string(), "text": "words", "vectors": [row]}));
    let body = json!({"documents": documents.collect::<Vec<_>>()});
    let path = format!("/v1/collections/{COLLECTION}");
    assert_eq!(process.ask("PUT", &format!("{path}/documents?wait=searchable"), &body).0, 200);
    assert_eq!(process.ask("DELETE", &format!("{path}/documents?wait=searchable"), &json!({"ids": ["3"]})).0, 200);
    let mut reply = client().post(format!("{}{path}/snapshot", process.address())).send_empty().expect("a reply");
    let snapshot = reply.body_mut().read_to_vec().expect("a snapshot");
    std::fs::write(folder.path().join(SNAPSHOT), snapshot).expect("written");
    for place in PLACES {
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        let mut command = Command::new(std::env::current_exe().expect("this test"));
        command.args(["--exact", "restoring::restore", "--ignored"]).env(FOLDER, folder.path());
        let mut child = command.env("FAILPOINTS", place).stdout(Stdio::null()).spawn().expect("started");
        std::thread::sleep(Duration::from_millis(200));
        assert!(child.try_wait().expect("its state").is_none(), "it does not stop at {place}");
        child.kill().expect("killed");
        child.wait().expect("gone");
        let store = Store::open(&data).expect("a store");
        match store.open_generation(&name()) {
            Ok(generation) => {
                assert_eq!(generation.description().documents, 19, "{place}");
                let damage = store.verify(&Context::unbounded(), &name()).expect("verified");
                assert!(damage.is_empty(), "{place}: {damage:?}");
            }
            Err(Error::CollectionNotFound { .. }) => {
                assert_eq!(restored(folder.path()).expect("restored"), 19, "{place}")
            }
            Err(error) => panic!("{place}: {error}"),
        }
        std::fs::remove_dir_all(&data).expect("removed");
    }
}
