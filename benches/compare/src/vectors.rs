//! A folder of token vectors as `maxsim encode` writes it: vectors.npy, offsets.npy, ids.json.

use std::ops::Range;
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, ensure};

use crate::npy::{MatrixFile, read_i64};

/// Texts (passages or queries) with their token vectors, read from the file as they are needed.
#[derive(Debug)]
pub(crate) struct VectorsFolder {
    matrix: MatrixFile,
    offsets: Vec<usize>,
    ids: Vec<String>,
    identity: String,
}

impl VectorsFolder {
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let matrix = MatrixFile::open(&folder.join("vectors.npy"))?;
        let offsets = read_i64(&folder.join("offsets.npy"))?.into_iter().map(usize::try_from);
        let offsets = offsets.collect::<Result<Vec<_>, _>>().with_context(|| folder.display().to_string())?;
        let ids_path = folder.join("ids.json");
        let ids = std::fs::read(&ids_path).with_context(|| ids_path.display().to_string())?;
        let ids: Vec<String> = serde_json::from_slice(&ids).with_context(|| ids_path.display().to_string())?;
        let fits = offsets.first() == Some(&0) && offsets.is_sorted() && offsets.last() == Some(&matrix.rows());
        ensure!(fits && offsets.len() == ids.len() + 1, "{}: its files do not fit together", folder.display());
        let metadata = std::fs::metadata(folder.join("vectors.npy"))?;
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
        let place = folder.canonicalize()?;
        Ok(Self { matrix, offsets, ids, identity: format!("{} {} {modified}", place.display(), metadata.len()) })
    }

    /// Number of texts.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Values per token vector.
    pub(crate) fn width(&self) -> usize {
        self.matrix.width()
    }

    /// Token vectors of all texts.
    pub(crate) fn token_vectors(&self) -> usize {
        self.matrix.rows()
    }

    /// Ids in the order of the texts.
    pub(crate) fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Rows of one text.
    pub(crate) fn rows(&self, text: usize) -> Range<usize> {
        self.offsets[text]..self.offsets[text + 1]
    }

    /// Token vectors of one text, row after row.
    pub(crate) fn read(&self, text: usize) -> anyhow::Result<Vec<f32>> {
        self.matrix.read(self.rows(text))
    }

    /// Says which vectors these are: folder, size and time.
    pub(crate) fn identity(&self) -> &str {
        &self.identity
    }
}
