//! The managed generator with its real server and model: what it writes, and that it never stays behind.

#![cfg(target_os = "linux")]

#[path = "../../server/tests/managed/processes.rs"]
mod processes;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use maxsimd_engine::Context;
use maxsimd_engine::generate::{Finish, Generator, Message, Prompt};
use maxsimd_server::generators::managed::{Managed, ManagedSettings, Program};
use maxsimd_server::home::Home;
use maxsimd_tools::assets;
use serde_json::{Value, json};

use processes::{LONG, kill, running, until};

/// Folder of the model that a parent of a test serves.
const FOLDER: &str = "MAXSIMD_TEST_FOLDER";

/// The pulled server and model.
fn home() -> &'static Home {
    static HOME: OnceLock<Home> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = Home::locate(std::env::var_os("MAXSIMD_HOME").map(PathBuf::from)).unwrap();
        assets::pull_named(&home, "generation", None, &mut |line| eprintln!("{line}")).unwrap();
        home
    })
}

/// The model by a path of its own, so that its server is known by it.
fn place() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(home().generator_model(), folder.path().join("small.gguf")).unwrap();
    folder
}

fn generator(folder: &Path) -> Managed {
    let program = Program::Xllamacpp { python: "python3".into(), packages: home().generation() };
    let settings = ManagedSettings::new(program, folder.join("small.gguf"));
    // Tests run side by side, and threads of servers that compete for cores wait for each other.
    let threads = NonZeroUsize::MIN;
    let launcher = Some(PathBuf::from(env!("CARGO_BIN_EXE_maxsim")));
    Managed::new(ManagedSettings { launcher, threads, ..settings }).unwrap()
}

fn context() -> Context {
    Context::until(Instant::now() + Duration::from_secs(300))
}

fn prompt(text: &str, max_tokens: u32) -> Prompt {
    Prompt { messages: vec![Message::user(text)], max_tokens, temperature: 0.0, schema: None }
}

fn kilobytes(process: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn it_streams_a_text_and_says_what_it_took() {
    let folder = place();
    let generator = generator(folder.path());
    assert_eq!(generator.name(), "managed:small");
    let began = Instant::now();
    generator.warm();
    assert!(until(LONG, || generator.is_ready()));
    let started = began.elapsed();
    let (mut pieces, mut first) = (Vec::new(), Duration::ZERO);
    let began = Instant::now();
    let question = format!("{}\nWhat is a red apple?", "An apple is a fruit that grows on a tree. ".repeat(60));
    let written = generator.write(&context(), &prompt(&question, 64), &mut |piece| {
        if pieces.is_empty() {
            first = began.elapsed();
        }
        pieces.push(piece.to_owned());
    });
    let (written, total) = (written.unwrap(), began.elapsed());
    assert!(pieces.len() > 1 && pieces.concat() == written.text, "{pieces:?}");
    assert!(written.text.to_lowercase().contains("apple"), "{}", written.text);
    let usage = written.usage;
    assert!(usage.prompt > 600 && (1..=64).contains(&usage.completion), "{usage:?}");
    let per_second = |tokens: u64, time: Duration| (tokens as f64 / time.as_secs_f64()).round();
    let server = running(folder.path())[0];
    eprintln!(
        "ready after {started:?}; {} tokens a second read, {} written; {} MB resident, {} MB written to",
        per_second(usage.prompt, first),
        per_second(usage.completion, total - first),
        kilobytes(server, "VmRSS") / 1000,
        kilobytes(server, "VmData") / 1000,
    );
}

#[test]
fn it_ends_where_it_has_to_and_chooses_by_probabilities_of_its_own() {
    let folder = place();
    let generator = generator(folder.path());
    let written = generator.write(&context(), &prompt("Count to one hundred.", 8), &mut |_| ()).unwrap();
    assert_eq!((written.finish, written.usage.completion), (Finish::Length, 8));
    let choice = generator.choose(&context(), &prompt("Is water wet? Say yes or no.", 8), &["yes", "no"]).unwrap();
    assert!(choice.by_logprobs && choice.probabilities.len() == 2, "{choice:?}");
    assert!((choice.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{choice:?}");
}

#[test]
fn it_obeys_a_schema() {
    let folder = place();
    let properties = json!({"colour": {"enum": ["red", "green"]}, "ripe": {"type": "boolean"}});
    let schema = json!({"type": "object", "properties": properties, "required": ["colour", "ripe"], "additionalProperties": false});
    let prompt = Prompt { schema: Some(schema), ..prompt("Describe an apple.", 64) };
    let written = generator(folder.path()).write(&context(), &prompt, &mut |_| ()).unwrap();
    let value: BTreeMap<String, Value> = serde_json::from_str(&written.text).expect(&written.text);
    assert!(value.len() == 2 && value["ripe"].is_boolean(), "{value:?}");
    assert!(["red", "green"].contains(&value["colour"].as_str().unwrap()), "{value:?}");
}

#[test]
fn killed_between_calls_it_is_started_again_and_dropped_it_leaves_nothing() {
    let folder = place();
    let generator = generator(folder.path());
    let write = || generator.write(&context(), &prompt("Say hello.", 8), &mut |_| ()).unwrap().text;
    let before = write();
    let servers = running(folder.path());
    assert_eq!(servers.len(), 1);
    kill(servers[0]);
    assert_eq!(write(), before);
    assert_ne!(running(folder.path()), servers);
    drop(generator);
    assert!(running(folder.path()).is_empty());
}

#[test]
fn it_does_not_outlive_a_parent_that_is_killed() {
    let folder = place();
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_parent", "--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = std::io::BufReader::new(parent.stdout.take().unwrap());
    let ready = std::io::BufRead::lines(said).map_while(Result::ok).any(|line| line.contains("it is ready"));
    assert!(ready && running(folder.path()).len() == 1);
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(until(Duration::from_secs(2), || running(folder.path()).is_empty()));
}

#[test]
#[ignore = "the parent of the test above, which starts it as a process of its own"]
fn a_parent() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("started by the test above"));
    let generator = generator(&folder);
    generator.write(&context(), &prompt("Say hello.", 8), &mut |_| ()).unwrap();
    println!("\nit is ready");
    loop {
        std::thread::park();
    }
}
