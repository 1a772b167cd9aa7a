//! The routes for clients of other services, with those clients: packages of PyPI against a daemon with the real encoder.

mod mcp;
mod openapi;
mod python;
#[path = "../support/mod.rs"]
mod support;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use maxsimd_engine::TokenMatrix;
use maxsimd_engine::search::Mode;
use maxsimd_server::generators::Generators;
use maxsimd_server::keys::{KeySource, Keyring, NewKey};
use maxsimd_server::{Config, Daemon, EncoderSource};
use maxsimd_tools::load::{Api, Ask, Query, Requests, Workload};
use serde_json::{Value, json};
use support::{fixtures, home, maxsim, path_text};

const QUESTION: &str = "How does late interaction compare a query with a passage?";
const CONSTRAINTS: &str = include_str!("constraints.txt");

/// What is too large to be fetched for everybody's tests.
const LARGE: [&str; 2] = ["cohere", "langchain-openai"];

/// Packages, fetched once for a target folder.
fn packages(names: &[&str]) -> PathBuf {
    static FETCHING: Mutex<()> = Mutex::new(());
    let _fetching = FETCHING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut hasher = DefaultHasher::new();
    (names, CONSTRAINTS).hash(&mut hasher);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{:x}", names.join("-"), hasher.finish()));
    if !folder.is_dir() {
        let fresh = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let constraints = fresh.path().join("constraints.txt");
        std::fs::write(&constraints, CONSTRAINTS).unwrap();
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint"];
        let mut command = Command::new("python3");
        command.args(pip).arg(constraints).arg("--target").arg(fresh.path().join("packages")).args(names);
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        // Another run of the tests may have been first.
        let _ = std::fs::rename(fresh.path().join("packages"), &folder);
    }
    folder
}

/// A daemon over a collection `corpus`.
struct Served {
    _data: tempfile::TempDir,
    _daemon: Daemon,
    url: String,
}

impl Served {
    fn start() -> Self {
        Self::start_over("corpus", None, |_| ())
    }

    fn start_with(generators: Generators) -> Self {
        Self::start_over("corpus", None, |config| config.generators = generators)
    }

    /// Over a collection of another name; a key is asked for if there is one.
    fn start_over(collection: &str, key: Option<&NewKey>, adjust: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let target = ["--data", &path_text(data.path()), "--collection", collection];
        maxsim(&[&["build", "--json", "--input", &fixtures("corpus")], &target[..]].concat()).json();
        let folder = home().model(maxsimd_server::home::DEFAULT_MODEL);
        let runtime = home().library(std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
        let mut config = Config::local(data.path(), EncoderSource::Folder { folder, runtime });
        config.keys = key.map(|key| {
            let source = KeySource { file: None, lines: Some(key.line.clone()) };
            Arc::new(Keyring::open(source).unwrap())
        });
        adjust(&mut config);
        let daemon = Daemon::start(config).unwrap();
        let url = format!("http://{}", daemon.address());
        let shown = key.map_or("", |key| &key.key);
        while support::agent().get(format!("{url}/readyz")).header("x-api-key", shown).call().is_err() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Self { _data: data, _daemon: daemon, url }
    }

    /// What a script prints that gets the address and the question.
    fn asked_by(&self, script: &str, packages: PathBuf) -> Value {
        printed(script, packages, &[&self.url, QUESTION])
    }
}

/// What a script prints.
fn printed(script: &str, packages: PathBuf, arguments: &[&str]) -> Value {
    let mut client = Command::new("python3");
    client.env("PYTHONPATH", packages).env("NO_PROXY", "127.0.0.1");
    let ran = client.args(["-c", script]).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn the_client_of_openai_gets_cited_answers_embeddings_and_models() {
    let said = Served::start().asked_by(include_str!("ask_openai.py"), packages(&["openai"]));
    let content = said["content"].as_str().unwrap();
    assert!(content.contains("[1] late-interaction.md#"), "{content}");
    assert_eq!((&said["streamed"], &said["finish"]), (&json!(content), &json!("stop")));
    assert_eq!((&said["usage"], &said["missing"]), (&json!(0), &json!([404, "model_not_found", "model"])));
    let citation = &said["citations"][0];
    let text = std::fs::read_to_string(fixtures("corpus/late-interaction.md")).unwrap();
    let at = |field: &str| usize::try_from(citation[field].as_u64().unwrap()).unwrap();
    assert_eq!(&text[at("start")..at("end")], citation["quote"]);
    assert!(said["standalone"].as_str().unwrap().starts_with("And why is it late? ("), "{said}");

    assert_eq!((&said["model"], &said["widths"]), (&json!("all-minilm-l6-v2"), &json!([384, 384, 384])));
    // The same f32, which are other numbers in decimals.
    assert!(said["apart"].as_f64().is_some_and(|apart| apart < 1e-7), "{said}");
    assert_eq!(said["ids"], json!([422, "invalid_field", "input[0]"]));
    assert!(said["tokens"].as_u64().is_some_and(|tokens| (20..60).contains(&tokens)), "{said}");
    assert!(numbers(&said["lengths"]).iter().all(|length| (length - 1.0).abs() < 1e-5));
    let similar = numbers(&said["similar"]);
    assert!(similar[1] > 0.5 && similar[2] < similar[1] - 0.3, "{similar:?}");
    let models: Vec<&str> = said["models"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert!(models.contains(&"all-minilm-l6-v2") && models.contains(&"maxsimd/plain@corpus"), "{models:?}");
    assert_eq!(said["retrieved"], "maxsimd/plain@corpus");
}

#[test]
fn a_strict_reader_of_openmetrics_reads_what_the_daemon_counts() {
    let said = Served::start().asked_by(include_str!("ask_prometheus.py"), packages(&["prometheus-client"]));
    let kind = |name: &str| said["kinds"][name].as_str().unwrap_or_default();
    for (name, expected) in [
        ("maxsimd_http_requests", "counter"),
        ("maxsimd_http_request_seconds", "histogram"),
        ("maxsimd_search_stage_seconds", "histogram"),
        ("maxsimd_queue_waiting", "gauge"),
        ("maxsimd_collection_mapped_bytes", "gauge"),
        ("process_cpu_seconds", "counter"),
        ("process_page_faults", "counter"),
    ] {
        assert_eq!(kind(name), expected, "{name}");
    }
    let grown = |name: &str| said["grown"][name].as_f64();
    let searched = r#"{"method": "POST", "route": "/v1/collections/{collection}/search", "status": "200"}"#;
    assert_eq!(grown(&format!("maxsimd_http_requests_total{searched}")), Some(1.0), "{said}");
    let nowhere = r#"{"method": "GET", "route": "-", "status": "404"}"#;
    assert_eq!(grown(&format!("maxsimd_http_requests_total{nowhere}")), Some(1.0));
    for stage in ["queue", "tokenize", "encode", "score", "fetch"] {
        let count = format!(r#"maxsimd_search_stage_seconds_count{{"stage": "{stage}"}}"#);
        assert_eq!(grown(&count), Some(1.0), "{stage}");
    }
    let after = |name: &str| said["after"][name].as_f64().unwrap_or(0.0);
    assert!(after(r#"maxsimd_collection_mapped_bytes{"collection": "corpus"}"#) > 1e6);
    assert!(after("process_resident_memory_bytes{}") > 1e7 && after("process_open_fds{}") > 3.0);
}

#[test]
#[ignore = "fetches 45 MB of packages; .ci/run does"]
fn the_client_of_cohere_ranks_documents_by_both_versions() {
    let said = Served::start().asked_by(include_str!("ask_cohere.py"), packages(&LARGE));
    assert!(said["id"].as_str().unwrap().starts_with("rerank-"));
    let (ranked, texts) = (said["ranked"].as_array().unwrap(), said["texts"].as_array().unwrap());
    assert_eq!((ranked.len(), texts.len(), &ranked[0][0]), (2, 3, &json!(1)));
    let scores: Vec<f64> = texts.iter().map(|result| result[1].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b) && scores[0] <= 1.0 && scores[2] >= 0.0, "{scores:?}");
    assert!(scores[0] > scores[1] + 0.1, "{scores:?}");
    for (version, other) in ranked.iter().zip(texts) {
        assert_eq!((&version[0], &version[1]), (&other[0], &other[1]));
    }
    for result in texts {
        assert_eq!(result[2], said["documents"][usize::try_from(result[0].as_u64().unwrap()).unwrap()]);
    }
    assert_eq!(said["refused"], json!([422, "invalid_field", "query"]));
}

#[test]
#[ignore = "fetches 45 MB of packages; .ci/run does"]
fn langchain_chats_and_embeds() {
    let said = Served::start().asked_by(include_str!("ask_langchain.py"), packages(&LARGE));
    assert!(said["content"].as_str().unwrap().contains("[1] late-interaction.md#"), "{said}");
    assert_eq!(said["streamed"], said["content"]);
    let similar = numbers(&said["similar"]);
    assert!(similar[1] > similar[0] + 0.3, "{similar:?}");
}

#[test]
#[ignore = "fetches packages; .ci/run does"]
fn the_benchmark_asks_what_the_peers_own_client_asks() {
    let (texts, rows) = (["one text", "another"].map(str::to_owned), [[1.0, 0.0], [0.0, -1.0]]);
    let given = json!([QUESTION, texts, rows, 3]).to_string();
    let theirs = printed(include_str!("ask_next_plaid.py"), packages(&["next-plaid-client"]), &[&given]);
    let vectors = TokenMatrix::new(2, rows.concat()).unwrap();
    let text = Query::from(QUESTION);
    let by_vectors = Query { vectors: Some(vectors), ..text.clone() };
    let ours = [
        (Workload::Search, &text, 3),
        (Workload::Search, &by_vectors, 3),
        (Workload::Encode, &text, 2),
        (Workload::Rerank, &text, 2),
    ];
    for ((workload, query, k), theirs) in ours.into_iter().zip(theirs.as_array().unwrap()) {
        let documents = if workload == Workload::Search { &[][..] } else { &texts };
        let ask = Ask { workload, api: Api::NextPlaid, collection: "docs", mode: Mode::Late, k, documents };
        let requests = Requests::new(&ask, std::slice::from_ref(query), 0).unwrap();
        let one = requests.at(0);
        let mut body: Value = serde_json::from_slice(&one.body).unwrap();
        if workload == Workload::Rerank {
            // In turn: which text comes first is the benchmark's own affair.
            body["documents"].as_array_mut().unwrap().reverse();
        }
        let mut said = theirs[3].clone();
        if let Some(params) = said.get_mut("params") {
            // The client also sends what a server takes when nothing is said.
            *params = json!({"top_k": params["top_k"]});
        }
        assert_eq!((one.method.as_str(), &one.path[..]), (theirs[0].as_str().unwrap(), theirs[1].as_str().unwrap()));
        assert_eq!(body, said, "{workload:?}");
    }
    // Vectors come back as base64 instead of decimals if the client says so, and it does.
    assert_eq!(theirs[2][2], "base64");
}
