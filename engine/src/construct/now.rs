//! The moment that a question is asked at.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::filter::Period;
use crate::{Error, Result};

const SECOND: i64 = 1_000_000;

/// The moment that "last month" is told from, UTC, in the years 0001 to 9999. Given, never read from a clock.
///
/// Read from `YYYY-MM-DD` (its first instant) or an RFC 3339 date-time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Now(OffsetDateTime);

impl Now {
    /// A number of seconds after 1970.
    pub fn of_unix(seconds: i64) -> Result<Self> {
        let moment = OffsetDateTime::from_unix_timestamp(seconds).ok().filter(|at| (1..=9999).contains(&at.year()));
        moment.map(Self).ok_or_else(|| Error::invalid("now", format!("{seconds} is not within the years 1 to 9999")))
    }

    /// Its day.
    pub(super) fn date(self) -> Date {
        self.0.date()
    }
}

impl FromStr for Now {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let moment = Period::of_document(text).ok_or_else(|| {
            Error::invalid("now", "expected a day such as \"2020-05-01\" or a moment such as \"2020-05-01T12:30:00Z\"")
        })?;
        Self::of_unix(moment.start().div_euclid(SECOND))
    }
}

impl TryFrom<String> for Now {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Now> for String {
    fn from(now: Now) -> Self {
        now.to_string()
    }
}

impl fmt::Display for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(at) = self;
        let (year, month, day) = at.to_calendar_date();
        let (hour, minute, second) = at.to_hms();
        write!(f, "{year:04}-{:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z", u8::from(month))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_read_in_utc() {
        for (text, printed) in [
            ("2024-06-15", "2024-06-15T00:00:00Z"),
            ("2024-06-15T01:30:00.5+02:00", "2024-06-14T23:30:00Z"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(text.parse::<Now>().expect(text).to_string(), printed);
        }
        for text in ["", "2024", "now", "2024-06-15T12:00", "2024-02-30"] {
            assert!(text.parse::<Now>().is_err(), "{text}");
        }
        assert!(Now::of_unix(i64::MAX).is_err());
    }
}
