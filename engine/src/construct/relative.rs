//! Dates that are told from now: "last month", "the past two weeks", "three days ago".

use time::{Date, Duration};

use super::calendar::{Told, month_named};
use super::mention::Asked;
use super::numbers;
use super::span::{Span, day, month, months_before, year};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Decade,
}

const UNITS: [(&str, Unit); 6] = [
    ("day", Unit::Day),
    ("week", Unit::Week),
    ("month", Unit::Month),
    ("quarter", Unit::Quarter),
    ("year", Unit::Year),
    ("decade", Unit::Decade),
];

/// The date that begins at a word. Without "the" and a number, "last" is the one of the calendar before this one.
pub(super) fn read(asked: Asked<'_>, at: usize) -> Option<Told> {
    let Asked { words, now, .. } = asked;
    let today = now.date();
    if let Some((days, end)) = words.look(at, &[("today", 0), ("yesterday", 1)]) {
        let date = today.checked_sub(Duration::days(days));
        return Some(Told::new(date.and_then(|date| Span::days(date, date)), end));
    }
    ago(asked, at).or_else(|| rolling(asked, at)).or_else(|| calendar(asked, at))
}

/// "two years", as the day so long before now.
pub(super) fn age(asked: Asked<'_>, at: usize) -> Option<Told> {
    let (number, unit, end) = length(asked, at)?;
    let date = before(asked.now.date(), number, unit);
    Some(Told::new(date.and_then(|date| Span::days(date, date)), end))
}

fn ago(asked: Asked<'_>, at: usize) -> Option<Told> {
    let told = age(asked, at)?;
    Some(Told { end: asked.words.phrase(told.end, "ago")?, ..told })
}

/// From so long before now on.
fn rolling(asked: Asked<'_>, at: usize) -> Option<Told> {
    let words = asked.words;
    let last = words.skip(at, &["the"]);
    let end = words.is(last, &["last", "past", "previous"]).then_some(last + 1)?;
    let (number, unit, end) = match length(asked, end) {
        Some(told) => told,
        None if last > at || words.at(last) == "past" => (1, unit(words.singular(end))?, end + 1),
        None => return None,
    };
    let first = before(asked.now.date(), number, unit).and_then(day);
    Some(Told::new(first.map(|first| Span { first, last: None }), end))
}

/// "this week", "last month", "last March".
fn calendar(asked: Asked<'_>, at: usize) -> Option<Told> {
    let Asked { words, now, .. } = asked;
    let (back, next) = words.look(at, &[("this", 0), ("current", 0), ("last", 1), ("previous", 1)])?;
    let today = now.date();
    if let Some(named) = month_named(words.at(next)) {
        let later = if back == 0 { named > u8::from(today.month()) } else { named >= u8::from(today.month()) };
        return Some(Told::new(month(today.year() - i32::from(later), named).map(Span::of), next + 1));
    }
    let span = match unit(words.at(next))? {
        Unit::Day => return None,
        Unit::Week => week(today, back),
        Unit::Month => {
            months_before(today, back).and_then(|date| month(date.year(), date.month().into())).map(Span::of)
        }
        Unit::Quarter => months_before(today, 3 * back).and_then(|date| {
            let first = (u8::from(date.month()) - 1) / 3 * 3 + 1;
            Span::months(date.year(), first, first + 2)
        }),
        Unit::Year => i32::try_from(back).ok().and_then(|back| year(today.year() - back)).map(Span::of),
        Unit::Decade => i32::try_from(back).ok().and_then(|back| {
            let first = (today.year() / 10 - back) * 10;
            Span::years(first, first + 9)
        }),
    };
    Some(Told::new(span, next + 1))
}

/// Monday to Sunday.
fn week(today: Date, back: i64) -> Option<Span> {
    let monday = i64::from(today.weekday().number_days_from_monday()) + 7 * back;
    let first = today.checked_sub(Duration::days(monday))?;
    Span::days(first, first.checked_add(Duration::days(6))?)
}

/// "two weeks".
fn length(asked: Asked<'_>, at: usize) -> Option<(i64, Unit, usize)> {
    let (number, end) = numbers::read(asked.words, at)?;
    let unit = unit(asked.words.singular(end))?;
    // More is before the first year whatever the unit.
    let whole = (number.fract() == 0.0 && (0.0..1e7).contains(&number)).then_some(number as i64)?;
    Some((whole, unit, end + 1))
}

fn unit(word: &str) -> Option<Unit> {
    UNITS.iter().find(|(name, _)| *name == word).map(|(_, unit)| *unit)
}

fn before(today: Date, number: i64, unit: Unit) -> Option<Date> {
    match unit {
        Unit::Day => today.checked_sub(Duration::days(number)),
        Unit::Week => today.checked_sub(Duration::days(7 * number)),
        Unit::Month => months_before(today, number),
        Unit::Quarter => months_before(today, 3 * number),
        Unit::Year => months_before(today, 12 * number),
        Unit::Decade => months_before(today, 120 * number),
    }
}
