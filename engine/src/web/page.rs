//! What came from a page's machine, as text.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use ureq::Body;
use ureq::http::{Response, header};
use url::Url;

use super::call::Call;
use super::{FetchLimits, WebError, clean};
use crate::TextFormat;
use crate::markup::{html, tidy};

/// Bytes of a page in which it may say how it is encoded.
const PRESCAN: usize = 1024;

/// A page as text. Its words are those of strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Where it was in the end.
    pub url: String,
    /// Its title on one line, of at most 200 characters; the name of its machine if it has none.
    pub title: String,
    /// What it says, without control characters.
    pub text: String,
    /// How that is to be split.
    pub format: TextFormat,
}

/// Reads a page; those of other kinds are not even begun.
pub(super) fn read(
    call: &Call<'_>,
    url: &Url,
    response: Response<Body>,
    limits: &FetchLimits,
) -> Result<Page, WebError> {
    let of = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, parameters) = of(header::CONTENT_TYPE).split_once(';').unwrap_or((of(header::CONTENT_TYPE), ""));
    let kind = kind.trim().to_ascii_lowercase();
    let format = match kind.as_str() {
        "text/html" | "application/xhtml+xml" => TextFormat::Markdown,
        "text/plain" => TextFormat::Plain,
        _ => return Err(WebError::WrongKind { from: call.from.to_owned(), kind: clean::line(&kind, 100) }),
    };
    if !matches!(of(header::CONTENT_ENCODING).trim(), "" | "identity") {
        return Err(call.bad("it is packed, which was not asked for"));
    }
    let declared = labelled(parameters, "charset=");
    let bytes = call.whole(response, limits.bytes)?;
    let (title, text) = match format {
        TextFormat::Markdown => {
            let html::Html { title, text } = html::read(&decoded(&bytes, declared.or_else(|| own(&bytes))));
            (title, text)
        }
        _ => (None, decoded(&bytes, declared)),
    };
    let mut text = clean::text(text.trim());
    text.truncate(text.floor_char_boundary(limits.text_bytes));
    let title = title.and_then(|title| tidy(&clean::line(&title, title.len())));
    match text.trim().is_empty() {
        true => Err(WebError::Empty { from: call.from.to_owned() }),
        false => Ok(Page { title: title.unwrap_or_else(|| call.from.to_owned()), url: url.to_string(), text, format }),
    }
}

/// Bytes to text; what cannot be is replaced. Without a label it is UTF-8 if it can be, else what old pages are in.
fn decoded(bytes: &[u8], declared: Option<&'static Encoding>) -> String {
    let guessed = || if str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 };
    declared.unwrap_or_else(guessed).decode(bytes).0.into_owned()
}

/// How a page of HTML says that it is encoded. It was read this far, so it is in no encoding of two bytes.
fn own(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(PRESCAN)]).to_ascii_lowercase();
    let declared = match head.trim_start().strip_prefix("<?xml") {
        Some(xml) => labelled(xml, "encoding=").or_else(|| labelled(&head, "charset=")),
        None => labelled(&head, "charset="),
    };
    declared.map(Encoding::output_encoding)
}

/// The encoding of a label behind a name, in quotes or not.
fn labelled(text: &str, name: &str) -> Option<&'static Encoding> {
    let text = text.to_ascii_lowercase();
    let (_, label) = text.split_once(name)?;
    let label = label.trim_start_matches(['"', '\'', ' ']);
    Encoding::for_label(label.split(['"', '\'', ' ', ';', '>', '?', '/']).next()?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_decoded_as_it_or_its_machine_says() {
        let html = |label: &str| decoded(b"<p>k\xe4se \x80</p>", labelled(label, "charset="));
        for latin in ["charset=ISO-8859-1", " Charset=\"latin1\"", "charset='windows-1252'; x", ""] {
            assert_eq!(html(latin), "<p>käse €</p>", "{latin}");
        }
        assert_eq!(html("charset=utf-8"), "<p>k\u{fffd}se \u{fffd}</p>");
        assert_eq!(decoded("käse".as_bytes(), None), "käse");
        assert_eq!(decoded(b"\xff\xfea\0b\0", Some(UTF_8)), "ab", "a mark is stronger than a label");
    }

    #[test]
    fn a_page_says_how_it_is_encoded_at_its_beginning() {
        let name = |html: &str| own(html.as_bytes()).map(Encoding::name);
        assert_eq!(name("<meta charset=\"Shift_JIS\">"), Some("Shift_JIS"));
        assert_eq!(name("<META http-equiv=x content='text/html; charset=iso-8859-2'/>"), Some("ISO-8859-2"));
        assert_eq!(name("<?xml version=\"1.0\" encoding='koi8-r'?><html>"), Some("KOI8-R"));
        assert_eq!(name("<meta charset=utf-16>"), Some("UTF-8"));
        assert_eq!(name("<p>encoding=koi8-r"), None);
        assert_eq!(name(&format!("{}<meta charset=koi8-r>", " ".repeat(PRESCAN))), None);
    }
}
