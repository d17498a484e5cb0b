//! Quiet hours in the invitee's own zone.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
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
    let until = first_instant(day.to_datetime(quiet.end), zone, at)?;
    (until < start).then_some(until)
}

/// When the clock of `zone` first shows `wall` or more, `after` an instant at which it shows less.
///
/// A wall time that is skipped is reached when the clock springs forward; of one that comes twice the next one counts.
fn first_instant(wall: DateTime, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    let found = zone.to_ambiguous_timestamp(wall);
    match found.offset() {
        AmbiguousOffset::Unambiguous { .. } => found.compatible().ok(),
        AmbiguousOffset::Gap { .. } => {
            let behind_the_gap = found.later().ok()?;
            Some(zone.preceding(behind_the_gap).next()?.timestamp())
        }
        AmbiguousOffset::Fold { .. } => {
            let first = found.earlier().ok()?;
            if first > after {
                Some(first)
            } else {
                found.later().ok()
            }
        }
    }
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

    #[test]
    fn an_end_that_the_clocks_skip_or_show_twice() {
        let until = |hour, minute| QuietHours {
            enabled: true,
            start: jiff::civil::time(21, 0, 0, 0),
            end: jiff::civil::time(hour, minute, 0, 0),
        };
        let zone = TimeZone::get("America/New_York").unwrap();
        let far = at("2026-12-20T15:00:00Z");
        let next = |text, quiet: &QuietHours| next_allowed(at(text), &zone, quiet, far).unwrap();
        // 2:30 is skipped: at 3:00 EDT the clock shows more.
        assert_eq!(
            next("2026-03-08T04:00:00Z", &until(2, 30)),
            at("2026-03-08T07:00:00Z")
        );
        // 1:30 comes twice; 1:00 to 1:30 are quiet both times.
        assert_eq!(
            next("2026-11-01T04:00:00Z", &until(1, 30)),
            at("2026-11-01T05:30:00Z")
        );
        assert_eq!(
            next("2026-11-01T06:10:00Z", &until(1, 30)),
            at("2026-11-01T06:30:00Z")
        );
    }
}
