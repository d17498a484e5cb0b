//! One Calendly invitee, and the chain of invitees that a rescheduled booking leaves behind (X3, X46).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use crate::bookings::attendance::NoShowMarks;
use crate::bookings::snapshot::SnapshotOrder;

/// An e-mail address or another personal text that travels with an effect. `Debug` does not show it.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[debug("Private(…)")]
#[serde(transparent)]
pub struct Private(pub String);

/// How to reach a person. `Debug` shows nothing of it (S2-29).
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[debug("Contact(…)")]
pub struct Contact {
    pub name: Option<String>,
    pub first_name: Option<String>,
    pub email: Option<String>,
    /// As typed; [`crate::people::phone::Phone::parse`] judges it.
    pub phone: Option<String>,
}

impl Contact {
    /// Every field of `self`, and those of `other` where `self` has none.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        let pick = |own: Option<String>, theirs: &Option<String>| own.or_else(|| theirs.clone());
        Self {
            name: pick(self.name, &other.name),
            first_name: pick(self.first_name, &other.first_name),
            email: pick(self.email, &other.email),
            phone: pick(self.phone, &other.phone),
        }
    }
}

/// One Calendly delivery's fields about one invitee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteeSnapshot {
    pub uri: String,
    pub event_uri: Option<String>,
    pub event_type: Option<String>,
    pub event_name: Option<String>,
    pub canceled: bool,
    pub rescheduled: bool,
    pub old_invitee: Option<String>,
    pub new_invitee: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// `cancellation.created_at`.
    pub canceled_at: Option<Timestamp>,
    pub start: Timestamp,
    pub end: Timestamp,
    pub timezone: Option<String>,
    /// A language tag such as `pt-BR`, where the form asked for one.
    pub language: Option<String>,
    pub host_name: Option<String>,
    pub host_email: Option<String>,
    pub contact: Contact,
    /// `no_show.created_at`.
    pub no_show_at: Option<Timestamp>,
    /// Calendly's own payment step took the money (`payment.successful`).
    #[serde(default)]
    pub paid_in_calendly: bool,
    pub reschedule_url: Option<String>,
    pub cancel_url: Option<String>,
    /// Where the call takes place, for a call over the web.
    #[serde(default)]
    pub join_url: Option<String>,
    /// Lower-case hex SHA-256 of the body that told of it.
    pub sha256: String,
    /// Whether it came as the webhook of a new booking (`invitee.created`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tells_of_booking: bool,
}

impl InviteeSnapshot {
    /// The key that orders the snapshots of one uri.
    #[must_use]
    pub fn order(&self) -> SnapshotOrder<'_> {
        SnapshotOrder {
            updated_at: self.updated_at,
            canceled: self.canceled,
            no_show: self.no_show_at.is_some(),
            sha256: &self.sha256,
        }
    }

    /// Another invitee replaced this one. Calendly may leave the `rescheduled` flag null, which must not look like a real
    /// cancellation (X46), so a named successor is enough.
    #[must_use]
    pub fn moved(&self) -> bool {
        self.rescheduled || self.new_invitee.is_some()
    }
}

/// What is known about one uri of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InviteeFacts {
    /// The newest snapshot; `None` while other snapshots only name the uri.
    pub snapshot: Option<InviteeSnapshot>,
    pub marks: NoShowMarks,
    /// Some snapshot, also an older one, said that Calendly took the money.
    #[serde(default)]
    pub paid_in_calendly: bool,
    /// The webhook of the new booking came, not only later ones.
    #[serde(default)]
    pub booking_told: bool,
}

/// How a snapshot relates to those that the chain has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learned {
    /// The first snapshot of its uri.
    First,
    /// Newer than the one known.
    Newer,
    /// Older, or the same again.
    Known,
}

/// Snapshots that a chain keeps.
pub const SNAPSHOTS_MAX: usize = 32;

/// The invitees of one booking, joined by `old_invitee` and `new_invitee`, also where only named.
///
/// The same snapshots in any order give the same chain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Chain {
    members: BTreeMap<String, InviteeFacts>,
    /// (old, new).
    links: BTreeSet<(String, String)>,
}

impl Chain {
    /// Adds a snapshot.
    pub fn learn(&mut self, snapshot: &InviteeSnapshot) -> Learned {
        if let Some(old) = &snapshot.old_invitee {
            self.link(old, &snapshot.uri);
        }
        if let Some(new) = &snapshot.new_invitee {
            self.link(&snapshot.uri, new);
        }
        let member = self.members.entry(snapshot.uri.clone()).or_default();
        member.marks = member.marks.merge(NoShowMarks {
            created_at: snapshot.no_show_at,
            deleted_at: None,
        });
        member.paid_in_calendly |= snapshot.paid_in_calendly;
        member.booking_told |= snapshot.tells_of_booking;
        let learned = match &member.snapshot {
            None => Learned::First,
            Some(known) if snapshot.order() > known.order() => Learned::Newer,
            Some(_) => return Learned::Known,
        };
        // Fields must not depend on which webhook came first.
        member.snapshot = Some(InviteeSnapshot {
            tells_of_booking: false,
            ..snapshot.clone()
        });
        self.forget_middle();
        learned
    }

    /// Drops snapshots of times in the middle of the chain, the older ones first, until no more than [`SNAPSHOTS_MAX`]
    /// are left: a customer may move a booking as often as they like. The first one has the price, and every uri keeps
    /// its place in the chain.
    fn forget_middle(&mut self) {
        let age = |s: &InviteeSnapshot| (s.created_at, s.uri.clone());
        while self.snapshots().count() > SNAPSHOTS_MAX {
            let first = self.snapshots().map(age).min();
            let replaced = |uri: &str| self.links.iter().any(|(old, _)| old == uri);
            let middle = self
                .snapshots()
                .filter(|s| replaced(&s.uri) && Some(age(s)) != first);
            let Some((_, oldest)) = middle.map(age).min() else {
                return;
            };
            if let Some(member) = self.members.get_mut(&oldest) {
                member.snapshot = None;
            }
        }
    }

    /// Adds a uri that a client named.
    pub fn name(&mut self, uri: &str) {
        self.members.entry(uri.to_owned()).or_default();
    }

    /// Adds a no-show mark that was set or removed.
    pub fn mark(&mut self, uri: &str, marks: NoShowMarks) {
        let member = self.members.entry(uri.to_owned()).or_default();
        member.marks = member.marks.merge(marks);
    }

    /// The union of two chains.
    pub fn join(&mut self, other: &Self) {
        for (uri, theirs) in &other.members {
            self.mark(uri, theirs.marks);
            let ours = self.members.entry(uri.clone()).or_default();
            ours.paid_in_calendly |= theirs.paid_in_calendly;
            ours.booking_told |= theirs.booking_told;
            if let Some(snapshot) = &theirs.snapshot {
                self.learn(snapshot);
            }
        }
        self.links.extend(other.links.iter().cloned());
        self.forget_middle();
    }

    fn link(&mut self, old: &str, new: &str) {
        if old != new {
            self.name(old);
            self.name(new);
            self.links.insert((old.to_owned(), new.to_owned()));
        }
    }

    /// Every uri of the chain, known or named.
    pub fn uris(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// The members with a snapshot.
    pub fn snapshots(&self) -> impl Iterator<Item = &InviteeSnapshot> {
        self.members.values().filter_map(|m| m.snapshot.as_ref())
    }

    /// What is known about `uri`.
    #[must_use]
    pub fn member(&self, uri: &str) -> Option<&InviteeFacts> {
        self.members.get(uri)
    }

    /// Another invitee has replaced `uri`, or some snapshot says so.
    #[must_use]
    pub fn superseded(&self, uri: &str) -> bool {
        self.links.iter().any(|(old, _)| old == uri)
            || self.snapshot(uri).is_some_and(|s| s.canceled && s.moved())
    }

    /// The newest snapshot of `uri`.
    #[must_use]
    pub fn snapshot(&self, uri: &str) -> Option<&InviteeSnapshot> {
        self.members.get(uri)?.snapshot.as_ref()
    }

    /// The newest uri of the chain, also if no snapshot of it has arrived yet.
    #[must_use]
    pub fn current(&self) -> Option<&str> {
        let age = |uri: &&String| (self.snapshot(uri).map(|s| s.created_at), (*uri).clone());
        let ends = self
            .members
            .keys()
            .filter(|uri| !self.links.iter().any(|(old, _)| old == *uri));
        // A chain that loops has no end: then the newest member is the current one.
        ends.max_by_key(age)
            .or_else(|| self.members.keys().max_by_key(age))
            .map(String::as_str)
    }

    /// The snapshot with the booking's times, host and contact: the current member's, else the newest.
    #[must_use]
    pub fn details(&self) -> Option<&InviteeSnapshot> {
        self.current()
            .and_then(|uri| self.snapshot(uri))
            .or_else(|| self.snapshots().max_by_key(|s| (s.created_at, &s.uri)))
    }

    /// The snapshot that cancels the booking; `None` for a reschedule.
    #[must_use]
    pub fn cancellation(&self) -> Option<&InviteeSnapshot> {
        self.snapshot(self.current()?)
            .filter(|s| s.canceled && !s.moved())
    }

    /// The customer has paid in Calendly, for this time or for the one that it replaces.
    #[must_use]
    pub fn paid_in_calendly(&self) -> bool {
        self.members.values().any(|m| m.paid_in_calendly)
    }

    /// The no-show marks of the current member.
    #[must_use]
    pub fn marks(&self) -> NoShowMarks {
        self.current()
            .and_then(|uri| self.members.get(uri))
            .map_or_else(NoShowMarks::default, |m| m.marks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, invitee};

    #[test]
    fn the_uri_moves_along_the_chain_in_every_order() {
        let m1 = invitee("A1", "2026-03-01T10:00:00Z");
        let m2 = InviteeSnapshot {
            canceled: true,
            rescheduled: true,
            new_invitee: Some("A2".into()),
            updated_at: at("2026-03-02T09:00:00Z"),
            ..m1.clone()
        };
        let m3 = InviteeSnapshot {
            old_invitee: Some("A1".into()),
            ..invitee("A2", "2026-03-02T09:00:00Z")
        };
        let mut ends = BTreeSet::new();
        for order in [
            [&m1, &m2, &m3],
            [&m1, &m3, &m2],
            [&m2, &m1, &m3],
            [&m2, &m3, &m1],
            [&m3, &m1, &m2],
            [&m3, &m2, &m1],
        ] {
            let mut chain = Chain::default();
            for snapshot in order {
                chain.learn(snapshot);
            }
            assert_eq!(chain.current(), Some("A2"));
            assert!(chain.superseded("A1") && !chain.superseded("A2"));
            assert_eq!(chain.cancellation(), None);
            ends.insert(format!("{chain:?}"));
        }
        assert_eq!(ends.len(), 1);
    }

    #[test]
    fn a_null_flag_with_a_successor_is_no_cancellation() {
        let mut chain = Chain::default();
        chain.learn(&InviteeSnapshot {
            canceled: true,
            new_invitee: Some("A2".into()),
            ..invitee("A1", "2026-03-01T10:00:00Z")
        });
        assert_eq!(chain.cancellation(), None);
        assert_eq!(chain.current(), Some("A2"));
        assert_eq!(chain.details().map(|s| s.uri.as_str()), Some("A1"));
    }
}
