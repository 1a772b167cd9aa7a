//! Dates as spans of time, in microseconds since 1970, UTC.

use std::fmt;
use std::ops::{Range, RangeInclusive};

use time::{Date, Month};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// 1970-01-01 as a Julian day.
const EPOCH: i32 = 2_440_588;
/// From the start of year 1 to the end of year 9999.
const RANGE: Range<i64> = -719_162 * DAY..2_932_897 * DAY;
/// Longer texts are not looked at.
const MAX_LENGTH: usize = 40;

/// A year, month, day or instant as the span of time [start, end), within the years 0001 to 9999.
///
/// An instant spans one microsecond; further digits of a second's fraction are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    start: i64,
    end: i64,
    precision: Precision,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Precision {
    Year,
    Month,
    Day,
    Instant,
}

impl Period {
    /// Its first microsecond since 1970, UTC.
    pub const fn start(self) -> i64 {
        self.start
    }

    /// The microsecond after its last.
    pub const fn end(self) -> i64 {
        self.end
    }

    /// A date of a filter: of any precision, UTC if an instant has no offset.
    pub(crate) fn of_filter(text: &str) -> Option<Self> {
        match split(text)? {
            (calendar, None) => Self::calendar(calendar),
            (day, Some((clock, ""))) => Self::instant(day, clock, "Z"),
            (day, Some((clock, offset))) => Self::instant(day, clock, offset),
        }
    }

    /// A date of a document: `YYYY-MM-DD` or an RFC 3339 date-time, whose seconds may be missing.
    pub(crate) fn of_document(text: &str) -> Option<Self> {
        match split(text)? {
            (day, None) => Self::calendar(day).filter(|period| period.precision == Precision::Day),
            (day, Some((clock, offset))) => Self::instant(day, clock, offset),
        }
    }

    fn calendar(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(4, '-').collect();
        let (first, last, precision) = match parts[..] {
            [year] => (date(year, "01", "01")?, date(year, "12", "31")?, Precision::Year),
            [year, month] => {
                let first = date(year, month, "01")?;
                let last = first.replace_day(first.month().length(first.year())).ok()?;
                (first, last, Precision::Month)
            }
            [year, month, day] => (date(year, month, day)?, date(year, month, day)?, Precision::Day),
            _ => return None,
        };
        Some(Self { start: midnight(first), end: midnight(last) + DAY, precision })
    }

    fn instant(day: &str, clock: &str, offset: &str) -> Option<Self> {
        let day = Self::calendar(day).filter(|day| day.precision == Precision::Day)?;
        let start = day.start + time_of_day(clock)? - distance(offset)?;
        RANGE.contains(&start).then_some(Self { start, end: start + 1, precision: Precision::Instant })
    }
}

/// As it can be read again, instants in UTC.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let julian = i32::try_from(self.start.div_euclid(DAY)).map_err(|_| fmt::Error)? + EPOCH;
        let (year, month, day) = Date::from_julian_day(julian).map_err(|_| fmt::Error)?.to_calendar_date();
        let month = u8::from(month);
        match self.precision {
            Precision::Year => write!(f, "{year:04}"),
            Precision::Month => write!(f, "{year:04}-{month:02}"),
            Precision::Day => write!(f, "{year:04}-{month:02}-{day:02}"),
            Precision::Instant => {
                let (seconds, micros) = (self.start.rem_euclid(DAY) / SECOND, self.start.rem_euclid(SECOND));
                let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
                write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
                if micros > 0 { write!(f, ".{micros:06}Z") } else { f.write_str("Z") }
            }
        }
    }
}

/// The calendar's part of a date, and the clock and offset (empty if there is none) of a date-time.
fn split(text: &str) -> Option<(&str, Option<(&str, &str)>)> {
    let text = Some(text).filter(|text| text.len() <= MAX_LENGTH)?;
    let Some((day, time)) = text.split_once(['T', 't']) else { return Some((text, None)) };
    let offset = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    Some((day, Some(time.split_at(offset))))
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let year = number(year, 4, 1..=9999)?.try_into().ok()?;
    let month: u8 = number(month, 2, 1..=12)?.try_into().ok()?;
    let day = number(day, 2, 1..=31)?.try_into().ok()?;
    Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()
}

fn midnight(date: Date) -> i64 {
    i64::from(date.to_julian_day() - EPOCH) * DAY
}

/// `HH:MM[:SS[.fraction]]` as microseconds since midnight.
fn time_of_day(clock: &str) -> Option<i64> {
    let mut parts = clock.splitn(3, ':');
    let hours = number(parts.next()?, 2, 0..=23)?;
    let minutes = number(parts.next()?, 2, 0..=59)?;
    let (seconds, fraction) = parts.next().map_or(("00", "0"), |s| s.split_once('.').unwrap_or((s, "0")));
    let seconds = number(seconds, 2, 0..=59)?;
    let digits = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    let micros: i64 = digits.then(|| format!("{fraction:0<6.6}"))?.parse().ok()?;
    Some((hours * 3600 + minutes * 60 + seconds) * SECOND + micros)
}

/// `Z` or `±HH:MM` as microseconds east of UTC.
fn distance(offset: &str) -> Option<i64> {
    if matches!(offset, "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = offset.strip_prefix('-').map_or_else(|| (1, offset.strip_prefix('+')), |rest| (-1, Some(rest)));
    let (hours, minutes) = rest?.split_once(':')?;
    Some(sign * (number(hours, 2, 0..=23)? * 3600 + number(minutes, 2, 0..=59)? * 60) * SECOND)
}

/// Exactly `width` digits, within bounds.
fn number(text: &str, width: usize, bounds: RangeInclusive<i64>) -> Option<i64> {
    let digits = text.len() == width && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?.filter(|value| bounds.contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> (i64, i64) {
        let period = Period::of_filter(text).expect(text);
        (period.start() / SECOND, period.end() / SECOND)
    }

    #[test]
    fn dates_span_what_their_precision_says() {
        assert_eq!(span("1970"), (0, 365 * 86_400));
        assert_eq!(span("2020-02"), (1_580_515_200, 1_583_020_800));
        assert_eq!(span("2000-02-29"), (951_782_400, 951_868_800));
        let instant = Period::of_filter("2020-05-01T12:30:15.1234567").expect("an instant");
        assert_eq!((instant.start(), instant.end()), (1_588_336_215_123_456, 1_588_336_215_123_457));
        assert_eq!(Period::of_filter("0001").expect("the first year").start(), RANGE.start);
        assert_eq!(Period::of_filter("9999").expect("the last year").end(), RANGE.end);
    }

    #[test]
    fn offsets_are_honoured_and_printed_in_utc() {
        for (text, printed) in [
            ("2020-05-01T00:30+02:00", "2020-04-30T22:30:00Z"),
            ("2020-12-31T23:59:59.5-00:30", "2021-01-01T00:29:59.500000Z"),
            ("1969-12-31t23:59:59z", "1969-12-31T23:59:59Z"),
            ("2020-05-01T12:30", "2020-05-01T12:30:00Z"),
            ("2020-05", "2020-05"),
        ] {
            assert_eq!(Period::of_filter(text).expect(text).to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "20",
            "020",
            "0000",
            "10000",
            "+2020",
            "2020-13",
            "2020-00",
            "2020-2",
            "2021-02-29",
            "2020-04-31",
            "2020-05-01-",
            "2020-05T12:30Z",
            "2020T12:30Z",
            "2020-05-01T",
            "2020-05-01T24:00Z",
            "2020-05-01T12Z",
            "2020-05-01T12:60Z",
            "2020-12-31T23:59:60Z",
            "2020-05-01T12:30:00.Z",
            "2020-05-01T12:30:00.1234567890Z",
            "2020-05-01T12:30.5Z",
            "2020-05-01T12:30+2:00",
            "2020-05-01T12:30+24:00",
            "2020-05-01T12:30ZZ",
            "2020-05-01T12:30+",
            "0001-01-01T00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2020-05-01 12:30",
            "２０２０",
            "2020-05-01T12:30é",
            "é",
            "yesterday",
        ] {
            assert_eq!(Period::of_filter(text), None, "{text:?}");
        }
    }

    #[test]
    fn dates_of_documents_are_whole_days_or_have_an_offset() {
        for text in ["2020-05-01", "2020-05-01T12:30Z", "2020-05-01T12:30:00.25+05:30"] {
            assert!(Period::of_document(text).is_some(), "{text}");
        }
        for text in ["2020", "2020-05", "2020-05-01T12:30", "12-05-2020"] {
            assert_eq!(Period::of_document(text), None, "{text}");
        }
    }
}
