//! Files that are broken, or made to do harm. Each is skipped with its reason; what follows is read.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use maxsimd_tools::read::{Limits, SkipReason};

use super::samples::{docx, package, paragraph, pdf};
use super::{limits, read, read_one};

fn reason(name: &str, bytes: &[u8]) -> SkipReason {
    read_one(name, bytes, limits()).expect_err("no document").reason
}

#[test]
fn files_without_text_are_told_apart() {
    assert!(matches!(reason("a.md", b""), SkipReason::Empty));
    assert!(matches!(reason("a.pdf", b""), SkipReason::Empty));
    assert!(matches!(reason("a.html", b"<p> </p>"), SkipReason::Empty));
    assert!(matches!(reason("a.txt", b"ab\0"), SkipReason::Binary(2)));
    assert!(matches!(reason("a.txt", b"text \xc3\x28"), SkipReason::NotUtf8(5)));
}

#[test]
fn size_limits_hold_for_files_and_their_text() {
    let small = Limits { file_bytes: 10, ..limits() };
    let found = read_one("a.txt", b"more than ten", small.clone()).unwrap_err().reason;
    assert!(matches!(found, SkipReason::TooLarge { limit: 10, found: 13 }));
    let found = read_one("a.pdf", b"more than ten", small).unwrap_err().reason;
    assert!(matches!(found, SkipReason::TooLarge { limit: 10, found: 13 }));
    let short = Limits { text_bytes: 10, ..limits() };
    let document = docx(&paragraph("x", &"word ".repeat(10)));
    let found = read_one("a.docx", &document, short).unwrap_err().reason;
    assert!(matches!(found, SkipReason::TooLarge { limit: 10, found: 49 }), "{found}");
}

#[test]
fn broken_pdfs_end_the_child_and_nothing_else() {
    let whole = pdf("t", "BT /F1 12 Tf (text) Tj ET", &[]);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("a-cut.pdf", &whole[..whole.len() / 2]);
    write("b-garbage.pdf", b"%PDF-1.7\n\xff\xfe garbage \0 1 0 obj << /A");
    write("c-text.pdf", b"no pdf at all");
    write("d-nested.pdf", &pdf("t", "BT /F1 12 Tf (text) Tj ET", &["[".repeat(200_000)]));
    write("e-deep.pdf", &pdf("t", &format!("BT {}", "[".repeat(200_000)), &[]));
    write("f-sound.pdf", &whole);
    let (documents, skipped) = read(&[folder.path()], limits());
    assert!(documents.iter().any(|document| document.id == "f-sound.pdf" && document.text == "text"));
    assert_eq!(documents.len() + skipped.len(), 6);
    assert!(skipped.len() >= 3, "{skipped:?}");
    assert!(skipped.iter().all(|s| !matches!(s.reason, SkipReason::ParserTimedOut(_))), "{skipped:?}");
}

#[test]
fn cut_and_flipped_pdfs_are_all_accounted_for() {
    let whole = pdf("t", "BT /F1 12 Tf (text) Tj ET", &[]);
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for at in (0..whole.len()).step_by(29) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x55;
        fs::write(folder.path().join(format!("{at}-cut.pdf")), &whole[..at]).unwrap();
        fs::write(folder.path().join(format!("{at}-flipped.pdf")), flipped).unwrap();
        count += 2;
    }
    let (documents, skipped) = read(&[folder.path()], limits());
    assert_eq!(documents.len() + skipped.len(), count);
}

#[test]
fn a_zip_bomb_is_refused_without_being_unpacked_whole() {
    let mut xml = b"<w:document xmlns:w=\"w\"><w:t>".to_vec();
    xml.resize(130 << 20, b'a');
    let bomb = package(&[("word/document.xml", &xml)]);
    assert!(bomb.len() < 1 << 20);
    let found = reason("bomb.docx", &bomb).to_string();
    assert!(found.contains("larger than 134217728 bytes"), "{found}");
    let tight = Limits { parser_memory: 160 << 20, ..limits() };
    let found = read_one("bomb.docx", &bomb, tight).unwrap_err().reason;
    assert!(matches!(found, SkipReason::ParserOutOfMemory(_)), "{found}");
}

#[test]
fn hostile_packages_are_refused_with_a_reason() {
    let deep = "<w:sdt>".repeat(100_000);
    assert!(reason("a.docx", &docx(&deep)).to_string().contains("nests deeper than 256"));
    let many: Vec<String> = (0..5000).map(|n| format!("word/{n}")).collect();
    let parts: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert!(reason("a.docx", &package(&parts)).to_string().contains("5000 entries"));
    let laughs: &[u8] = b"<!DOCTYPE d [<!ENTITY a \"aaaa\">]><w:document xmlns:w=\"w\"><w:t>&a;</w:t></w:document>";
    assert!(reason("a.docx", &package(&[("word/document.xml", laughs)])).to_string().contains("document type"));
    assert!(reason("a.docx", &package(&[("x", b"")])).to_string().contains("no word/document.xml"));
    assert!(reason("a.docx", b"PK\x03\x04 no zip").to_string().contains("no DOCX package"));
    assert!(reason("a.docx", &docx("<w:p><w:r><w:t>x</w:wrong>")).to_string().contains("XML"));
    let whole = docx(&paragraph("x", "text"));
    assert!(matches!(reason("a.docx", &whole[..whole.len() - 30]), SkipReason::ParserFailed(_)));
}

#[test]
fn a_parser_that_hangs_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("hangs");
    fs::write(&program, "#!/bin/sh\nexec sleep 600\n").unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let limits = Limits { parser_program: Some(program), parser_time: Duration::from_millis(200), ..limits() };
    let found = read_one("a.pdf", b"%PDF", limits).unwrap_err().reason;
    assert!(matches!(found, SkipReason::ParserTimedOut(_)), "{found}");
}

#[test]
fn a_program_that_is_not_maxsim_is_not_believed() {
    let limits = |program: &str| Limits { parser_program: Some(program.into()), ..limits() };
    let found = read_one("a.pdf", b"%PDF", limits("/bin/echo")).unwrap_err().reason.to_string();
    assert_eq!(found, "parser failed: the parser program is not maxsim");
    let found = read_one("a.pdf", b"%PDF", limits("/nonexistent")).unwrap_err().reason.to_string();
    assert!(found.contains("cannot start /nonexistent"), "{found}");
}
