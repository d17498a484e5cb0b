//! What the crate's own tests share.

use jiff::{SignedDuration, Timestamp};

use crate::bookings::invitee::{Contact, InviteeSnapshot};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An active invitee, created at `created`, whose call of half an hour starts nine days and five hours later.
pub(crate) fn invitee(uri: &str, created: &str) -> InviteeSnapshot {
    let created_at = at(created);
    let start = created_at + SignedDuration::from_hours(9 * 24 + 5);
    InviteeSnapshot {
        uri: uri.to_owned(),
        event_uri: Some(format!("event-of-{uri}")),
        event_type: Some("https://api.calendly.com/event_types/PAID1".to_owned()),
        event_name: Some("Strategy session".to_owned()),
        canceled: false,
        rescheduled: false,
        old_invitee: None,
        new_invitee: None,
        created_at,
        updated_at: created_at,
        canceled_at: None,
        start,
        end: start + SignedDuration::from_mins(30),
        timezone: Some("America/New_York".to_owned()),
        language: None,
        host_name: Some("Ann Manager".to_owned()),
        host_email: Some("am1@co.test".to_owned()),
        contact: Contact {
            name: Some("Jane Doe".to_owned()),
            first_name: None,
            email: Some("jane@acme.co".to_owned()),
            phone: Some("+1 222 333 4444".to_owned()),
        },
        no_show_at: None,
        paid_in_calendly: false,
        reschedule_url: Some(format!("https://calendly.com/reschedulings/{uri}")),
        cancel_url: None,
        join_url: None,
        sha256: format!("{uri}-created"),
        tells_of_booking: false,
    }
}

/// Every order of `items`.
pub(crate) fn permutations<T: Clone>(items: Vec<T>) -> Vec<Vec<T>> {
    if items.len() <= 1 {
        return vec![items];
    }
    let mut out = Vec::new();
    for place in 0..items.len() {
        let mut rest = items.clone();
        let first = rest.remove(place);
        for mut tail in permutations(rest) {
            tail.insert(0, first.clone());
            out.push(tail);
        }
    }
    out
}
