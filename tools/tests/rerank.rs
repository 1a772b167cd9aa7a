//! `/v1/rerank`, `/v1/embeddings` and `/v1/encode` with real models: a cross-encoder and the default encoder.

mod support;

use std::path::{Path, PathBuf};

use maxsimd_server::home::DEFAULT_MODEL;
use maxsimd_server::{Config, CrossEncoderFolder, Daemon, EncoderSource};
use serde_json::{Value, json};
use support::{agent, fixtures, home};

struct Served {
    _data: tempfile::TempDir,
    daemon: Daemon,
}

impl Served {
    /// A daemon over no collection, with a cross-encoder if one is named.
    fn start(cross: Option<&Path>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let runtime = home().library(std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
        let folder = home().model(DEFAULT_MODEL);
        let source = EncoderSource::Folder { folder, runtime: runtime.clone() };
        let mut config = Config::local(data.path(), source);
        config.cross_encoder = cross.map(|folder| CrossEncoderFolder { folder: folder.to_owned(), runtime });
        let daemon = Daemon::start(config).unwrap();
        while agent().get(format!("http://{}/readyz", daemon.address())).call().is_err() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Self { _data: data, daemon }
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("http://{}{path}", self.daemon.address());
        agent().post(url).send_json(body).unwrap().body_mut().with_config().limit(64 << 20).read_json().unwrap()
    }
}

#[test]
fn a_cross_encoder_ranks_where_there_is_one_and_the_encoder_where_it_is_named() {
    // In f32, whose scores are those of the reference.
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json", "tokenizer_config.json", "model.onnx"] {
        std::fs::copy(fixtures(&format!("golden/encoders/cross-bert/{file}")), folder.path().join(file)).unwrap();
    }
    let served = Served::start(Some(folder.path()));
    let golden: Value =
        serde_json::from_slice(&std::fs::read(fixtures("golden/encoders/cross-bert/golden.json")).unwrap()).unwrap();
    let query = &golden["pairs"][0]["query"];
    let pairs: Vec<&Value> =
        golden["pairs"].as_array().unwrap().iter().filter(|pair| pair["query"] == *query).collect();
    assert!(pairs.len() > 2);
    let documents: Vec<&Value> = pairs.iter().map(|pair| &pair["passage"]).collect();
    let ranked = served.post("/v1/rerank", &json!({"query": query, "documents": documents}));
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    assert_eq!((&ranked["model"], ranked.get("usage")), (&json!(name), None));
    let results = ranked["results"].as_array().unwrap();
    assert_eq!(results.len(), pairs.len());
    let score = |result: &Value| result["relevance_score"].as_f64().unwrap();
    assert!(results.is_sorted_by(|a, b| score(a) >= score(b)));
    let odds = |result: &Value| pairs[usize::try_from(result["index"].as_u64().unwrap()).unwrap()]["score"].as_f64();
    for result in results {
        let want = 1.0 / (1.0 + (-odds(result).unwrap()).exp());
        assert!((score(result) - want).abs() < 1e-4, "{result} for {want}");
    }
    let raw = served.post("/rerank", &json!({"query": query, "texts": documents, "raw_scores": true}));
    for result in raw.as_array().unwrap() {
        assert!((result["score"].as_f64().unwrap() - odds(result).unwrap()).abs() < 1e-3, "{result}");
    }
    let by_encoder = json!({"model": DEFAULT_MODEL, "query": query, "documents": documents});
    assert_eq!(served.post("/v2/rerank", &by_encoder)["model"], DEFAULT_MODEL);
    let url = format!("http://{}/v1/models", served.daemon.address());
    let models: Value = agent().get(url).call().unwrap().body_mut().read_json().unwrap();
    let kinds: Vec<&Value> = models["data"].as_array().unwrap().iter().map(|model| &model["kind"]).collect();
    assert_eq!(kinds, ["encoder", "cross_encoder"]);
}

#[test]
fn what_does_not_fit_into_the_encoders_limit_is_said() {
    let served = Served::start(None);
    let (long, short) = ("word ".repeat(300), "word");
    let encoded = served.post("/v1/encode", &json!({"input": [long, short], "encoding": "f16"}));
    let told = |at: usize| (encoded["data"][at]["tokens"].as_u64(), encoded["data"][at]["truncated_tokens"].as_u64());
    assert_eq!((told(0), told(1)), ((Some(256), Some(46)), (Some(3), Some(0))));
    let embedded = served.post("/v1/embeddings", &json!({"input": [long, short]}));
    assert_eq!(embedded["usage"]["total_tokens"], 254 + 1);
    let ranked = served.post("/v1/rerank", &json!({"query": "word", "documents": [short, long]}));
    assert_eq!(ranked["usage"]["total_tokens"], 1 + 254 + 1);
    let reason = "1 of the texts are longer than the encoder's limit, by 46 tokens together";
    for reply in [&embedded, &ranked] {
        let degraded = json!([{"stage": "tokenize", "reason": reason, "fallback": "their first tokens"}]);
        assert_eq!(reply["degraded"], degraded);
    }
    assert_eq!(served.post("/v1/rerank", &json!({"query": "word", "documents": [short]})).get("degraded"), None);
}

#[test]
fn the_passage_that_answers_a_question_comes_first() {
    let documents = [
        "The recipe asks for two eggs, a cup of flour and a pinch of salt, baked for forty minutes.",
        "",
        "Late interaction models such as ColBERT keep a vector for every token and compare query and passage with MaxSim.",
        "Heavy rain is expected over the northern hills on Thursday, with wind from the west.",
    ];
    let ask = json!({"query": "how does late interaction work", "documents": documents, "return_documents": true});
    let results = Served::start(None).post("/v1/rerank", &ask)["results"].clone();
    assert_eq!((&results[0]["index"], &results[0]["document"]["text"]), (&json!(2), &json!(documents[2])));
    let score = |at: usize| results[at]["relevance_score"].as_f64().unwrap();
    assert!(score(0) > score(1) + 0.1 && score(0) < 1.0 && score(3) >= 0.0, "{results}");
}
