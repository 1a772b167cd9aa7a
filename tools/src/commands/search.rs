//! `maxsim search`: one query against a collection on disk.

use std::io::{self, Write};
use std::process::ExitCode;

use maxsimd_engine::Context;
use maxsimd_engine::search::{Fold, Fusion, Hit, HitKind, Mode, Returns, Scope, SearchReply, SearchRequest};
use maxsimd_server::wire::{Include, SearchAnswer, Wishes, pruned};

use crate::corpus::printable;
use crate::flags::{self, SearchedFlags};
use crate::out::{Out, stdout};
use crate::place::place;

/// Characters of a passage that are shown.
const SNIPPET: usize = 240;

/// Flags of `search`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to look for
    query: String,
    #[command(flatten)]
    searched: SearchedFlags,
    /// Number of hits
    #[arg(short, value_name = "N", default_value = "10", value_parser = flags::hits)]
    k: usize,
    /// How passages are scored: late, exhaustive, exact, bm25 or hybrid
    #[arg(long, default_value_t = Mode::Late, value_name = "MODE")]
    mode: Mode,
    /// What is looked among: passages, summaries (nodes of trees), all, or representations (see build --represent)
    #[arg(long, default_value_t = Scope::default(), value_name = "SCOPE")]
    scope: Scope,
    /// From the roots of trees down, opening N nodes of each layer
    #[arg(long, value_name = "N", value_parser = flags::hits)]
    per_layer: Option<usize>,
    /// What becomes of a summary and its own leaves among the hits: once (every sentence is said once) or none (both stay
    /// as they are)
    #[arg(long, default_value_t = Fold::default(), value_name = "FOLD")]
    fold: Fold,
    /// What is given for what is found: found (itself), parent (for a representation its passage) or document (the whole
    /// document, once)
    #[arg(long = "return", default_value_t = Returns::default(), value_name = "WHAT")]
    returns: Returns,
    /// Most token vectors of all hits together
    #[arg(long, value_name = "N")]
    max_tokens: Option<usize>,
    /// How mode hybrid makes one ranking of late and bm25: rrf, weighted, or maxsim of what bm25 finds
    #[arg(long, default_value_t = Fusion::default(), value_name = "FUSION")]
    fusion: Fusion,
    /// Only documents that match, e.g. 'year >= 2020 and lang in ("en", "de") and not draft'
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,
    /// Share of exhaustive's hits that mode late should find, as measured when the collection was built; 1 prunes
    /// nothing [default: 0.98]
    #[arg(long, value_name = "R", value_parser = flags::recall)]
    recall: Option<f64>,
    /// Go on until it is certain that no other passage belongs among the hits
    #[arg(long)]
    certified: bool,
    /// Say which passage token each query token matched
    #[arg(long)]
    explain: bool,
    /// Print one JSON object, the same as the daemon's reply
    #[arg(long)]
    json: bool,
}

/// Prints hits, best first.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let generation = args.searched.open()?;
    let context = Context::unbounded();
    let filter = args.filter.as_deref().map(|text| flags::filter(text, &generation)).transpose()?;
    let encoder = args.mode.scores_vectors().then(|| args.searched.encoder(&generation)).transpose()?;
    let encoded = match &encoder {
        Some(encoder) => encoder.encode_queries(&context, &[&args.query])?,
        None => Vec::new(),
    };
    let starts: Vec<Vec<Option<usize>>> = encoded.iter().map(|query| query.starts.clone()).collect();
    let cut: usize = encoded.iter().map(|query| query.truncated_tokens).sum();
    let queries = encoded.into_iter().map(|query| query.vectors).collect();
    let (recall, certified, explain) = (args.recall, args.certified, args.explain);
    let texts = vec![args.query.clone()];
    let Args { fusion, scope, per_layer, fold, returns, max_tokens, .. } = *args;
    let request = SearchRequest {
        texts,
        filter,
        fusion,
        recall,
        certified,
        explain,
        scope,
        per_layer,
        fold,
        returns,
        max_tokens,
        max_bytes: usize::MAX,
        ..SearchRequest::new(queries, args.k, args.mode)
    };
    let mut reply = generation.search(&context, &request)?;
    if let Some(encoder) = encoder.filter(|_| explain) {
        let starts: Vec<&[Option<usize>]> = starts.iter().map(Vec::as_slice).collect();
        generation.place_matches(&context, &*encoder, &starts, &mut reply.hits)?;
    }
    let out = &mut stdout();
    if args.json {
        let wishes = Wishes::of(&request, Include::ALL, cut);
        let answer = SearchAnswer::new(reply, &context.timings(), &wishes);
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (rank, hit) in (1..).zip(&reply.hits) {
        print_hit(out, rank, hit)?;
    }
    let times: Vec<String> = context
        .timings()
        .iter()
        .map(|(stage, spent)| format!("{} {:.2} ms", stage.name(), spent.as_secs_f64() * 1e3))
        .collect();
    writeln!(out, "{} passages scored by {}; {}", reply.scored_passages, reply.kernel, times.join(", "))?;
    if let Some(filter) = &request.filter {
        writeln!(out, "{} passages pass the filter {}", reply.passages, printable(&filter.to_string()))?;
    }
    for failed in &reply.failed_legs {
        writeln!(out, "without {}: {}", failed.leg, failed.reason)?;
    }
    writeln!(out, "{}", certainty(&reply))?;
    if cut > 0 {
        writeln!(out, "the query is {cut} tokens longer than the encoder's limit; they were left out")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether something may have been left out, and after how much.
fn certainty(reply: &SearchReply) -> String {
    match pruned(reply) {
        Some(pruning) => format!(
            "not certified: {} centroids probed for each query token, {} candidates, {} finalists",
            pruning.probes, pruning.candidates, pruning.finalists
        ),
        None if reply.certified => "certified: every passage was scored".to_owned(),
        None => "not certified".to_owned(),
    }
}

/// Where the legs of mode hybrid had a hit.
fn legs(hit: &Hit) -> String {
    let Some(legs) = hit.legs else { return String::new() };
    let named = [("late", legs.late), ("bm25", legs.bm25)].into_iter().filter_map(|(leg, rank)| Some((leg, rank?)));
    named.map(|(leg, at)| format!(", {leg} {} ({:.3})", at.rank, at.score)).collect()
}

/// Where a hit stands in its tree, if it is a node.
fn tree(hit: &Hit) -> String {
    match hit.kind {
        HitKind::Passage => String::new(),
        HitKind::Summary => format!(", summary of layer {} over {} passages", hit.layer, hit.leaves.len()),
        HitKind::Representation => format!(", stands for {}", hit.leaves.join(", ")),
        HitKind::Document => ", the whole document".to_owned(),
    }
}

fn print_hit(out: &mut Out, rank: usize, hit: &Hit) -> io::Result<()> {
    let (title, from) = match hit.document_id {
        Some(_) => (place(&hit.title, &hit.heading), format!(" bytes {}-{}", hit.start, hit.end)),
        None => ("several documents".to_owned(), format!(" from {}", printable(&hit.leaves.join(", ")))),
    };
    writeln!(out, "{rank:>3}. {:<7.3} {}", hit.score, printable(&title))?;
    writeln!(out, "     {}{from}{}{}", printable(&hit.passage_id), tree(hit), legs(hit))?;
    let words = hit.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let snippet: String = words.chars().take(SNIPPET).collect();
    let more = if words.chars().count() > SNIPPET { "..." } else { "" };
    writeln!(out, "     {}{more}\n", printable(&snippet))
}
