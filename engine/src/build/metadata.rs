//! Fields of a build's documents, learnt as they come, and what of their metadata no filter can see.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Document;
use crate::filter::{Fields, Values};

/// Most fields of which misfits are told apart.
const MOST_MISFITS: usize = 64;

/// What is known of the metadata so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metadata {
    pub(super) fields: Fields,
    misfits: BTreeMap<String, Misfit>,
}

/// Metadata that is stored and shown, but that filters do not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Misfit {
    /// Why, and the first value.
    pub reason: String,
    /// The first document with it.
    pub document: String,
    /// Number of documents with it.
    pub documents: u64,
}

impl Metadata {
    pub(super) fn with(declared: &Fields) -> Self {
        Self { fields: declared.clone(), misfits: BTreeMap::new() }
    }

    /// The values of one more document.
    pub(super) fn values(&mut self, document: &Document) -> Values {
        let left_out = self.fields.learn(&document.metadata);
        let (values, conflicts) = self.fields.typed(&document.metadata);
        for name in left_out {
            self.misfit(name, document, || "not a name of 1 to 100 bytes, or beyond the number of fields".to_owned());
        }
        for conflict in conflicts {
            let reason = || format!("{} is not {}", conflict.found, conflict.expected);
            self.misfit(conflict.field.clone(), document, reason);
        }
        values
    }

    /// Fields with values that filters do not see.
    pub(super) fn misfits(self) -> Vec<(String, Misfit)> {
        self.misfits.into_iter().collect()
    }

    fn misfit(&mut self, field: String, document: &Document, reason: impl FnOnce() -> String) {
        let room = self.misfits.len() < MOST_MISFITS;
        match self.misfits.get_mut(&field) {
            Some(misfit) => misfit.documents += 1,
            None if room => {
                let misfit = Misfit { reason: reason(), document: document.id.clone(), documents: 1 };
                self.misfits.insert(field, misfit);
            }
            None => {}
        }
    }
}
