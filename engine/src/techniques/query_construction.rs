//! `query_construction`: what a question says of documents (when they were published, in which language) becomes a filter; the rest
//! is looked for. Dates and numbers are read by code, whoever reads the question.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{About, Knob, Recipe, THEN, then};
use crate::answer::{Found, Run, Task};
use crate::construct::{Constructed, Now};
use crate::filter::Filter;
use crate::{Error, Result};

pub(super) const ABOUT: About = About {
    name: "query_construction",
    what: "makes a filter of what a question says of documents, and looks for the rest",
    source: "RAG from scratch, part 11",
    thinks: true,
    needs: "collections whose documents have metadata",
    knobs: &[
        Knob::text(
            "now",
            40,
            "the moment that `last month` is told from, as a day or in RFC 3339; else that of the question",
        ),
        Knob::name("relax", &["off", "auto"], "whether the filter is left out where nothing passes it"),
        Knob::name("then", &THEN, "the technique that finds contexts"),
    ],
};

const TASK: &str = "You get fields of documents and a question. If the question says something of these fields, write it as one filter, such as \
                    year >= 2020 and language in (\"de\", \"en\") and not draft. Use only these fields, with values of their types, and only what \
                    the question says itself. If it says nothing of them, write NONE. Reply with the filter only.";
/// Tokens of a filter.
const TOKENS: u32 = 96;

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct QueryConstruction {
    now: String,
    relax: Relax,
    then: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Relax {
    Off,
    #[default]
    Auto,
}

impl Default for QueryConstruction {
    fn default() -> Self {
        Self { now: String::new(), relax: Relax::default(), then: THEN[0].to_owned() }
    }
}

impl Recipe for QueryConstruction {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found> {
        let now = match (self.now.as_str(), run.request.now) {
            ("", Some(now)) => now,
            ("", None) => return Err(Error::invalid("now", "the moment of the question is not known")),
            (text, _) => text.parse().map_err(|_| {
                Error::invalid("options", format!("now: {text:?} is neither a day nor a moment in RFC 3339"))
            })?,
        };
        let constructed = self.constructed(run, question, now)?;
        // What one collection has no field for is looked for in all of them.
        let rest = constructed.iter().map(|own| own.rest.as_str()).max_by_key(|rest| rest.len()).unwrap_or(question);
        run.among.filters = constructed.iter().map(|own| own.filter.clone()).collect();
        let filtered = constructed.iter().any(|own| own.filter.is_some());
        let then = then(&self.then)?;
        let found = then.find(run, rest)?;
        if !filtered || !found.retrieved.contexts.hits().is_empty() {
            return Ok(found);
        }
        match self.relax {
            Relax::Off => Ok(found),
            Relax::Auto => {
                let why = ("no_hits", "no document passes what the question says of documents".to_owned());
                run.degrade("filter", why, "no filter");
                run.among.filters = Vec::new();
                then.find(run, question)
            }
        }
    }
}

impl QueryConstruction {
    /// A filter for each collection, and what it comes from.
    fn constructed(&self, run: &mut Run<'_>, question: &str, now: Now) -> Result<Vec<Constructed>> {
        let mut constructed = run.sources.construct(run.context, question, now)?;
        let mut by = "rules";
        for (at, own) in constructed.iter_mut().enumerate() {
            if let Some(filter) = written(run, question, at) {
                by = "generator";
                // Which words it comes from it does not tell: all of them are looked for.
                own.filter = filter;
                question.clone_into(&mut own.rest);
                own.clauses.clear();
            }
        }
        let told: Vec<_> = run.sources.all().iter().map(|source| source.name.as_str()).zip(&constructed).collect();
        let count = constructed.iter().filter(|own| own.filter.is_some()).count();
        let details = json!({"by": by, "filters": count, "now": now, "constructed": told});
        run.note("construct", details);
        let filters: Vec<String> =
            constructed.iter().filter_map(|own| own.filter.as_ref().map(ToString::to_string)).collect();
        let choice = if filters.is_empty() { "no filter".to_owned() } else { filters.join("; ") };
        run.chose("construct", choice, format!("{by}: what the question says of documents"));
        Ok(constructed)
    }
}

/// A filter that a generator writes for a collection, if it is one; within, nothing if it says that there is none.
fn written(run: &mut Run<'_>, question: &str, at: usize) -> Option<Option<Filter>> {
    let fields = run.sources.all()[at].generation.description().fields.clone();
    let listed: Vec<String> = fields.iter().map(|(name, kind)| format!("{name} ({kind})")).collect();
    if listed.is_empty() {
        return None;
    }
    let user = format!("Fields: {}\nQuestion: {question}", listed.join(", "));
    let text = run.think("construct", &Task { system: TASK, user, max_tokens: TOKENS, temperature: 0.0 })?;
    let line = text.trim().trim_matches('`').trim();
    if line.eq_ignore_ascii_case("none") {
        return Some(None);
    }
    match Filter::parse(line, &fields) {
        Ok(filter) => Some(Some(filter)),
        Err(error) => {
            run.degrade("construct", ("generator_unusable", format!("it wrote no filter: {error}")), "rules");
            None
        }
    }
}
