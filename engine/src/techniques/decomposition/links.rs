//! Names in passages, and the passages that they lead to: those that have all words of one.

use std::collections::HashMap;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use crate::Result;
use crate::answer::{Compared, Query, Retrieved, Run, Tokens, Wanted, names};
use crate::search::Hit;

/// Names of a passage that are followed, the rarest first, and passages that each leads to.
const NAMES: usize = 16;
const EACH: usize = 10;

/// What a name in a passage leads to.
#[derive(Debug)]
pub(super) struct Link {
    /// Number of the context.
    pub(super) to: usize,
    pub(super) name: String,
    /// From 0 to 1, beside other names.
    pub(super) rarity: f32,
    /// Whether one of the two passages is about the name.
    pub(super) is_about: bool,
}

/// A name in a passage.
#[derive(Debug)]
struct Name {
    text: String,
    /// Of its words, those that the question has not, by their rarity.
    rarity: f32,
}

/// Adds to what was found what names in some contexts lead to; of each of these contexts, its links. Nothing without names.
pub(super) fn from(run: &mut Run<'_>, found: &mut Retrieved, contexts: &[usize]) -> Result<Option<Vec<Vec<Link>>>> {
    let names = rare_names(run, found, contexts)?;
    let mut queries: Vec<&str> = names.iter().flatten().map(|name| name.text.as_str()).collect();
    queries.sort_unstable();
    queries.dedup();
    if queries.is_empty() {
        return Ok(None);
    }
    let wanted = queries.iter().copied().map(Query::every_word).collect();
    let more = run.retrieve(&Wanted { queries: wanted, k: usize::MAX, ..run.pool(found.question.clone(), EACH) })?;
    let owned = |(collection, passage): (&str, &str)| (collection.to_owned(), passage.to_owned());
    let reached: HashMap<(String, String), Vec<Option<usize>>> =
        more.contexts.hits().iter().map(|found| (owned(found.key()), found.ranks.clone())).collect();
    found.merge(more);
    let reached: Vec<Option<&Vec<Option<usize>>>> =
        found.contexts.hits().iter().map(|found| reached.get(&owned(found.key()))).collect();
    // Of one query there are no ranks.
    let leads = |query: usize, to: usize| reached[to].is_some_and(|ranks| ranks.get(query).is_none_or(Option::is_some));
    let hits = found.contexts.hits();
    let links = names.iter().zip(contexts).map(|(names, &from)| {
        let best = |to: usize| {
            let leading = names
                .iter()
                .filter(|name| queries.binary_search(&name.text.as_str()).is_ok_and(|query| leads(query, to)));
            let link = |name: &Name| {
                let is_about = [from, to].into_iter().any(|at| is_about(&hits[at].hit, &name.text));
                Link { to, name: name.text.clone(), rarity: name.rarity, is_about }
            };
            let worth = |link: &Link| (link.is_about, link.rarity);
            leading.map(link).reduce(|best, other| if worth(&other) > worth(&best) { other } else { best })
        };
        (0..hits.len()).filter(|&to| to != from).filter_map(best).collect()
    });
    Ok(Some(links.collect()))
}

/// Names in some contexts, the rarest of each first; what only repeats the question is none.
fn rare_names(run: &Run<'_>, found: &Retrieved, contexts: &[usize]) -> Result<Vec<Vec<Name>>> {
    let candidates: Vec<Vec<&str>> = contexts.iter().map(|&at| candidates(&found.contexts.hits()[at].hit)).collect();
    let by_words = |text: &&str| Compared { text: (*text).to_owned(), tokens: Tokens::None };
    let words: Vec<Compared> = candidates.iter().flatten().map(by_words).collect();
    let evidence = run.sources.compare(run.context, &words, &Arc::default())?;
    let mut evidence = evidence.iter();
    let asked = found.evidence.words();
    let mut rare: Vec<Vec<Name>> = Vec::new();
    for candidates in candidates {
        let mut names: Vec<Name> = Vec::new();
        for (text, words) in candidates.into_iter().zip(&mut evidence) {
            let rarity = words.rarity(|word| !asked.iter().any(|asked| asked == word)) as f32;
            if rarity > 0.0 {
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

/// Title, heading and names of a passage, each once.
fn candidates(hit: &Hit) -> Vec<&str> {
    let mut all: Vec<&str> = Vec::new();
    for name in [hit.title.as_str(), last_heading(hit)].into_iter().chain(names(&hit.text)) {
        if !name.is_empty() && !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// Whether a passage is about a name: it is its title, with or without what stands there in brackets, or its heading.
fn is_about(hit: &Hit, name: &str) -> bool {
    let short = hit.title.split('(').next().unwrap_or_default();
    let same =
        |about: &str| about.unicode_words().map(str::to_lowercase).eq(name.unicode_words().map(str::to_lowercase));
    [short, &hit.title, last_heading(hit)].into_iter().any(|about| !about.is_empty() && same(about))
}

fn last_heading(hit: &Hit) -> &str {
    hit.heading.rsplit(" > ").next().unwrap_or_default()
}
