//! Contexts of a technique as a ranking.

use std::time::{Duration, Instant};

use maxsimd_engine::Context;
use maxsimd_engine::answer::{AnswerRequest, Budget, MAX_CONTEXTS};
use maxsimd_engine::techniques::{Asked, Technique, find};
use maxsimd_server::generators::Generators;

use super::{Args, Searched};
use crate::flags;
use crate::measure::{Dataset, Ranking};

/// How long a question may take.
const LONGEST: Duration = Duration::from_secs(600);

/// Asks all questions; also tells the calls of a language model that took.
pub(super) fn rankings(args: &Args, technique: &Technique, dataset: &Dataset) -> anyhow::Result<(Vec<Searched>, u32)> {
    anyhow::ensure!(args.k <= MAX_CONTEXTS, "-k {}: a technique finds {MAX_CONTEXTS} contexts at most", args.k);
    let generators: Generators = args.generators.open(&args.searched.model.home()?)?;
    let picked = generators.pick(generators.preferred);
    let (sources, _) = args.searched.sources(args.filter.as_deref())?;
    let sources = args.technique.judging(sources, &args.searched.model)?;
    let now = flags::now()?;
    let one = |at: usize| {
        let request = AnswerRequest {
            k: args.k,
            thinking: args.technique.thinking,
            now: Some(now),
            budget: Budget { max_context_tokens: usize::MAX, max_llm_calls: args.max_llm_calls, ..Budget::default() },
            ..AnswerRequest::new(dataset.queries[at].1.clone())
        };
        let asked = Asked { sources: &sources, writer: picked.writer(), technique, request: &request };
        let start = Instant::now();
        let (found, usage, _) = find(&Context::until(start + LONGEST), &asked)?;
        let took = start.elapsed();
        // Their order counts, whatever the scores are of.
        let hits = (0_u16..).zip(found.contexts.hits());
        let ranking =
            Ranking::new(hits.filter_map(|(rank, found)| Some((found.hit.document_id.clone()?, -f32::from(rank)))));
        Ok((Searched { ranking, took, filtering: Duration::ZERO, pruning: None }, usage.llm_calls))
    };
    let done = super::each(args.threads, dataset.queries.len(), one)?;
    let calls = done.iter().map(|(_, calls)| calls).sum();
    Ok((done.into_iter().map(|(searched, _)| searched).collect(), calls))
}
