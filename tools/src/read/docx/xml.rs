//! A flat stream of XML elements: no recursion, bounded depth, no document type, no entity but the five.

use std::io::{BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::DocxError;

/// Deepest nesting accepted; real documents stay far below.
pub(super) const MAX_DEPTH: usize = 256;

/// What a part is made of; names are local names.
pub(super) trait Handler {
    fn open(&mut self, name: &str, attributes: &Attributes<'_>);
    fn close(&mut self, name: &str);
    fn text(&mut self, text: &str);
}

/// Attributes of an element, looked up by local name.
pub(super) struct Attributes<'a>(&'a BytesStart<'a>);

impl Attributes<'_> {
    /// The value as it stands; style ids and numbers hold no entities.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let found = self.0.attributes().flatten().find(|a| a.key.local_name().into_inner() == name)?;
        Some(found.value.into_owned())
    }
}

/// Feeds a part to a handler.
pub(super) fn read(part: impl Read, handler: &mut impl Handler) -> Result<(), DocxError> {
    let mut reader = Reader::from_reader(BufReader::new(part));
    let mut buffer = Vec::new();
    let mut depth = 0_usize;
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer)? {
            Event::Start(element) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(DocxError::TooDeep);
                }
                handler.open(element.local_name().into_inner(), &Attributes(&element));
            }
            Event::Empty(element) => {
                let name = element.local_name();
                handler.open(name.into_inner(), &Attributes(&element));
                handler.close(name.into_inner());
            }
            Event::End(element) => {
                depth = depth.saturating_sub(1);
                handler.close(element.local_name().into_inner());
            }
            Event::Text(text) => handler.text(&text.xml10_content()),
            Event::CData(text) => handler.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                if let Some(c) = resolve(&reference)? {
                    handler.text(c.encode_utf8(&mut [0; 4]));
                }
            }
            Event::DocType(_) => return Err(DocxError::DocumentType),
            Event::Eof if depth > 0 => return Err(DocxError::CutShort),
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<Option<char>, DocxError> {
    Ok(match reference.as_ref() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref()?,
    })
}
