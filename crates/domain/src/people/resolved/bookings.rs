//! Reschedule chains as bookings, and what the CRM says of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::crm::Crm;
use super::places::Places;
use crate::bookings::attendance::{
    Attendance, AttendanceSource, CrmOutcome, Facts, attendance_with_crm,
};
use crate::config::CallType;
use crate::numbers::team::Team;
use crate::people::customer::{Activity, BookedCall, Call, ChainMember, match_outcomes};
use crate::people::sources::{ActivityRow, InviteeRow, LocalHour, Sources};

/// A reschedule chain: the booking data of its first member and the outcome of its newest (X3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// First invitee of the chain.
    pub chain_id: String,
    pub contact_id: String,
    /// When the first member was booked.
    pub booked_at: Timestamp,
    /// The same by the invitee's own clock; `None` where their zone is unknown.
    pub booked_local: Option<LocalHour>,
    /// Channel, campaign and source of the first member.
    pub channel: String,
    pub campaign: Option<String>,
    pub utm_source: Option<String>,
    /// The newest known member, as everything that follows.
    pub invitee_uri: String,
    pub start: Timestamp,
    pub end: Timestamp,
    pub call_type: Option<CallType>,
    pub event_name: Option<String>,
    /// `Pending` while a successor is named that has not arrived.
    pub attendance: Attendance,
    pub attendance_source: AttendanceSource,
    pub host_email: Option<String>,
    /// The team member of the host's address.
    pub user: Option<String>,
}

/// A chain with its rows.
pub(super) struct Chain<'a> {
    pub(super) id: &'a str,
    /// In order of age; never empty.
    pub(super) members: Vec<&'a InviteeRow>,
    /// Place of the contact of the first member.
    pub(super) contact: u32,
}

/// All chains by id.
pub(super) fn chains<'a>(rows: &'a [InviteeRow], places: &Places<'a>) -> Vec<Chain<'a>> {
    let mut sorted: Vec<&InviteeRow> = rows.iter().collect();
    sorted.sort_unstable_by(|a, b| {
        let key = |row: &InviteeRow| row.created_at;
        (&a.chain_id, key(a), &a.invitee_uri).cmp(&(&b.chain_id, key(b), &b.invitee_uri))
    });
    let of_one = sorted.chunk_by(|a, b| a.chain_id == b.chain_id);
    of_one
        .filter_map(|members| {
            let first = members.first()?;
            Some(Chain {
                id: &first.chain_id,
                members: members.to_vec(),
                contact: *places.invitees.get(&*first.invitee_uri)?,
            })
        })
        .collect()
}

impl<'a> Chain<'a> {
    pub(super) fn first(&self) -> Option<&'a InviteeRow> {
        self.members.first().copied()
    }

    pub(super) fn newest(&self) -> Option<&'a InviteeRow> {
        self.members.last().copied()
    }

    /// The chain as a customer's call.
    pub(super) fn call(&self, outcomes: &BTreeMap<String, CrmOutcome>) -> Option<Call> {
        let row = self.newest()?;
        let newest = ChainMember {
            invitee_uri: row.invitee_uri.clone(),
            updated_at: row.updated_at,
            canceled: row.canceled,
            rescheduled: row.rescheduled,
            start: row.start,
            no_show: row.no_show,
            crm_outcome: outcomes.get(&row.invitee_uri).copied(),
            host_name: row.host_name.clone(),
            host_email: row.host_email.clone(),
        };
        Some(Call::of_newest(newest, self.members.len()))
    }

    pub(super) fn booking(
        &self,
        contact_id: &str,
        outcomes: &BTreeMap<String, CrmOutcome>,
        team: &Team,
        as_of: Timestamp,
    ) -> Option<Booking> {
        let (first, newest) = (self.first()?, self.newest()?);
        let (attendance, attendance_source) = attendance_of(newest, outcomes, as_of);
        let host = newest.host_email.as_deref();
        Some(Booking {
            chain_id: self.id.to_owned(),
            contact_id: contact_id.to_owned(),
            booked_at: first.created_at,
            booked_local: first.booked_local,
            channel: first.channel.clone(),
            campaign: first.campaign.clone(),
            utm_source: first.utm_source.clone(),
            invitee_uri: newest.invitee_uri.clone(),
            start: newest.start,
            end: newest.end,
            call_type: newest.call_type,
            event_name: newest.event_name.clone(),
            attendance,
            attendance_source,
            host_email: newest.host_email.clone(),
            user: host.and_then(|host| team.host(host)).map(str::to_owned),
        })
    }
}

/// The successor of a moved member may not have arrived yet; then its outcome is unknown.
fn attendance_of(
    row: &InviteeRow,
    outcomes: &BTreeMap<String, CrmOutcome>,
    as_of: Timestamp,
) -> (Attendance, AttendanceSource) {
    if row.canceled && row.rescheduled {
        return (Attendance::Pending, AttendanceSource::Default);
    }
    let canceled_at = row.canceled_at.unwrap_or(row.updated_at);
    let facts = Facts {
        canceled_at: row.canceled.then_some(canceled_at),
        start: row.start,
        end: row.end,
        no_show: row.no_show,
    };
    attendance_with_crm(&facts, outcomes.get(&row.invitee_uri).copied(), as_of)
}

/// What the CRM's calls and meetings say of each invitee: of the activity's own contact, and where that
/// is not known of whoever of its lead has the nearest booking (X5).
pub(super) fn outcomes<'a>(
    sources: &'a Sources,
    crm: &Crm<'a>,
    places: &Places<'a>,
    chains: &[Chain<'a>],
) -> BTreeMap<String, CrmOutcome> {
    let speaks =
        |row: &&ActivityRow| row.outcome.is_some() && !row.deleted && row.kind != "custom_activity";
    let speaking: Vec<&ActivityRow> = sources.activities.iter().filter(speaks).collect();
    if speaking.is_empty() {
        return BTreeMap::new();
    }
    let starts = Starts::new(chains);
    let mut by_contact: HashMap<u32, Vec<Activity>> = HashMap::new();
    for row in speaking {
        let Some(at) = row.at else { continue };
        let own = row.crm_contact_id.as_deref();
        let own = own.and_then(|id| places.of_crm_contact(id));
        let of_lead = || {
            let lead = crm.lead_id(row.lead_id.as_deref()?);
            let contacts = crm.contacts_of(lead).iter();
            let contacts: BTreeSet<u32> = contacts
                .filter_map(|contact| places.of_crm_contact(&contact.crm_contact_id))
                .collect();
            starts.nearest_of(&contacts, at)
        };
        if let Some(contact) = own.or_else(of_lead) {
            by_contact.entry(contact).or_default().push(Activity {
                id: row.activity_id.clone(),
                at,
                version_at: row.version_at,
                outcome: row.outcome,
            });
        }
    }
    let said = by_contact.into_iter();
    said.flat_map(|(contact, activities)| match_outcomes(&activities, &starts.bookings(contact)))
        .collect()
}

/// The starts of every contact's bookings, in order. A booking that was moved starts when its newest member does (X3).
struct Starts<'a> {
    by_contact: HashMap<u32, Vec<(Timestamp, &'a str)>>,
}

impl<'a> Starts<'a> {
    fn new(chains: &[Chain<'a>]) -> Self {
        let mut by_contact: HashMap<u32, Vec<(Timestamp, &str)>> = HashMap::new();
        for chain in chains {
            let own = by_contact.entry(chain.contact).or_default();
            let newest = chain.newest();
            own.extend(newest.map(|row| (row.start, &*row.invitee_uri)));
        }
        for own in by_contact.values_mut() {
            own.sort_unstable();
        }
        Self { by_contact }
    }

    fn of(&self, contact: u32) -> &[(Timestamp, &'a str)] {
        self.by_contact.get(&contact).map_or(&[], Vec::as_slice)
    }

    fn bookings(&self, contact: u32) -> Vec<BookedCall> {
        let booked = |(start, uri): &(Timestamp, &str)| BookedCall {
            invitee_uri: (*uri).to_owned(),
            start: *start,
        };
        self.of(contact).iter().map(booked).collect()
    }

    /// The contact whose booking is nearest, of two as near the one with the earlier booking.
    fn nearest_of(&self, contacts: &BTreeSet<u32>, at: Timestamp) -> Option<u32> {
        let near = contacts.iter().filter_map(|contact| {
            let own = self.of(*contact);
            let after = own.partition_point(|(start, _)| *start < at);
            let around = own.iter().take(after + 1).skip(after.saturating_sub(1));
            let distance = |start: Timestamp| -> SignedDuration { start.duration_since(at).abs() };
            let nearest = around
                .map(|(start, uri)| (distance(*start), *start, *uri))
                .min()?;
            Some((nearest, *contact))
        });
        near.min().map(|(_, contact)| contact)
    }
}
