//! Text to tokens.

use super::expression::Place;
use super::{FilterError, Op, limits, show};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Field(String),
    And,
    Or,
    Not,
    In,
    Exists,
    Prefix,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    String(String),
    Op(Op),
    Open,
    Close,
    Comma,
    End,
}

/// Longer ones before their beginnings.
const SYMBOLS: [(&str, Token); 14] = [
    ("==", Token::Op(Op::Equal)),
    ("<>", Token::Op(Op::NotEqual)),
    ("!=", Token::Op(Op::NotEqual)),
    ("<=", Token::Op(Op::LessOrEqual)),
    (">=", Token::Op(Op::GreaterOrEqual)),
    ("&&", Token::And),
    ("||", Token::Or),
    ("=", Token::Op(Op::Equal)),
    ("<", Token::Op(Op::Less)),
    (">", Token::Op(Op::Greater)),
    ("!", Token::Not),
    ("(", Token::Open),
    (")", Token::Close),
    (",", Token::Comma),
];

const WORDS: [(&str, Token); 8] = [
    ("and", Token::And),
    ("or", Token::Or),
    ("not", Token::Not),
    ("in", Token::In),
    ("exists", Token::Exists),
    ("prefix", Token::Prefix),
    ("true", Token::Boolean(true)),
    ("false", Token::Boolean(false)),
];

/// True if a field's name can be written without backquotes.
pub(super) fn is_plain_name(name: &str) -> bool {
    name.starts_with(begins_name) && word(name).len() == name.len() && keyword(name).is_none()
}

/// A token and the text it was made of.
#[derive(Debug)]
pub(super) struct Lexed<'a> {
    pub(super) token: Token,
    pub(super) at: usize,
    pub(super) text: &'a str,
}

impl Lexed<'_> {
    pub(super) fn place(&self) -> Place {
        Place::Byte(self.at)
    }

    /// For messages.
    pub(super) fn shown(&self) -> String {
        match self.token {
            Token::End => "the end".to_owned(),
            _ => show::quoted(self.text, '`'),
        }
    }
}

#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Lexed<'a>, FilterError> {
        let rest = self.text[self.at..].trim_ascii_start();
        let at = self.text.len() - rest.len();
        let place = Place::Byte(at);
        let (token, length) = match rest.chars().next() {
            None => (Token::End, 0),
            Some(quote @ ('"' | '\'')) => string(rest, quote, at)?,
            Some('`') => backquoted(rest).ok_or_else(|| place.error("a backquote that is not closed"))?,
            Some(c) if begins_name(c) => {
                let word = word(rest);
                (keyword(word).unwrap_or_else(|| Token::Field(word.to_owned())), word.len())
            }
            Some('0'..='9' | '-') => number(rest).map_err(|reason| place.error(reason))?,
            Some(c) => symbol(rest).ok_or_else(|| {
                place.error(format!("expected a field, value or operator, found {}", show::quoted(&c.to_string(), '`')))
            })?,
        };
        self.at = at + length;
        Ok(Lexed { token, at, text: &rest[..length] })
    }
}

fn begins_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn word(rest: &str) -> &str {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')));
    &rest[..end.unwrap_or(rest.len())]
}

fn keyword(word: &str) -> Option<Token> {
    WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, token)| token.clone())
}

fn symbol(rest: &str) -> Option<(Token, usize)> {
    SYMBOLS.iter().find(|(symbol, _)| rest.starts_with(symbol)).map(|(symbol, token)| (token.clone(), symbol.len()))
}

fn backquoted(rest: &str) -> Option<(Token, usize)> {
    let mut name = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '`' && chars.next_if(|&(_, next)| next == '`').is_none() {
            return Some((Token::Field(name), at + 1));
        }
        name.push(c);
    }
    None
}

fn number(rest: &str) -> Result<(Token, usize), String> {
    let mut before = ' ';
    let end = rest.find(|c: char| {
        let exponent = matches!(std::mem::replace(&mut before, c), 'e' | 'E');
        !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') || c == '+' && exponent)
    });
    let word = &rest[..end.unwrap_or(rest.len())];
    let digits = word.strip_prefix('-').unwrap_or(word);
    let beyond = |what: &str| format!("{} is beyond the range of {what}", show::quoted(word, '`'));
    let not_a_number = || format!("{} is not a number; dates and strings go in quotes", show::quoted(word, '`'));
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return word.parse().map(|value| (Token::Integer(value), word.len())).map_err(|_| beyond("64-bit integers"));
    }
    let value = digits.starts_with(|c: char| c.is_ascii_digit()).then(|| word.parse::<f64>().ok()).flatten();
    match value.ok_or_else(not_a_number)? {
        value if value.is_finite() => Ok((Token::Float(value), word.len())),
        _ => Err(beyond("64-bit floats")),
    }
}

fn string(rest: &str, quote: char, at: usize) -> Result<(Token, usize), FilterError> {
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((offset, c)) = chars.next() {
        match c {
            _ if c == quote => return Ok((Token::String(value), offset + 1)),
            '\\' => {
                let unescaped = escape(&mut chars.by_ref().map(|(_, c)| c));
                let reason = "expected one of \\\" \\' \\\\ \\n \\t \\uXXXX";
                value.push(unescaped.ok_or_else(|| Place::Byte(at + offset).error(reason))?);
            }
            _ => value.push(c),
        }
        limits::string(&value, &Place::Byte(at))?;
    }
    Err(Place::Byte(at).error(format!("a string that is not closed with {quote}")))
}

fn escape(chars: &mut impl Iterator<Item = char>) -> Option<char> {
    match chars.next()? {
        c @ ('"' | '\'' | '\\') => Some(c),
        'n' => Some('\n'),
        't' => Some('\t'),
        'u' => match code_unit(chars)? {
            high @ 0xD800..0xDC00 if chars.next()? == '\\' && chars.next()? == 'u' => {
                char::decode_utf16([high, code_unit(chars)?]).next()?.ok()
            }
            unit => char::from_u32(unit.into()),
        },
        _ => None,
    }
}

fn code_unit(chars: &mut impl Iterator<Item = char>) -> Option<u16> {
    (0..4).try_fold(0, |unit, _| Some(unit << 4 | u16::try_from(chars.next()?.to_digit(16)?).ok()?))
}
