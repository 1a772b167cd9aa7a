//! The real daemon as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

pub(crate) const COLLECTION: &str = "crash";
pub(crate) const WIDTH: usize = 8;

/// A daemon.
pub(crate) struct Process {
    child: Child,
    address: String,
}

impl Process {
    /// Starts one that stops at a fail point, and waits until it is ready.
    pub(crate) fn start(data: &Path, point: Option<&str>) -> Self {
        let process = Self::begin(data, point);
        while client().get(format!("{}/readyz", process.address)).call().is_ok_and(|reply| reply.status() != 200) {
            std::thread::sleep(Duration::from_millis(2));
        }
        process
    }

    /// Starts one and waits until it listens.
    pub(crate) fn begin(data: &Path, point: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maxsimd"));
        command.arg("--data").arg(data).args(["--listen", "127.0.0.1:0", "--threads", "2", "--log", "info"]);
        command.arg("--home").arg(data.join("no-models"));
        command.env("FAILPOINTS", point.unwrap_or("")).stderr(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().expect("the daemon starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let listening = lines.find_map(|line| {
            let line = line.expect("UTF-8");
            let (_, rest) = line.split_once("bound=")?;
            Some(rest.split_whitespace().next().expect("an address").to_owned())
        });
        // The rest is read and thrown away, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        let address = format!("http://{}", listening.expect("the daemon listens"));
        Self { child, address }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// SIGKILL, and until the process is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Creates the collection.
    pub(crate) fn create(&self) {
        let fields = json!({"owner": "integer", "pair": "keyword", "version": "integer"});
        let body = json!({"name": COLLECTION, "width": WIDTH, "fields": fields});
        let reply = client().post(format!("{}/v1/collections", self.address)).send_json(body).expect("a reply");
        assert_eq!(reply.status(), 201);
    }

    /// The newest version of a document.
    pub(crate) fn document(&self, id: &str) -> Option<Value> {
        let url = format!("{}/v1/collections/{COLLECTION}/documents/{id}", self.address);
        let mut reply = client().get(url).call().expect("a reply");
        match reply.status().as_u16() {
            200 => Some(reply.body_mut().read_json().expect("JSON")),
            404 => None,
            status => panic!("document {id}: {status} {:?}", reply.body_mut().read_to_string()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client that takes any status for a reply.
pub(crate) fn client() -> ureq::Agent {
    let config =
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
    ureq::Agent::new_with_config(config.build())
}

/// Documents that a search finds: id, text, version.
pub(crate) fn search(client: &ureq::Agent, address: &str, filter: Option<&str>) -> Option<Vec<(String, String, u64)>> {
    let row: Vec<f32> = (0..WIDTH).map(|at| if at == 0 { 1.0 } else { 0.0 }).collect();
    let mut body = json!({"vectors": [row], "k": 1000, "mode": "exhaustive"});
    if let Some(filter) = filter {
        body["filter"] = filter.into();
    }
    let mut reply = client.post(format!("{address}/v1/collections/{COLLECTION}/search")).send_json(body).ok()?;
    let status = reply.status().as_u16();
    // Killed while it replied.
    let reply: Value = reply.body_mut().read_json().ok()?;
    assert_eq!(status, 200, "a search fails: {reply}");
    let hits = reply["hits"].as_array().expect("hits");
    let text = |hit: &Value, field: &str| hit[field].as_str().expect("a text").to_owned();
    let version = |hit: &Value| hit["metadata"]["version"].as_u64().expect("a version");
    Some(hits.iter().map(|hit| (text(hit, "document_id"), text(hit, "text"), version(hit))).collect())
}
