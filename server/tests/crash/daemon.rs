//! The real daemon as a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::points::{Point, REACHED};

pub(crate) const COLLECTION: &str = "crash";
pub(crate) const WIDTH: usize = 8;

/// A daemon.
pub(crate) struct Process {
    child: Child,
    address: String,
    reached: Receiver<()>,
}

impl Process {
    /// Starts one with a fail point, and waits until it is ready.
    pub(crate) fn start(data: &Path, point: Option<&Point>) -> Self {
        let process = Self::begin(data, point);
        while client().get(format!("{}/readyz", process.address)).call().is_ok_and(|reply| reply.status() != 200) {
            std::thread::sleep(Duration::from_millis(2));
        }
        process
    }

    /// Starts one and waits until it listens.
    pub(crate) fn begin(data: &Path, point: Option<&Point>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maxsimd"));
        command.arg("--data").arg(data).args(["--listen", "127.0.0.1:0", "--threads", "2", "--log", "info"]);
        command.arg("--home").arg(data.join("no-models"));
        command.env("FAILPOINTS", point.map_or("", |point| point.action.as_str()));
        command.stderr(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().expect("the daemon starts");
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let ((listens, listening), (reaches, reached)) = (channel(), channel());
        // All is read to the end, so that the daemon never waits for us.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                // Nobody may listen any more.
                if let Some((_, rest)) = line.split_once("bound=") {
                    let _ = listens.send(rest.split_whitespace().next().expect("an address").to_owned());
                } else if line.contains(REACHED) {
                    let _ = reaches.send(());
                }
            }
        });
        let address = format!("http://{}", listening.recv().expect("the daemon listens"));
        Self { child, address, reached }
    }

    /// Waits until the daemon says that it came by its fail point, for a time at most; whether it did.
    pub(crate) fn comes_by(&self, most: Duration) -> bool {
        self.reached.recv_timeout(most).is_ok()
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// SIGKILL, and until the process is gone.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// The reply to a request, which has to come: its status and body.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        request(&client(), &self.address, method, path, body).expect("a reply")
    }

    /// Creates a collection.
    pub(crate) fn create(&self, name: &str) {
        let fields = json!({"owner": "integer", "pair": "keyword", "version": "integer"});
        let body = json!({"name": name, "width": WIDTH, "fields": fields});
        assert_eq!(self.ask("POST", "/v1/collections", &body).0, 201);
    }

    /// The newest version of a document.
    pub(crate) fn document(&self, collection: &str, id: &str) -> Option<Value> {
        match self.ask("GET", &format!("/v1/collections/{collection}/documents/{id}"), &Value::Null) {
            (200, document) => Some(document),
            (404, _) => None,
            (status, problem) => panic!("document {id}: {status} {problem}"),
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

/// A client that takes any status for a reply, and sends bodies with any method.
pub(crate) fn client() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true);
    ureq::Agent::new_with_config(config.timeout_global(Some(Duration::from_secs(60))).build())
}

/// The status and body of a reply, if it came whole.
pub(crate) fn request(
    client: &ureq::Agent,
    address: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> Option<(u16, Value)> {
    let request = ureq::http::Request::builder().method(method).uri(format!("{address}{path}"));
    let reply = match body {
        Value::Null => client.run(request.body(()).expect("a request")),
        body => {
            client.run(request.header("content-type", "application/json").body(body.to_string()).expect("a request"))
        }
    };
    let mut reply = reply.ok()?;
    let status = reply.status().as_u16();
    let bytes = reply.body_mut().read_to_vec().ok()?;
    // A dropped collection's reply has none.
    Some((status, if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).ok()? }))
}

/// Documents that a search finds: id, text, version.
pub(crate) fn search(client: &ureq::Agent, address: &str, filter: Option<&str>) -> Option<Vec<(String, String, u64)>> {
    let row: Vec<f32> = (0..WIDTH).map(|at| if at == 0 { 1.0 } else { 0.0 }).collect();
    let mut body = json!({"vectors": [row], "k": 1000, "mode": "exhaustive"});
    if let Some(filter) = filter {
        body["filter"] = filter.into();
    }
    let path = format!("/v1/collections/{COLLECTION}/search");
    // Without a reply it was killed.
    let (status, reply) = request(client, address, "POST", &path, &body)?;
    assert_eq!(status, 200, "a search fails: {reply}");
    let hits = reply["hits"].as_array().expect("hits");
    let text = |hit: &Value, field: &str| hit[field].as_str().expect("a text").to_owned();
    let version = |hit: &Value| hit["metadata"]["version"].as_u64().expect("a version");
    Some(hits.iter().map(|hit| (text(hit, "document_id"), text(hit, "text"), version(hit))).collect())
}
