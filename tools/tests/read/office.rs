//! PDF and DOCX, through the child process.

use maxsimd_engine::TextFormat;

use super::samples::{docx, paragraph, pdf};
use super::{limits, read_one};

#[test]
fn a_pdf_gives_its_text_and_title() {
    let content = "BT /F1 12 Tf 72 700 Td (Late interaction keeps) Tj 0 -14 Td (one vector per token.) Tj ET";
    let document = read_one("paper.pdf", &pdf("On tokens", content, &[]), limits()).unwrap();
    assert_eq!((document.title.as_str(), document.format), ("On tokens", TextFormat::Plain));
    let words: Vec<&str> = document.text.split_whitespace().collect();
    assert_eq!(words.join(" "), "Late interaction keeps one vector per token.");
    assert_eq!(document.metadata["type"], "pdf");
}

#[test]
fn a_docx_keeps_headings_lists_and_tables() {
    let item = |depth: u32, text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"{depth}\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr>\
             <w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let cell = |text: &str| format!("<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>");
    let row = |cells: [&str; 2]| format!("<w:tr>{}{}</w:tr>", cell(cells[0]), cell(cells[1]));
    let body = [
        paragraph("Titel", "A title"),
        paragraph("berschrift1", "First &amp; &#x6f;nly"),
        "<w:p><w:r><w:t xml:space=\"preserve\">Split </w:t></w:r><w:r><w:t>wo</w:t></w:r><w:r><w:t>rd</w:t></w:r></w:p>"
            .to_owned(),
        paragraph("Eigen", "Second"),
        item(0, "one"),
        item(1, "inner"),
        format!("<w:tbl>{}{}</w:tbl>", row(["a", "b"]), row(["1", "2"])),
        "<w:p><w:r><w:t>End</w:t><w:delText>gone</w:delText></w:r></w:p>".to_owned(),
    ];
    let document = read_one("d.docx", &docx(&body.concat()), limits()).unwrap();
    let expected = "# A title\n\n# First & only\n\nSplit word\n\n## Second\n\n- one\n  - inner\n\n\
        | a | b |\n| --- | --- |\n| 1 | 2 |\n\nEnd";
    assert_eq!(document.text, expected);
    assert_eq!((document.title.as_str(), document.format), ("A title", TextFormat::Markdown));
}
