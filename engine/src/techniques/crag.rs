//! `crag` (Yan et al. 2024): what was found is graded. What is relevant is refined to the strips that say something; what is
//! not gives way to another search, by keywords, in the other collections if there are any; what is between gets both.

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::grading::{Verdict, grade};
use super::{About, Knob, Recipe};
use crate::answer::{
    Among, Compared, Found, Query, Retrieved, Run, Signals, Sources, Strip, Task, Wanted, names, strips, unnamed,
};
use crate::search::Scope;
use crate::{Error, Result};

pub(super) const ABOUT: About = About {
    name: "crag",
    what: "grades what was found, keeps the strips that say something, and looks elsewhere for what is missing",
    source: "Yan et al. 2024, arXiv:2401.15884",
    thinks: true,
    needs: "",
    knobs: &[
        Knob::name(
            "fallback",
            &["none", "collections", "web"],
            "where else is looked by keywords: nowhere, in the first collection's stead in all others, or in the web",
        ),
        Knob::name("refine", &["none", "strips"], "whether passages are cut to the strips that say something"),
        Knob::whole("strips", (1, 100), "strips that are kept at most"),
    ],
};

const TASK: &str = "Write the search keywords for a question: two or three, the most specific ones, separated by spaces. Reply with \
                    them only.";
/// Tokens of keywords, and words of rules.
const TOKENS: u32 = 24;
const KEYWORDS: usize = 6;
/// Below this share of the best strip's score a strip says nothing.
const SAYS: f64 = 0.4;

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Crag {
    fallback: Fallback,
    refine: Refine,
    strips: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fallback {
    None,
    #[default]
    Collections,
    Web,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Refine {
    None,
    #[default]
    Strips,
}

impl Default for Crag {
    fn default() -> Self {
        Self { fallback: Fallback::default(), refine: Refine::default(), strips: 10 }
    }
}

impl Recipe for Crag {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        run.iterate();
        let all = run.among.clone();
        let others = self.others(run, &all);
        if let Some((first, _)) = &others {
            run.among.collections = Some(vec![*first]);
        }
        let wanted = run.wanted(Query::of(question));
        let found = run.retrieve(&wanted)?;
        run.among = all;
        let graded = grade(run, question, &found)?;
        let verdict = graded.verdict();
        let best = graded.best().unwrap_or(0.0);
        run.chose("grade", verdict.name(), format!("the best passage is relevant with {best:.2}"));
        let mut signals = found.signals();
        let mut kept = found.clone().picked(&graded.kept());
        let elsewhere = match verdict {
            Verdict::Correct => None,
            _ => self.elsewhere(run, (question, &found), others.map(|(_, others)| others))?,
        };
        let refused = verdict == Verdict::Incorrect && elsewhere.is_none();
        let found = match (elsewhere, verdict) {
            (None, Verdict::Incorrect) => found,
            (None, _) => kept,
            (Some((elsewhere, own)), Verdict::Incorrect) => {
                signals = own;
                elsewhere
            }
            (Some((elsewhere, _)), _) => {
                kept.merge(elsewhere);
                kept.fitting(run.request.budget.max_context_tokens)
            }
        };
        let found = if self.refine == Refine::Strips && !refused { self.refined(run, found)? } else { found };
        Ok(Found { refused, signals: Some(signals), ..found.into() })
    }
}

impl Crag {
    /// The first of several collections, and all others.
    fn others(&self, run: &Run<'_>, all: &Among) -> Option<(usize, Vec<usize>)> {
        let mut numbers = all.collections.clone().unwrap_or_else(|| (0..run.sources.all().len()).collect());
        (self.fallback == Fallback::Collections && numbers.len() > 1).then(|| (numbers.remove(0), numbers))
    }

    /// What keywords find, if that is any better, with what confidence in it comes from.
    fn elsewhere(
        &self,
        run: &mut Run<'_>,
        (question, found): (&str, &Retrieved),
        others: Option<Vec<usize>>,
    ) -> Result<Option<(Retrieved, Signals)>> {
        if self.fallback == Fallback::None || !run.iterate() {
            return Ok(None);
        }
        let keywords = keywords(run, question);
        let online = if self.fallback == Fallback::Web { self.online(run, &keywords)? } else { None };
        let mut wanted = Wanted { queries: vec![Query::of(keywords)], ..run.wanted(found.question.clone()) };
        if online.is_some() {
            // Pages have no trees.
            wanted.scope = Scope::Passages;
        }
        wanted.among.collections = online.map(|number| vec![number]).or(others).or(wanted.among.collections);
        let found = run.retrieve(&wanted)?;
        let graded = grade(run, question, &found)?;
        let better = graded.verdict() != Verdict::Incorrect;
        let signals = found.signals();
        Ok(better.then(|| (found.picked(&graded.kept()), signals)))
    }

    /// Pages of the web as one more collection, by its number; where there is none, other collections are asked.
    fn online(&self, run: &mut Run<'_>, keywords: &str) -> Result<Option<usize>> {
        let Some(web) = run.sources.web() else {
            let why = "no search of the web is named; --web names one".to_owned();
            run.degrade("fallback", ("web_missing", why), "collections");
            return Ok(None);
        };
        let fetched = run.stage("web", |run| {
            let fetched = web.fetch(&run.within(|remaining| remaining / 2), keywords);
            let details = match &fetched {
                Ok(fetched) => {
                    let pages: Vec<&str> = fetched.pages.iter().map(|page| page.id.as_str()).collect();
                    json!({"provider": web.search.name(), "query": keywords, "pages": pages, "failed": fetched.failed})
                }
                Err(error) => json!({"provider": web.search.name(), "query": keywords, "error": error.name()}),
            };
            (fetched, details)
        });
        let pages = match fetched {
            Ok(fetched) if !fetched.pages.is_empty() => fetched.pages,
            Ok(_) => {
                run.degrade("fallback", ("web_empty", "no page could be read".to_owned()), "collections");
                return Ok(None);
            }
            Err(error) => {
                run.context.check()?;
                run.degrade("fallback", (error.name(), error.to_string()), "collections");
                return Ok(None);
            }
        };
        let number = run.sources.all().len();
        let sources = match run.sources.with_pages(run.context, pages) {
            Ok(sources) => sources,
            Err(error @ (Error::Cancelled | Error::Deadline)) => return Err(error),
            Err(error) => {
                // Where they were kept is nothing for whoever asks.
                let why = match error {
                    Error::Io { source, .. } => format!("pages could not be kept: {source}"),
                    error => error.to_string(),
                };
                run.degrade("fallback", ("web_unusable", why), "collections");
                return Ok(None);
            }
        };
        run.among.collections.get_or_insert_with(|| (0..number).collect());
        let online: &OnceCell<Box<dyn Sources>> = run.online;
        run.sources = &**online.get_or_init(|| sources);
        Ok(Some(number))
    }

    /// Only strips that say something of what is asked, in their order.
    fn refined(&self, run: &mut Run<'_>, found: Retrieved) -> Result<Retrieved> {
        let question = Compared { text: found.question.text.clone(), tokens: found.question.tokens.clone() };
        let evidence = run.sources.compare(run.context, &[question], &found.contexts)?;
        let Some(evidence) = evidence.first() else { return Ok(found) };
        let strips = strips(&found.contexts, evidence);
        let mut kept: Vec<&Strip> = strips.iter().collect();
        kept.sort_by(|a, b| b.score.total_cmp(&a.score));
        let scores: Vec<f64> = kept.iter().map(|strip| strip.score).collect();
        let least = SAYS * scores.first().copied().unwrap_or(0.0);
        kept.truncate(self.strips);
        kept.retain(|strip| strip.score >= least);
        let details = json!({"strips": strips.len(), "kept": kept.len(), "least": least, "scores": scores});
        run.note("refine", details);
        let mut sentences: Vec<usize> = kept.iter().flat_map(|strip| strip.sentences.clone()).collect();
        sentences.sort_unstable();
        Ok(found.keeping(&sentences))
    }
}

/// Keywords of a question: names first, then the words that say something.
fn keywords(run: &mut Run<'_>, question: &str) -> String {
    let task = Task { system: TASK, user: format!("Question: {question}"), max_tokens: TOKENS, temperature: 0.0 };
    let written = run.queries("rewrite", &task, (&[question], 1)).and_then(|lines| lines.queries.into_iter().next());
    let by = if written.is_some() { "generator" } else { "rules" };
    let query = written.unwrap_or_else(|| {
        let mut words: Vec<String> = names(question).into_iter().map(str::to_owned).collect();
        words.extend(unnamed(question));
        words.truncate(KEYWORDS);
        if words.is_empty() { question.to_owned() } else { words.join(" ") }
    });
    run.note("rewrite", json!({"by": by, "query": query}));
    query
}
