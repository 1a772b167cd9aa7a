//! The playground as somebody uses it: headless Chromium against daemons with the real encoder.

#[path = "../support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use maxsimd_server::keys::{KeyScope, NewKey};
use serde_json::{Value, json};
use support::{agent, fixtures, home, maxsim, path_text, program};

/// A `maxsim serve` that ends with the test.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(data: &Path, home: &Path) -> Self {
        Self::with(data, home, None)
    }

    fn with(data: &Path, home: &Path, keys: Option<&NewKey>) -> Self {
        let mut command = program();
        if let Some(keys) = keys {
            command.env("MAXSIMD_KEYS", &keys.line);
        }
        command.env("MAXSIMD_HOME", home).args(["serve", "--data", &path_text(data), "--listen", "127.0.0.1:0"]);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let address = log.find_map(|line| {
            let (_, rest) = line.split_once("bound=")?;
            rest.split_whitespace().next().map(str::to_owned)
        });
        // Somebody has to go on reading, or the daemon waits for room in the pipe.
        std::thread::spawn(move || log.count());
        let url = format!("http://{}", address.expect("an address"));
        let authorization = keys.map_or_else(String::new, |keys| format!("Bearer {}", keys.key));
        while agent().get(format!("{url}/readyz")).header("authorization", &authorization).call().is_err() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Self { child, url }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Documents that would be something else if they were taken for anything but text.
fn hostile() -> Value {
    let text = "# <svg/onload=window.pwned='svg'>\n\nLate interaction <img src=x onerror=window.pwned='text'> compares \
                \"quotes\" & 'apostrophes', naïve café, 日本語のテキスト, 🦀. [click](javascript:window.pwned='link') \
                `<b>code</b>` **<i onmouseover=window.pwned='bold'>bold</i>** </mark></li></ol><script>alert(1)</script>";
    let without_title = format!("Late interaction without a title. \u{202e}backwards\u{202c} {}", "long".repeat(200));
    json!({"documents": [
        {"id": "<img src=x onerror=window.pwned='id'>", "title": "<script>window.pwned='title'</script> late interaction", "text": text,
         "format": "markdown", "metadata": {"<b>field</b>": "<img src=x onerror=window.pwned='field'>", "year": 2024}},
        {"id": "javascript:alert(1)", "text": without_title, "metadata": {"note": "\"><script>window.pwned='note'</script>"}},
    ]})
}

#[test]
#[ignore = "drives Chromium, which it installs if it is missing; .ci/run does"]
fn the_playground_shows_hits_answers_and_trees_and_runs_nothing_that_it_shows() {
    let folders: [tempfile::TempDir; 4] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    let [data, small, empty, nowhere] = folders.each_ref().map(tempfile::TempDir::path);
    for (data, input) in [(data, "corpus"), (small, "corpus/raptor")] {
        let target = ["--data", &path_text(data), "--collection", "corpus"];
        maxsim(&[&["build", "--json", "--raptor", "--input", &fixtures(input)], &target[..]].concat()).json();
    }
    let served = Served::start(data, home().root());
    let collections = format!("{}/v1/collections", served.url);
    let raptor = json!({"name": "hostile", "raptor": true});
    assert_eq!(agent().post(&collections).send_json(raptor).unwrap().status(), 201);
    let documents = format!("{collections}/hostile/documents?wait=searchable");
    assert_eq!(agent().put(documents).send_json(hostile()).unwrap().status(), 200);
    let without_collections = Served::start(empty, home().root());
    let without_encoder = Served::start(small, nowhere);
    let key = NewKey::make(None, KeyScope::Read, None).unwrap();
    let locked = Served::with(data, home().root(), Some(&key));

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("playwright");
    let mut drive = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/playground/run.sh"));
    drive.arg(folder).args([&served.url, &without_collections.url, &without_encoder.url, &locked.url, &key.key]);
    drive.args(home().generation().join("xllamacpp").is_dir().then_some("managed"));
    let ran = drive.env("NO_PROXY", "127.0.0.1").output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let said: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert!(said["checked"].as_array().unwrap().len() >= 12, "{said}");
}
