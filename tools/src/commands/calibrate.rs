//! `maxsim calibrate`: when there is no answer, fitted to judged questions.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use maxsimd_engine::Context;
use maxsimd_engine::answer::{Around, Budget, Collections, Fitted, Signals, Wanted, fit, signals};
use maxsimd_engine::search::Scope;
use serde_json::json;

use crate::flags::{self, SearchedFlags};
use crate::measure::Dataset;
use crate::out::stdout;

/// Flags of `calibrate`.
///
/// A question has an answer if one of its relevant documents is among what is found for it. It has none if its metadata say
/// "answerable": false; without such questions, each counts once more as if its relevant documents were not there. What is
/// fitted holds for answers from all collections of the data folder with the same encoder.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder with queries.jsonl and qrels.tsv
    #[arg(long, value_name = "BEIR_DIR")]
    dataset: PathBuf,
    #[command(flatten)]
    searched: SearchedFlags,
    /// Passages that an answer may be from
    #[arg(short, value_name = "N", default_value = "8", value_parser = flags::hits)]
    k: usize,
    /// Fit and print, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Asks every question, fits, and keeps the calibration.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let dataset = Dataset::open(&args.dataset)?;
    let (sources, encoder) = args.searched.sources(None)?;
    let fitted = fit(&samples(args, &dataset, &sources)?)?;
    if !args.dry_run {
        args.searched.collection.store()?.set_calibration(&encoder, &fitted.calibration)?;
    }
    let out = &mut stdout();
    match args.json {
        true => writeln!(out, "{}", json!({"encoder": encoder.name, "kept": !args.dry_run, "fitted": fitted}))?,
        false => print(out, &fitted, args.dry_run)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn samples(args: &Args, dataset: &Dataset, sources: &Collections) -> anyhow::Result<Vec<(Signals, bool)>> {
    let context = Context::unbounded();
    let wanted = |question: &str, without: Vec<String>| Wanted {
        question: question.to_owned(),
        k: args.k,
        max_tokens: Budget::default().max_context_tokens,
        scope: Scope::default(),
        around: Around::default(),
        without,
    };
    let leave_out = dataset.unanswerable.is_empty();
    let mut samples = Vec::new();
    for (_, question, judgments) in &dataset.queries {
        let relevant: Vec<String> =
            judgments.iter().filter(|(_, gain)| **gain > 0).map(|(document, _)| document.clone()).collect();
        let (found, contexts) = signals(&context, sources, &wanted(question, Vec::new()))?;
        let there = |id: &String| relevant.contains(id);
        if contexts.hits().iter().any(|found| found.hit.document_id.as_ref().is_some_and(there)) {
            samples.push((found, true));
        }
        if leave_out {
            samples.push((signals(&context, sources, &wanted(question, relevant))?.0, false));
        }
    }
    for question in &dataset.unanswerable {
        samples.push((signals(&context, sources, &wanted(question, Vec::new()))?.0, false));
    }
    Ok(samples)
}

fn print(out: &mut impl Write, fitted: &Fitted, dry_run: bool) -> anyhow::Result<()> {
    let Fitted { answerable, unanswerable, auc, answered, answered_wrongly, calibration } = fitted;
    writeln!(out, "{answerable} questions with an answer among what is found, {unanswerable} without")?;
    writeln!(out, "told apart with {auc:.3} (area under the ROC curve)")?;
    writeln!(
        out,
        "above {:.2}: {:.0} % of those with an answer, {:.0} % of those without",
        calibration.threshold,
        100.0 * answered,
        100.0 * answered_wrongly
    )?;
    writeln!(out, "{}", if dry_run { "nothing was changed" } else { "answers are decided by this from now on" })?;
    Ok(())
}
