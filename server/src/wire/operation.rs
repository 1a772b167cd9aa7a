//! Names of operations, and what became of them.

use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::live::OperationState;
use serde::{Deserialize, Serialize};

use super::compact::compact;

/// What an operation is called by clients: its collection and its number there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationId {
    /// The collection.
    pub collection: CollectionName,
    /// The number.
    pub number: u64,
}

compact! {
    /// What became of an operation.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct OperationAnswer {
        /// Its name.
        pub operation: String,
        /// The collection that it changes.
        pub collection: String,
        /// `pending`, `done` or `failed`.
        pub state: String where |it| it.one_of(["pending", "done", "failed"]),
        /// Documents or ids in it.
        pub documents: usize,
        /// Operations that are applied before it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub ahead: Option<u64>,
        /// Why it failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub error: Option<String>,
    }
}

impl OperationId {
    /// Reads `COLLECTION.NUMBER`; no collection has a dot in its name.
    pub fn parse(text: &str) -> Option<Self> {
        let (collection, number) = text.split_once('.')?;
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.parse().ok().filter(|_| digits)?;
        Some(Self { collection: CollectionName::parse(collection).ok()?, number })
    }
}

impl std::fmt::Display for OperationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.collection.as_str(), self.number)
    }
}

impl OperationAnswer {
    /// What a client is told.
    pub fn new(id: &OperationId, state: OperationState, documents: usize) -> Self {
        let (name, ahead, error) = match state {
            OperationState::Pending { ahead } => ("pending", Some(ahead), None),
            OperationState::Done => ("done", None, None),
            OperationState::Failed { reason } => ("failed", None, Some(reason)),
        };
        let collection = id.collection.as_str().to_owned();
        Self { operation: id.to_string(), collection, state: name.to_owned(), documents, ahead, error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_called_by_its_collection_and_number() {
        let id = OperationId::parse("my-docs.17").expect("a name");
        assert_eq!((id.collection.as_str(), id.number, id.to_string().as_str()), ("my-docs", 17, "my-docs.17"));
        for bad in ["", "docs", "docs.", ".1", "docs.+1", "docs.-1", "docs.1.2", "../x.1", "docs.99999999999999999999"]
        {
            assert_eq!(OperationId::parse(bad), None, "{bad}");
        }
    }
}
