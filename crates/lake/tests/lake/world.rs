//! Random histories of bookings as bronze records.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

/// First instant of a world, microseconds: a week before the clocks change in America.
pub(crate) const START_US: i64 = 1_772_409_600_000_000; // 2026-03-02T00:00:00Z
const HOUR_US: i64 = 3_600_000_000;

pub(crate) fn iso(us: i64) -> String {
    Timestamp::from_microsecond(us).unwrap().to_string()
}

/// One invitee of a person; later members of a chain are reschedules.
#[derive(Debug, Clone)]
struct Invitee {
    uri: String,
    created: i64,
    start: i64,
    end: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Chain {
    person: u8,
    created_hour: i64,
    members: usize,
    gap_hours: i64,
    lead_hours: i64,
    channel: usize,
    campaign: usize,
    source: usize,
    zone: usize,
    cancel: Option<i64>,
    mark: Option<i64>,
    unmark: Option<i64>,
    upper: bool,
    /// Bit n set: the record n of the chain is lost.
    lost: u32,
    /// Who names whom: 0 both, 1 only the new one, 2 only the old one.
    naming: u8,
    with_digest: bool,
    tie: bool,
}

pub(crate) fn chain() -> impl Strategy<Value = Chain> {
    let times = (0..8_u8, 0..24 * 40_i64, 1..=4_usize, 1..40_i64, 1..300_i64);
    let dims = (0..3_usize, 0..3_usize, 0..3_usize, 0..4_usize);
    let ends = (
        proptest::option::weighted(0.25, -40..40_i64),
        proptest::option::weighted(0.3, -30..30_i64),
        proptest::option::weighted(0.3, -30..30_i64),
    );
    let oddities = (
        any::<bool>(),
        any::<u32>(),
        any::<u32>(),
        0..3_u8,
        any::<bool>(),
        proptest::bool::weighted(0.2),
    );
    (times, dims, ends, oddities).prop_map(|(t, d, e, o)| Chain {
        person: t.0,
        created_hour: t.1,
        members: t.2,
        gap_hours: t.3,
        lead_hours: t.4,
        channel: d.0,
        campaign: d.1,
        source: d.2,
        zone: d.3,
        cancel: e.0,
        mark: e.1,
        unmark: e.2,
        upper: o.0,
        lost: o.1 & o.2 & 0x1111_1111,
        naming: o.3,
        with_digest: o.4,
        tie: o.5,
    })
}

const CHANNELS: [Option<&str>; 3] = [Some("facebook_paid_ads"), Some("youtube_paid_ads"), None];
const CAMPAIGNS: [Option<&str>; 3] = [Some("brand"), Some("vsl"), None];
const SOURCES: [Option<&str>; 3] = [Some("facebook"), Some(""), None];
const ZONES: [Option<&str>; 4] = [
    Some("America/Los_Angeles"),
    Some("Nowhere/Land"),
    Some("Australia/Lord_Howe"),
    None,
];

impl Chain {
    /// The records of the chain number `n`, in the order in which they happened.
    pub(crate) fn records(&self, n: usize) -> Vec<Value> {
        let members: Vec<Invitee> = (0..self.members)
            .map(|m| {
                let created = START_US + (self.created_hour + m as i64 * self.gap_hours) * HOUR_US;
                let start = created + self.lead_hours * HOUR_US;
                Invitee {
                    uri: format!("https://c.test/events/E{n}/invitees/{n}-{m}"),
                    created,
                    start,
                    end: start + HOUR_US / 2,
                }
            })
            .collect();
        let mut records = Vec::new();
        for (m, invitee) in members.iter().enumerate() {
            let old = (m > 0 && self.naming != 2).then(|| members[m - 1].uri.clone());
            let next = members.get(m + 1);
            let new = next.filter(|_| self.naming != 1).map(|i| i.uri.clone());
            let created = self.record(
                "invitee.created",
                invitee,
                invitee.created,
                "active",
                m,
                old.as_deref(),
                None,
            );
            records.push(created.clone());
            if self.tie {
                let mut twin = created.clone();
                twin["invitee_name"] = json!(format!("Twin {m}"));
                twin["payload"]["name"] = json!(format!("Twin {m}"));
                if self.with_digest {
                    twin["raw_sha256"] = json!(format!("{:064x}", n * 7 % 13));
                }
                records.push(twin);
            }
            if let Some(next) = next {
                let mut canceled = self.record(
                    "invitee.canceled",
                    invitee,
                    next.created,
                    "canceled",
                    m,
                    old.as_deref(),
                    new.as_deref(),
                );
                canceled["invitee_rescheduled"] = json!(true);
                records.push(canceled);
            } else {
                self.endings(invitee, m, old.as_deref(), &mut records);
            }
        }
        let kept = records
            .into_iter()
            .enumerate()
            .filter(|(i, _)| self.lost >> (i * 4 % 32) & 1 == 0);
        kept.map(|(_, r)| r).collect()
    }

    fn endings(&self, invitee: &Invitee, m: usize, old: Option<&str>, records: &mut Vec<Value>) {
        if let Some(hours) = self.mark {
            let when = invitee.start + hours * HOUR_US;
            let mut marked = self.record(
                "invitee_no_show.created",
                invitee,
                invitee.created,
                "active",
                m,
                old,
                None,
            );
            marked["webhook_created_at"] = json!(iso(when + 1_000_000));
            marked["payload"]["no_show"] =
                json!({"uri": "https://c.test/no_shows/1", "created_at": iso(when)});
            records.push(marked);
        }
        if let Some(hours) = self.unmark {
            let when = invitee.start + hours * HOUR_US;
            let mut unmarked = self.record(
                "invitee_no_show.deleted",
                invitee,
                invitee.created,
                "active",
                m,
                old,
                None,
            );
            unmarked["webhook_created_at"] = json!(iso(when));
            records.push(unmarked);
        }
        if let Some(hours) = self.cancel {
            let when = invitee.start + hours * HOUR_US;
            let mut canceled =
                self.record("invitee.canceled", invitee, when, "canceled", m, old, None);
            if hours % 2 == 0 {
                canceled["payload"]["cancellation"] = json!({"created_at": iso(when)});
            }
            records.push(canceled);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn record(
        &self,
        kind: &str,
        i: &Invitee,
        updated: i64,
        status: &str,
        m: usize,
        old: Option<&str>,
        new: Option<&str>,
    ) -> Value {
        let email = format!("lead{}@example.com", self.person);
        let email = if self.upper && m.is_multiple_of(2) {
            format!(" {} ", email.to_uppercase())
        } else {
            email
        };
        let mut record = json!({
            "webhook_event": kind, "webhook_created_at": iso(updated), "webhook_received_at": iso(updated),
            "marketing_channel": CHANNELS[self.channel], "invitee_uri": i.uri, "invitee_email": email, "invitee_name": "Zoë \"Z\" Ñ",
            "invitee_first_name": "Zoë", "invitee_last_name": "", "invitee_status": status, "invitee_timezone": ZONES[self.zone],
            "invitee_phone": null, "invitee_created_at": iso(i.created), "invitee_updated_at": iso(updated), "invitee_rescheduled": false,
            "event_name": "Call", "event_status": status, "event_start_time": iso(i.start), "event_end_time": iso(i.end),
            "event_created_at": iso(i.created), "event_type": "t", "location_type": "zoom", "location_join_url": null,
            "utm_campaign": CAMPAIGNS[self.campaign], "utm_source": SOURCES[self.source], "utm_medium": null, "utm_content": "x", "utm_term": null,
            "payload": {"uri": i.uri, "name": "Z", "old_invitee": old, "new_invitee": new, "no_show": null, "event": "https://c.test/events/E",
                "scheduled_event": {"uri": "https://c.test/events/E", "updated_at": iso(updated), "event_memberships": [{"user_email": "h@c.test", "user_name": "H"}]}},
        });
        if self.with_digest {
            record["raw_sha256"] = json!(format!("{:064x}", crc(&record.to_string())));
        }
        record
    }
}

/// Any number that depends on the text.
fn crc(text: &str) -> u64 {
    text.bytes()
        .fold(7, |sum: u64, b| sum.wrapping_mul(31).wrapping_add(b.into()))
}
