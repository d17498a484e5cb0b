//! Instants as microseconds since 1970 UTC, and what they are on a wall calendar.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// "No instant" in packed rows.
pub(crate) const NO_TIME: i64 = i64::MIN;
/// Microseconds of a day.
pub(crate) const DAY_US: i64 = 86_400_000_000;

const DAY_NAMES: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// English name of the day `days` after 1970-01-01.
pub(crate) fn day_name(days: i32) -> &'static str {
    DAY_NAMES[day_of_week(days)]
}

/// 0 = Sunday .. 6 = Saturday.
pub(crate) fn day_of_week(days: i32) -> usize {
    usize::try_from((days + 4).rem_euclid(7)).unwrap_or(0)
}

/// Name of a day of the week, 0 = Sunday.
pub(crate) fn day_name_of(day_of_week: usize) -> &'static str {
    DAY_NAMES[day_of_week % 7]
}

/// (year, month) of the day `days` after 1970-01-01 in the proleptic Gregorian calendar.
pub(crate) fn year_month(days: i32) -> (i32, i32) {
    // Days are counted from 0000-03-01, in eras of 400 years.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i32::from(month <= 2), month)
}

/// Days since 1970-01-01 of a calendar date; `None` if there is no such date.
pub(crate) fn days_of(year: i32, month: i32, day: i32) -> Option<i32> {
    const LENGTHS: [i32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = LENGTHS.get(usize::try_from(month - 1).ok()?)? + i32::from(leap && month == 2);
    if !(1..=length).contains(&day) {
        return None;
    }
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    Some(era * 146_097 + doe - 719_468)
}

/// Days since 1970-01-01 of `YYYY-MM-DD`.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    let b = text.as_bytes();
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    days_of(digits(b, 0, 4)?, digits(b, 5, 2)?, digits(b, 8, 2)?)
}

fn digits(b: &[u8], at: usize, n: usize) -> Option<i32> {
    let mut value = 0;
    for c in b.get(at..at + n)? {
        let d = c.wrapping_sub(b'0');
        if d > 9 {
            return None;
        }
        value = value * 10 + i32::from(d);
    }
    Some(value)
}

/// Microseconds of an RFC 3339 instant (finer digits are cut), `None` if it is not one.
pub(crate) fn parse_instant(text: &str) -> Option<i64> {
    parse_utc(text.as_bytes()).or_else(|| {
        text.parse::<Timestamp>()
            .ok()
            .map(Timestamp::as_microsecond)
    })
}

/// The common form `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, without the general parser.
fn parse_utc(b: &[u8]) -> Option<i64> {
    if b.len() < 20
        || b[4] != b'-'
        || b[7] != b'-'
        || b[10] != b'T'
        || b[13] != b':'
        || b[16] != b':'
        || b[b.len() - 1] != b'Z'
    {
        return None;
    }
    let days = days_of(digits(b, 0, 4)?, digits(b, 5, 2)?, digits(b, 8, 2)?)?;
    let (hour, minute, second) = (digits(b, 11, 2)?, digits(b, 14, 2)?, digits(b, 17, 2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut micros = 0_i64;
    let fraction = &b[19..b.len() - 1];
    if !fraction.is_empty() {
        if fraction[0] != b'.' || fraction.len() < 2 || fraction.len() > 10 {
            return None;
        }
        for i in 1..=6 {
            let d = fraction.get(i).map_or(0, |c| c.wrapping_sub(b'0'));
            micros = micros * 10 + i64::from(d);
        }
        if fraction[1..].iter().any(|c| !c.is_ascii_digit()) {
            return None;
        }
    }
    let seconds = i64::from(days) * 86_400
        + i64::from(hour) * 3600
        + i64::from(minute) * 60
        + i64::from(second);
    Some(seconds * 1_000_000 + micros)
}

/// A day and hour on a wall calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Local {
    /// Days since 1970-01-01.
    pub days: i32,
    /// 0..=23.
    pub hour: i32,
}

/// A time zone that remembers the last stretch of constant offset it answered for.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    tz: TimeZone,
    from_us: i64,
    until_us: i64,
    offset_s: i64,
}

impl Zone {
    pub(crate) fn new(tz: TimeZone) -> Self {
        Self {
            tz,
            from_us: 0,
            until_us: 0,
            offset_s: 0,
        }
    }

    /// Calendar day and hour of an instant.
    pub(crate) fn local(&mut self, us: i64) -> Local {
        if us < self.from_us || us >= self.until_us {
            self.move_to(us);
        }
        let seconds = us.div_euclid(1_000_000) + self.offset_s;
        let days = i32::try_from(seconds.div_euclid(86_400)).unwrap_or(i32::MAX);
        let hour = i32::try_from(seconds.rem_euclid(86_400) / 3600).unwrap_or(0);
        Local { days, hour }
    }

    fn move_to(&mut self, us: i64) {
        let at = instant(us);
        self.offset_s = i64::from(self.tz.to_offset(at).seconds());
        self.until_us = self
            .tz
            .following(at)
            .next()
            .map_or(i64::MAX, |t| t.timestamp().as_microsecond());
        // `preceding` is strictly before: the stretch may start exactly at `at`.
        let before = at
            .checked_add(jiff::SignedDuration::from_nanos(1))
            .unwrap_or(at);
        self.from_us = self
            .tz
            .preceding(before)
            .next()
            .map_or(i64::MIN, |t| t.timestamp().as_microsecond());
    }
}

/// The instant of `us` microseconds; outside jiff's range the nearest end of it.
pub(crate) fn instant(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(if us < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// Zones of invitees by name; an unknown name has none.
#[derive(Debug, Default)]
pub(crate) struct Zones {
    known: HashMap<String, Option<Zone>>,
}

impl Zones {
    /// Hour of the day of an instant in the zone `name`, `None` if there is no such zone.
    pub(crate) fn hour(&mut self, name: &str, us: i64) -> Option<i32> {
        if name.is_empty() {
            return None;
        }
        if !self.known.contains_key(name) {
            self.known
                .insert(name.to_owned(), TimeZone::get(name).ok().map(Zone::new));
        }
        let zone = self.known.get_mut(name)?.as_mut()?;
        Some(zone.local(us).hour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
    fn a_day_has_its_name() {
        assert_eq!(day_name(parse_date("2026-03-08").unwrap()), "Sunday");
        assert_eq!(year_month(parse_date("2024-02-29").unwrap()), (2024, 2));
    }

    proptest! {
        #[test]
        fn calendar_and_zone_agree_with_jiff(us in -2_000_000_000_000_000_i64..4_000_000_000_000_000, zone in 0..4_usize) {
            let name = ["America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata"][zone];
            let civil = instant(us).to_zoned(TimeZone::get(name).unwrap());
            let mut z = Zone::new(TimeZone::get(name).unwrap());
            for probe in [us, us + 1, us - 3_600_000_000, us] { z.local(probe); }
            let local = z.local(us);
            prop_assert_eq!(year_month(local.days), (i32::from(civil.year()), i32::from(civil.month())));
            prop_assert_eq!(local.hour, i32::from(civil.hour()));
            prop_assert_eq!(days_of(civil.year().into(), civil.month().into(), civil.day().into()), Some(local.days));
            prop_assert_eq!(parse_instant(&instant(us).to_string()), Some(us));
        }
    }
}
