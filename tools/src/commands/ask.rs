//! `maxsim ask`: a question, answered with sentences of a collection on disk.

use std::io::Write;
use std::process::ExitCode;

use maxsimd_engine::Context;
use maxsimd_engine::answer::AnswerRequest;

use crate::corpus::printable;
use crate::flags::{self, CollectionFlags, KernelFlags, ModelFlags};
use crate::out::stdout;

/// Flags of `ask`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The question
    question: String,
    #[command(flatten)]
    collection: CollectionFlags,
    #[command(flatten)]
    model: ModelFlags,
    #[command(flatten)]
    kernels: KernelFlags,
    /// Passages that an answer may be from
    #[arg(short, value_name = "N", default_value = "8", value_parser = flags::hits)]
    k: usize,
    /// Most token vectors of these together
    #[arg(long, value_name = "N", default_value_t = 2000)]
    max_tokens: usize,
    /// Only documents that match, e.g. 'year >= 2020'
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints the answer, and where each sentence of it is from.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    args.kernels.apply()?;
    let generation = args.collection.open()?;
    let encoder = args.model.open_for(&generation, 1)?;
    let filter = args.filter.as_deref().map(|text| flags::filter(text, &generation)).transpose()?;
    let (k, max_tokens) = (args.k, args.max_tokens);
    let request = AnswerRequest { filter, k, max_tokens, ..AnswerRequest::new(args.question.clone()) };
    let answer = generation.answer(&Context::unbounded(), &*encoder, &request)?;
    let out = &mut stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let sure = 100.0 * answer.confidence;
    if answer.abstained {
        writeln!(out, "Nothing in the collection seems to answer that ({sure:.0} % sure of the contrary).")?;
        return Ok(ExitCode::SUCCESS);
    }
    for (number, citation) in (1..).zip(&answer.citations) {
        let quote = citation.quote.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(out, "{} [{number}]", printable(&quote))?;
    }
    writeln!(out)?;
    for (number, citation) in (1..).zip(&answer.citations) {
        let (id, start, end) = (printable(&citation.passage_id), citation.start, citation.end);
        writeln!(out, "[{number}] {id} bytes {start}-{end}, support {:.2}", citation.support)?;
    }
    writeln!(out, "\n{sure:.0} % sure that this answers it; quoted, no language model was asked")?;
    Ok(ExitCode::SUCCESS)
}
