//! What was measured: an object, or a table.

use std::io::Write;
use std::time::Duration;

use maxsimd_engine::collection::Generation;
use maxsimd_engine::search::{DEFAULT_RECALL, Mode};
use serde_json::{Map, Value, json};

use super::{Args, Measured};
use crate::measure::{Dataset, Judged, compared, percentile, table};
use crate::out::stdout;

/// Prints one report, or several and how they differ.
pub(super) fn print(
    args: &Args,
    (generation, dataset, encode_times): (&Generation, &Dataset, &[Duration]),
    measured: &[Measured],
) -> anyhow::Result<()> {
    let judge = |measured: &Measured| {
        Judged::of(measured.way.name().to_owned(), measured.searched.iter().map(|s| &s.ranking), dataset)
    };
    let judged: Vec<Judged> = measured.iter().map(judge).collect();
    let about = about(args, generation, encode_times)?;
    let out = &mut stdout();
    if !args.json {
        write!(out, "{}\n{}", table(&judged), facts(measured, dataset))?;
        return Ok(());
    }
    let whole = |(measured, judged): (&Measured, &Judged)| {
        let parts = [about.clone(), judged.report(), one(args, measured)];
        Value::Object(parts.into_iter().flatten().collect())
    };
    let mut reports: Vec<Value> = measured.iter().zip(&judged).map(whole).collect();
    match reports.len() {
        1 => writeln!(out, "{}", reports.remove(0))?,
        _ => writeln!(out, "{}", json!({"runs": reports, "differences": compared(&judged)}))?,
    }
    Ok(())
}

/// What is the same of all ways.
fn about(args: &Args, generation: &Generation, encode_times: &[Duration]) -> anyhow::Result<Map<String, Value>> {
    let d = generation.description();
    let about = json!({
        "dataset": std::path::absolute(&args.dataset)?.file_name().map(|name| name.to_string_lossy()),
        "passages": d.passages,
        "token_vectors": d.token_vectors,
        "filter": args.filter,
        "k": args.k,
        "encode_ms": {"p50": percentile(encode_times, 50), "p95": percentile(encode_times, 95)},
        "threads": args.threads,
        "kernel": maxsimd_engine::kernels::best().name(),
        "bits": d.bits,
        "index_bytes": d.index_bytes,
        "bytes_per_token_vector": d.index_bytes as f64 / d.token_vectors.max(1) as f64,
        "vector_bytes": d.vector_bytes,
        "build_seconds": d.build_seconds,
    });
    Ok(object(about))
}

/// What is of one way.
fn one(args: &Args, measured: &Measured) -> Map<String, Value> {
    let Measured { way, searched, llm_calls, .. } = measured;
    let filter_times: Vec<Duration> = searched.iter().map(|s| s.filtering).collect();
    object(json!({
        "queries": searched.len(),
        "mode": way.name(),
        "fusion": (way.mode() == Some(Mode::Hybrid)).then(|| args.fusion.name()),
        "recall": (way.mode() == Some(Mode::Late)).then(|| args.recall.unwrap_or(DEFAULT_RECALL)),
        "pruning": searched.iter().find_map(|s| s.pruning),
        "search_ms": search_times(measured),
        "filter_ms": args.filter.as_ref().map(|_| json!({"p50": percentile(&filter_times, 50)})),
        "llm_calls": llm_calls,
        "queries_per_s": per_second(measured),
    }))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn search_times(measured: &Measured) -> Value {
    let times: Vec<Duration> = measured.searched.iter().map(|s| s.took).collect();
    json!({"p50": percentile(&times, 50), "p95": percentile(&times, 95), "p99": percentile(&times, 99)})
}

fn per_second(measured: &Measured) -> f64 {
    measured.searched.len() as f64 / measured.wall.as_secs_f64()
}

/// What a table leaves out.
fn facts(measured: &[Measured], dataset: &Dataset) -> String {
    let mut lines = vec![format!(
        "{} judged queries; means with 95 % intervals{}",
        dataset.queries.len(),
        if measured.len() > 1 { ", and differences to the first with the chance that they are none" } else { "" }
    )];
    for measured in measured {
        let times = search_times(measured);
        let [p50, p95, p99] = ["p50", "p95", "p99"].map(|name| times[name].as_f64().unwrap_or(0.0));
        let calls = measured.llm_calls.map_or_else(String::new, |calls| format!(", {calls} calls of a language model"));
        let rate = per_second(measured);
        lines.push(format!(
            "{}: p50 {p50:.2} ms, p95 {p95:.2} ms, p99 {p99:.2} ms, {rate:.0} queries/s{calls}",
            measured.way.name()
        ));
    }
    lines.join("\n") + "\n"
}
