//! `search`: passages for a query.

use std::fmt;

use maxsimd_engine::search::Mode;
use maxsimd_server::wire::{Free, HitBody, SearchAnswer, SearchBody, Whole};
use rmcp::schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use serde_json::{Map, Value};

use super::Tool;
use crate::mcp::Daemon;
use crate::mcp::quoted::{NOTE, Room, id, line, metadata, quote, seen};
use crate::mcp::refusal::Refusal;
use crate::place::place;

/// Passages that are asked for.
const MOST: u64 = 20;
const USUAL: u64 = 6;
/// Bytes of one passage, and of all passages of a reply.
const PASSAGE: usize = 4_000;
const ROOM: usize = 32_000;

/// Passages for a query.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    /// What to look for: a question, a statement or a few words, in the language of the documents
    #[schemars(length(min = 1, max = 32_768))]
    query: String,
    /// Collection to search; may be left out where there is one or one is preset
    collection: Option<String>,
    /// Passages to return, best first
    #[serde(default = "usual")]
    #[schemars(with = "u64", range(min = 1, max = MOST))]
    k: Whole<1, MOST>,
    /// `late` finds by meaning, `bm25` by exact words (names, codes, error messages), `hybrid` by both
    #[serde(default)]
    mode: SearchMode,
    /// Only documents whose metadata matches, e.g. year >= 2020 and lang in ("en", "de") and not draft. The tool
    /// `collections` lists the fields
    filter: Option<String>,
}

/// The modes that differ in what they find.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(rename_all = "snake_case")]
enum SearchMode {
    #[default]
    Late,
    Hybrid,
    Bm25,
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Found {
    /// How the texts are meant
    note: &'static str,
    /// The collection that was searched
    collection: String,
    /// Passages, best first
    hits: Vec<FoundHit>,
    /// The filter as it was understood
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    /// What was done in a lesser way than asked for
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
}

/// A passage.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
struct FoundHit {
    /// Id of the document, for `fetch` and for citing
    document_id: String,
    /// Id of the passage
    passage_id: String,
    /// Title of the document
    title: String,
    /// Headings above the passage
    heading: String,
    /// How well it matches; comparable within one reply
    score: f32,
    /// First byte of the passage in the document
    start: u64,
    /// Byte after its last
    end: u64,
    /// The passage
    text: String,
    /// Whether the text is only the beginning of the passage
    cut: bool,
    /// Metadata of the document, unless it is long
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Map<String, Value>>,
}

const fn usual() -> Whole<1, MOST> {
    Whole(USUAL)
}

impl SearchMode {
    const fn mode(self) -> Mode {
        match self {
            Self::Late => Mode::Late,
            Self::Hybrid => Mode::Hybrid,
            Self::Bm25 => Mode::Bm25,
        }
    }
}

impl Tool for Search {
    const NAME: &'static str = "search";
    const TITLE: &'static str = "Search documents";
    const DESCRIPTION: &'static str = "\
Find the passages of the user's documents that match a query best, each with the id of its document and its place in it. \
Use it to look things up and to gather evidence; ask again in other words where the hits are off the point, and call \
`fetch` to read around a hit. For a short cited answer to a question use `answer`.";
    type Reply = Found;

    async fn call(self, daemon: &Daemon) -> Result<Found, Refusal> {
        let mut client = daemon.client();
        let collection = daemon.collection(&mut client, self.collection).await?;
        let filter = self.filter.map(|filter| to_raw_value(&filter)).transpose();
        let filter =
            filter.map_err(|error| Refusal::Arguments { path: "filter".to_owned(), reason: error.to_string() })?;
        let search = SearchBody {
            query: Some(self.query.into()),
            k: Some(Whole(self.k.0)),
            mode: Some(self.mode.mode().name().into()),
            filter: filter.as_deref().map(Free),
            ..SearchBody::default()
        };
        let found = client.search(&collection, &search).await.map_err(|error| daemon.refusal(error))?;
        Ok(Found::new(collection, found))
    }
}

impl Found {
    fn new(collection: String, found: SearchAnswer) -> Self {
        let mut room = Room(ROOM);
        let hits = found.hits.into_iter().map(|hit| FoundHit::new(hit, &mut room)).collect();
        let degraded = found
            .degraded
            .iter()
            .map(|lesser| line(&format!("{} instead ({}: {})", lesser.fallback, lesser.stage, lesser.reason)));
        let partial = found.partial.then(|| "the deadline ended the search early".to_owned());
        let filter = found.applied_filter.map(|filter| line(&filter));
        Self { note: NOTE, collection: line(&collection), hits, filter, remarks: degraded.chain(partial).collect() }
    }
}

impl FoundHit {
    fn new(hit: HitBody, room: &mut Room) -> Self {
        let text = hit.text.unwrap_or_default();
        let (shown, cut) = room.take(&text, PASSAGE);
        Self {
            document_id: hit.document_id.unwrap_or_default(),
            passage_id: hit.passage_id,
            title: line(&hit.title),
            heading: line(&hit.heading),
            score: hit.score,
            start: hit.start,
            end: hit.end,
            text: seen(shown),
            cut,
            metadata: hit.metadata.and_then(|Free(values)| metadata(values)),
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filter = self.filter.as_ref().map_or(String::new(), |filter| format!(", with the filter {filter}"));
        match self.hits.len() {
            0 => writeln!(f, "Nothing was found in collection {}{filter}.", self.collection)?,
            n => writeln!(f, "{n} passages of collection {}{filter}, best first. {NOTE}", self.collection)?,
        }
        self.remarks.iter().try_for_each(|remark| writeln!(f, "Note: {remark}."))?;
        (1..).zip(&self.hits).try_for_each(|(rank, hit)| write!(f, "\n{rank}. {hit}"))
    }
}

impl fmt::Display for FoundHit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, end, score, .. } = self;
        writeln!(f, "document {}, bytes {start} to {end}, score {score:.3}", id(&self.document_id))?;
        let place = place(&self.title, &self.heading);
        let metadata = self.metadata.as_ref().map(|values| format!("metadata: {}", Value::Object(values.clone())));
        let above = [Some(place).filter(|place| !place.is_empty()), metadata];
        above.into_iter().flatten().try_for_each(|above| f.write_str(&quote(&above)))?;
        f.write_str(&quote(&self.text))?;
        match self.cut {
            true => writeln!(f, "(cut; `fetch` reads on)"),
            false => Ok(()),
        }
    }
}
