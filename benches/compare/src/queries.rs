//! The judged queries of a folder.

use std::path::Path;

use anyhow::ensure;

use crate::quality::{Gains, read_judgments};
use crate::vectors::VectorsFolder;

/// One judged query.
#[derive(Debug)]
pub(crate) struct Query {
    /// Its number in the folder.
    pub(crate) number: usize,
    pub(crate) id: String,
    pub(crate) gains: Gains,
    /// Token vectors, row after row, full width.
    pub(crate) vectors: Vec<f32>,
}

/// Queries of a folder that are judged, in the folder's order.
pub(crate) fn judged(folder: &VectorsFolder, qrels: &Path) -> anyhow::Result<Vec<Query>> {
    let mut judgments = read_judgments(qrels)?;
    let mut queries = Vec::new();
    for (number, id) in folder.ids().iter().enumerate() {
        let Some(gains) = judgments.remove(id) else { continue };
        let vectors = folder.read(number)?;
        queries.push(Query { number, id: id.clone(), gains, vectors });
    }
    ensure!(!queries.is_empty(), "{}: judges none of the queries", qrels.display());
    Ok(queries)
}
