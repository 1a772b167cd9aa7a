//! `maxsim judge`: rankings from anywhere, judged and compared.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::measure::{Dataset, Judged, Ranking, Run, compared, table};
use crate::out::stdout;

/// Flags of `judge`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder with queries.jsonl and qrels.tsv
    #[arg(long, value_name = "BEIR_DIR")]
    dataset: PathBuf,
    /// Files in TREC format, as `maxsim eval --run` writes them; all are compared with the first
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints figures of all runs, and how they differ from those of the first. A query that a run lacks counts 0.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let dataset = Dataset::open(&args.dataset)?;
    let judge = |path: &PathBuf| {
        let run = Run::read(path)?;
        let rankings: Vec<Ranking> = dataset.queries.iter().map(|(id, _, _)| run.of(id)).collect();
        anyhow::Ok(Judged::of(path.display().to_string(), rankings.iter(), &dataset))
    };
    let judged = args.runs.iter().map(judge).collect::<anyhow::Result<Vec<_>>>()?;
    let out = &mut stdout();
    if args.json {
        let named = |judged: &Judged| {
            let mut report = judged.report();
            report.insert("run".to_owned(), judged.name.as_str().into());
            Value::Object(report)
        };
        let runs: Vec<Value> = judged.iter().map(named).collect();
        let queries = dataset.queries.len();
        writeln!(out, "{}", json!({"queries": queries, "runs": runs, "differences": compared(&judged)}))?;
    } else {
        write!(out, "{}\n{} judged queries\n", table(&judged), dataset.queries.len())?;
    }
    Ok(ExitCode::SUCCESS)
}
