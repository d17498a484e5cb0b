//! Quiet hours in the invitee's own zone.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::config::QuietHours;

/// The first instant from `at` on that is not quiet in `zone`; `None` when a wait would reach `start`.
///
/// `at` itself is returned whenever it is not quiet, also after `start`; the caller checks the start.
#[must_use]
pub fn next_allowed(
    at: Timestamp,
    zone: &TimeZone,
    quiet: &QuietHours,
    start: Timestamp,
) -> Option<Timestamp> {
    let local = zone.to_datetime(at);
    let time = local.time();
    let across_midnight = quiet.start > quiet.end;
    let is_quiet = quiet.enabled
        && if across_midnight {
            time >= quiet.start || time < quiet.end
        } else {
            time >= quiet.start && time < quiet.end
        };
    if !is_quiet {
        return Some(at);
    }
    let day = if time < quiet.end {
        local.date()
    } else {
        local.date().checked_add(1.day()).ok()?
    };
    let until = zone.to_timestamp(day.to_datetime(quiet.end)).ok()?;
    (until < start).then_some(until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    fn night() -> QuietHours {
        QuietHours {
            enabled: true,
            ..QuietHours::default()
        }
    }

    #[test]
    fn a_follow_up_waits_for_eight_local_but_never_past_the_start() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let far = at("2026-03-20T15:00:00Z");
        for (text, expected) in [
            ("2026-03-02T02:15:00Z", Some("2026-03-02T13:00:00Z")), // 21:15 EST, the evening before
            ("2026-03-02T12:59:59Z", Some("2026-03-02T13:00:00Z")),
            ("2026-03-02T13:00:00Z", Some("2026-03-02T13:00:00Z")),
            ("2026-03-02T01:59:59Z", Some("2026-03-02T01:59:59Z")),
            ("2026-03-02T02:00:00Z", Some("2026-03-02T13:00:00Z")), // 21:00 is quiet
            ("2026-03-08T02:30:00Z", Some("2026-03-08T12:00:00Z")), // the night in which the clocks change
        ] {
            assert_eq!(
                next_allowed(at(text), &zone, &night(), far),
                expected.map(at),
                "{text}"
            );
        }
        assert_eq!(
            next_allowed(
                at("2026-03-02T02:15:00Z"),
                &zone,
                &night(),
                at("2026-03-02T13:00:00Z")
            ),
            None
        );
        assert_eq!(
            next_allowed(
                at("2026-03-02T02:15:00Z"),
                &zone,
                &QuietHours::default(),
                far
            ),
            Some(at("2026-03-02T02:15:00Z"))
        );
    }

    #[test]
    fn hours_within_a_day() {
        let noon = QuietHours {
            enabled: true,
            start: jiff::civil::time(12, 0, 0, 0),
            end: jiff::civil::time(14, 0, 0, 0),
        };
        let far = at("2026-03-20T15:00:00Z");
        let next = |text| next_allowed(at(text), &TimeZone::UTC, &noon, far).unwrap();
        assert_eq!(next("2026-03-02T11:59:00Z"), at("2026-03-02T11:59:00Z"));
        assert_eq!(next("2026-03-02T13:00:00Z"), at("2026-03-02T14:00:00Z"));
        assert_eq!(next("2026-03-02T14:00:00Z"), at("2026-03-02T14:00:00Z"));
    }
}
