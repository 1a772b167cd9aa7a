//! Steps without a language model: names in what was found lead to further passages. A passage counts for what it adds to the
//! question's tokens that were met before, for how rare the name is that leads to it, and for whether one of the two is about
//! that name. Fitted on none, chosen by hand on musique_mini; most of it may be half or double (benches/TECHNIQUES.md).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use unicode_segmentation::UnicodeSegmentation;

use crate::Result;
use crate::answer::{Compared, ContextHit, Evidence, Grain, Query, Retrieved, Run, Tokens, Wanted, names};
use crate::search::Hit;

/// Passages of the question itself; the first of them lead on.
pub(super) const POOL: usize = 30;
const LEADING: usize = 5;
/// Names of a passage that are followed, the rarest first, and passages that each leads to.
const NAMES: usize = 16;
const EACH: usize = 10;
/// What counts how much: where it comes from, what it adds, how rare the name is, and itself.
const FROM: f32 = 0.3;
const ADDS: f32 = 3.0;
const RARE: f32 = 0.2;
const ITSELF: f32 = 0.5;
/// The share of that for a name that neither passage is about.
const PASSING: f32 = 0.7;

/// A way from the question over passages.
#[derive(Debug, Clone)]
struct Path {
    /// Numbers of contexts, in order.
    steps: Vec<usize>,
    /// The name that led to the last.
    by: String,
    score: f32,
    /// Of each token of the question, the best similarity on the way.
    met: Vec<f32>,
}

/// A name in a passage.
#[derive(Debug)]
struct Name {
    text: String,
    /// Of its words, those that the question has not, by their rarity.
    rarity: f32,
}

/// Follows names from what was found, as long as the budget has rounds.
pub(super) fn follow(run: &mut Run<'_>, mut found: Retrieved) -> Result<Retrieved> {
    let mut scores = found.scores();
    let similar = |found: &Retrieved, at: usize| found.evidence.similar(at).to_vec();
    let leading = 0..found.contexts.hits().len().min(LEADING);
    let mut paths: Vec<Path> = leading
        .map(|at| Path { steps: vec![at], by: String::new(), score: scores[at], met: similar(&found, at) })
        .collect();
    while !paths.is_empty() && run.iterate() {
        let ends: Vec<usize> = paths.iter().filter_map(|path| path.steps.last().copied()).collect();
        let names = rare_names(run, &found, &ends)?;
        let queries = each_once(&names);
        if queries.is_empty() {
            break;
        }
        let wanted = queries.iter().map(Query::words).collect();
        let more =
            run.retrieve(&Wanted { queries: wanted, k: usize::MAX, ..run.pool(found.question.clone(), EACH) })?;
        let reached = Reached::of(queries, &more);
        found = found.merged(more);
        scores.resize(found.contexts.hits().len(), 0.0);
        let links = links(run, &found, (&names, &reached))?;
        let mut next: Vec<Path> = Vec::new();
        for (path, (names, links)) in paths.iter().zip(names.iter().zip(&links)) {
            for (to, by) in best_links(&found, (path, names), links) {
                let (name, strength) = by;
                let met: Vec<f32> = similar(&found, to);
                let tokens = met.len().max(1) as f32;
                let adds = met.iter().zip(&path.met).map(|(own, met)| (own - met).max(0.0)).sum::<f32>() / tokens;
                let itself = met.iter().sum::<f32>() / tokens;
                let worth = FROM * path.score + ADDS * adds + RARE * name.rarity + ITSELF * itself;
                let step = Path {
                    steps: path.steps.iter().copied().chain([to]).collect(),
                    by: name.text.clone(),
                    score: strength * worth,
                    met: met.iter().zip(&path.met).map(|(own, met)| own.max(*met)).collect(),
                };
                next.push(step);
            }
        }
        next.sort_by(|a, b| b.score.total_cmp(&a.score));
        for path in &next {
            if let [.., from, to] = path.steps[..]
                && path.score > scores[to]
            {
                scores[to] = path.score;
                Arc::make_mut(&mut found.contexts).link((from, to), &path.by);
            }
        }
        tell(run, &found, &next);
        let mut ends: Vec<usize> = Vec::new();
        next.retain(|path| match path.steps.last() {
            Some(end) if !ends.contains(end) => {
                ends.push(*end);
                ends.len() <= LEADING
            }
            _ => false,
        });
        paths = next;
    }
    run.packed(found, &scores)
}

/// Names in some contexts, the rarest of each first; what only repeats the question is none.
fn rare_names(run: &Run<'_>, found: &Retrieved, contexts: &[usize]) -> Result<Vec<Vec<Name>>> {
    let mut compared = Vec::new();
    for &at in contexts {
        let Hit { title, heading, text, .. } = &found.contexts.hits()[at].hit;
        let own = [title.as_str()].into_iter().chain(heading.rsplit(" > ").take(1)).filter(|text| !text.is_empty());
        let mut all: Vec<&str> = own.chain(names(text)).collect();
        all.dedup();
        compared.push(all);
    }
    let texts = compared.iter().flatten().map(|name| by_words(name)).collect::<Vec<_>>();
    let evidence = run.sources.compare(run.context, &texts, &found.contexts, Grain::Contexts)?;
    let mut evidence = evidence.iter();
    let mut rare: Vec<Vec<Name>> = Vec::new();
    for all in compared {
        let mut names: Vec<Name> = Vec::new();
        for (text, words) in all.into_iter().zip(&mut evidence) {
            let rarity = words.rarity(|word| !found.evidence.words().contains(&word.to_owned())) as f32;
            if rarity > 0.0 && names.iter().all(|name| name.text != text) {
                names.push(Name { text: text.to_owned(), rarity });
            }
        }
        names.sort_by(|a, b| b.rarity.total_cmp(&a.rarity));
        names.truncate(NAMES);
        rare.push(names);
    }
    let most = rare.iter().flatten().map(|name| name.rarity).fold(f32::MIN_POSITIVE, f32::max);
    rare.iter_mut().flatten().for_each(|name| name.rarity /= most);
    Ok(rare)
}

fn by_words(text: &str) -> Compared {
    Compared { text: text.to_owned(), tokens: Tokens::None }
}

fn each_once(names: &[Vec<Name>]) -> Vec<String> {
    let mut once: Vec<String> = names.iter().flatten().map(|name| name.text.clone()).collect();
    once.sort_unstable();
    once.dedup();
    once
}

/// Which names lead to which passages.
struct Reached {
    names: Vec<String>,
    /// By collection and passage, places in the rankings of names.
    ranks: HashMap<(String, String), Vec<Option<usize>>>,
}

impl Reached {
    fn of(names: Vec<String>, found: &Retrieved) -> Self {
        let place = |found: &ContextHit| {
            let ranks = if found.ranks.is_empty() { vec![Some(1)] } else { found.ranks.clone() };
            ((found.collection.clone(), found.hit.passage_id.clone()), ranks)
        };
        Self { names, ranks: found.contexts.hits().iter().map(place).collect() }
    }

    fn by(&self, name: &str, found: &ContextHit) -> bool {
        let ranks = self.ranks.get(&(found.collection.clone(), found.hit.passage_id.clone()));
        let at = self.names.iter().position(|other| other == name);
        ranks.zip(at).is_some_and(|(ranks, at)| ranks.get(at).is_some_and(Option::is_some))
    }
}

/// Of each name, which contexts it leads to: those among the first of its ranking that have all of its words.
fn links(run: &Run<'_>, found: &Retrieved, (names, reached): (&[Vec<Name>], &Reached)) -> Result<Vec<Vec<Vec<bool>>>> {
    let texts: Vec<Compared> = names.iter().flatten().map(|name| by_words(&name.text)).collect();
    let evidence = run.sources.compare(run.context, &texts, &found.contexts, Grain::Contexts)?;
    let mut evidence = evidence.iter();
    let hits = found.contexts.hits();
    let leads = |(name, evidence): (&Name, &Evidence)| {
        hits.iter().enumerate().map(|(at, found)| evidence.has_all(at) && reached.by(&name.text, found)).collect()
    };
    Ok(names.iter().map(|names| names.iter().zip(evidence.by_ref()).map(leads).collect()).collect())
}

/// Contexts that names lead to from a path, each with the name that does it best, and how far.
fn best_links<'a>(
    found: &Retrieved,
    (path, names): (&Path, &'a [Name]),
    links: &[Vec<bool>],
) -> Vec<(usize, (&'a Name, f32))> {
    let hits = found.contexts.hits();
    let Some(&from) = path.steps.last() else { return Vec::new() };
    let mut linked = Vec::new();
    for to in (0..hits.len()).filter(|to| !path.steps.contains(to)) {
        let strength = |name: &Name| {
            let about = is_about(&hits[to].hit, &name.text) || is_about(&hits[from].hit, &name.text);
            if about { 1.0 } else { PASSING }
        };
        let leading = names.iter().zip(links).filter(|(_, has)| has[to]).map(|(name, _)| (name, strength(name)));
        let worth = |(name, strength): &(&Name, f32)| (*strength, name.rarity);
        let best = leading.reduce(|best, other| if worth(&other) > worth(&best) { other } else { best });
        linked.extend(best.map(|best| (to, best)));
    }
    linked
}

/// Whether a passage is about a name: it is its title, but for what stands in brackets, or its heading.
fn is_about(hit: &Hit, name: &str) -> bool {
    let title = hit.title.split('(').next().unwrap_or_default();
    let heading = hit.heading.rsplit(" > ").next().unwrap_or_default();
    [title, &hit.title, heading].into_iter().any(|about| !about.is_empty() && same(about, name))
}

fn same(a: &str, b: &str) -> bool {
    a.unicode_words().map(str::to_lowercase).eq(b.unicode_words().map(str::to_lowercase))
}

/// The best links.
fn tell(run: &mut Run<'_>, found: &Retrieved, paths: &[Path]) {
    const SHOWN: usize = 10;
    let id = |at: &usize| found.contexts.hits()[*at].hit.passage_id.clone();
    let link = |path: &Path| json!({"path": path.steps.iter().map(id).collect::<Vec<_>>(), "by": path.by, "score": path.score});
    let shown: Vec<_> = paths.iter().take(SHOWN).map(link).collect();
    run.stage("link", |_| ((), json!({"by": "rules", "links": paths.len(), "best": shown})));
}
