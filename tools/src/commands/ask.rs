//! `maxsim ask`: a question, answered from a collection on disk, with where every sentence is from.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use maxsimd_engine::Context;
use maxsimd_engine::answer::{AnswerRequest, Around, Budget, Detail, Event, Order};
use maxsimd_engine::search::Scope;
use maxsimd_engine::techniques::{self, Asked};
use maxsimd_server::generators::GeneratorFlags;
use maxsimd_server::web::WebFlags;
use maxsimd_server::wire::AnswerReply;

use crate::answered;
use crate::flags::{self, SearchedFlags, TechniqueFlags};
use crate::out::stdout;

/// Flags of `ask`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The question
    question: String,
    #[command(flatten)]
    searched: SearchedFlags,
    #[command(flatten)]
    technique: TechniqueFlags,
    #[command(flatten)]
    generators: GeneratorFlags,
    #[command(flatten)]
    web: WebFlags,
    /// Passages that an answer may be from
    #[arg(short, value_name = "N", default_value = "8", value_parser = flags::hits)]
    k: usize,
    /// Most token vectors of these together
    #[arg(long, value_name = "N", default_value_t = Budget::default().max_context_tokens)]
    max_tokens: usize,
    /// Most calls of a language model
    #[arg(long, value_name = "N", default_value_t = Budget::default().max_llm_calls)]
    max_llm_calls: u32,
    /// Most rounds of retrieving and answering
    #[arg(long, value_name = "N", default_value_t = Budget::default().max_iterations)]
    max_iterations: u32,
    /// What an answer may be from: passages, summaries (nodes of trees) or all; summaries are cited in their passages
    #[arg(long, value_name = "SCOPE", default_value_t = Scope::default())]
    scope: Scope,
    /// What comes with a passage that was found: chunks (nothing), parents (those next to it) or document (all of it)
    #[arg(long, value_name = "WHAT", default_value_t = Around::default())]
    around: Around,
    /// In which order a generator gets passages: best_first, edges or source
    #[arg(long, value_name = "ORDER", default_value_t = Order::default())]
    order: Order,
    /// Only documents that match, e.g. 'year >= 2020'
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,
    /// How sure an answer has to be, from 0 to 1 [default: as calibrated]
    #[arg(long, value_name = "P", value_parser = probability)]
    threshold: Option<f64>,
    /// Seconds that it may take
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    deadline: u64,
    /// What is told of how it came about: none, summary or full
    #[arg(long, value_name = "DETAIL", default_value_t = Detail::default())]
    trace: Detail,
    /// Print one JSON object, the same as POST /v1/answer gives
    #[arg(long)]
    json: bool,
}

/// Prints the answer, where each sentence of it is from, and how it came about.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let technique = args.technique.open()?.unwrap_or_default();
    let generators = args.generators.open(&args.searched.model.home()?)?;
    let (sources, encoder) = args.searched.sources(args.filter.as_deref())?;
    let sources = args.technique.judging(sources, &args.searched.model)?;
    let sources = match args.web.open()? {
        Some(web) => sources.online(Arc::new(web)),
        None => sources,
    };
    let mut calibration = args.searched.collection.store()?.calibration(&encoder)?;
    calibration.threshold = args.threshold.unwrap_or(calibration.threshold);
    let request = AnswerRequest {
        k: args.k,
        scope: args.scope,
        around: args.around,
        order: args.order,
        thinking: args.technique.thinking,
        calibration,
        now: Some(flags::now()?),
        budget: Budget {
            max_llm_calls: args.max_llm_calls,
            max_iterations: args.max_iterations,
            max_context_tokens: args.max_tokens,
        },
        ..AnswerRequest::new(args.question.clone())
    };
    let picked = generators.pick(generators.preferred);
    let context = Context::until(Instant::now() + Duration::from_secs(args.deadline));
    let asked = Asked { sources: &sources, writer: picked.writer(), technique: &technique, request: &request };
    let answer = techniques::answer(&context, &asked, &mut |_: Event<'_>| ())?;
    let out = &mut stdout();
    let reply = AnswerReply::new(answer, args.trace);
    match args.json {
        true => writeln!(out, "{}", serde_json::to_string(&reply)?)?,
        false => answered::print(out, &serde_json::to_value(reply)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn probability(text: &str) -> Result<f64, String> {
    let threshold = text.parse().ok().filter(|threshold| (0.0..=1.0).contains(threshold));
    threshold.ok_or_else(|| format!("{text:?} is not from 0 to 1"))
}
