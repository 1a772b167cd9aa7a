//! PDF to text. Runs in the child process only: the parser may panic, loop or take any amount of memory.

use maxsimd_engine::markup::tidy;
use pdf_extract::{Document, PlainTextOutput, decode_text_string, output_doc};

use super::extract::Extracted;

/// Title (if the Info dictionary has a sensible one) and text.
pub(super) fn read(bytes: &[u8]) -> Result<Extracted, String> {
    let mut document = Document::load_mem(bytes).map_err(|error| error.to_string())?;
    if document.is_encrypted() {
        document.decrypt("").map_err(|_| "encrypted with a password".to_owned())?;
    }
    let mut text = String::new();
    output_doc(&document, &mut PlainTextOutput::new(&mut text)).map_err(|error| error.to_string())?;
    let title = info_title(&document).filter(|title| is_sensible(title)).and_then(|title| tidy(&title));
    // Glyphs without a mapping come out as NUL.
    text.retain(|c| c != '\0');
    Ok(Extracted { title, text: text.trim().to_owned() })
}

fn info_title(document: &Document) -> Option<String> {
    let info = document.trailer.get(b"Info").ok()?;
    let (_, info) = document.dereference(info).ok()?;
    decode_text_string(info.as_dict().ok()?.get(b"Title").ok()?).ok()
}

/// Programs put file names and placeholders there.
fn is_sensible(title: &str) -> bool {
    let lower = title.trim().to_lowercase();
    let is_file = [".doc", ".docx", ".tex", ".dvi", ".pdf", ".indd", ".qxd", ".ps", ".odt", ".rtf"];
    !(lower.starts_with("microsoft ")
        || lower.starts_with("untitled")
        || is_file.iter().any(|end| lower.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_no_titles() {
        assert!(is_sensible("Late interaction at scale"));
        assert!(!is_sensible("Microsoft Word - draft3"));
        assert!(!is_sensible("paper_final.dvi"));
    }
}
