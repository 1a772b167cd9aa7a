//! What a request asks for, and how it stands in the log: JSON, and token vectors as f16 behind it.

use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use half::vec::HalfFloatVecExt;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::build::MAX_PASSAGE_VECTORS;
use crate::filter::{Fields, Filter};
use crate::format::Record;
use crate::{Document, Error, Result, TextFormat, TokenMatrix};

/// Most documents or ids of one change.
pub const MAX_DOCUMENTS: usize = 10_000;
/// Most bytes of a document's id.
pub const MAX_ID: usize = 512;
/// Most bytes of a document's metadata, as JSON.
pub const MAX_METADATA: usize = 64 << 10;
/// Most bytes of an idempotency key.
pub const MAX_KEY: usize = 256;

/// A change of a collection. It is applied whole or not at all.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Adds documents; one that has the id of a stored one replaces it whole.
    Upsert(Vec<Upsert>),
    /// Deletes documents by id; ids that no document has are no error.
    Delete(Vec<String>),
    /// Deletes the documents that match a filter, in its JSON form.
    DeleteMatching(Json),
}

/// A document to add, with its token vectors if the caller has them: it is one passage then.
#[derive(Debug, Clone, PartialEq)]
pub struct Upsert {
    /// The document.
    pub document: Document,
    /// tokens x width.
    pub vectors: Option<TokenMatrix>,
}

/// The JSON part of a record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Key>,
    #[serde(flatten)]
    stored: Stored,
}

/// What a caller calls a request, to repeat it safely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Key {
    pub(super) name: String,
    /// BLAKE3 of the change.
    pub(super) digest: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stored {
    Upsert(Vec<StoredUpsert>),
    Delete(Vec<String>),
    DeleteMatching(Json),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredUpsert {
    id: String,
    title: String,
    text: String,
    format: TextFormat,
    metadata: serde_json::Map<String, Json>,
    /// Number of its token vectors among the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows: Option<usize>,
}

/// A change as bytes of a record.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) text: Vec<u8>,
    pub(super) values: Vec<u8>,
    pub(super) key: Option<Key>,
}

/// A change out of the log.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) change: Change,
    pub(super) key: Option<Key>,
}

impl Change {
    /// Checks every limit, for token vectors of a width; not what a filter asks for.
    pub(super) fn check(&self, width: usize) -> Result<()> {
        match self {
            Self::Upsert(upserts) => {
                counted("documents", upserts.len())?;
                upserts.iter().try_for_each(|upsert| upsert.check(width))
            }
            Self::Delete(ids) => {
                counted("ids", ids.len())?;
                ids.iter().try_for_each(|id| check_id("ids", id))
            }
            Self::DeleteMatching(_) => Ok(()),
        }
    }

    /// Checks that a filter asks for fields that there are.
    pub(super) fn check_fields(&self, fields: &Fields) -> Result<()> {
        match self {
            Self::DeleteMatching(filter) => Ok(Filter::from_json(filter, fields).map(drop)?),
            Self::Upsert(_) | Self::Delete(_) => Ok(()),
        }
    }

    /// Number of documents or ids; 1 for a filter.
    pub(super) fn documents(&self) -> usize {
        match self {
            Self::Upsert(upserts) => upserts.len(),
            Self::Delete(ids) => ids.len(),
            Self::DeleteMatching(_) => 1,
        }
    }

    /// Bytes of memory that it takes, about.
    pub(super) fn held(&self) -> usize {
        match self {
            Self::Upsert(upserts) => upserts.iter().map(Upsert::held).sum(),
            Self::Delete(ids) => ids.iter().map(|id| size_of::<String>() + id.len()).sum(),
            // Its bound is small.
            Self::DeleteMatching(_) => 0,
        }
    }

    pub(super) fn pack(&self, key: Option<&str>) -> Result<Packed> {
        let (stored, values) = match self {
            Self::Upsert(upserts) => {
                let values: Vec<f16> = upserts.iter().flat_map(Upsert::halves).collect();
                (Stored::Upsert(upserts.iter().map(Upsert::stored).collect()), values)
            }
            Self::Delete(ids) => (Stored::Delete(ids.clone()), Vec::new()),
            Self::DeleteMatching(filter) => (Stored::DeleteMatching(filter.clone()), Vec::new()),
        };
        let values = bytemuck::cast_slice::<u16, u8>(values.reinterpret_cast()).to_vec();
        let json = |envelope: &Envelope| {
            serde_json::to_vec(envelope).map_err(|error| Error::invalid("documents", error.to_string()))
        };
        let mut envelope = Envelope { key: None, stored };
        let mut text = json(&envelope)?;
        if let Some(name) = key {
            let length = (text.len() as u64).to_le_bytes();
            let digest = blake3::Hasher::new().update(&length).update(&text).update(&values).finalize();
            envelope.key = Some(Key { name: name.to_owned(), digest: digest.to_hex().to_string() });
            text = json(&envelope)?;
        }
        Ok(Packed { text, values, key: envelope.key })
    }

    /// Reads a record; an error says why it makes no sense.
    pub(super) fn unpack(record: &Record, width: usize) -> Result<Unpacked, String> {
        let Envelope { key, stored } = serde_json::from_slice(record.text).map_err(|error| error.to_string())?;
        let mut halves = record.halves();
        let change = match stored {
            Stored::Delete(ids) => Self::Delete(ids),
            Stored::DeleteMatching(filter) => Self::DeleteMatching(filter),
            Stored::Upsert(stored) => {
                let upserts = stored.into_iter().map(|stored| stored.unpack(width, &mut halves));
                Self::Upsert(upserts.collect::<Result<_, String>>()?)
            }
        };
        if halves.next().is_some() {
            return Err("more values than the documents have".to_owned());
        }
        Ok(Unpacked { change, key })
    }
}

impl Upsert {
    fn check(&self, width: usize) -> Result<()> {
        check_id("documents", &self.document.id)?;
        let refuse = |why: String| Err(Error::invalid("documents", format!("document {:?}: {why}", self.document.id)));
        let metadata = serde_json::to_string(&self.document.metadata).map_or(usize::MAX, |text| text.len());
        if metadata > MAX_METADATA {
            return refuse(format!("its metadata have {metadata} bytes as JSON, of at most {MAX_METADATA}"));
        }
        let Some(vectors) = &self.vectors else {
            return match self.document.text.is_empty() && self.document.title.is_empty() {
                true => refuse("text or vectors are needed".to_owned()),
                false => Ok(()),
            };
        };
        if vectors.width() != width {
            return Err(Error::Width { expected: width, found: vectors.width() });
        }
        if !(1..=MAX_PASSAGE_VECTORS).contains(&vectors.rows()) {
            return refuse(format!("a passage has 1 to {MAX_PASSAGE_VECTORS} token vectors, not {}", vectors.rows()));
        }
        // What a score code cannot hold must not get into the log.
        vectors.check_normalised()
    }

    fn held(&self) -> usize {
        self.document.held() + self.vectors.as_ref().map_or(0, |vectors| size_of_val(vectors.values()))
    }

    fn stored(&self) -> StoredUpsert {
        let Document { id, title, text, format, metadata } = self.document.clone();
        StoredUpsert { id, title, text, format, metadata, rows: self.vectors.as_ref().map(TokenMatrix::rows) }
    }

    fn halves(&self) -> Vec<f16> {
        self.vectors.as_ref().map(|vectors| Vec::from_f32_slice(vectors.values())).unwrap_or_default()
    }
}

impl StoredUpsert {
    fn unpack(self, width: usize, halves: &mut impl Iterator<Item = u16>) -> Result<Upsert, String> {
        let Self { id, title, text, format, metadata, rows } = self;
        let vectors = rows.map(|rows| {
            let count = rows.checked_mul(width).ok_or("more token vectors than a record can have")?;
            let bits: Vec<u16> = halves.by_ref().take(count).collect();
            if bits.len() < count {
                return Err("fewer values than the documents have".to_owned());
            }
            let halves: &[f16] = bits.reinterpret_cast();
            let values = halves.iter().map(|value| value.to_f32()).collect();
            TokenMatrix::new(width, values).map_err(|error| error.to_string())
        });
        let document = Document { id, title, text, format, metadata };
        Ok(Upsert { document, vectors: vectors.transpose()? })
    }
}

/// An id for a document that has none: the same for the same document.
pub fn generated_id(document: &Document, vectors: Option<&TokenMatrix>) -> String {
    let mut hash = blake3::Hasher::new();
    let metadata = serde_json::Value::Object(document.metadata.clone()).to_string();
    for part in [&document.title, &document.text, &metadata] {
        hash.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hash.update(bytemuck::cast_slice(vectors.map_or(&[], TokenMatrix::values)));
    hash.finalize().to_hex()[..32].to_owned()
}

fn counted(field: &'static str, count: usize) -> Result<()> {
    match (1..=MAX_DOCUMENTS).contains(&count) {
        true => Ok(()),
        false => Err(Error::invalid(field, format!("{count} are not from 1 to {MAX_DOCUMENTS}"))),
    }
}

fn check_id(field: &'static str, id: &str) -> Result<()> {
    if (1..=MAX_ID).contains(&id.len()) && !id.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::invalid(field, format!("{id:?} is no id of 1 to {MAX_ID} bytes without control characters")))
}
