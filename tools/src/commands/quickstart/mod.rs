//! `maxsim quickstart`: pull the defaults, build a collection from the example corpus, serve it, search it, write a document,
//! ask a question and get a cited answer, see it all in the playground.

mod answer;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use maxsimd_engine::Context;
use maxsimd_engine::build::{BuildOptions, Splitting, build_documents};
use maxsimd_engine::collection::{CollectionName, Description, EncoderId, Store};
use maxsimd_engine::raptor::Raptor;
use maxsimd_engine::split::Budget;
use maxsimd_server::generators::Managing;
use maxsimd_server::{Config, Daemon, EncoderSource};
use serde_json::{Value, json};

use crate::assets;
use crate::corpus::{Corpus, printable};
use crate::flags::{self, ModelFlags, RemoteFlags};
use crate::out::stdout;
use crate::place::place;

/// The example corpus of this repository.
const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/corpus");
const COLLECTION: &str = "quickstart";
/// A collection that is written to.
const NOTES: &str = "notes";
const NOTE: &str = "A change is durable before the reply, and searchable a moment later.";
const QUESTION: &str = "How does late interaction compare a query with a passage?";
/// Preferred port; another one is taken if it is in use.
const PORT: u16 = 8080;

/// Flags of `quickstart`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stop after the first answer instead of serving on
    #[arg(long)]
    once: bool,
    /// Folder or file to build from instead of the example corpus
    #[arg(long, value_name = "PATH", default_value = CORPUS, hide_default_value = true)]
    input: PathBuf,
    /// What to ask
    #[arg(long, value_name = "TEXT", default_value = QUESTION)]
    question: String,
    /// Pull a small language model, too, and let it write an answer
    #[arg(long)]
    generate: bool,
    #[command(flatten)]
    remote: RemoteFlags,
    #[command(flatten)]
    model: ModelFlags,
}

/// Says what each step does and how long it took.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let home = args.model.home()?;
    step("assets", || {
        assets::pull(&home, None, &mut |line| eprintln!("  {line}"))?;
        if args.generate {
            assets::pull_named(&home, "generation", None, &mut |line| eprintln!("  {line}"))?;
        }
        Ok(format!("ONNX Runtime and {} in {}", args.model.model, home.root().display()))
    })?;
    let data = home.root().join(COLLECTION);
    step("build", || build(args, &data))?;
    let daemon = step_value("daemon", || start(args, &data))?;
    let address = daemon.address();
    let search = format!("http://{address}/v1/collections/{COLLECTION}/search");
    let hits = step_value("question", || {
        let hits = ask(&search, json!({"query": args.question, "k": 3}))?;
        Ok((format!("{:?}", args.question), hits))
    })?;
    show(&hits)?;
    let summary = step_value("summary", || {
        let mut hits = ask(&search, json!({"query": args.question, "k": 1, "scope": "summaries"}))?;
        let hit = hits.remove(0);
        let leaves = hit["leaves"].as_array().map_or(0, Vec::len);
        Ok((format!("the nearest summary is of layer {}, over {leaves} passages", hit["layer"]), vec![hit]))
    })?;
    show(&summary)?;
    writeln!(stdout())?;
    step("write", || write(&format!("http://{address}/v1/collections")))?;
    let answers = format!("http://{address}/v1/answer");
    let quoted = step_value("answer", || {
        Ok((format!("{:?}", args.question), answer::quoted(&answers, COLLECTION, &args.question)?))
    })?;
    answer::show(&quoted)?;
    if args.generate {
        writeln!(stdout(), "\nwritten by the small model of this machine, unchecked as it comes:\n")?;
        let written = step_value("generate", || {
            Ok((format!("{:?}", args.question), answer::generated(&answers, COLLECTION, &args.question)?))
        })?;
        answer::show(&written)?;
    }
    writeln!(stdout(), "\nplayground: http://{address}/?c={COLLECTION}")?;
    if args.once {
        daemon.stop()?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = stdout();
    writeln!(
        out,
        "\nserving on http://{address}, stop with Ctrl-C; open the playground in a browser, or ask it yourself:\n"
    )?;
    writeln!(out, "  curl -s http://{address}/v1/collections/{COLLECTION}/search \\")?;
    writeln!(out, "    -H 'content-type: application/json' -d '{{\"query\":\"why rotate vectors?\",\"k\":3}}'\n")?;
    writeln!(out, "  curl -s {answers} -H 'content-type: application/json' \\")?;
    writeln!(out, "    -d '{{\"question\":\"why rotate vectors?\",\"collections\":[\"{COLLECTION}\"]}}'\n")?;
    daemon.wait()?;
    Ok(ExitCode::SUCCESS)
}

fn build(args: &Args, data: &Path) -> anyhow::Result<String> {
    std::fs::create_dir_all(data).with_context(|| data.display().to_string())?;
    let threads = flags::threads(None);
    let encoder = args.model.open(threads)?;
    let mut corpus = Corpus::open(std::slice::from_ref(&args.input))?;
    let bar = corpus.bar();
    let raptor = Some(Raptor::default());
    let options =
        BuildOptions { threads, raptor, plan: format!("{} trees", corpus.digest()), ..BuildOptions::default() };
    let (store, name) = (args.remote.allow(Store::open(data)?), CollectionName::parse(COLLECTION)?);
    let built = store.open_generation(&name).ok().filter(|built| {
        built.description().build_plan.as_ref() == Some(&options.plan)
            && built.check_encoder(&EncoderId::of(&*encoder)).is_ok()
    });
    if let Some(built) = built {
        return Ok(format!("{}, as built before", counts(built.description())));
    }
    let how = (&*encoder, Splitting::Structure(Budget::default()));
    let report = build_documents(&Context::unbounded(), (&store, &name), &options, how, &mut corpus, &mut |_| ())?;
    bar.finish_and_clear();
    Ok(counts(&report.description))
}

fn counts(d: &Description) -> String {
    let Description { documents, passages, nodes, token_vectors, .. } = d;
    format!("{documents} documents, {passages} passages, {nodes} summaries, {token_vectors} token vectors")
}

fn start(args: &Args, data: &Path) -> anyhow::Result<(String, Daemon)> {
    let home = args.model.home()?;
    let runtime = home.library(args.model.onnx_runtime.clone());
    let source = EncoderSource::Folder { folder: home.model(&args.model.model), runtime };
    let mut config = Config::local(data, source);
    config.listen.set_port(PORT);
    if args.generate {
        config.generators.managed = Managing::find(&home, None);
    }
    let daemon = Daemon::start(config.clone()).or_else(|_| {
        config.listen.set_port(0);
        Daemon::start(config)
    })?;
    wait_until_ready(&format!("http://{}/readyz", daemon.address()))?;
    Ok((format!("listening on http://{}", daemon.address()), daemon))
}

/// Asks the daemon itself, whatever proxy the environment names for the world outside.
fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().proxy(None).build().into()
}

fn wait_until_ready(url: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    while agent().get(url).call().is_err() {
        ensure!(start.elapsed() < Duration::from_secs(60), "the daemon did not become ready within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn ask(url: &str, question: Value) -> anyhow::Result<Vec<Value>> {
    let mut reply = agent().post(url).send_json(question)?;
    let mut reply: Value = reply.body_mut().read_json()?;
    let hits = reply["hits"].as_array_mut().context("the reply has no hits")?;
    ensure!(!hits.is_empty(), "nothing was found");
    Ok(std::mem::take(hits))
}

/// Adds a document to a collection of its own, and finds it.
fn write(collections: &str) -> anyhow::Result<String> {
    let config = ureq::Agent::config_builder().proxy(None).http_status_as_error(false);
    let agent = ureq::Agent::new_with_config(config.build());
    let created = agent.post(collections).send_json(json!({"name": NOTES}))?;
    // It may be there from before.
    ensure!(matches!(created.status().as_u16(), 201 | 409), "the daemon does not create a collection");
    let document = json!({"id": "note", "title": "A note", "text": NOTE});
    let url = format!("{collections}/{NOTES}/documents?wait=searchable");
    let mut reply = agent.put(url).send_json(json!({"documents": [document]}))?;
    let generation = reply.body_mut().read_json::<Value>()?["generation"].clone();
    ensure!(reply.status() == 200, "the daemon does not take a document");
    let hits = ask(&format!("{collections}/{NOTES}/search"), json!({"query": "when is a change searchable?", "k": 3}))?;
    ensure!(hits[0]["text"] == NOTE, "the document is not found");
    Ok(format!("a document was sent to collection {NOTES}, is in generation {generation} and found"))
}

fn show(hits: &[Value]) -> io::Result<()> {
    let mut out = stdout();
    for (rank, hit) in (1..).zip(hits) {
        let text = |field: &str| printable(hit[field].as_str().unwrap_or(""));
        writeln!(out, "\n  {rank}. {} ({:.2})", text("passage_id"), hit["score"].as_f64().unwrap_or(0.0))?;
        writeln!(out, "     {}", place(&text("title"), &text("heading")))?;
        let words = text("text").split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(out, "     {}", words.chars().take(200).collect::<String>())?;
    }
    Ok(())
}

fn step(name: &str, work: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
    step_value(name, || Ok((work()?, ())))
}

fn step_value<T>(name: &str, work: impl FnOnce() -> anyhow::Result<(String, T)>) -> anyhow::Result<T> {
    let start = Instant::now();
    let (what, value) = work()?;
    writeln!(stdout(), "{name:<9} {:>7.2} s  {what}", start.elapsed().as_secs_f64())?;
    Ok(value)
}
