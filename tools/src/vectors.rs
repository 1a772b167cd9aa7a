//! A folder of token vectors, as `maxsim encode` writes and `maxsim build --vectors` reads it.
//!
//! `vectors.npy` (f16, rows x width), `offsets.npy` (i64, the first row of each text and the total), `ids.json` (the ids),
//! and beside them `encoder.json` (whose vectors they are) and `documents.jsonl` (the texts, for hits that say something).

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use maxsimd_engine::collection::EncoderId;
use maxsimd_engine::{Document, TextFormat, TokenMatrix};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::npy::{MatrixReader, MatrixWriter, read_i64, write_i64};

/// Most texts in a folder.
const MOST_TEXTS: usize = 1 << 32;

/// One line of `documents.jsonl`.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    _id: String,
    title: String,
    text: String,
    metadata: serde_json::Map<String, serde_json::Value>,
}

/// Writes a folder.
#[derive(Debug)]
pub struct VectorsWriter {
    folder: PathBuf,
    matrix: MatrixWriter,
    texts: BufWriter<File>,
    offsets: Vec<i64>,
    ids: Vec<String>,
}

impl VectorsWriter {
    /// Begins a folder, which is made if need be.
    pub fn create(folder: &Path, encoder: &EncoderId, width: usize) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        std::fs::write(folder.join("encoder.json"), serde_json::to_vec(encoder)?)?;
        Ok(Self {
            folder: folder.to_path_buf(),
            matrix: MatrixWriter::create(&folder.join("vectors.npy"), width)?,
            texts: BufWriter::new(File::create(folder.join("documents.jsonl"))?),
            offsets: vec![0],
            ids: Vec::new(),
        })
    }

    /// Adds a text and its vectors.
    pub fn push(
        &mut self,
        id: String,
        (title, text): (&str, &str),
        document: &Document,
        vectors: &TokenMatrix,
    ) -> anyhow::Result<()> {
        self.matrix.append(vectors.values())?;
        let last = self.offsets.last().copied().unwrap_or(0);
        self.offsets.push(last + i64::try_from(vectors.rows())?);
        let metadata = document.metadata.clone();
        let record = Record { _id: id.clone(), title: title.to_owned(), text: text.to_owned(), metadata };
        writeln!(self.texts, "{}", serde_json::to_string(&record)?)?;
        self.ids.push(id);
        Ok(())
    }

    /// Number of vectors so far.
    pub fn rows(&self) -> i64 {
        self.offsets.last().copied().unwrap_or(0)
    }

    /// Writes what remains.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.texts.flush()?;
        self.matrix.finish()?;
        write_i64(&self.folder.join("offsets.npy"), &self.offsets)?;
        Ok(std::fs::write(self.folder.join("ids.json"), serde_json::to_vec(&self.ids)?)?)
    }
}

/// Reads a folder: documents of one passage with their vectors.
#[derive(Debug)]
pub struct VectorsReader {
    folder: PathBuf,
    matrix: MatrixReader,
    texts: Option<std::io::Lines<BufReader<File>>>,
    offsets: Vec<i64>,
    ids: std::vec::IntoIter<String>,
    next: usize,
}

impl VectorsReader {
    /// Opens a folder and checks that its parts fit together.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let matrix = MatrixReader::open(&folder.join("vectors.npy"))?;
        let offsets = read_i64(&folder.join("offsets.npy"), MOST_TEXTS)?;
        let ids_path = folder.join("ids.json");
        let ids = std::fs::read(&ids_path).with_context(|| ids_path.display().to_string())?;
        let ids: Vec<String> = serde_json::from_slice(&ids).with_context(|| ids_path.display().to_string())?;
        ensure!(
            offsets.len() == ids.len() + 1,
            "{}: {} offsets for {} ids",
            folder.display(),
            offsets.len(),
            ids.len()
        );
        let ascending = offsets.first() == Some(&0) && offsets.is_sorted();
        let fits = offsets.last().is_some_and(|&last| usize::try_from(last).is_ok_and(|last| last == matrix.rows()));
        ensure!(
            ascending && fits,
            "{}: offsets.npy does not ascend from 0 to {} rows",
            folder.display(),
            matrix.rows()
        );
        let texts = match File::open(folder.join("documents.jsonl")) {
            Ok(file) => Some(BufReader::new(file).lines()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).context("documents.jsonl"),
        };
        Ok(Self { folder: folder.to_path_buf(), matrix, texts, offsets, ids: ids.into_iter(), next: 0 })
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Values per vector.
    pub fn width(&self) -> usize {
        self.matrix.width()
    }

    /// Whose vectors these are, if the folder says.
    pub fn encoder(&self) -> anyhow::Result<EncoderId> {
        match std::fs::read(self.folder.join("encoder.json")) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).context("encoder.json")?),
            Err(_) => Ok(EncoderId { name: String::new(), fingerprint: String::new() }),
        }
    }

    /// Identity of the folder's contents, by names, sizes and times.
    pub fn digest(&self) -> anyhow::Result<String> {
        let mut hash = Sha256::new();
        for name in ["vectors.npy", "offsets.npy", "ids.json"] {
            let metadata = std::fs::metadata(self.folder.join(name))?;
            hash.update(format!("{name} {} {:?};", metadata.len(), metadata.modified()?));
        }
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn read(&mut self, id: String) -> anyhow::Result<(Document, TokenMatrix)> {
        let rows = usize::try_from(self.offsets[self.next + 1] - self.offsets[self.next])?;
        self.next += 1;
        let vectors = TokenMatrix::new(self.matrix.width(), self.matrix.read(rows)?)?;
        let vectors = vectors.normalised().with_context(|| format!("{}: text {id:?}", self.folder.display()))?;
        let mut document = Document {
            id,
            title: String::new(),
            text: String::new(),
            format: TextFormat::Plain,
            metadata: serde_json::Map::new(),
        };
        if let Some(lines) = &mut self.texts {
            let Some(line) = lines.next() else { bail!("documents.jsonl: ends before {}", document.id) };
            let record: Record = serde_json::from_str(&line?).context("documents.jsonl")?;
            ensure!(
                record._id == document.id,
                "documents.jsonl: {:?} where ids.json has {:?}",
                record._id,
                document.id
            );
            (document.title, document.text, document.metadata) = (record.title, record.text, record.metadata);
        }
        Ok((document, vectors))
    }
}

impl Iterator for VectorsReader {
    type Item = anyhow::Result<(Document, TokenMatrix)>;

    fn next(&mut self) -> Option<Self::Item> {
        let id = self.ids.next()?;
        Some(self.read(id))
    }
}
