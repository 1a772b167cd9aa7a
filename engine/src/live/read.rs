//! Reading what was acknowledged: documents through the log, and outcomes of operations.

use super::LiveCollection;
use super::pending::Found;
use crate::Result;
use crate::collection::Generation;
use crate::filter::{Fields, Filter};
use crate::format::{Section, Span};

/// A document as it was acknowledged last.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDocument {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Text.
    pub text: String,
    /// Metadata.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// Number of its passages; `None` while it waits to be split and encoded.
    pub passages: Option<usize>,
}

/// What became of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationState {
    /// It is durable and not yet in a generation; so many operations are before it.
    Pending {
        /// Operations that are applied before it.
        ahead: u64,
    },
    /// The newest generation holds it.
    Done,
    /// It failed for good and changed nothing.
    Failed {
        /// Why.
        reason: String,
    },
}

impl LiveCollection {
    /// A document as the newest acknowledged operation leaves it.
    pub fn document(&self, id: &str) -> Result<Option<StoredDocument>> {
        let below = self.log.durable();
        let state = self.state();
        let (generation, filters) = match state.pending.find(id, below, &state.fields) {
            Found::Deleted => return Ok(None),
            Found::Document(upsert) => {
                let document = upsert.document.clone();
                let passages = upsert.vectors.as_ref().map(|_| 1);
                let (title, text, metadata) = (document.title, document.text, document.metadata);
                return Ok(Some(StoredDocument { id: document.id, title, text, metadata, passages }));
            }
            // Taken before the state is let go: what leaves the pending ones is in this generation.
            Found::Stored(filters) => (self.generation(), filters),
        };
        let fields = state.fields.clone();
        drop(state);
        generation.document(id, &filters, &fields)
    }

    /// What became of an operation, and how many documents it names; `None` if it is not known (any more).
    pub fn operation(&self, number: u64) -> Option<(OperationState, usize)> {
        let durable = self.log.durable();
        let state = self.state();
        let known = state.pending.outcome(number).filter(|_| number < durable)?;
        let applied = self.applied();
        let outcome = match known.failure {
            Some(reason) => OperationState::Failed { reason: reason.to_owned() },
            None if number > applied => OperationState::Pending { ahead: number - applied - 1 },
            None => OperationState::Done,
        };
        Some((outcome, known.documents))
    }
}

impl Generation {
    /// A stored document, unless a filter matches it. Of several with one id the newest.
    fn document(&self, id: &str, deleted: &[Filter], fields: &Fields) -> Result<Option<StoredDocument>> {
        let Some((part, ordinal)) = self.documents_called(id)?.pop() else { return Ok(None) };
        let segment = &self.parts()[part].segment;
        let record = segment.document(ordinal)?;
        let metadata = segment.metadata_of(&record)?;
        if !deleted.is_empty() {
            let values = fields.typed(&metadata).0;
            if deleted.iter().any(|filter| filter.matches(&values)) {
                return Ok(None);
            }
        }
        let text = |span: Span| -> Result<String> { Ok(segment.sections().text(Section::Text, span)?.to_owned()) };
        Ok(Some(StoredDocument {
            id: id.to_owned(),
            title: text(record.title)?,
            text: text(record.text)?,
            metadata,
            passages: Some(record.passages as usize),
        }))
    }

    /// A stored document by its id. Of several with one id the newest.
    pub fn stored_document(&self, id: &str) -> Result<Option<StoredDocument>> {
        self.document(id, &[], &Fields::default())
    }
}
