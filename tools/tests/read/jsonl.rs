//! JSONL collections, plain and compressed.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use maxsimd_tools::read::Limits;

use super::{ids, limits, read, reasons};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn bad_lines_are_reported_by_number_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!(r#"{{"_id": "long", "text": "{}"}}"#, "a".repeat(80));
    let lines: [&[u8]; 9] = [
        br#"{"_id": "a", "title": "T", "text": "one", "metadata": {"k": 1}}"#,
        b"",
        b"{broken",
        b"{\"_id\": \"b\xff\"}",
        br#"{"text": "no id"}"#,
        br#"{"_id": "a", "text": "again"}"#,
        long.as_bytes(),
        br#"{"_id": 3, "text": "numbered"}"#,
        br#"{"_id": "last", "text": "no newline"}"#,
    ];
    fs::write(folder.path().join("corpus.jsonl"), lines.join(&b'\n')).unwrap();
    let (documents, skipped) = read(&[folder.path()], Limits { line_bytes: 80, ..limits() });
    assert_eq!(ids(&documents), ["a", "3", "last"]);
    assert_eq!(documents[0].metadata["k"], 1);
    let expected = [
        "corpus.jsonl:3: bad JSON: key must be a string at line 1 column 2".to_owned(),
        "corpus.jsonl:4: not UTF-8 at byte 10".to_owned(),
        "corpus.jsonl:5: missing _id".to_owned(),
        "corpus.jsonl:6: duplicate id \"a\"".to_owned(),
        format!("corpus.jsonl:7: too large: {} bytes, at most 80 are read", long.len()),
    ];
    assert_eq!(reasons(&skipped, folder.path()), expected);
}

#[test]
fn several_compressed_members_are_one_collection() {
    let folder = tempfile::tempdir().unwrap();
    let members = [gzip(b"{\"_id\":\"a\",\"text\":\"x\"}\n"), gzip(b"{\"_id\":\"b\",\"text\":\"y\"}\n")];
    fs::write(folder.path().join("c.jsonl.gz"), members.concat()).unwrap();
    let (documents, skipped) = read(&[folder.path()], limits());
    assert_eq!((ids(&documents), skipped.len()), (vec!["a", "b"], 0));
}

#[test]
fn a_truncated_archive_gives_what_it_holds_and_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let records: String = (0..20_000_u64)
        .map(|n| format!("{{\"_id\":\"{n}\",\"text\":\"{}\"}}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
        .collect();
    let whole = gzip(records.as_bytes());
    fs::write(folder.path().join("a.jsonl.gz"), &whole[..whole.len() / 2]).unwrap();
    fs::write(folder.path().join("b.txt"), "the rest goes on").unwrap();
    let (documents, skipped) = read(&[folder.path()], limits());
    assert!(documents.len() > 1000 && documents.len() < 20_000, "{}", documents.len());
    assert_eq!(documents.last().unwrap().id, "b.txt");
    assert_eq!(skipped.len(), 1);
    assert!(skipped[0].to_string().contains("unreadable"), "{}", skipped[0]);
}

#[test]
fn a_gz_that_is_none_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jsonl.gz"), "{\"_id\": \"a\"}").unwrap();
    let (documents, skipped) = read(&[folder.path()], limits());
    assert_eq!((documents.len(), skipped.len()), (0, 1));
}

#[test]
fn the_folder_of_a_data_set_gives_its_corpus_and_not_its_queries() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("corpus.jsonl"), r#"{"_id": "d", "text": "document"}"#).unwrap();
    fs::write(folder.path().join("queries.jsonl"), r#"{"_id": "q", "text": "question"}"#).unwrap();
    let (documents, skipped) = read(&[folder.path()], limits());
    assert_eq!(ids(&documents), ["d"]);
    assert_eq!(reasons(&skipped, folder.path()), ["queries.jsonl: queries of the data set beside corpus.jsonl"]);
}
