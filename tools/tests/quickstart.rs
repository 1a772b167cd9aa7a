//! `quickstart` and `serve` as someone starts them: real assets, real processes, requests over HTTP.

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use support::{agent, fixtures, home, maxsim, path_text, program, run};

/// An asset folder of its own, with what is pulled already, so that nobody else's quickstart is disturbed.
fn own_home() -> tempfile::TempDir {
    let own = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(home().root()).unwrap().map(Result::unwrap) {
        if !["quickstart", "lock"].map(Into::into).contains(&entry.file_name()) {
            std::os::unix::fs::symlink(entry.path(), own.path().join(entry.file_name())).unwrap();
        }
    }
    own
}

#[test]
fn quickstart_says_what_each_step_took_and_ends_with_hits() {
    let own = own_home();
    // A proxy for the world outside has no business between quickstart and its own daemon.
    let mut command = program();
    command.env("MAXSIMD_HOME", own.path()).env("http_proxy", "http://127.0.0.1:9").env("no_proxy", "");
    let ran = run(command.args(["quickstart", "--once"]));
    assert_eq!(ran.code, 0, "{}", ran.err);
    for step in ["assets", "build", "daemon", "question", "summary", "write", "answer"] {
        let line = ran.out.lines().find(|line| line.starts_with(step)).expect(step);
        let seconds = line[step.len()..].split(" s ").next().unwrap().trim();
        assert!(seconds.parse::<f64>().is_ok(), "{line}");
    }
    // Of the summary, too.
    for (rank, times) in [("\n  1. ", 2), ("\n  2. ", 1), ("\n  3. ", 1)] {
        assert_eq!(ran.out.matches(rank).count(), times, "{}", ran.out);
    }
    assert!(ran.out.contains("1. late-interaction.md#") && !ran.out.contains("\n  4. "), "{}", ran.out);
    let (_, answer) = ran.out.split_once("\nanswer ").unwrap();
    assert!(answer.contains("  [1] late-interaction.md#") && answer.contains("no language model wrote it"), "{answer}");
    assert!(ran.out.contains("\nplayground: http://127.0.0.1:"), "{}", ran.out);
    assert!(own.path().join("quickstart").is_dir());
}

/// A `maxsim serve` that is killed if a test ends without ending it.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(data: &str) -> Self {
        let mut command = program();
        command.args(["serve", "--data", data, "--listen", "127.0.0.1:0"]).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let address = log.find_map(|line| {
            let (_, rest) = line.split_once("bound=")?;
            rest.split_whitespace().next().map(str::to_owned)
        });
        // Somebody has to go on reading, or the daemon waits for room in the pipe.
        std::thread::spawn(move || log.for_each(drop));
        Self { child, address: address.expect("a line with the address") }
    }

    fn get(&self, path: &str) -> Result<Value, ureq::Error> {
        agent().get(&format!("http://{}{path}", self.address)).call()?.body_mut().read_json()
    }

    fn wait_until_ready(&self) {
        let start = Instant::now();
        while self.get("/readyz").is_err() {
            assert!(start.elapsed() < Duration::from_secs(60), "not ready within a minute");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn search(&self, body: &Value) -> Value {
        let url = format!("http://{}/v1/collections/docs/search", self.address);
        agent().post(&url).send_json(body).unwrap().body_mut().read_json().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Already ended in the good case; nothing can be done about it in the other.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serve_answers_as_search_does_and_ends_at_a_signal() {
    home();
    let data = tempfile::tempdir().unwrap();
    let target = ["--data", &path_text(data.path()), "--collection", "docs"];
    maxsim(&[&["build", "--json", "--input", &fixtures("corpus/storage")], &target[..]].concat()).json();
    let mut served = Served::start(target[1]);
    served.wait_until_ready();
    for question in ["What happens to a mapped file that is cut short?", "fsync the folder"] {
        let over_http = served.search(&json!({"query": question, "k": 4}));
        let on_disk = maxsim(&[&["search", "-k", "4", "--json", question], &target[..]].concat()).json();
        assert_eq!(over_http["hits"].as_array().unwrap().len(), 4);
        assert_eq!(over_http["hits"], on_disk["hits"]);
        assert_eq!(over_http["generation"], on_disk["generation"]);
    }
    kill_process(Pid::from_child(&served.child), Signal::TERM).unwrap();
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
}
