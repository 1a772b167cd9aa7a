//! DOCX to Markdown: the main part of the package, with headings and the title found by their styles.
//! Runs in the child process, with limits of its own on top.

mod body;
mod styles;
mod xml;

use std::io::{Cursor, Read};

use maxsimd_engine::markup::tidy;
use zip::ZipArchive;
use zip::result::ZipError;

use super::extract::Extracted;
use super::title;
use styles::Styles;

/// Most entries of a package.
const MAX_ENTRIES: usize = 4096;
/// Most bytes of a part once decompressed.
const MAX_PART_BYTES: u64 = 128 << 20;

/// Title (the paragraph in style Title, else the first heading) and text.
fn read_package(bytes: &[u8]) -> Result<Extracted, DocxError> {
    let mut package = ZipArchive::new(Cursor::new(bytes))?;
    if package.len() > MAX_ENTRIES {
        return Err(DocxError::TooManyEntries(package.len()));
    }
    let styles = match package.by_name("word/styles.xml") {
        Ok(part) => Styles::read(bounded(part))?,
        Err(ZipError::FileNotFound) => Styles::default(),
        Err(error) => return Err(error.into()),
    };
    let document = package.by_name("word/document.xml").map_err(|error| match error {
        ZipError::FileNotFound => DocxError::NoDocument,
        error => error.into(),
    })?;
    let (found, text) = body::read(bounded(document), &styles)?;
    let title = tidy(&found).or_else(|| title::of_markdown(&text));
    Ok(Extracted { title, text })
}

/// As the child runs it: a reason in words.
pub(super) fn read(bytes: &[u8]) -> Result<Extracted, String> {
    read_package(bytes).map_err(|error| error.to_string())
}

/// Why a package is refused.
#[derive(Debug, thiserror::Error)]
enum DocxError {
    #[error("no DOCX package: {0}")]
    Zip(#[from] ZipError),
    #[error("the package has {0} entries, at most {MAX_ENTRIES} are accepted")]
    TooManyEntries(usize),
    #[error("the package has no word/document.xml")]
    NoDocument,
    #[error("XML: {0}")]
    Xml(#[from] quick_xml::Error),
    #[error("XML nests deeper than {} elements", xml::MAX_DEPTH)]
    TooDeep,
    #[error("XML with a document type is not accepted")]
    DocumentType,
    #[error("XML ends inside an element")]
    CutShort,
}

/// A reader that fails, rather than ends, when a part is larger than allowed.
struct Bounded<R> {
    part: R,
    left: u64,
}

fn bounded<R: Read>(part: R) -> impl Read {
    Bounded { part, left: MAX_PART_BYTES }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.part.read(buffer)?;
        let taken = u64::try_from(read).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(taken).ok_or_else(|| {
            std::io::Error::other(format!("a part is larger than {MAX_PART_BYTES} bytes decompressed"))
        })?;
        Ok(read)
    }
}
