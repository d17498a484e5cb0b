//! Which booking a call or meeting of the CRM speaks of (X5).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::bookings::attendance::CrmOutcome;

/// How far a booking may lie from the activity that speaks of it.
const HOURS_MAX: i64 = 24;

/// A call or meeting of the CRM, in its newest version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    pub id: String,
    /// When it took place: `activity_at` of a call, `starts_at` of a meeting.
    pub at: Timestamp,
    pub version_at: Timestamp,
    /// `None`: its outcome decides nothing, or the activity was deleted.
    pub outcome: Option<CrmOutcome>,
}

/// A booking of the same person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedCall {
    pub invitee_uri: String,
    pub start: Timestamp,
}

/// The outcome of each booking that an activity speaks of, by invitee.
///
/// An activity speaks of the booking of its person whose start is nearest, at most 24 hours away; of
/// two as near, of the earlier one. Where several speak of one booking, the newest version wins.
/// Both lists hold one person's rows, in any order.
#[must_use]
pub fn match_outcomes(
    activities: &[Activity],
    bookings: &[BookedCall],
) -> BTreeMap<String, CrmOutcome> {
    let mut found: BTreeMap<&str, (Timestamp, &str, CrmOutcome)> = BTreeMap::new();
    for activity in activities {
        let Some(outcome) = activity.outcome else {
            continue;
        };
        let distance = |booking: &BookedCall| booking.start.duration_since(activity.at).abs();
        let near = bookings
            .iter()
            .filter(|b| distance(b) <= SignedDuration::from_hours(HOURS_MAX))
            .min_by_key(|b| (distance(b), b.start, &b.invitee_uri));
        if let Some(booking) = near {
            let said = (activity.version_at, activity.id.as_str(), outcome);
            let newest = found.entry(&booking.invitee_uri).or_insert(said);
            if (said.0, said.1) > (newest.0, newest.1) {
                *newest = said;
            }
        }
    }
    let outcomes = found.into_iter();
    outcomes
        .map(|(uri, (_, _, outcome))| (uri.to_owned(), outcome))
        .collect()
}
