//! `maxsim calibrate`: when there is no answer, fitted to judged questions.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use maxsimd_engine::Context;
use maxsimd_engine::answer::{
    Budget, Collections, Fitted, FittedGrader, Looks, Query, Signals, Wanted, fit, fit_grader, signals,
};
use serde_json::json;

use crate::flags::{self, SearchedFlags};
use crate::measure::Dataset;
use crate::out::stdout;

/// Flags of `calibrate`.
///
/// A question has an answer if one of its relevant documents is among what is found for it. It has none if its metadata say
/// "answerable": false; without such questions, each counts once more as if its relevant documents were not there. What is
/// fitted holds for answers from all collections of the data folder with the same encoder. From the same questions comes
/// which passages are graded as relevant: those that were judged so, and no others.
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
    let samples = samples(args, &dataset, &sources)?;
    let mut fitted = fit(&samples.questions)?;
    let grader = fit_grader(&samples.passages)?;
    fitted.calibration.grader = grader.grader;
    if !args.dry_run {
        args.searched.collection.store()?.set_calibration(&encoder, &fitted.calibration)?;
    }
    let out = &mut stdout();
    match args.json {
        true => {
            let told = json!({"encoder": encoder.name, "kept": !args.dry_run, "fitted": fitted, "grader": grader});
            writeln!(out, "{told}")?;
        }
        false => print(out, (&fitted, &grader), args.dry_run)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What questions and passages look like, and what they are.
#[derive(Default)]
struct Samples {
    /// Whether there is an answer.
    questions: Vec<(Signals, bool)>,
    /// Whether they were judged relevant.
    passages: Vec<(Signals, bool)>,
}

fn samples(args: &Args, dataset: &Dataset, sources: &Collections) -> anyhow::Result<Samples> {
    let context = Context::unbounded();
    let look = |question: &str, without: Vec<String>| {
        let max_tokens = Budget::default().max_context_tokens;
        signals(&context, sources, &Wanted { max_tokens, without, ..Wanted::of(Query::of(question), args.k) })
    };
    let leave_out = dataset.unanswerable.is_empty();
    let mut samples = Samples::default();
    for (_, question, judgments) in &dataset.queries {
        let relevant: Vec<String> =
            judgments.iter().filter(|(_, gain)| **gain > 0).map(|(document, _)| document.clone()).collect();
        let found = look(question, Vec::new())?;
        let there = |id: &Option<String>| id.as_ref().is_some_and(|id| relevant.contains(id));
        if found.passages.iter().any(|(id, _)| there(id)) {
            samples.questions.push((found.question, true));
        }
        samples.passages.extend(found.passages.iter().map(|(id, signals)| (*signals, there(id))));
        if leave_out {
            samples.unanswerable(look(question, relevant)?);
        }
    }
    for question in &dataset.unanswerable {
        samples.unanswerable(look(question, Vec::new())?);
    }
    Ok(samples)
}

impl Samples {
    fn unanswerable(&mut self, found: Looks) {
        self.questions.push((found.question, false));
        self.passages.extend(found.passages.into_iter().map(|(_, signals)| (signals, false)));
    }
}

fn print(out: &mut impl Write, (fitted, grader): (&Fitted, &FittedGrader), dry_run: bool) -> anyhow::Result<()> {
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
    let FittedGrader { relevant, others, auc, grader } = grader;
    writeln!(
        out,
        "{relevant} relevant passages and {others} others, told apart with {auc:.3}; relevant from {:.2} on, not below {:.2}",
        grader.upper, grader.lower
    )?;
    writeln!(out, "{}", if dry_run { "nothing was changed" } else { "answers are decided by this from now on" })?;
    Ok(())
}
