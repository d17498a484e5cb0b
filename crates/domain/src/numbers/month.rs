//! Calendar months of the reporting zone.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_with::{DeserializeFromStr, SerializeDisplay};

/// A month: from its first day up to, but without, the first day of the next one (X24).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, SerializeDisplay, DeserializeFromStr,
)]
pub struct Month {
    year: i16,
    /// 1 to 12.
    month: i8,
}

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn containing(day: Date) -> Self {
        Self {
            year: day.year(),
            month: day.month(),
        }
    }

    /// The month of an instant, on the calendar of `zone`.
    #[must_use]
    pub fn at(instant: Timestamp, zone: &TimeZone) -> Self {
        Self::containing(zone.to_datetime(instant).date())
    }

    /// Its first day.
    #[must_use]
    pub const fn first_day(self) -> Date {
        Date::constant(self.year, self.month, 1)
    }

    /// The same month of the year before.
    #[must_use]
    pub const fn year_before(self) -> Self {
        Self {
            year: self.year.saturating_sub(1),
            ..self
        }
    }

    /// The month after this one; the last month that a calendar has stays.
    #[must_use]
    pub fn next(self) -> Self {
        if self.month == 12 {
            Self {
                year: self.year.saturating_add(1),
                month: 1,
            }
        } else {
            Self {
                month: self.month + 1,
                ..self
            }
        }
    }

    /// The month before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        if self.month == 1 {
            Self {
                year: self.year.saturating_sub(1),
                month: 12,
            }
        } else {
            Self {
                month: self.month - 1,
                ..self
            }
        }
    }
}

/// `2026-03`
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// The text is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a month is written YYYY-MM")]
pub struct NotMonth;

impl FromStr for Month {
    type Err = NotMonth;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let day: Date = format!("{text}-01").parse().map_err(|_| NotMonth)?;
        plain.then(|| Self::containing(day)).ok_or(NotMonth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    #[test]
    fn months_follow_one_another_and_read_back() {
        let december: Month = "2025-12".parse().unwrap();
        assert_eq!(december.next().to_string(), "2026-01");
        assert_eq!(december.next().previous(), december);
        assert_eq!(december.first_day().to_string(), "2025-12-01");
        assert_eq!(december.year_before().to_string(), "2024-12");
        for text in ["2026-13", "2026-1", "26-01-01", "all", "2026-00", "+026-01"] {
            assert_eq!(text.parse::<Month>(), Err(NotMonth), "{text}");
        }
    }

    #[test]
    fn an_instant_belongs_to_the_month_of_the_zone() {
        let at = at("2026-04-01T02:00:00Z");
        let zone = TimeZone::get("America/New_York").unwrap();
        assert_eq!(Month::at(at, &zone).to_string(), "2026-03");
        assert_eq!(Month::at(at, &TimeZone::UTC).to_string(), "2026-04");
    }
}
