//! `collections`: what there is to search.

use std::collections::BTreeMap;
use std::fmt;

use maxsimd_server::wire::{CollectionBody, Free};
use rmcp::schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tool;
use crate::mcp::Daemon;
use crate::mcp::quoted::{NOTE, id, line, quote};
use crate::mcp::refusal::Refusal;

/// Collections, aliases, and fields of each collection that are listed.
const MOST: usize = 50;
const FIELDS: usize = 30;

/// What there is to search.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
#[serde(deny_unknown_fields)]
pub(super) struct Collections {}

/// Collections.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
pub(super) struct Listing {
    /// How names of fields are to be taken
    note: &'static str,
    /// Collections, by name
    collections: Vec<ListedCollection>,
    /// Other names of collections
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    aliases: BTreeMap<String, String>,
    /// Which is meant where a call names none; absent if a call has to
    #[serde(skip_serializing_if = "Option::is_none")]
    preset: Option<String>,
    /// Collections and aliases that are not listed
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<usize>,
}

/// A collection.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(crate = "rmcp::schemars")]
struct ListedCollection {
    /// Its name
    name: String,
    /// Documents in it
    documents: u64,
    /// Passages of these
    passages: u64,
    /// Fields that `filter` can ask for, and their types
    fields: BTreeMap<String, String>,
    /// Fields that are not listed
    #[serde(skip_serializing_if = "Option::is_none")]
    more_fields: Option<usize>,
    /// Why it cannot be searched as it should be
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

impl Tool for Collections {
    const NAME: &'static str = "collections";
    const TITLE: &'static str = "List collections";
    const DESCRIPTION: &'static str = "\
List what there is to search: collections with their numbers of documents and the metadata fields that `filter` takes. \
Needed only where another tool asks which collection is meant, or before using a filter.";
    type Reply = Listing;

    async fn call(self, daemon: &Daemon) -> Result<Listing, Refusal> {
        let mut client = daemon.client();
        let all = client.collections().await.map_err(|error| daemon.refusal(error))?.collections;
        let aliases = client.aliases().await.map_err(|error| daemon.refusal(error))?.aliases.0;
        let only = if let [only] = all.as_slice() { Some(only.name.as_str()) } else { None };
        Ok(Listing {
            note: NOTE,
            preset: daemon.named().or(only).map(line),
            more: beyond([all.len(), aliases.len()], MOST),
            collections: all.into_iter().take(MOST).map(ListedCollection::new).collect(),
            aliases: aliases.iter().take(MOST).map(|(alias, name)| (line(alias), line(name))).collect(),
        })
    }
}

/// How many of some lists are more than so many of each.
fn beyond<const N: usize>(lengths: [usize; N], most: usize) -> Option<usize> {
    let more: usize = lengths.into_iter().map(|length| length.saturating_sub(most)).sum();
    (more > 0).then_some(more)
}

impl ListedCollection {
    fn new(CollectionBody { name, description, failure }: CollectionBody) -> Self {
        let (documents, passages) = description.as_ref().map_or((0, 0), |it| (it.documents, it.passages));
        let Free(fields) = description.map(|it| it.fields).unwrap_or_default();
        let more_fields = beyond([fields.iter().count()], FIELDS);
        let fields = fields.iter().take(FIELDS).map(|(name, kind)| (line(name), kind.name().to_owned())).collect();
        let failure = failure.map(|failure| line(&format!("{}: {}", failure.code, failure.detail)));
        Self { name: line(&name), documents, passages, fields, more_fields, failure }
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.collections.is_empty() {
            return writeln!(f, "There is no collection that may be searched.");
        }
        for collection in &self.collections {
            let ListedCollection { name, documents, passages, .. } = collection;
            writeln!(f, "{name}: {documents} documents, {passages} passages")?;
            let field = |(name, kind): (&String, &String)| format!("{} ({kind})", id(name));
            let fields: Vec<String> = collection.fields.iter().map(field).collect();
            if !fields.is_empty() {
                let more = collection.more_fields.map_or(String::new(), |more| format!(" and {more} more"));
                writeln!(f, "  fields for filters, as its documents call them:")?;
                f.write_str(&quote(&format!("{}{more}", fields.join(", "))))?;
            }
            collection
                .failure
                .iter()
                .try_for_each(|failure| writeln!(f, "  it could not be opened as it is: {failure}"))?;
        }
        self.more.iter().try_for_each(|more| writeln!(f, "and {more} more"))?;
        self.aliases.iter().try_for_each(|(alias, name)| writeln!(f, "{alias}: another name of {name}"))?;
        match &self.preset {
            Some(name) => writeln!(f, "Where a call names no collection, {name} is meant."),
            None => writeln!(f, "A call has to name one of them."),
        }
    }
}
