//! Chat completions with the client that everybody uses: `openai` of PyPI.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use maxsimd_server::{Config, Daemon, EncoderSource};
use serde_json::{Value, json};
use support::{fixtures, home, maxsim, path_text};

const VERSION: &str = "3.57.0";
const QUESTION: &str = "How does late interaction compare a query with a passage?";

/// Asks whole and as a stream, with a conversation, and for a model that is not there.
const SCRIPT: &str = r#"
import json, sys
from openai import NotFoundError, OpenAI

client = OpenAI(base_url=sys.argv[1], api_key="nobody asks for it", max_retries=0)
model, question = "maxsimd/plain@corpus", sys.argv[2]
turns = [{"role": "system", "content": "be brief"}, {"role": "user", "content": question}]
whole = client.chat.completions.create(model=model, messages=turns, temperature=0, max_tokens=99)
chunks = list(client.chat.completions.create(
    model=model, messages=turns, stream=True, stream_options={"include_usage": True}))
said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
turns += [{"role": "assistant", "content": whole.choices[0].message.content}, {"role": "user", "content": "And why is it late?"}]
after = client.chat.completions.create(model=model, messages=turns)
try:
    client.chat.completions.create(model="gpt-4o", messages=turns)
    missing = None
except NotFoundError as error:
    missing = [error.status_code, error.code, error.param]
print(json.dumps({
    "content": whole.choices[0].message.content, "finish": whole.choices[0].finish_reason,
    "citations": whole.model_extra["maxsimd"]["citations"], "streamed": said, "usage": chunks[-1].usage.total_tokens,
    "standalone": after.model_extra["maxsimd"]["decision"]["standalone_question"], "missing": missing,
}))
"#;

/// The client's packages, fetched once for a target folder.
fn packages() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("openai-{VERSION}"));
    if !folder.is_dir() {
        let fresh = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"];
        let mut command = Command::new("python3");
        let done = command.args(pip).arg(fresh.path()).arg(format!("openai=={VERSION}")).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        // Another run of the tests may have been first.
        let _ = std::fs::rename(fresh.keep(), &folder);
    }
    folder
}

#[test]
fn the_client_of_openai_gets_cited_answers_whole_and_as_a_stream() {
    let data = tempfile::tempdir().unwrap();
    let target = ["--data", &path_text(data.path()), "--collection", "corpus"];
    maxsim(&[&["build", "--json", "--input", &fixtures("corpus")], &target[..]].concat()).json();
    let folder = home().model(maxsimd_server::home::DEFAULT_MODEL);
    let runtime = home().library(std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
    let daemon = Daemon::start(Config::local(data.path(), EncoderSource::Folder { folder, runtime })).unwrap();
    let url = format!("http://{}", daemon.address());
    while support::agent().get(format!("{url}/readyz")).call().is_err() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut client = Command::new("python3");
    client.env("PYTHONPATH", packages()).env("NO_PROXY", "127.0.0.1");
    let ran = client.args(["-c", SCRIPT, &format!("{url}/v1"), QUESTION]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let said: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let content = said["content"].as_str().unwrap();
    assert!(content.contains("[1] late-interaction.md#"), "{content}");
    assert_eq!((&said["streamed"], &said["finish"]), (&json!(content), &json!("stop")));
    assert_eq!((&said["usage"], &said["missing"]), (&json!(0), &json!([404, "model_not_found", "model"])));
    let citation = &said["citations"][0];
    let text = std::fs::read_to_string(fixtures("corpus/late-interaction.md")).unwrap();
    let at = |field: &str| usize::try_from(citation[field].as_u64().unwrap()).unwrap();
    assert_eq!(&text[at("start")..at("end")], citation["quote"]);
    assert!(said["standalone"].as_str().unwrap().starts_with("And why is it late? ("), "{said}");
    daemon.stop().unwrap();
}
