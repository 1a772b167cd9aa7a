//! A question as words that know where they are.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

/// A word, a number, or one mark of punctuation.
#[derive(Debug, Clone)]
struct Word {
    range: Range<usize>,
    lower: String,
    singular: String,
    /// A hyphen joins it to the word before it.
    hyphen: bool,
}

impl Word {
    fn new(text: &str, range: Range<usize>, hyphen: bool) -> Self {
        let lower = text[range.clone()].to_lowercase().replace('’', "'");
        Self { range, singular: singular(&lower), lower, hyphen }
    }
}

/// The words of a text. Every question about a place beyond the last is answered as if there were an empty word.
#[derive(Debug, Clone)]
pub(super) struct Words<'a> {
    text: &'a str,
    words: Vec<Word>,
}

impl<'a> Words<'a> {
    /// Letters, digits and underscores make a word, as do points, commas, slashes and hyphens within a number or a date,
    /// and apostrophes within letters, but for a possessive `'s`, which is left out.
    pub(super) fn of(text: &'a str) -> Self {
        let mut words: Vec<Word> = Vec::new();
        let mut chars = text.char_indices().peekable();
        while let Some((start, c)) = chars.next() {
            if c.is_whitespace() {
                continue;
            }
            let after = words.last().is_some_and(|word: &Word| word.range.end == start);
            if is_letter(c) {
                let end = end(text, c, start, &mut chars);
                let whole = &text[start..end];
                let range = start..end - possessive(whole);
                let hyphen = hyphened(&mut words, start);
                words.push(Word::new(text, range, hyphen));
            } else {
                words.push(Word::new(text, start..start + c.len_utf8(), after));
            }
        }
        for word in &mut words {
            word.hyphen &= word.lower.starts_with(is_letter) || is_dash(&word.lower);
        }
        Self { text, words }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// The word in lower case.
    pub(super) fn at(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| &word.lower)
    }

    /// The word in lower case, without the ending of a plural.
    pub(super) fn singular(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| &word.singular)
    }

    /// Whether a word is a plural.
    pub(super) fn plural(&self, at: usize) -> bool {
        self.at(at) != self.singular(at)
    }

    /// Whether a hyphen joins a word to the one before it.
    pub(super) fn hyphen(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|word| word.hyphen)
    }

    /// Whether a word is one of some.
    pub(super) fn is(&self, at: usize, list: &[&str]) -> bool {
        list.contains(&self.at(at))
    }

    /// The end of a phrase, whose words have one space between them, if it is here.
    pub(super) fn phrase(&self, at: usize, phrase: &str) -> Option<usize> {
        phrase.split(' ').try_fold(at, |at, word| (self.at(at) == word).then_some(at + 1))
    }

    /// What the first phrase of a table that is here stands for, and its end.
    pub(super) fn look<T: Copy>(&self, at: usize, table: &[(&str, T)]) -> Option<(T, usize)> {
        table.iter().find_map(|(phrase, meaning)| Some((*meaning, self.phrase(at, phrase)?)))
    }

    /// The place after a word, if it is here.
    pub(super) fn skip(&self, at: usize, list: &[&str]) -> usize {
        if self.is(at, list) { at + 1 } else { at }
    }

    /// The bytes of some words, of at least one.
    pub(super) fn bytes(&self, words: &Range<usize>) -> Range<usize> {
        let start = self.words.get(words.start).map_or(0, |word| word.range.start);
        let end = words.end.checked_sub(1).and_then(|last| self.words.get(last)).map_or(start, |word| word.range.end);
        start..end.max(start)
    }

    /// Some words as they were written.
    pub(super) fn text(&self, words: &Range<usize>) -> &'a str {
        &self.text[self.bytes(words)]
    }

    /// All words in lower case.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| word.lower.as_str())
    }
}

/// A word without the ending of a plural.
pub(super) fn singular(word: &str) -> String {
    if word.len() < 4 || ["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let twofold = ["ches", "shes", "xes", "sses", "zes"].iter().any(|end| word.ends_with(end));
    word.strip_suffix(if twofold { "es" } else { "s" }).unwrap_or(word).to_owned()
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_dash(text: &str) -> bool {
    matches!(text, "-" | "–" | "—")
}

/// Takes the rest of a word.
fn end(text: &str, first: char, start: usize, chars: &mut Peekable<CharIndices<'_>>) -> usize {
    let (mut end, mut before) = (start + first.len_utf8(), first);
    while let Some(&(at, c)) = chars.peek() {
        let next = text[at + c.len_utf8()..].chars().next().unwrap_or(' ');
        let within = match c {
            '\'' | '’' => before.is_alphabetic() && next.is_alphabetic(),
            '.' | '/' => before.is_ascii_digit() && next.is_ascii_digit(),
            ',' => before.is_ascii_digit() && thousands(&text[at + 1..]),
            '-' => before.is_ascii_digit() && date(&text[start..at], &text[at + 1..]),
            c => is_letter(c),
        };
        if !within {
            break;
        }
        chars.next();
        (end, before) = (at + c.len_utf8(), c);
    }
    end
}

fn thousands(rest: &str) -> bool {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    digits == 3
}

/// Whether `2020` or `2020-05` goes on as a date.
fn date(before: &str, rest: &str) -> bool {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let year = before.bytes().take_while(u8::is_ascii_digit).count() == 4;
    year && digits == 2 && matches!(before.len(), 4 | 7) && (before.len() == 7 || &rest[..2] <= "12")
}

/// Length of the ending that says whose something is.
fn possessive(word: &str) -> usize {
    ["'s", "’s", "'S", "’S"].iter().find(|end| word.ends_with(*end)).map_or(0, |end| end.len())
}

/// Whether the text before a word is a hyphen without spaces around it, which then is no word of its own.
fn hyphened(words: &mut Vec<Word>, start: usize) -> bool {
    let joins = words.last().is_some_and(|dash| dash.hyphen && is_dash(&dash.lower) && dash.range.end == start)
        && words.len() > 1
        && words[words.len() - 2].lower.ends_with(is_letter);
    if joins {
        words.pop();
    }
    joins
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let words = Words::of(text);
        let shown = |at| format!("{}{}", if words.hyphen(at) { "-" } else { "" }, words.at(at));
        (0..words.len()).map(shown).collect()
    }

    #[test]
    fn numbers_dates_and_names_are_one_word_each() {
        assert_eq!(
            words("O'Reilly’s 1,000 4.5 2020-05-01, 12/05/2020"),
            ["o'reilly", "1,000", "4.5", "2020-05-01", ",", "12/05/2020"]
        );
        assert_eq!(
            words("2018-2020 10-20 2020-13 peer-reviewed"),
            ["2018", "-2020", "10", "-20", "2020", "-13", "peer", "-reviewed"]
        );
        assert_eq!(words("Größe: a – b, last month's"), ["größe", ":", "a", "–", "b", ",", "last", "month"]);
        assert_eq!(words("has_code>=5k+"), ["has_code", ">", "=", "5k", "+"]);
    }

    #[test]
    fn plurals_meet_their_singulars() {
        for (one, many) in
            [("study", "studies"), ("box", "boxes"), ("database", "databases"), ("page", "pages"), ("day", "days")]
        {
            assert_eq!(singular(one), singular(many));
        }
        assert_eq!((singular("boss"), singular("axis")), ("boss".to_owned(), "axis".to_owned()));
    }
}
