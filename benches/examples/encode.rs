//! How fast encoders are: tokens a second of passages of 240 tokens, on one and on two threads, and milliseconds of
//! single queries of 8, 16 and 32 tokens, and of one of 16 tokens among 4 and 8 at once. Model folders take turns, so that a busy machine slows all alike.
//!
//! ```sh
//! cargo run --release --package maxsimd-benches --example encode -- libonnxruntime.so MODEL_DIR...
//! ```

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use maxsimd_engine::Context;
use maxsimd_engine::encode::{Encoder, OnnxEncoder, Runtime};

const PASSAGE_TOKENS: usize = 240;
const PASSAGES: usize = 32;
const ROUNDS: usize = 9;
const QUERY_TOKENS: [usize; 3] = [8, 16, 32];
const QUERIES: usize = 20;
/// Queries at once, and their tokens.
const TOGETHER: [usize; 2] = [4, 8];
const TOGETHER_TOKENS: usize = 16;

/// What was measured of one model, a value per round.
#[derive(Default)]
struct Measured {
    tokens_per_s: [Vec<f64>; 2],
    query_ms: [Vec<f64>; 3],
    together_ms: [Vec<f64>; 2],
}

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from);
    let library = args.next().context("the path of libonnxruntime.so, then model folders")?;
    let folders: Vec<PathBuf> = args.collect();
    let runtime = Runtime::load(&library)?;
    let text = words()?;
    let mut models = Vec::new();
    for folder in &folders {
        let encoders = [1, 2].map(|sessions| OnnxEncoder::open(&runtime, folder, sessions));
        let [one, two] = encoders;
        models.push((folder, [one?, two?], Measured::default()));
    }
    for _ in 0..ROUNDS {
        for (_, encoders, measured) in &mut models {
            round(encoders, measured, &text)?;
        }
    }
    println!("passages of {PASSAGE_TOKENS} tokens; medians of {ROUNDS} rounds in turns\n");
    println!(
        "| model | tokens/s, one thread | two threads | ms of a query of 8 tokens | 16 | 32 | of 16, among 4 | 8 |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (folder, _, measured) in models {
        let rates = measured.tokens_per_s.map(|rates| format!("{:.0}", median(rates)));
        let times = measured.query_ms.into_iter().chain(measured.together_ms);
        let times: Vec<String> = times.map(|times| format!("{:.2}", median(times))).collect();
        println!("| {} | {} | {} |", folder.display(), rates.join(" | "), times.join(" | "));
    }
    Ok(())
}

fn round(encoders: &[OnnxEncoder; 2], measured: &mut Measured, text: &str) -> anyhow::Result<()> {
    let context = Context::unbounded();
    for (encoder, rates) in encoders.iter().zip(&mut measured.tokens_per_s) {
        let passages = texts(encoder, text, PASSAGE_TOKENS, PASSAGES)?;
        let start = Instant::now();
        encoder.encode_passages(&context, &passages)?;
        rates.push((PASSAGES * PASSAGE_TOKENS) as f64 / start.elapsed().as_secs_f64());
    }
    let encoder = &encoders[0];
    for (tokens, times) in QUERY_TOKENS.into_iter().zip(&mut measured.query_ms) {
        for query in texts(encoder, text, tokens, QUERIES)? {
            let start = Instant::now();
            encoder.encode_queries(&context, &[query])?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    for (together, times) in TOGETHER.into_iter().zip(&mut measured.together_ms) {
        for queries in texts(encoder, text, TOGETHER_TOKENS, QUERIES)?.chunks_exact(together) {
            let start = Instant::now();
            encoder.encode_queries(&context, queries)?;
            times.push(start.elapsed().as_secs_f64() * 1e3 / together as f64);
        }
    }
    Ok(())
}

/// Stretches of a text that are so many tokens long, two of them the special ones.
fn texts<'a>(encoder: &OnnxEncoder, text: &'a str, tokens: usize, count: usize) -> anyhow::Result<Vec<&'a str>> {
    let starts = encoder.token_starts(text)?;
    let stretch = |number: usize| {
        let first = number * 7 % (starts.len() - tokens);
        &text[starts[first]..starts[first + tokens - 2]]
    };
    Ok((0..count).map(stretch).collect())
}

/// Words of the example corpus, as one text.
fn words() -> anyhow::Result<String> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(corpus)?.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<_>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    let mut words = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path)?;
        words.extend(text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned));
    }
    Ok(words[..words.len().min(4000)].join(" "))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
