//! JSONL in BEIR layout: a record a line, `_id`, `title`, `text`, `metadata`; other fields are ignored.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use maxsimd_engine::{Document, TextFormat};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::SkipReason;
use super::line::{Line, Lines};

/// Longest id, in bytes.
const MAX_ID_BYTES: usize = 512;
const BUFFER_BYTES: usize = 256 * 1024;

/// Records of a file, read as they are asked for.
pub(super) struct Records {
    lines: Lines<Box<dyn BufRead + Send>>,
    limit: usize,
    ended: bool,
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("line", &self.lines.number()).finish_non_exhaustive()
    }
}

impl Records {
    /// Opens a file; `consumed` counts its bytes (compressed, if it is) as they are read.
    pub(super) fn open(path: &Path, gzip: bool, limit: usize, consumed: Arc<AtomicU64>) -> Result<Self, SkipReason> {
        let file = Counted { file: File::open(path)?, consumed };
        let raw = BufReader::with_capacity(BUFFER_BYTES, file);
        let input: Box<dyn BufRead + Send> = if gzip {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(raw)))
        } else {
            Box::new(raw)
        };
        Ok(Self { lines: Lines::new(input, limit), limit, ended: false })
    }

    /// The next record with its line, or why there is none. Nothing follows a read error.
    pub(super) fn next(&mut self) -> Option<(u64, Result<Document, SkipReason>)> {
        while !self.ended {
            let record = match self.lines.next() {
                Ok(None) => break,
                Ok(Some(Line::Whole(line))) if line.trim_ascii().is_empty() => continue,
                Ok(Some(Line::Whole(line))) => parse(line),
                Ok(Some(Line::TooLong(found))) => {
                    Err(SkipReason::TooLarge { limit: u64::try_from(self.limit).unwrap_or(u64::MAX), found })
                }
                Err(error) => {
                    self.ended = true;
                    Err(error.into())
                }
            };
            return Some((self.lines.number(), record));
        }
        None
    }
}

struct Counted {
    file: File,
    consumed: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.consumed.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    _id: Value,
    #[serde(default)]
    title: Value,
    #[serde(default)]
    text: Value,
    #[serde(default)]
    metadata: Value,
}

fn parse(line: &[u8]) -> Result<Document, SkipReason> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let line = std::str::from_utf8(line).map_err(|error| SkipReason::NotUtf8(error.valid_up_to()))?;
    // A struct would also be read from an array.
    if !line.trim_start().starts_with('{') {
        return Err(SkipReason::BadJson("a record must be an object".to_owned()));
    }
    let record: Record = serde_json::from_str(line).map_err(|error| SkipReason::BadJson(error.to_string()))?;
    let id = id(record._id)?;
    let title = text("title", record.title, Some(String::new()))?;
    let text = text("text", record.text, None)?;
    let metadata = metadata(record.metadata)?;
    if title.trim().is_empty() && text.trim().is_empty() {
        return Err(SkipReason::Empty);
    }
    Ok(Document { id, title, text, format: TextFormat::Plain, metadata })
}

fn id(value: Value) -> Result<String, SkipReason> {
    match value {
        Value::Null => Err(SkipReason::MissingId),
        Value::String(id) if id.is_empty() => Err(SkipReason::MissingId),
        Value::String(id) if id.len() <= MAX_ID_BYTES => Ok(id),
        Value::Number(id) => Ok(id.to_string()),
        _ => Err(SkipReason::BadField { field: "_id", expected: "a string of at most 512 bytes, or a number" }),
    }
}

fn text(field: &'static str, value: Value, absent: Option<String>) -> Result<String, SkipReason> {
    match (value, absent) {
        (Value::String(text), _) => Ok(text),
        (Value::Null, Some(absent)) => Ok(absent),
        _ => Err(SkipReason::BadField { field, expected: "a string" }),
    }
}

fn metadata(value: Value) -> Result<Map<String, Value>, SkipReason> {
    match value {
        Value::Object(metadata) => Ok(metadata),
        Value::Null => Ok(Map::new()),
        _ => Err(SkipReason::BadField { field: "metadata", expected: "an object" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_keeps_its_text_to_the_byte() {
        let line = br#"{"_id": 7, "text": " a\r\nb ", "metadata": {"year": 1999}, "other": [1]}"#;
        let document = parse(line).unwrap();
        assert_eq!((document.id.as_str(), document.title.as_str(), document.text.as_str()), ("7", "", " a\r\nb "));
        assert_eq!(document.metadata["year"], 1999);
    }

    #[test]
    fn bad_records_say_what_is_wrong() {
        let reason = |line: &str| parse(line.as_bytes()).unwrap_err().to_string();
        assert!(reason("{").starts_with("bad JSON: EOF"));
        assert_eq!(reason(r#"["a", "t", "x", {}]"#), "bad JSON: a record must be an object");
        assert_eq!(reason(r#"{"text": "x"}"#), "missing _id");
        assert_eq!(reason(r#"{"_id": "", "text": "x"}"#), "missing _id");
        assert_eq!(reason(r#"{"_id": "a"}"#), "field text must be a string");
        assert_eq!(reason(r#"{"_id": "a", "text": " ", "title": ""}"#), "empty");
        assert_eq!(reason(r#"{"_id": "a", "text": "x", "metadata": [1]}"#), "field metadata must be an object");
        assert!(reason(&format!(r#"{{"_id": "{}", "text": "x"}}"#, "a".repeat(513))).starts_with("field _id"));
        let deep = format!(r#"{{"_id": "a", "text": {}"#, "[".repeat(100_000));
        assert!(reason(&deep).contains("recursion limit"));
        assert!(matches!(parse(b"{\"_id\": \"\xff\"}"), Err(SkipReason::NotUtf8(9))));
    }
}
