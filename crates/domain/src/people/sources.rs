//! What silver knows of people and money: the rows that contacts, customers and numbers are made of.
//!
//! Every row is there once, in its newest version (opportunities in every version), in any order. Nothing
//! here says who is who: `people::resolved` does.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

use crate::bookings::attendance::{CrmOutcome, NoShowMarks};
use crate::config::CallType;
use crate::people::identity::Decision;

/// An invitee of Calendly: a row of `silver.invitees`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteeRow {
    pub invitee_uri: String,
    /// First invitee of its reschedule chain.
    pub chain_id: String,
    /// Match key.
    pub email: String,
    pub name: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    pub created_at: Timestamp,
    /// When it was booked by the invitee's own clock; `None` where their zone is unknown.
    pub booked_local: Option<LocalHour>,
    pub updated_at: Timestamp,
    pub canceled: bool,
    pub rescheduled: bool,
    /// Of a canceled one.
    pub canceled_at: Option<Timestamp>,
    pub start: Timestamp,
    pub end: Timestamp,
    pub no_show: NoShowMarks,
    pub host_email: Option<String>,
    pub host_name: Option<String>,
    pub event_name: Option<String>,
    pub call_type: Option<CallType>,
    pub channel: String,
    pub campaign: Option<String>,
    pub utm_source: Option<String>,
    /// SHA-256 of the webhook that the row is from; `None` for imported records.
    pub raw_sha256: Option<String>,
    /// SHA-256 of the webhook that told of the newest no-show mark, or of its end.
    pub mark_sha256: Option<String>,
}

/// Weekday and hour of an instant in somebody's own time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalHour {
    pub weekday: Weekday,
    /// 0 to 23.
    pub hour: i8,
}

/// A submitted response of a form: a row of `silver.form_responses`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRow {
    pub token: String,
    pub form_id: Option<String>,
    pub submitted_at: Timestamp,
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    pub name: Option<String>,
    pub channel: String,
    pub campaign: Option<String>,
    pub utm_source: Option<String>,
    /// The invitee that a question of the form booked.
    pub invitee_uri: Option<String>,
    pub raw_sha256: Option<String>,
}

/// A lead of the CRM: a row of `silver.crm_leads`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrmLeadRow {
    pub lead_id: String,
    pub name: Option<String>,
    pub status: Option<String>,
    pub owner_id: Option<String>,
    /// What the CRM keeps as the lead's source.
    pub source: Option<String>,
    /// Values of the custom field that `[close] tag_custom_field` names.
    pub tags: Vec<String>,
    pub created_at: Option<Timestamp>,
    pub version_at: Timestamp,
    pub deleted: bool,
    /// The lead that this one was merged into; it owns everything from then on.
    pub merged_into: Option<String>,
    pub raw_sha256: Option<String>,
}

/// A person of a lead: a row of `silver.crm_contacts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrmContactRow {
    pub crm_contact_id: String,
    pub lead_id: Option<String>,
    pub name: Option<String>,
    /// Match keys, in the CRM's order.
    pub emails: Vec<String>,
    /// E.164, in the CRM's order.
    pub phones: Vec<String>,
    pub created_at: Option<Timestamp>,
    pub version_at: Timestamp,
    pub deleted: bool,
    pub raw_sha256: Option<String>,
}

/// A version of a deal: a row of `silver.opportunities`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpportunityRow {
    pub opportunity_id: String,
    pub version_at: Timestamp,
    pub lead_id: Option<String>,
    /// The CRM's contact.
    pub crm_contact_id: Option<String>,
    /// The CRM's user.
    pub user_id: Option<String>,
    /// `active`, `won` or `lost`.
    pub status: String,
    /// Contracted value in minor units.
    pub value_minor: i64,
    /// What the cash field says was collected, in minor units.
    pub cash_minor: i64,
    pub currency: Option<String>,
    pub date_won: Option<Date>,
    pub created_at: Option<Timestamp>,
    pub deleted: bool,
    pub raw_sha256: Option<String>,
}

/// A call or meeting of the CRM: a row of `silver.calls`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRow {
    pub activity_id: String,
    /// `call`, `meeting` or `custom_activity`.
    pub kind: String,
    pub lead_id: Option<String>,
    /// The CRM's contact.
    pub crm_contact_id: Option<String>,
    /// The CRM's user.
    pub user_id: Option<String>,
    /// When it took place.
    pub at: Option<Timestamp>,
    pub version_at: Timestamp,
    /// What its outcome says by the configured rules; `None` for a deleted one.
    pub outcome: Option<CrmOutcome>,
    pub deleted: bool,
    pub raw_sha256: Option<String>,
}

/// A charge or refund: a row of `silver.payments`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    pub payment_id: String,
    pub booking_id: String,
    /// The invitee of the booking that was paid.
    pub invitee_uri: Option<String>,
    /// Who paid, as far as the booking or the payment has an address: the contact id of that address.
    pub contact_id: Option<String>,
    /// Negative is money given back.
    pub amount_minor: i64,
    pub currency: String,
    pub occurred_at: Timestamp,
    /// The webhook that told it; `None` where only our own call or a sweep did.
    pub raw_sha256: Option<String>,
}

/// The newest revision of a day's spend: `silver.ad_spend`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendRow {
    pub day: Date,
    pub channel: String,
    pub campaign: Option<String>,
    pub amount_minor: i64,
    pub currency: String,
}

/// All rows of silver that say something of people and money.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    pub invitees: Vec<InviteeRow>,
    pub forms: Vec<FormRow>,
    pub crm_leads: Vec<CrmLeadRow>,
    pub crm_contacts: Vec<CrmContactRow>,
    pub opportunities: Vec<OpportunityRow>,
    pub activities: Vec<ActivityRow>,
    pub payments: Vec<PaymentRow>,
    pub spend: Vec<SpendRow>,
}

impl Sources {
    /// The number of rows of all kinds; the memory that they take grows with it.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.invitees.len()
            + self.forms.len()
            + self.crm_leads.len()
            + self.crm_contacts.len()
            + self.opportunities.len()
            + self.activities.len()
            + self.payments.len()
            + self.spend.len()
    }
}

/// What the app itself knows of people: the decisions of its admins, and its users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Directory {
    pub decisions: Vec<Decision>,
    /// E-mail address and id of every app user.
    pub users: Vec<(String, String)>,
}
