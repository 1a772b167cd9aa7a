//! Documents to windows of passages, each with the text that is encoded.

use std::sync::Arc;

use crate::encode::{Encoder, encoded_text};
use crate::split::{self, Span, Splitting};
use crate::{Document, Result};

/// Passages in a window: enough to sort by length, little enough to hold as f32.
pub(super) const PASSAGES: usize = 256;
/// A window also ends when its documents have this much text.
const WINDOW_TEXT: usize = 16 << 20;
/// A segment ends with the document that brings it to this many passages (about a million token vectors)...
pub(crate) const SEGMENT_PASSAGES: usize = 4096;
/// ... or bytes of text.
pub(crate) const SEGMENT_TEXT: usize = 32 << 20;

/// One passage about to be encoded.
#[derive(Debug, Clone)]
pub struct PassageItem {
    /// The document it belongs to.
    pub document: Arc<Document>,
    /// Number in the document, from 0.
    pub number: usize,
    /// How many there are of its document.
    pub of: usize,
    /// Byte range and headings.
    pub span: Span,
    /// What is encoded: title, headings, text.
    pub text: String,
}

impl PassageItem {
    /// Byte of the document for one of what is encoded, which ends with the passage; `None` in title and headings.
    pub(crate) fn byte_of(&self, encoded: usize) -> Option<usize> {
        let before = self.text.len() - (self.span.end - self.span.start);
        Some(self.span.start + encoded.checked_sub(before)?)
    }

    /// Whether it ends its document.
    pub(crate) fn is_last(&self) -> bool {
        self.number + 1 == self.of
    }
}

/// Passages that are encoded together.
#[derive(Debug, Default)]
pub struct Window {
    /// In the order of the documents.
    pub items: Vec<PassageItem>,
    /// Whether a segment ends here.
    pub ends_segment: bool,
}

/// Iterator over the windows of some documents. Windows end at segment ends, and depend on the documents alone.
pub struct Windows<'a, I> {
    documents: I,
    splitting: Splitting,
    encoder: &'a dyn Encoder,
    /// Passages of the current document that did not fit into the last window.
    pending: std::vec::IntoIter<PassageItem>,
    segment_passages: usize,
    segment_text: usize,
}

impl<I> std::fmt::Debug for Windows<'_, I> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Windows").field("splitting", &self.splitting).finish_non_exhaustive()
    }
}

impl<'a, I: Iterator<Item = Document>> Windows<'a, I> {
    /// Windows over documents.
    pub fn new(documents: I, splitting: Splitting, encoder: &'a dyn Encoder) -> Self {
        let pending = Vec::new().into_iter();
        Self { documents, splitting, encoder, pending, segment_passages: 0, segment_text: 0 }
    }

    fn fill(&mut self) -> Result<Window> {
        let mut window = Window::default();
        let mut text = 0;
        loop {
            let room = PASSAGES - window.items.len();
            window.items.extend(self.pending.by_ref().take(room));
            if self.pending.len() == 0 && self.segment_is_full() {
                (self.segment_passages, self.segment_text) = (0, 0);
                window.ends_segment = true;
                return Ok(window);
            }
            if window.items.len() == PASSAGES || text >= WINDOW_TEXT {
                return Ok(window);
            }
            let Some(document) = self.documents.next() else { return Ok(window) };
            text += document.text.len();
            self.segment_text += document.text.len();
            let items = passages(document, self.splitting, self.encoder)?;
            self.segment_passages += items.len();
            self.pending = items.into_iter();
        }
    }

    fn segment_is_full(&self) -> bool {
        self.segment_passages >= SEGMENT_PASSAGES || self.segment_text >= SEGMENT_TEXT
    }
}

impl<I: Iterator<Item = Document>> Iterator for Windows<'_, I> {
    type Item = Result<Window>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.fill() {
            Ok(window) if window.items.is_empty() && !window.ends_segment => None,
            result => Some(result),
        }
    }
}

pub(crate) fn passages(document: Document, splitting: Splitting, encoder: &dyn Encoder) -> Result<Vec<PassageItem>> {
    let whole = || Span { start: 0, end: document.text.len(), heading: String::new() };
    let mut spans = match splitting {
        Splitting::Structure(budget) => split::split(&document.text, document.format, budget, encoder)?,
        Splitting::Whole => vec![whole()],
    };
    if spans.is_empty() {
        // A document of blank text is still found by its title.
        spans.push(whole());
    }
    let document = Arc::new(document);
    let of = spans.len();
    let item = |(number, span): (usize, Span)| {
        let text = encoded_text(&document.title, &span.heading, &document.text[span.start..span.end]);
        PassageItem { document: Arc::clone(&document), number, of, span, text }
    };
    Ok(spans.into_iter().enumerate().map(item).collect())
}
