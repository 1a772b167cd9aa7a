//! Descriptions of collections.

use maxsimd_engine::collection::Description;
use serde::Serialize;

use crate::error::Problem;

/// All collections.
#[derive(Debug, Serialize)]
pub struct CollectionsBody {
    /// By name.
    pub collections: Vec<CollectionBody>,
}

/// One collection.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum CollectionBody {
    /// A generation is served.
    Serving {
        /// That generation.
        #[serde(flatten)]
        description: Box<Description>,
        /// Why a newer one is not.
        #[serde(skip_serializing_if = "Option::is_none")]
        failure: Option<FailureBody>,
    },
    /// Nothing could be opened yet.
    Failed {
        /// Name.
        name: String,
        /// Why.
        failure: FailureBody,
    },
}

/// Why the newest generation of a collection is not served.
#[derive(Debug, Serialize)]
pub struct FailureBody {
    /// As in problem replies.
    pub code: &'static str,
    /// For people.
    pub detail: String,
}

impl From<&Problem> for FailureBody {
    fn from(problem: &Problem) -> Self {
        Self { code: problem.code.name(), detail: problem.detail.clone() }
    }
}
