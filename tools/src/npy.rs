//! NumPy's .npy files (format 1.0), as far as token vectors need them: f16 matrices and i64 vectors, little-endian.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use half::f16;

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
/// Length of the headers that we write, so that the shape can be filled in at the end.
const HEADER: usize = 128;

/// Writes an f16 matrix row by row.
#[derive(Debug)]
pub struct MatrixWriter {
    file: BufWriter<File>,
    width: usize,
    rows: usize,
}

impl MatrixWriter {
    /// Begins a matrix.
    pub fn create(path: &Path, width: usize) -> anyhow::Result<Self> {
        let mut file = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
        file.write_all(&header("<f2", &format!("(0, {width})")))?;
        Ok(Self { file, width, rows: 0 })
    }

    /// Appends whole rows.
    pub fn append(&mut self, values: &[f32]) -> anyhow::Result<()> {
        ensure!(values.len().is_multiple_of(self.width), "{} values are no whole rows", values.len());
        self.rows += values.len() / self.width;
        for value in values {
            self.file.write_all(&f16::from_f32(*value).to_le_bytes())?;
        }
        Ok(())
    }

    /// Writes the final shape.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header("<f2", &format!("({}, {})", self.rows, self.width)))?;
        Ok(self.file.into_inner()?.sync_all()?)
    }
}

/// Writes an i64 vector.
pub fn write_i64(path: &Path, values: &[i64]) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
    file.write_all(&header("<i8", &format!("({},)", values.len())))?;
    values.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))?;
    Ok(file.into_inner()?.sync_all()?)
}

/// Reads an i64 vector of at most `most` values.
pub fn read_i64(path: &Path, most: usize) -> anyhow::Result<Vec<i64>> {
    let (mut file, shape) = open(path, "<i8")?;
    let &[count] = shape.as_slice() else { bail!("{}: not one-dimensional", path.display()) };
    ensure!(count <= most, "{}: {count} values, expected at most {most}", path.display());
    // Before memory is taken on the header's word.
    ensure!(remaining(&mut file)? / 8 >= count as u64, "{}: cut short", path.display());
    let mut bytes = vec![0; count * 8];
    file.read_exact(&mut bytes).with_context(|| path.display().to_string())?;
    Ok(bytes.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b)).collect())
}

/// Reads an f16 or f32 matrix row by row.
#[derive(Debug)]
pub struct MatrixReader {
    file: BufReader<File>,
    value_bytes: usize,
    rows: usize,
    width: usize,
}

impl MatrixReader {
    /// Opens a matrix.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let (mut file, shape, value_bytes) = match open(path, "<f2") {
            Ok((file, shape)) => (file, shape, 2),
            Err(error) => match open(path, "<f4") {
                Ok((file, shape)) => (file, shape, 4),
                Err(_) => return Err(error),
            },
        };
        let &[rows, width] = shape.as_slice() else { bail!("{}: not two-dimensional", path.display()) };
        let least = rows.checked_mul(width).and_then(|n| n.checked_mul(value_bytes)).context("shape overflows")?;
        ensure!(remaining(&mut file)? >= least as u64, "{}: cut short", path.display());
        Ok(Self { file, value_bytes, rows, width })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Values per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Reads the next rows, which must be there.
    pub fn read(&mut self, rows: usize) -> anyhow::Result<Vec<f32>> {
        let values = rows.checked_mul(self.width).filter(|_| rows <= self.rows).context("more rows than there are")?;
        let mut bytes = vec![0; values * self.value_bytes];
        self.file.read_exact(&mut bytes)?;
        Ok(match self.value_bytes {
            2 => bytes.as_chunks().0.iter().map(|&b| f16::from_le_bytes(b).to_f32()).collect(),
            _ => bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
        })
    }
}

/// Bytes from here to the end of the file.
fn remaining(file: &mut BufReader<File>) -> std::io::Result<u64> {
    Ok(file.get_ref().metadata()?.len().saturating_sub(file.stream_position()?))
}

fn header(descr: &str, shape: &str) -> Vec<u8> {
    let mut header = MAGIC.to_vec();
    header.extend_from_slice(&118u16.to_le_bytes());
    let dictionary = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    header.extend_from_slice(dictionary.as_bytes());
    header.resize(HEADER - 1, b' ');
    header.push(b'\n');
    header
}

fn open(path: &Path, descr: &str) -> anyhow::Result<(BufReader<File>, Vec<usize>)> {
    let mut file = BufReader::new(File::open(path).with_context(|| path.display().to_string())?);
    let mut start = [0; 10];
    file.read_exact(&mut start).with_context(|| format!("{}: too short", path.display()))?;
    ensure!(start.starts_with(MAGIC), "{}: not a .npy file of format 1.0", path.display());
    let mut text = vec![0; usize::from(u16::from_le_bytes([start[8], start[9]]))];
    file.read_exact(&mut text).with_context(|| format!("{}: header cut short", path.display()))?;
    let text = String::from_utf8(text).with_context(|| path.display().to_string())?;
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    ensure!(
        compact.contains(&format!("'descr':'{descr}'")),
        "{}: not of type {descr}: {}",
        path.display(),
        text.trim()
    );
    ensure!(compact.contains("'fortran_order':False"), "{}: not in row-major order", path.display());
    let shape = compact.split_once("'shape':(").and_then(|(_, rest)| rest.split_once(')'));
    let (shape, _) = shape.with_context(|| format!("{}: no shape", path.display()))?;
    let shape = shape.split(',').filter(|n| !n.is_empty()).map(str::parse).collect::<Result<_, _>>()?;
    Ok((file, shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_and_vectors_come_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.npy");
        let mut writer = MatrixWriter::create(&path, 3).unwrap();
        writer.append(&[1.0, -2.5, 0.25, 4.0, 5.0, 6.0]).unwrap();
        assert!(writer.append(&[1.0]).is_err());
        writer.finish().unwrap();
        let mut reader = MatrixReader::open(&path).unwrap();
        assert_eq!((reader.rows(), reader.width()), (2, 3));
        assert_eq!(reader.read(1).unwrap(), [1.0, -2.5, 0.25]);
        assert_eq!(reader.read(1).unwrap(), [4.0, 5.0, 6.0]);
        assert!(reader.read(1).is_err());

        let path = folder.path().join("offsets.npy");
        write_i64(&path, &[0, 5, -7]).unwrap();
        assert_eq!(read_i64(&path, 3).unwrap(), [0, 5, -7]);
        assert!(read_i64(&path, 2).is_err());
        assert!(MatrixReader::open(&path).is_err());
    }

    #[test]
    fn damaged_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vectors.npy");
        let sound = header("<f2", "(4, 2)");
        for bytes in [&sound[..5], &sound[..60], &sound[..], b"garbage", &header("<f2", "(9999999999999, 99999999999)")]
        {
            std::fs::write(&path, bytes).unwrap();
            assert!(MatrixReader::open(&path).is_err());
        }
    }
}
