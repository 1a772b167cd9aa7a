//! Numbers in digits and words, and what compares with them.

use super::words::Words;
use crate::filter::Op;

const ONES: [(&str, f64); 22] = [
    ("a", 1.0),
    ("an", 1.0),
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("half", 0.5),
];

const TENS: [(&str, f64); 8] = [
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
];

const SCALES: [(&str, f64); 5] =
    [("dozen", 12.0), ("hundred", 100.0), ("thousand", 1e3), ("million", 1e6), ("billion", 1e9)];

/// Longer ones before their beginnings.
const BEFORE: [(&str, Op); 49] = [
    ("no more than", Op::LessOrEqual),
    ("not more than", Op::LessOrEqual),
    ("no longer than", Op::LessOrEqual),
    ("not longer than", Op::LessOrEqual),
    ("no higher than", Op::LessOrEqual),
    ("no greater than", Op::LessOrEqual),
    ("no less than", Op::GreaterOrEqual),
    ("not less than", Op::GreaterOrEqual),
    ("no fewer than", Op::GreaterOrEqual),
    ("not fewer than", Op::GreaterOrEqual),
    ("no shorter than", Op::GreaterOrEqual),
    ("no lower than", Op::GreaterOrEqual),
    ("more than", Op::Greater),
    ("greater than", Op::Greater),
    ("longer than", Op::Greater),
    ("larger than", Op::Greater),
    ("bigger than", Op::Greater),
    ("higher than", Op::Greater),
    ("better than", Op::Greater),
    ("over", Op::Greater),
    ("above", Op::Greater),
    ("exceeding", Op::Greater),
    ("less than", Op::Less),
    ("fewer than", Op::Less),
    ("shorter than", Op::Less),
    ("smaller than", Op::Less),
    ("lower than", Op::Less),
    ("worse than", Op::Less),
    ("under", Op::Less),
    ("below", Op::Less),
    ("at least", Op::GreaterOrEqual),
    ("a minimum of", Op::GreaterOrEqual),
    ("minimum of", Op::GreaterOrEqual),
    ("minimum", Op::GreaterOrEqual),
    ("at most", Op::LessOrEqual),
    ("a maximum of", Op::LessOrEqual),
    ("maximum of", Op::LessOrEqual),
    ("maximum", Op::LessOrEqual),
    ("up to", Op::LessOrEqual),
    ("exactly", Op::Equal),
    ("precisely", Op::Equal),
    ("> =", Op::GreaterOrEqual),
    ("< =", Op::LessOrEqual),
    ("≥", Op::GreaterOrEqual),
    ("≤", Op::LessOrEqual),
    (">", Op::Greater),
    ("<", Op::Less),
    ("= =", Op::Equal),
    ("=", Op::Equal),
];

const AFTER: [(&str, Op); 14] = [
    ("or more", Op::GreaterOrEqual),
    ("or higher", Op::GreaterOrEqual),
    ("or above", Op::GreaterOrEqual),
    ("or better", Op::GreaterOrEqual),
    ("or longer", Op::GreaterOrEqual),
    ("and up", Op::GreaterOrEqual),
    ("and above", Op::GreaterOrEqual),
    ("+", Op::GreaterOrEqual),
    ("or less", Op::LessOrEqual),
    ("or fewer", Op::LessOrEqual),
    ("or lower", Op::LessOrEqual),
    ("or below", Op::LessOrEqual),
    ("or shorter", Op::LessOrEqual),
    ("or under", Op::LessOrEqual),
];

/// What is asked of a number, before its unit is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Asks {
    Op(Op, f64),
    /// Both inclusive.
    Between(f64, f64),
    /// A number by itself.
    Bare(f64),
}

/// The comparison that begins at a word.
pub(super) fn compared(words: &Words<'_>, at: usize) -> Option<(Asks, usize)> {
    if let Some((op, end)) = words.look(at, &BEFORE) {
        let (number, end) = read(words, end)?;
        return Some((Asks::Op(op, number), end));
    }
    let start = if words.is(at, &["between", "from"]) { at + 1 } else { at };
    let (low, end) = read(words, start)?;
    let to = match words.at(at) {
        "between" => words.is(end, &["and"]).then_some(end + 1)?,
        _ if words.is(end, &["to"]) || is_dash(words.at(end)) => end + 1,
        _ => end,
    };
    if let Some((high, end)) = read(words, to).filter(|_| to > end || words.hyphen(end)) {
        return (low <= high).then_some((Asks::Between(low, high), end));
    }
    (start == at).then(|| or_more(words, low, end))
}

/// A number with what is said after it: "4 or better".
fn or_more(words: &Words<'_>, number: f64, end: usize) -> (Asks, usize) {
    match words.look(end, &AFTER) {
        Some((op, end)) => (Asks::Op(op, number), end),
        None => (Asks::Bare(number), end),
    }
}

/// The same behind a unit: "500 pages or more".
pub(super) fn after_unit(words: &Words<'_>, asks: Asks, end: usize) -> (Asks, usize) {
    match asks {
        Asks::Bare(number) => or_more(words, number, end),
        asks => (asks, end),
    }
}

/// A number that is not negative, and where it ends: "1,000", "5k", "2.5 million", "twenty-five", "half an".
pub(super) fn read(words: &Words<'_>, at: usize) -> Option<(f64, usize)> {
    let (mut number, mut end) = digits(words.at(at)).map(|number| (number, at + 1)).or_else(|| spelled(words, at))?;
    while let Some((scale, next)) = words.look(end, &SCALES) {
        (number, end) = (number * scale, next);
    }
    number.is_finite().then_some((number, end))
}

fn spelled(words: &Words<'_>, at: usize) -> Option<(f64, usize)> {
    if let Some((tens, end)) = words.look(at, &TENS) {
        let ones = words.look(end, &ONES).filter(|(ones, _)| words.hyphen(end) && (1.0..10.0).contains(ones));
        return Some(ones.map_or((tens, end), |(ones, end)| (tens + ones, end)));
    }
    if let Some((scale, end)) = words.look(at, &SCALES) {
        return Some((scale, end));
    }
    let (number, end) = words.look(at, &ONES)?;
    Some((number, if number == 0.5 { words.skip(end, &["a", "an"]) } else { end }))
}

fn digits(word: &str) -> Option<f64> {
    let (digits, scale) = match word.strip_suffix(['k', 'm']) {
        Some(digits) if word.ends_with('k') => (digits, 1e3),
        Some(digits) => (digits, 1e6),
        None => (word, 1.0),
    };
    let plain = digits.len() <= 20 && digits.starts_with(|c: char| c.is_ascii_digit());
    let plain = plain && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
    plain.then(|| digits.replace(',', "").parse::<f64>().ok())?.map(|number| number * scale)
}

fn is_dash(word: &str) -> bool {
    matches!(word, "-" | "–" | "—")
}
