//! Instants as microseconds since 1970 UTC, and what they are on a wall calendar.

use std::collections::HashMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

/// Calendar day and hour of an instant in some zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Local {
    pub date: Date,
    pub hour: i8,
}

/// Microseconds of an RFC 3339 instant (finer digits are cut); `None` if it is not one.
pub(crate) fn parse_instant(text: &str) -> Option<i64> {
    text.parse::<Timestamp>()
        .ok()
        .map(Timestamp::as_microsecond)
}

/// The instant of `us` microseconds; outside jiff's range the nearest end of it.
pub(crate) fn instant(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(if us < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// Calendar day and hour of an instant.
pub(crate) fn local(us: i64, zone: &TimeZone) -> Local {
    let civil = zone.to_datetime(instant(us));
    Local {
        date: civil.date(),
        hour: civil.hour(),
    }
}

/// Days since 1970-01-01, as Arrow and Delta count them.
pub(crate) fn days(date: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    epoch
        .until((Unit::Day, date))
        .map_or(0, |span| span.get_days())
}

/// Weekdays by their English names.
const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Monday"),
    (Weekday::Tuesday, "Tuesday"),
    (Weekday::Wednesday, "Wednesday"),
    (Weekday::Thursday, "Thursday"),
    (Weekday::Friday, "Friday"),
    (Weekday::Saturday, "Saturday"),
    (Weekday::Sunday, "Sunday"),
];

/// English name of a day's weekday.
pub(crate) fn day_name(date: Date) -> &'static str {
    let from_monday = date.weekday().to_monday_zero_offset();
    WEEKDAYS[usize::from(from_monday.unsigned_abs())].1
}

/// The weekday of this English name.
pub(crate) fn weekday_of(name: &str) -> Option<Weekday> {
    let found = WEEKDAYS.iter().find(|(_, known)| *known == name);
    found.map(|(weekday, _)| *weekday)
}

/// Zones of invitees by name, each looked up once.
#[derive(Debug, Default)]
pub(crate) struct Zones(HashMap<String, Option<TimeZone>>);

/// Zones that are remembered: there are some 600 names, and payloads may hold any text.
const ZONES_MAX: usize = 1024;

impl Zones {
    /// An instant in the zone `name`; `None` if there is no such zone.
    pub(crate) fn local(&mut self, name: &str, us: i64) -> Option<Local> {
        if name.is_empty() {
            return None;
        }
        if !self.0.contains_key(name) {
            if self.0.len() >= ZONES_MAX {
                self.0.clear();
            }
            self.0.insert(name.to_owned(), TimeZone::get(name).ok());
        }
        let zone = self.0.get(name)?.as_ref()?;
        Some(local(us, zone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_rfc_3339() {
        assert_eq!(parse_instant("1970-01-02T00:00:00Z"), Some(86_400_000_000));
        assert_eq!(
            parse_instant("2026-03-01T10:00:00.25Z"),
            parse_instant("2026-03-01T12:00:00.250000+02:00")
        );
        assert_eq!(parse_instant("2026-02-30T10:00:00Z"), None);
        assert_eq!(parse_instant("2026-02-28 10:00"), None);
        assert_eq!(parse_instant(""), None);
    }

    #[test]
    fn days_and_weekdays_follow_the_calendar() {
        assert_eq!(
            (
                days(Date::constant(1969, 12, 31)),
                days(Date::constant(2026, 3, 8))
            ),
            (-1, 20_520)
        );
        assert_eq!(day_name(Date::constant(2026, 3, 8)), "Sunday");
    }

    #[test]
    fn an_unknown_zone_has_no_hour() {
        let mut zones = Zones::default();
        let mut hour = |zone| zones.local(zone, 0).map(|local| local.hour);
        assert_eq!(hour("Australia/Lord_Howe"), Some(10));
        assert_eq!((hour("Nowhere/Land"), hour("")), (None, None));
    }
}
