//! Dates of the calendar: "5 May 2022", "Q3 2022", "the 1990s", "2020-05-01".

use time::Date;

use super::Reason;
use super::mention::Asked;
use super::span::{Span, day, month, year};
use crate::filter::Period;

/// A stretch of time that some words name, or why there is none, and where they end.
pub(super) struct Told {
    pub(super) span: Result<Span, Reason>,
    pub(super) end: usize,
    /// A lone name of a month may be another word ("May", "march"): a preposition has to be before it.
    pub(super) vague: bool,
}

impl Told {
    pub(super) fn new(span: Option<Span>, end: usize) -> Self {
        Self { span: span.ok_or(Reason::ImpossibleDate), end, vague: false }
    }
}

const MONTHS: [(&str, u8); 24] = [
    ("january", 1),
    ("jan", 1),
    ("february", 2),
    ("feb", 2),
    ("march", 3),
    ("mar", 3),
    ("april", 4),
    ("apr", 4),
    ("may", 5),
    ("june", 6),
    ("jun", 6),
    ("july", 7),
    ("jul", 7),
    ("august", 8),
    ("aug", 8),
    ("september", 9),
    ("sept", 9),
    ("sep", 9),
    ("october", 10),
    ("oct", 10),
    ("november", 11),
    ("nov", 11),
    ("december", 12),
    ("dec", 12),
];

const PARTS: [(&str, u8, u8); 14] = [
    ("q1", 1, 3),
    ("q2", 4, 6),
    ("q3", 7, 9),
    ("q4", 10, 12),
    ("h1", 1, 6),
    ("h2", 7, 12),
    ("first quarter of", 1, 3),
    ("second quarter of", 4, 6),
    ("third quarter of", 7, 9),
    ("fourth quarter of", 10, 12),
    ("last quarter of", 10, 12),
    ("first half of", 1, 6),
    ("second half of", 7, 12),
    ("last half of", 7, 12),
];

/// The number of a month, from its name.
pub(super) fn month_named(word: &str) -> Option<u8> {
    MONTHS.iter().find(|(name, _)| *name == word).map(|(_, month)| *month)
}

/// The date that begins at a word.
pub(super) fn read(asked: Asked<'_>, at: usize) -> Option<Told> {
    let start = asked.words.skip(at, &["the"]);
    digits(asked, start)
        .or_else(|| day_and_month(asked, start))
        .or_else(|| part_of_year(asked, start))
        .or_else(|| decade(asked, start))
        .or_else(|| month_and_year(asked, start))
        .or_else(|| whole_year(asked, start))
}

/// `2020-05-01`, `2020-05`, `01.05.2020`, and `31/05/2020` if only one order of its parts is possible.
fn digits(Asked { words, .. }: Asked<'_>, at: usize) -> Option<Told> {
    let word = words.at(at);
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if word.split('-').all(numeric) && word.contains('-') {
        return Some(Told::new(Period::of_filter(word).map(Span::of), at + 1));
    }
    let parts: Vec<&str> = word.split(['/', '.']).collect();
    let [first, second, year] = parts[..] else { return None };
    if !parts.iter().all(|part| numeric(part)) || year.len() != 4 {
        return None;
    }
    let (first, second, year): (u8, u8, i32) = (first.parse().ok()?, second.parse().ok()?, year.parse().ok()?);
    let (day, month) = match word.contains('.') || first > 12 {
        true => (first, second),
        false if second > 12 || first == second => (second, first),
        false => {
            let mut told = Told::new(None, at + 1);
            told.span = Err(Reason::AmbiguousDate);
            return Some(told);
        }
    };
    Some(Told::new(calendar(year, month, day), at + 1))
}

/// "5 May 2022", "the 3rd of April", "May 5th, 2022"; without a year, the last such day.
fn day_and_month(asked: Asked<'_>, at: usize) -> Option<Told> {
    let words = asked.words;
    let (day, month, end) = match (ordinal(words.at(at)), month_named(words.at(at))) {
        (Some(day), _) => {
            let name = words.skip(at + 1, &["of"]);
            (day, month_named(words.at(name))?, name + 1)
        }
        (None, Some(month)) => (ordinal(words.at(at + 1))?, month, at + 2),
        (None, None) => return None,
    };
    let comma = words.skip(end, &[","]);
    if let Some(year) = year_number(words.at(comma)) {
        return Some(Told::new(calendar(year, month, day), comma + 1));
    }
    let today = asked.now.date();
    let later = (month, day) > (u8::from(today.month()), today.day());
    Some(Told::new(calendar(today.year() - i32::from(later), month, day), end))
}

fn part_of_year(Asked { words, .. }: Asked<'_>, at: usize) -> Option<Told> {
    let part = |at| PARTS.iter().find_map(|(name, first, last)| Some((*first, *last, words.phrase(at, name)?)));
    if let Some((first, last, end)) = part(at) {
        let of = words.skip(end, &["of"]);
        return Some(Told::new(Span::months(year_number(words.at(of))?, first, last), of + 1));
    }
    let year = year_number(words.at(at))?;
    let (first, last, end) = part(at + 1)?;
    Some(Told::new(Span::months(year, first, last), end))
}

/// "1990s", and "90s" from the thirties on: earlier ones are of this century as well.
fn decade(Asked { words, .. }: Asked<'_>, at: usize) -> Option<Told> {
    let at = words.skip(at, &["'", "’"]);
    let digits = words.at(at).strip_suffix('s')?;
    let first = match digits.len() {
        4 => year_number(digits)?,
        2 => 1900 + digits.parse::<i32>().ok().filter(|year| *year >= 30)?,
        _ => return None,
    };
    (first % 10 == 0).then(|| Told::new(Span::years(first, first + 9), at + 1))
}

/// "March 2021", "March of 2021"; without a year, the last such month that has begun.
fn month_and_year(asked: Asked<'_>, at: usize) -> Option<Told> {
    let words = asked.words;
    let named = month_named(words.at(at))?;
    let next = words.skip(words.skip(at + 1, &[","]), &["of"]);
    if let Some(year) = year_number(words.at(next)) {
        return Some(Told::new(month(year, named).map(Span::of), next + 1));
    }
    let today = asked.now.date();
    let year = today.year() - i32::from(named > u8::from(today.month()));
    Some(Told { vague: true, ..Told::new(month(year, named).map(Span::of), at + 1) })
}

fn whole_year(Asked { words, .. }: Asked<'_>, at: usize) -> Option<Told> {
    let at = words.skip(at, &["year"]);
    let number = year_number(words.at(at))?;
    Some(Told::new(year(number).map(Span::of), at + 1))
}

fn year_number(word: &str) -> Option<i32> {
    let digits = word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| word.parse().ok())?.filter(|year| (1000..2200).contains(year))
}

/// "5", "5th".
fn ordinal(word: &str) -> Option<u8> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    let short = (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    short.then(|| digits.parse().ok())?
}

fn calendar(year: i32, month: u8, number: u8) -> Option<Span> {
    let date = Date::from_calendar_date(year, month.try_into().ok()?, number).ok()?;
    day(date).map(Span::of)
}
