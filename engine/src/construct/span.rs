//! A stretch of time that words name, and filters for before, in and after it.

use time::{Date, Month};

use super::mention::{all, compare};
use crate::filter::{Filter, Literal, Op, Period};

/// From the start of one period to the end of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub(super) first: Period,
    /// None if it goes on: "the past two weeks".
    pub(super) last: Option<Period>,
}

/// How something lies to a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Before,
    Until,
    In,
    Since,
    After,
}

impl Span {
    pub(super) fn of(period: Period) -> Self {
        Self { first: period, last: Some(period) }
    }

    pub(super) fn years(first: i32, last: i32) -> Option<Self> {
        Some(Self { first: year(first)?, last: Some(year(last)?) })
    }

    pub(super) fn months(of: i32, first: u8, last: u8) -> Option<Self> {
        Some(Self { first: month(of, first)?, last: Some(month(of, last)?) })
    }

    pub(super) fn days(first: Date, last: Date) -> Option<Self> {
        Some(Self { first: day(first)?, last: Some(day(last)?) })
    }

    /// The filter that a field's value lies so; `value` makes a literal of a period. None if there is no such time.
    pub(super) fn filter(
        self,
        relation: Relation,
        field: &str,
        value: impl Fn(Period) -> Option<Literal>,
    ) -> Option<Filter> {
        let test = |op, period| Some(compare(field, op, value(period)?));
        match relation {
            Relation::Before => test(Op::Less, self.first),
            Relation::Until => test(Op::LessOrEqual, self.last?),
            Relation::Since => test(Op::GreaterOrEqual, self.first),
            Relation::After => test(Op::Greater, self.last.unwrap_or(self.first)),
            Relation::In => match self.last {
                Some(last) if last == self.first => test(Op::Equal, last),
                Some(last) => Some(all(vec![test(Op::GreaterOrEqual, self.first)?, test(Op::LessOrEqual, last)?])),
                None => test(Op::GreaterOrEqual, self.first),
            },
        }
    }
}

pub(super) fn year(year: i32) -> Option<Period> {
    Period::of_filter(&format!("{year:04}"))
}

pub(super) fn month(year: i32, month: u8) -> Option<Period> {
    Period::of_filter(&format!("{year:04}-{month:02}"))
}

pub(super) fn day(date: Date) -> Option<Period> {
    Period::of_filter(&format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day()))
}

/// So many months earlier, on the same day or the month's last.
pub(super) fn months_before(date: Date, months: i64) -> Option<Date> {
    let index = i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1 - months;
    let year = i32::try_from(index.div_euclid(12)).ok().filter(|year| (1..=9999).contains(year))?;
    let month = Month::try_from(u8::try_from(index.rem_euclid(12) + 1).ok()?).ok()?;
    Date::from_calendar_date(year, month, date.day().min(month.length(year))).ok()
}
