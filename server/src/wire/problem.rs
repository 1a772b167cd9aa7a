//! A failure as clients read it.

use serde::{Deserialize, Serialize};

use super::compact::compact;
use crate::error::{Code, Problem};

compact! {
    /// RFC 9457, with a stable code.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct ProblemBody {
        /// `/problems/CODE`.
        #[serde(rename = "type")]
        pub kind as "type": String,
        /// One line for people.
        pub title: String,
        /// HTTP status.
        pub status: u32,
        /// Stable name.
        pub code: String where |it| it.one_of(Code::ALL.map(Code::name)),
        /// What happened and what would help, for people.
        pub detail: String,
        /// The field of the request that is at fault.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub field: Option<String>,
        /// The byte of a text in that field.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub position: Option<usize>,
        /// As in the header `x-request-id`.
        pub request_id: String,
    }
}

impl ProblemBody {
    /// The body of the reply to one request.
    pub fn new(problem: &Problem, request_id: &str) -> Self {
        Self {
            kind: format!("/problems/{}", problem.code.name()),
            title: problem.code.title().to_owned(),
            status: problem.status().as_u16().into(),
            code: problem.code.name().to_owned(),
            detail: problem.detail.clone(),
            field: problem.field.clone(),
            position: problem.position,
            request_id: request_id.to_owned(),
        }
    }
}
