//! `fetch`: the text of a document, from a place on.

use std::fmt;

use maxsimd_server::wire::{DocumentAnswer, Whole};
use rmcp::schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Tool;
use crate::mcp::Daemon;
use crate::mcp::quoted::{NOTE, Room, id, line, metadata, quote, seen};
use crate::mcp::refusal::Refusal;

/// Bytes that are given.
const LEAST: u64 = 200;
const MOST: u64 = 40_000;
const USUAL: u64 = 12_000;

/// The text of a document, from a place on.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub(super) struct Fetch {
    /// Id of the document, exactly as `search` or `answer` gave it
    #[schemars(length(min = 1, max = 512))]
    document_id: String,
    /// Collection of the document; may be left out where there is one or one is preset
    collection: Option<String>,
    /// Byte of the document to begin at: 0, the `start` of a hit or citation (or a little less, to see what is before
    /// it), or the `next` of an earlier call
    #[serde(default)]
    start: u64,
    /// Most bytes to return
    #[serde(default = "usual")]
    #[schemars(with = "u64", range(min = LEAST, max = MOST))]
    max_bytes: Whole<LEAST, MOST>,
}

/// A part of a document.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Fetched {
    /// How the text is meant
    note: &'static str,
    /// The collection of the document
    collection: String,
    /// Its id
    document_id: String,
    /// Its title
    title: String,
    /// Its metadata, unless it is long
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Map<String, Value>>,
    /// Its length
    bytes: usize,
    /// First byte of the text
    start: usize,
    /// Byte after its last
    end: usize,
    /// The text
    text: String,
    /// Where to begin to read on; absent at the end of the document
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

const fn usual() -> Whole<LEAST, MOST> {
    Whole(USUAL)
}

impl Tool for Fetch {
    const NAME: &'static str = "fetch";
    const TITLE: &'static str = "Read a document";
    const DESCRIPTION: &'static str = "\
Read the text of a document of which `search` or `answer` gave the id, from a byte on: what stands around a passage, or \
all of it in several calls, each beginning at the `next` of the one before.";
    type Reply = Fetched;

    async fn call(self, daemon: &Daemon) -> Result<Fetched, Refusal> {
        let mut client = daemon.client();
        let collection = daemon.collection(&mut client, self.collection).await?;
        let document = client.document(&collection, &self.document_id).await;
        let document = document.map_err(|error| daemon.refusal(error))?;
        let most = usize::try_from(self.max_bytes.0).unwrap_or(usize::MAX);
        Fetched::new(collection, document, (self.start, most))
    }
}

impl Fetched {
    fn new(collection: String, document: DocumentAnswer, (start, most): (u64, usize)) -> Result<Self, Refusal> {
        let bytes = document.text.len();
        let past = || Refusal::Past { start, bytes };
        let start = usize::try_from(start).ok().filter(|start| *start < bytes || *start == 0).ok_or_else(past)?;
        let start = document.text.floor_char_boundary(start);
        let (text, cut) = Room(most).take(&document.text[start..], most);
        let end = start + text.len();
        Ok(Self {
            note: NOTE,
            collection: line(&collection),
            document_id: document.id,
            title: line(&document.title),
            metadata: metadata(document.metadata.0),
            bytes,
            start,
            end,
            text: seen(text),
            next: cut.then_some(end),
        })
    }
}

impl fmt::Display for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { collection, bytes, start, end, .. } = self;
        let id = id(&self.document_id);
        if *bytes == 0 {
            return writeln!(f, "Document {id} of collection {collection} has no text.");
        }
        writeln!(f, "Document {id} of collection {collection}, bytes {start} to {end} of {bytes}. {NOTE}\n")?;
        let title = Some(&self.title).filter(|title| !title.is_empty()).map(|title| format!("title: {title}"));
        let metadata = self.metadata.as_ref().map(|values| format!("metadata: {}", Value::Object(values.clone())));
        let above: Vec<String> = title.into_iter().chain(metadata).collect();
        if !above.is_empty() {
            writeln!(f, "{}", quote(&above.join("\n")))?;
        }
        f.write_str(&quote(&self.text))?;
        match self.next {
            Some(next) => writeln!(f, "\n(to read on: start {next})"),
            None => Ok(()),
        }
    }
}
