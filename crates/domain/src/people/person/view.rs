//! The merged view of one person (S3-41).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::{PersonRows, identity_of, shown, steps};
use crate::bookings::attendance::{Attendance, AttendanceSource};
use crate::config::{BusinessConfig, CallType};
use crate::numbers::attribution::{Earned, Options, PersonCredits, of_person};
use crate::people::identity::log::Evidence;
use crate::people::identity::{Link, RecordKey, explain};
use crate::people::journey::Step;
use crate::people::merged::Lost;
use crate::people::resolved::{Booking, Resolved, ResolvedContact};
use crate::people::sources::{Directory, FormRow, OpportunityRow, Sources};

/// One person: what their records say together, and what they did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonView {
    pub contact_id: String,
    pub name: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub aliases: Vec<String>,
    /// The primary one first.
    pub emails: Vec<String>,
    /// E.164, the primary one first.
    pub phones: Vec<String>,
    pub original_source: Option<String>,
    pub latest_source: Option<String>,
    pub close_source: Option<String>,
    pub first_contact_date: Option<Timestamp>,
    pub lead_status: Option<String>,
    pub close_lead_id: Option<String>,
    /// Who looks after them in the CRM: the address of a team member, of anybody else the CRM's user.
    pub crm_owner: Option<String>,
    pub opportunities: Vec<Opportunity>,
    pub meetings: Vec<Meeting>,
    pub submissions: Vec<Submission>,
    /// Every record of a vendor that is this person's.
    pub records: Vec<RecordKey>,
    /// What admins decided about the person.
    pub merge_log: Vec<MergeEntry>,
    /// Left out where there is none, or where a step is shown with more than this.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub journey: Vec<Step>,
    /// What the credits of the journey's touches come to.
    pub credited: Credited,
    /// Deals of others in which the person had a part, and none of the revenue (X27).
    pub influenced: Vec<Opportunity>,
    /// Values that another one won over (S3-36).
    pub lost: Vec<Lost>,
    /// Why the records are one person: each piece of evidence, and whether it counts.
    pub edges: Vec<Link>,
}

/// What every model divides among the touches, and what no touch gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credited {
    /// ISO 4217; `None` where there is no money.
    pub currency: Option<String>,
    /// A touch counts at most so many days before the deal.
    pub window_days: u32,
    pub total: Earned,
    pub without_touch: Earned,
}

/// A deal in its newest version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Opportunity {
    pub opportunity_id: String,
    /// `active`, `won` or `lost`.
    pub status: String,
    /// Minor units of `currency`, as the next one.
    pub value_minor: i64,
    /// What the CRM says was collected.
    pub cash_minor: i64,
    pub currency: Option<String>,
    pub date_won: Option<Date>,
    /// The CRM's user.
    pub user_id: Option<String>,
    pub lead_id: Option<String>,
    pub version_at: Timestamp,
    pub deleted: bool,
}

/// A reschedule chain by its newest member.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Meeting {
    pub chain_id: String,
    pub invitee_uri: String,
    pub event_name: Option<String>,
    pub call_type: Option<CallType>,
    /// When its first member was booked.
    pub booked_at: Timestamp,
    pub start: Timestamp,
    pub end: Timestamp,
    pub host_name: Option<String>,
    pub host_email: Option<String>,
    pub attendance: Attendance,
    pub attendance_source: AttendanceSource,
    /// How often it was moved.
    pub rescheduled: usize,
    /// Of the first member, as `campaign`.
    pub channel: String,
    pub campaign: Option<String>,
}

/// A response to a form.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Submission {
    pub token: String,
    pub submitted_at: Timestamp,
    pub channel: String,
    pub campaign: Option<String>,
    pub utm_source: Option<String>,
    /// The booking that the form made.
    pub invitee_uri: Option<String>,
}

/// A decision of an admin about who is who.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MergeEntry {
    /// Of a merge the id under which it is taken back.
    pub merge_id: String,
    /// `merge`, `unmerge` or `not_the_same`.
    pub kind: Evidence,
    /// The node that stays, or the first of two that are kept apart; `None` for an unmerge.
    pub into: Option<String>,
    /// The node that went into it, the second of two; for an unmerge the id of what was taken back.
    pub from: Option<String>,
    /// User id of the admin.
    pub actor: String,
    pub at: Timestamp,
    pub reason: Option<String>,
    /// It is in force.
    pub counts: bool,
}

/// The view of a contact at the instant for which everything was resolved.
#[must_use]
pub fn view(
    sources: &Sources,
    directory: &Directory,
    rules: &BusinessConfig,
    resolved: &Resolved,
    contact: &ResolvedContact,
) -> PersonView {
    let rows = PersonRows::new(sources, resolved, contact);
    let (records, edges) = evidence(directory, resolved, contact);
    let merged = contact.merged.clone();
    let (credits, credited) = credits(rules, resolved, contact);
    PersonView {
        contact_id: contact.contact_id.clone(),
        name: merged.name,
        first_name: merged.first_name,
        last_name: merged.last_name,
        aliases: merged.aliases,
        emails: shown(&merged.emails),
        phones: merged.phones,
        original_source: merged.original_source,
        latest_source: merged.latest_source,
        close_source: merged.close_source,
        first_contact_date: merged.first_contact_date,
        lead_status: contact.lead_status.clone(),
        close_lead_id: contact.crm_lead_ids.first().cloned(),
        crm_owner: contact.crm_owner().map(str::to_owned),
        opportunities: newest(&rows.opportunities),
        meetings: meetings(&rows),
        submissions: submissions(&rows),
        records,
        merge_log: edges.iter().filter_map(merge_entry).collect(),
        journey: steps(&rows, &credits, &rules.reporting_timezone, resolved.as_of),
        credited,
        influenced: newest(&rows.influenced),
        lost: merged.lost,
        edges,
    }
}

/// What the contact's touches earned, by the rules of `channel_attribution`.
fn credits(
    rules: &BusinessConfig,
    resolved: &Resolved,
    contact: &ResolvedContact,
) -> (PersonCredits, Credited) {
    let options = Options::configured(&rules.attribution);
    let (input, zone) = (resolved.attribution_input(), &rules.reporting_timezone);
    let credits = of_person(input, zone, &options, &contact.contact_id);
    let credited = Credited {
        currency: resolved.currencies.main.clone(),
        window_days: options.window_days,
        total: credits.total,
        without_touch: credits.without_touch,
    };
    (credits, credited)
}

/// The names of the contact's records, and why they are one person.
fn evidence(
    directory: &Directory,
    resolved: &Resolved,
    contact: &ResolvedContact,
) -> (Vec<RecordKey>, Vec<Link>) {
    let Some(found) = identity_of(resolved, contact) else {
        return (Vec::new(), Vec::new());
    };
    let members = found.members(&resolved.records);
    let keys = members.map(|record| record.key.clone()).collect();
    let decisions = &directory.decisions;
    let links = explain(&resolved.people, found, &resolved.records, decisions);
    (keys, links)
}

fn newest(versions: &[&OpportunityRow]) -> Vec<Opportunity> {
    let mut sorted: Vec<&OpportunityRow> = versions.to_vec();
    sorted.sort_by_key(|v| (&v.opportunity_id, v.version_at));
    let of_one = sorted.chunk_by(|a, b| a.opportunity_id == b.opportunity_id);
    let newest = of_one.filter_map(<[&OpportunityRow]>::last);
    newest.map(|row| opportunity(row)).collect()
}

fn opportunity(row: &OpportunityRow) -> Opportunity {
    Opportunity {
        opportunity_id: row.opportunity_id.clone(),
        status: row.status.clone(),
        value_minor: row.value_minor,
        cash_minor: row.cash_minor,
        currency: row.currency.clone(),
        date_won: row.date_won,
        user_id: row.user_id.clone(),
        lead_id: row.lead_id.clone(),
        version_at: row.version_at,
        deleted: row.deleted,
    }
}

fn meetings(rows: &PersonRows<'_>) -> Vec<Meeting> {
    let chains = rows.chains();
    let meeting = |booking: &&Booking| {
        let members = chains.iter().find(|chain| {
            let first = chain.first();
            first.is_some_and(|member| member.chain_id == booking.chain_id)
        });
        let members = members.map_or(&[][..], Vec::as_slice);
        Meeting {
            chain_id: booking.chain_id.clone(),
            invitee_uri: booking.invitee_uri.clone(),
            event_name: booking.event_name.clone(),
            call_type: booking.call_type,
            booked_at: booking.booked_at,
            start: booking.start,
            end: booking.end,
            host_name: members.last().and_then(|newest| newest.host_name.clone()),
            host_email: booking.host_email.clone(),
            attendance: booking.attendance,
            attendance_source: booking.attendance_source,
            rescheduled: members.len().saturating_sub(1),
            channel: booking.channel.clone(),
            campaign: booking.campaign.clone(),
        }
    };
    let mut meetings: Vec<Meeting> = rows.bookings.iter().map(meeting).collect();
    meetings.sort_by(|a, b| (a.start, &a.chain_id).cmp(&(b.start, &b.chain_id)));
    meetings
}

fn submissions(rows: &PersonRows<'_>) -> Vec<Submission> {
    let mut forms = rows.forms.clone();
    forms.sort_by_key(|form| (form.submitted_at, &form.token));
    let submission = |form: &&FormRow| Submission {
        token: form.token.clone(),
        submitted_at: form.submitted_at,
        channel: form.channel.clone(),
        campaign: form.campaign.clone(),
        utm_source: form.utm_source.clone(),
        invitee_uri: form.invitee_uri.clone(),
    };
    forms.iter().map(submission).collect()
}

fn merge_entry(link: &Link) -> Option<MergeEntry> {
    let edge = &link.edge;
    let decided = matches!(
        edge.evidence,
        Evidence::Merge | Evidence::Unmerge | Evidence::NotTheSame
    );
    decided.then(|| MergeEntry {
        merge_id: edge.edge_id.clone(),
        kind: edge.evidence,
        into: edge.subject.as_ref().map(ToString::to_string),
        from: edge.value.clone(),
        actor: edge.actor.clone(),
        at: edge.at,
        reason: edge.reason.clone(),
        counts: link.counts,
    })
}
