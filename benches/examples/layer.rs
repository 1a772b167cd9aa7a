//! What an answer takes beyond its search: milliseconds of encoding and searching alone, of quoting, and of an answer that
//! a generator writes in no time at all (a sentence of the best passage), in turns over the same questions.
//!
//! ```sh
//! cargo run --release --package maxsimd-benches --example layer -- libonnxruntime.so MODEL_DIR DATA COLLECTION QUERIES.jsonl
//! ```

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use maxsimd_engine::answer::{AnswerRequest, Calibration, Collections, Event, Source, Writer};
use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::encode::{Encoder, OnnxEncoder, Runtime};
use maxsimd_engine::generate::{Choice, Finish, Generator, GeneratorError, Prompt, TokenUsage, Written};
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::techniques::{Asked, Technique, answer};
use maxsimd_engine::{Context, Error};

const K: usize = 8;
const QUESTIONS: usize = 300;
const ROUNDS: usize = 3;

/// Says the first long line of the first passage.
#[derive(Debug)]
struct Instantly;

impl Generator for Instantly {
    fn name(&self) -> &str {
        "bench:instantly"
    }

    fn write(&self, _: &Context, prompt: &Prompt, tell: &mut dyn FnMut(&str)) -> Result<Written, GeneratorError> {
        let said = prompt.messages.last().map_or("", |message| &message.content);
        let (_, passage) = said.split_once("passage 1]").ok_or(GeneratorError::Empty)?;
        let body = passage.split_once('\n').map_or("", |(_, body)| body);
        let text = body.split_inclusive(". ").find(|part| part.len() > 30).unwrap_or(body).trim().to_owned();
        tell(&text);
        Ok(Written { text, finish: Finish::Stop, usage: TokenUsage::default() })
    }

    fn choose(&self, _: &Context, _: &Prompt, _: &[&str]) -> Result<Choice, GeneratorError> {
        Err(GeneratorError::Empty)
    }
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [library, model, data, collection, queries] = args.as_slice() else {
        anyhow::bail!("five arguments: libonnxruntime.so MODEL_DIR DATA COLLECTION QUERIES.jsonl")
    };
    let encoder: Arc<dyn Encoder> =
        Arc::new(OnnxEncoder::open(&Runtime::load(Path::new(library))?, Path::new(model), 1)?);
    let generation = Arc::new(Store::open(data)?.open_generation(&CollectionName::parse(collection)?)?);
    let source = Source { name: collection.clone(), generation: Arc::clone(&generation), filter: None };
    let sources = Collections::new(vec![source], Arc::clone(&encoder))?;
    let questions = questions(queries)?;
    let plain = Technique::named("plain", Default::default())?;
    let (mut searching, mut quoting, mut writing, mut first) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut shown, mut beyond) = (0, [Vec::new(), Vec::new()]);
    for question in (0..ROUNDS).flat_map(|_| &questions) {
        let search = timed(|| {
            let context = Context::unbounded();
            let tokens = encoder.encode_queries(&context, &[question])?.swap_remove(0).vectors;
            let texts = vec![question.clone()];
            generation.search(&context, &SearchRequest { texts, ..SearchRequest::new(vec![tokens], K, Mode::Hybrid) })
        })?
        .0;
        let calibration = Calibration { threshold: 0.0, ..Calibration::default() };
        let request = AnswerRequest { k: K, calibration, ..AnswerRequest::new(question.clone()) };
        let asked = |writer| Asked { sources: &sources, writer, technique: &plain, request: &request };
        let quote = timed(|| answer(&Context::unbounded(), &asked(Writer::Quote), &mut |_| ()))?.0;
        let (begun, mut heard) = (Instant::now(), None);
        let mut listen = |_: Event<'_>| {
            heard.get_or_insert(begun.elapsed());
        };
        let writer = Writer::Generator(&Instantly);
        let (write, written) = timed(|| answer(&Context::unbounded(), &asked(writer), &mut listen))?;
        shown += usize::from(written.degraded.is_empty());
        first.extend(heard.map(|heard| heard.as_secs_f64() * 1e3));
        beyond[0].push(quote - search);
        beyond[1].push(write - search);
        searching.push(search);
        quoting.push(quote);
        writing.push(write);
    }
    println!("{} questions, {ROUNDS} rounds, {K} passages; milliseconds\n", questions.len());
    println!("| | p50 | p95 |\n|---|---|---|");
    let rows = [("encode and search", searching), ("quoted", quoting), ("written in no time, checked", writing)];
    let [quoted, written] = beyond;
    let more =
        [("quoted, beyond its search", quoted), ("written, beyond its search", written), ("to the first event", first)];
    for (name, times) in rows.into_iter().chain(more) {
        println!("| {name} | {:.2} | {:.2} |", percentile(&times, 50), percentile(&times, 95));
    }
    println!("\n{shown} of {} written answers passed the check", ROUNDS * questions.len());
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<(f64, T), Error> {
    let start = Instant::now();
    let done = work()?;
    Ok((start.elapsed().as_secs_f64() * 1e3, done))
}

fn questions(path: &str) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(path).with_context(|| path.to_owned())?;
    let question = |line: &str| {
        let (_, rest) = line.split_once("\"text\": \"").or_else(|| line.split_once("\"text\":\""))?;
        rest.split_once('"').map(|(question, _)| question.to_owned())
    };
    Ok(text.lines().filter_map(question).take(QUESTIONS).collect())
}

fn percentile(times: &[f64], percent: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1]
}
