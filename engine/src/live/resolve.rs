//! Operations in a row to what they come to: documents to add, passages to delete.

use std::collections::HashMap;
use std::sync::Arc;

use super::pending::Operation;
use super::{Change, Upsert};
use crate::Result;
use crate::collection::{Generation, Part};
use crate::filter::{Fields, Filter, Values};

/// What a batch comes to.
#[derive(Debug, Default)]
pub(super) struct Resolved<'a> {
    /// Documents to add, each id once, in the order of the operations.
    pub(super) upserts: Vec<(&'a Upsert, Values)>,
    /// Keys of passages to delete.
    pub(super) deleted: Vec<u64>,
}

/// Resolves operations against the generation that they follow.
pub(super) fn resolve<'a>(
    operations: &'a [Operation],
    generation: &Generation,
    fields: &Fields,
) -> Result<Resolved<'a>> {
    let mut upserts: Vec<Option<(&Upsert, Values)>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut deleted = Vec::new();
    for operation in operations {
        match &*operation.change {
            Change::Upsert(documents) => {
                for upsert in documents {
                    let id = upsert.document.id.as_str();
                    if let Some(place) = places.insert(id, upserts.len()) {
                        upserts[place] = None;
                    }
                    upserts.push(Some((upsert, fields.typed(&upsert.document.metadata).0)));
                    delete_called(generation, id, &mut deleted)?;
                }
            }
            Change::Delete(ids) => {
                for id in ids {
                    if let Some(place) = places.remove(id.as_str()) {
                        upserts[place] = None;
                    }
                    delete_called(generation, id, &mut deleted)?;
                }
            }
            Change::DeleteMatching(filter) => {
                let filter = Filter::from_json(filter, fields)?;
                let matching = |(_, values): &mut (&Upsert, Values)| filter.matches(values);
                upserts.iter_mut().for_each(|upsert| drop(upsert.take_if(matching)));
                delete_matching(generation, &filter, &mut deleted)?;
            }
        }
    }
    Ok(Resolved { upserts: upserts.into_iter().flatten().collect(), deleted })
}

fn delete_called(generation: &Generation, id: &str, deleted: &mut Vec<u64>) -> Result<()> {
    for (at, ordinal) in generation.documents_called(id)? {
        let part: &Arc<Part> = &generation.parts()[at];
        let record = part.segment.document(ordinal)?;
        for passage in record.rows() {
            deleted.push(part.segment.passage(passage)?.key);
        }
    }
    Ok(())
}

fn delete_matching(generation: &Generation, filter: &Filter, deleted: &mut Vec<u64>) -> Result<()> {
    for part in generation.segments() {
        for passage in part.segment.matching(filter)?.ones() {
            deleted.push(part.segment.passage(passage)?.key);
        }
    }
    Ok(())
}
