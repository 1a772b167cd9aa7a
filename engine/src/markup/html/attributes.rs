//! How many attributes an open tag has. The tokenizer compares each with all before it, so a tag of a hundred thousand would
//! take minutes; it tells nothing of a tag before its end, hence this.

/// An open tag, from its beginning on; nothing else is looked at.
#[derive(Debug, Default)]
pub(super) struct OpenTag {
    /// None if it is no tag, or has ended.
    state: Option<State>,
    read: bool,
    attributes: u32,
}

/// What it is in the middle of; states of the HTML standard, section 13.2.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Begin,
    TagName,
    BeforeName,
    Name,
    AfterName,
    BeforeValue,
    DoubleQuoted,
    SingleQuoted,
    Unquoted,
}

use State::{AfterName, BeforeName, BeforeValue, Begin, DoubleQuoted, Name, SingleQuoted, TagName, Unquoted};

impl OpenTag {
    /// Reads on, and says how many attributes there are.
    pub(super) fn read(&mut self, html: &str) -> u32 {
        let begin = (!std::mem::replace(&mut self.read, true)).then_some(Begin);
        self.state = html
            .bytes()
            .try_fold(self.state.or(begin), |state, byte| {
                let then = state?.after(byte)?;
                self.attributes += u32::from(then == Name && state != Some(Name));
                Some(Some(then))
            })
            .flatten();
        self.attributes
    }
}

impl State {
    /// None at the tag's end.
    fn after(self, byte: u8) -> Option<Self> {
        let space = byte.is_ascii_whitespace();
        Some(match (self, byte) {
            (Begin, b'<' | b'/') => Begin,
            (Begin, _) => return byte.is_ascii_alphabetic().then_some(TagName),
            (DoubleQuoted, b'"') | (SingleQuoted, b'\'') => BeforeName,
            (DoubleQuoted | SingleQuoted, _) => self,
            (_, b'>') => return None,
            (BeforeValue, b'"') => DoubleQuoted,
            (BeforeValue, b'\'') => SingleQuoted,
            (BeforeValue, _) if space => BeforeValue,
            (Unquoted, _) if space => BeforeName,
            (BeforeValue | Unquoted, _) => Unquoted,
            (_, b'/') => BeforeName,
            (Name | AfterName, b'=') => BeforeValue,
            (TagName | BeforeName, _) if space => BeforeName,
            (Name | AfterName, _) if space => AfterName,
            (TagName, _) => TagName,
            _ => Name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_and_values_are_not() {
        for (html, count) in [
            ("<a", 0),
            ("<a href", 1),
            ("<a href=\"x y z\" b c", 3),
            ("</a href='x y z'b/c", 3),
            ("<a\nb = c = d", 3),
            ("<a b=c/d e", 2),
            ("<a b=''c=\"\"d", 3),
            ("a b c", 2),
            ("<a b c> d e", 2),
            ("<!-- b c d", 0),
            ("< a b c", 0),
            ("<a b='<i c d e'", 1),
        ] {
            assert_eq!(OpenTag::default().read(html), count, "{html}");
            let mut open = OpenTag::default();
            let in_parts = html.split_inclusive(|_| true).map(|part| open.read(part)).last();
            assert_eq!(in_parts, Some(count), "{html}");
        }
    }
}
