//! A second collection that is created, written to, made to stand behind an alias and dropped again, and snapshots of
//! the first, until the daemon is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use maxsimd_engine::Context;
use maxsimd_engine::collection::{CollectionName, Store};
use serde_json::{Value, json};

use crate::daemon::{COLLECTION, Process, WIDTH, client, request};

const SIDE: &str = "side";
const ALIAS: &str = "front";
const ROW: [f32; WIDTH] = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];

/// Method, path and body of a request.
type Asked = (&'static str, String, Value);

/// What upkeep has made of the store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct State {
    /// The second collection, and the version of the document in it.
    side: Option<Option<u64>>,
    /// What the alias stands for.
    front: Option<&'static str>,
}

/// Upkeep: what it has done, what it may have done when the daemon was killed, and the newest snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Upkeep {
    state: State,
    in_doubt: Option<State>,
    version: u64,
    pub(crate) snapshot: Option<Arc<Vec<u8>>>,
}

impl Upkeep {
    /// Goes round until there is no reply.
    pub(crate) fn work(&mut self, address: &str, ended: &AtomicBool) {
        let client = client();
        while !ended.load(Ordering::Relaxed) {
            let mut after = self.state.clone();
            let (method, path, body) = match (self.state.side, self.state.front == Some(SIDE)) {
                (None, _) => {
                    after.side = Some(None);
                    ("POST", "/v1/collections".to_owned(), json!({"name": SIDE, "width": WIDTH}))
                }
                (Some(None), _) => {
                    self.version += 1 + self.version % 2;
                    self.put(&mut after)
                }
                (Some(Some(version)), false) if version % 2 == 1 => stand_for(SIDE, &mut after),
                (Some(Some(version)), true) if version % 2 == 1 => {
                    self.take_snapshot(&client, address);
                    self.version = version + 1;
                    self.put(&mut after)
                }
                (_, true) => stand_for(COLLECTION, &mut after),
                (_, false) => {
                    after.side = None;
                    ("DELETE", format!("/v1/collections/{SIDE}"), Value::Null)
                }
            };
            let Some((status, reply)) = request(&client, address, method, &path, &body) else {
                self.in_doubt = Some(after);
                return;
            };
            assert!((200..300).contains(&status), "{method} {path}: {status} {reply}");
            self.state = after;
        }
    }

    /// The newest version of the document.
    fn put(&self, after: &mut State) -> Asked {
        after.side = Some(Some(self.version));
        let path = format!("/v1/collections/{SIDE}/documents?wait=searchable");
        let text = format!("in version {}", self.version);
        ("PUT", path, json!({"documents": [{"id": "only", "text": text, "vectors": [ROW]}]}))
    }

    /// Keeps a snapshot of the first collection if it came whole.
    fn take_snapshot(&mut self, client: &ureq::Agent, address: &str) {
        let reply = client.post(format!("{address}/v1/collections/{COLLECTION}/snapshot")).send_empty();
        if let Some(bytes) = reply.ok().and_then(|mut reply| reply.body_mut().read_to_vec().ok()) {
            self.snapshot = Some(Arc::new(bytes));
        }
    }

    /// Compares what is there with what was acknowledged; what was in doubt is settled by it.
    pub(crate) fn compare(&mut self, process: &Process, when: &str) {
        let side = match process.ask("GET", &format!("/v1/collections/{SIDE}"), &Value::Null).0 {
            200 => Some(process.document(SIDE, "only").map(|document| {
                let text = document["text"].as_str().expect("a text");
                text.strip_prefix("in version ").and_then(|version| version.parse().ok()).expect("a version")
            })),
            status => (status != 404).then(|| panic!("{when}: {status}")),
        };
        let aliases = process.ask("GET", "/v1/aliases", &Value::Null).1;
        let front = aliases["aliases"][ALIAS].as_str().map(|name| if name == SIDE { SIDE } else { COLLECTION });
        let found = State { side, front };
        let (acknowledged, in_doubt) = (&self.state, self.in_doubt.take());
        let whole = found == *acknowledged || in_doubt.as_ref().is_some_and(|after| found == *after);
        assert!(whole, "{when}\nfound {found:?}\nacknowledged {acknowledged:?}\nin doubt {in_doubt:?}");
        self.state = found;
        if let Some(snapshot) = self.snapshot.take() {
            check(&snapshot, when);
            self.snapshot = Some(snapshot);
        }
    }
}

fn stand_for(collection: &'static str, after: &mut State) -> Asked {
    after.front = Some(collection);
    ("PUT", format!("/v1/aliases/{ALIAS}"), json!({"collection": collection}))
}

/// A snapshot that came whole can be restored, and has pairs.
fn check(snapshot: &[u8], when: &str) {
    let data = tempfile::tempdir().expect("a folder");
    let store = Store::open(data.path()).expect("a store");
    let name = CollectionName::parse("restored").expect("a name");
    let restored = store.restore(&Context::unbounded(), &name, &mut &*snapshot);
    let restored = restored.unwrap_or_else(|error| panic!("{when}: a snapshot cannot be restored: {error}"));
    assert!(restored.documents.is_multiple_of(2), "{when}: half a batch in a snapshot: {restored:?}");
}
