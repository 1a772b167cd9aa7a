//! Folders, text files, code, HTML.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use maxsimd_engine::TextFormat;
use maxsimd_tools::read::{ReadError, Source};

use super::{ids, limits, read, read_one, reasons};

#[test]
fn a_folder_is_read_in_order_and_what_is_left_out_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("b/.hidden")).unwrap();
    fs::write(root.join("b/two.md"), "# Two\r\n\r\ntext").unwrap();
    fs::write(root.join("b/.hidden/x.md"), "no").unwrap();
    fs::write(root.join("a.txt"), "first").unwrap();
    fs::write(root.join("c.rs"), "fn main() {}").unwrap();
    fs::write(root.join("image.png"), "no").unwrap();
    fs::write(root.join("empty.md"), " \n").unwrap();
    symlink(root, root.join("b/loop")).unwrap();
    let (documents, skipped) = read(&[root], limits());
    assert_eq!(ids(&documents), ["a.txt", "b/two.md", "c.rs"]);
    assert_eq!(reasons(&skipped, root), ["b/loop: symbolic link", "empty.md: empty", "image.png: unsupported type"]);
    let two = &documents[1];
    assert_eq!((two.title.as_str(), two.text.as_str(), two.format), ("Two", "# Two\n\ntext", TextFormat::Markdown));
    assert_eq!(serde_json::to_string(&two.metadata).unwrap(), r#"{"path":"b/two.md","type":"markdown"}"#);
    assert_eq!((documents[0].title.as_str(), documents[2].format), ("a", TextFormat::Code));
}

#[test]
fn the_plan_tells_sizes_and_notices_changes() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "12345").unwrap();
    let inputs = [folder.path().to_path_buf()];
    let open = || Source::open(&inputs, limits()).unwrap();
    let mut source = open();
    let before = source.plan().digest();
    assert_eq!((source.plan().bytes(), source.consumed()), (5, 0));
    assert_eq!(source.by_ref().count(), 1);
    assert_eq!(source.consumed(), 5);
    assert_eq!(open().plan().digest(), before);
    fs::write(folder.path().join("a.txt"), "123456").unwrap();
    assert_ne!(open().plan().digest(), before);
}

#[test]
fn inputs_that_do_not_exist_are_an_error_before_anything_is_read() {
    let missing = PathBuf::from("/nonexistent/input");
    assert!(matches!(Source::open(&[missing], limits()), Err(ReadError::Input { .. })));
    assert!(matches!(Source::open(&[], limits()), Err(ReadError::NoInput)));
    assert!(matches!(Source::open(&["/dev/null".into()], limits()), Err(ReadError::NotAFile { .. })));
}

#[test]
fn a_file_named_explicitly_is_tried_as_text() {
    let document = read_one("notes.unknown", b"some text", limits()).unwrap();
    assert_eq!((document.id.as_str(), document.metadata["type"].as_str()), ("notes.unknown", Some("text")));
}

#[test]
fn two_inputs_with_the_same_id_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.txt");
    fs::write(&file, "text").unwrap();
    let (documents, skipped) = read(&[folder.path(), &file], limits());
    assert_eq!(ids(&documents), ["a.txt"]);
    assert_eq!(reasons(&skipped, folder.path()), ["a.txt: duplicate id \"a.txt\""]);
}

#[test]
fn html_becomes_markdown() {
    let html = b"<title>T</title><nav>menu</nav><h1>Head</h1><p>Text &eacute;</p>";
    let document = read_one("page.html", html, limits()).unwrap();
    assert_eq!((document.title.as_str(), document.text.as_str()), ("T", "# Head\n\nText é"));
    assert_eq!(document.format, TextFormat::Markdown);
}
