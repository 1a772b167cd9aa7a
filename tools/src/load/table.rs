//! A report as text.

use std::io::{self, Write};

use super::run::Kind;
use super::{Client, Distribution, Judged, Report, Run};

/// Prints it, or the whole of it as one JSON object.
pub fn print(out: &mut impl Write, report: &Report, json: bool) -> io::Result<()> {
    match json {
        true => writeln!(out, "{}", serde_json::to_string(report)?),
        false => table(out, report),
    }
}

/// Writes its main figures.
pub(super) fn table(out: &mut impl Write, report: &Report) -> io::Result<()> {
    for run in &report.runs {
        header(out, run)?;
        body(out, run, report.queries())?;
    }
    if let Some(rate) = report.knee_per_s {
        writeln!(out, "knee            {rate:.1} requests/s, p99 climbs after it")?;
    }
    match (&report.slo, report.highest_within_slo_per_s) {
        (Some(slo), Some(rate)) => writeln!(out, "within {slo}   up to {rate:.1} requests/s"),
        _ => Ok(()),
    }
}

fn header(out: &mut impl Write, run: &Run) -> io::Result<()> {
    match (run.kind, run.offered_per_s) {
        (Kind::Open, Some(offered)) => {
            write!(out, "offered         {offered:.1} requests/s, achieved {:.1}", run.achieved_per_s)?
        }
        _ => write!(out, "maximum throughput  {:.1} requests/s; waits are hidden", run.achieved_per_s)?,
    }
    writeln!(
        out,
        "  ({:.1} s after {:.1} s of warm-up, {} connections)",
        run.seconds, run.warmup_seconds, run.client.connections
    )
}

fn body(out: &mut impl Write, run: &Run, asked: usize) -> io::Result<()> {
    writeln!(out, "requests        {} answered of {}, {} lost, {}", run.answered, run.requests, run.lost, errors(run))?;
    writeln!(
        out,
        "{:<14}{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}{:>10}",
        "milliseconds", "count", "p50", "p90", "p95", "p99", "p99.9", "max"
    )?;
    for (name, times) in run.distributions() {
        row(out, name, times)?;
    }
    if let (Some(share), Some(goodput)) = (run.within_slo, run.goodput_per_s) {
        writeln!(out, "goodput         {goodput:.1} requests/s, {:.2} % of all within the objective", share * 100.0)?;
    }
    if let Some(quality) = run.quality {
        let Judged { replies, queries, partial, ndcg_at_10, recall_at_10 } = quality;
        writeln!(
            out,
            "quality         nDCG@10 {ndcg_at_10:.4}, recall@10 {recall_at_10:.4} of {queries} of {asked} queries; {partial} of {replies} replies partial"
        )?;
    }
    client(out, &run.client)
}

fn client(out: &mut impl Write, client: &Client) -> io::Result<()> {
    let [cpu, waiting, lag] = [client.cpu_share, client.waiting_share, client.lag_share].map(|share| share * 100.0);
    let first = if client.realtime { ", before all others" } else { "" };
    writeln!(
        out,
        "client          {cpu:.0} % of a core, {waiting:.0} % waiting for one{first}; late by {:.2} ms, p99 {:.2}: {lag:.0} % of a latency\n",
        client.lag_p50_ms, client.lag_p99_ms
    )
}

fn row(out: &mut impl Write, name: &str, times: &Distribution) -> io::Result<()> {
    let Distribution { count, p50, p90, p95, p99, p99_9, max, .. } = times;
    writeln!(out, "  {name:<12}{count:>8}{p50:>9.2}{p90:>9.2}{p95:>9.2}{p99:>9.2}{p99_9:>9.2}{max:>10.2}")
}

fn errors(run: &Run) -> String {
    let classes: Vec<String> = run.errors.iter().map(|(class, count)| format!("{count} {class}")).collect();
    if classes.is_empty() { "no errors".to_owned() } else { format!("errors: {}", classes.join(", ")) }
}
