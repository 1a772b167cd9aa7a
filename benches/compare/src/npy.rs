//! NumPy's .npy files (format 1.0): matrices of f16 or f32 read at any row, matrices of f32 written, vectors of i64.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use half::f16;

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// Bytes before the header's text.
const PREFIX: usize = 10;
/// Length of the headers that we write.
const HEADER: usize = 128;

/// A matrix in a file, of which rows are read as they are needed.
#[derive(Debug)]
pub(crate) struct MatrixFile {
    file: File,
    start: u64,
    value_bytes: usize,
    rows: usize,
    width: usize,
}

impl MatrixFile {
    /// Opens a matrix of f16 or f32.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let (file, header) = open(path)?;
        let value_bytes = match header.descr.as_str() {
            "<f2" => 2,
            "<f4" => 4,
            other => bail!("{}: values of type {other}, not f16 or f32", path.display()),
        };
        let &[rows, width] = header.shape.as_slice() else { bail!("{}: not two-dimensional", path.display()) };
        let bytes = rows.checked_mul(width).and_then(|n| n.checked_mul(value_bytes)).context("shape overflows")?;
        let there = file.metadata()?.len().saturating_sub(header.start);
        ensure!(there >= bytes as u64, "{}: cut short", path.display());
        Ok(Self { file, start: header.start, value_bytes, rows, width })
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Reads rows as f32.
    pub(crate) fn read(&self, rows: Range<usize>) -> anyhow::Result<Vec<f32>> {
        ensure!(rows.start <= rows.end && rows.end <= self.rows, "rows {rows:?} of {}", self.rows);
        let row_bytes = self.width * self.value_bytes;
        let mut bytes = vec![0; rows.len() * row_bytes];
        self.file.read_exact_at(&mut bytes, self.start + (rows.start * row_bytes) as u64)?;
        Ok(match self.value_bytes {
            2 => bytes.as_chunks().0.iter().map(|&b| f16::from_le_bytes(b).to_f32()).collect(),
            _ => bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
        })
    }
}

/// Writes a matrix of f32 whose shape is known, row after row.
#[derive(Debug)]
pub(crate) struct MatrixWriter(BufWriter<File>);

impl MatrixWriter {
    pub(crate) fn create(path: &Path, rows: usize, width: usize) -> anyhow::Result<Self> {
        let mut file = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
        let mut header = MAGIC.to_vec();
        header.extend_from_slice(&118u16.to_le_bytes());
        header.extend_from_slice(
            format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {width}), }}").as_bytes(),
        );
        header.resize(HEADER - 1, b' ');
        header.push(b'\n');
        file.write_all(&header)?;
        Ok(Self(file))
    }

    pub(crate) fn append(&mut self, values: &[f32]) -> anyhow::Result<()> {
        values.iter().try_for_each(|value| self.0.write_all(&value.to_le_bytes()))?;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        Ok(self.0.flush()?)
    }
}

/// Reads a vector of i64.
pub(crate) fn read_i64(path: &Path) -> anyhow::Result<Vec<i64>> {
    let (file, header) = open(path)?;
    ensure!(header.descr == "<i8" && header.shape.len() == 1, "{}: not a vector of i64", path.display());
    let there = usize::try_from(file.metadata()?.len().saturating_sub(header.start))?;
    ensure!(header.shape[0] <= there / 8, "{}: cut short", path.display());
    let mut bytes = vec![0; header.shape[0] * 8];
    file.read_exact_at(&mut bytes, header.start)?;
    Ok(bytes.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b)).collect())
}

struct Header {
    descr: String,
    shape: Vec<usize>,
    start: u64,
}

fn open(path: &Path) -> anyhow::Result<(File, Header)> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let header = read_header(&file).with_context(|| path.display().to_string())?;
    Ok((file, header))
}

fn read_header(file: &File) -> anyhow::Result<Header> {
    let mut prefix = [0; PREFIX];
    file.read_exact_at(&mut prefix, 0)?;
    ensure!(prefix.starts_with(MAGIC), "not a .npy file of format 1.0");
    let mut text = vec![0; usize::from(u16::from_le_bytes([prefix[8], prefix[9]]))];
    file.read_exact_at(&mut text, PREFIX as u64)?;
    let text: String = String::from_utf8(text)?.chars().filter(|c| !c.is_whitespace()).collect();
    ensure!(text.contains("'fortran_order':False"), "not in row-major order");
    let descr = text.split_once("'descr':'").and_then(|(_, rest)| rest.split_once('\'')).context("no type")?.0;
    let shape = text.split_once("'shape':(").and_then(|(_, rest)| rest.split_once(')')).context("no shape")?.0;
    let start = (PREFIX + usize::from(u16::from_le_bytes([prefix[8], prefix[9]]))) as u64;
    let shape = shape.split(',').filter(|n| !n.is_empty()).map(str::parse).collect::<Result<_, _>>()?;
    Ok(Header { descr: descr.to_owned(), shape, start })
}
