//! Batches of silver's tables as the rows that people and numbers are made of.

use arrow::array::RecordBatch;
use bookpath_domain::bookings::attendance::{CrmOutcome, NoShowMarks};
use bookpath_domain::config::CallType;
use bookpath_domain::marketing::channel;
use bookpath_domain::people::phone::Phone;
use bookpath_domain::people::sources::{
    ActivityRow, CrmContactRow, CrmLeadRow, FormRow, InviteeRow, LocalHour, OpportunityRow,
    PaymentRow, SpendRow,
};

use super::cells::Cells;
use crate::error::Result;
use crate::time::weekday_of;

/// The columns that [`invitees`] reads.
pub(super) const INVITEES: &[&str] = &[
    "invitee_uri",
    "chain_id",
    "invitee_email",
    "invitee_name",
    "invitee_phone",
    "invitee_created_at",
    "invitee_updated_at",
    "invitee_canceled",
    "invitee_rescheduled",
    "canceled_at",
    "event_start_time",
    "event_end_time",
    "no_show_marked_at",
    "no_show_unmarked_at",
    "host_email",
    "host_name",
    "event_name",
    "call_type",
    "marketing_channel",
    "utm_campaign",
    "utm_source",
    "raw_sha256",
    "crm_outcome",
    "mark_sha256",
    "booking_day_of_week_local",
    "booking_hour_local",
];

/// What the CRM says of an invitee's call, as the table has it.
pub(super) type Heard = Option<CrmOutcome>;

/// Rows of `silver.invitees`; `country` is that of telephone numbers without one.
pub(super) fn invitees(batch: &RecordBatch, country: &str) -> Result<Vec<(InviteeRow, Heard)>> {
    let cells = Cells(batch);
    let (uri, chain) = (cells.texts("invitee_uri")?, cells.texts("chain_id")?);
    let (email, name) = (cells.texts("invitee_email")?, cells.texts("invitee_name")?);
    let (created, updated) = (
        cells.times("invitee_created_at")?,
        cells.times("invitee_updated_at")?,
    );
    let (canceled, rescheduled) = (
        cells.flags("invitee_canceled")?,
        cells.flags("invitee_rescheduled")?,
    );
    let (phone, canceled_at) = (cells.texts("invitee_phone")?, cells.times("canceled_at")?);
    let (start, end) = (
        cells.times("event_start_time")?,
        cells.times("event_end_time")?,
    );
    let (marked, unmarked) = (
        cells.times("no_show_marked_at")?,
        cells.times("no_show_unmarked_at")?,
    );
    let (host_email, host_name) = (cells.texts("host_email")?, cells.texts("host_name")?);
    let (event_name, call_type) = (cells.texts("event_name")?, cells.texts("call_type")?);
    let (channel, campaign) = (
        cells.texts("marketing_channel")?,
        cells.texts("utm_campaign")?,
    );
    let (source, digest) = (cells.texts("utm_source")?, cells.texts("raw_sha256")?);
    let (outcome, mark) = (cells.texts("crm_outcome")?, cells.texts("mark_sha256")?);
    let booked_local = clocks(cells)?;
    let heard = |row: usize| outcome.get(row).and_then(outcome_of);
    let row = |row: usize| InviteeRow {
        invitee_uri: uri.always(row),
        chain_id: chain.always(row),
        email: email.always(row),
        name: name.owned(row),
        phone: phone.get(row).and_then(|typed| e164(typed, country)),
        created_at: created.always(row),
        booked_local: booked_local(row),
        updated_at: updated.always(row),
        canceled: canceled.is_set(row),
        rescheduled: rescheduled.is_set(row),
        canceled_at: canceled_at.get(row),
        start: start.always(row),
        end: end.always(row),
        no_show: NoShowMarks {
            created_at: marked.get(row),
            deleted_at: unmarked.get(row),
        },
        host_email: host_email.owned(row),
        host_name: host_name.owned(row),
        event_name: event_name.owned(row),
        call_type: call_type.get(row).and_then(call_type_of),
        channel: channel.get(row).unwrap_or(channel::UNKNOWN).to_owned(),
        campaign: campaign.owned(row),
        utm_source: source.owned(row),
        raw_sha256: digest.owned(row),
        mark_sha256: mark.owned(row),
    };
    Ok(cells.rows().map(|at| (row(at), heard(at))).collect())
}

/// When each invitee was booked by their own clock.
fn clocks(cells: Cells<'_>) -> Result<impl Fn(usize) -> Option<LocalHour>> {
    let weekday = cells.texts("booking_day_of_week_local")?;
    let hour = cells.ints("booking_hour_local")?;
    Ok(move |row: usize| {
        let weekday = weekday.get(row).and_then(weekday_of)?;
        let hour = hour.get(row).and_then(|hour| i8::try_from(hour).ok())?;
        Some(LocalHour { weekday, hour })
    })
}

fn e164(typed: &str, country: &str) -> Option<String> {
    Phone::parse(typed, country).map(|phone| phone.as_str().to_owned())
}

fn call_type_of(text: &str) -> Option<CallType> {
    match text {
        "triage" => Some(CallType::Triage),
        "solution" => Some(CallType::Solution),
        _ => None,
    }
}

/// The columns that [`forms`] reads.
pub(super) const FORMS: &[&str] = &[
    "token",
    "form_id",
    "submitted_at",
    "partial",
    "email",
    "phone",
    "name",
    "channel",
    "campaign",
    "utm_source",
    "invitee_uri",
    "raw_sha256",
];

/// Rows of `silver.form_responses` that were submitted.
pub(super) fn forms(batch: &RecordBatch) -> Result<Vec<FormRow>> {
    let cells = Cells(batch);
    let (token, submitted) = (cells.texts("token")?, cells.times("submitted_at")?);
    let partial = cells.flags("partial")?;
    let (email, phone, name) = (
        cells.texts("email")?,
        cells.texts("phone")?,
        cells.texts("name")?,
    );
    let (channel, campaign) = (cells.texts("channel")?, cells.texts("campaign")?);
    let (source, invitee) = (cells.texts("utm_source")?, cells.texts("invitee_uri")?);
    let (digest, form) = (cells.texts("raw_sha256")?, cells.texts("form_id")?);
    let row = |row: usize| {
        Some(FormRow {
            token: token.always(row),
            form_id: form.owned(row),
            submitted_at: submitted.get(row).filter(|_| !partial.is_set(row))?,
            email: email.owned(row),
            phone: phone.owned(row),
            name: name.owned(row),
            channel: channel.get(row).unwrap_or(channel::UNKNOWN).to_owned(),
            campaign: campaign.owned(row),
            utm_source: source.owned(row),
            invitee_uri: invitee.owned(row),
            raw_sha256: digest.owned(row),
        })
    };
    Ok(cells.rows().filter_map(row).collect())
}

/// The columns that [`leads`] reads.
pub(super) const LEADS: &[&str] = &[
    "lead_id",
    "name",
    "status",
    "owner_id",
    "source",
    "tags",
    "created_at",
    "version_at",
    "deleted",
    "merged_into",
    "raw_sha256",
];

/// Rows of `silver.crm_leads`.
pub(super) fn leads(batch: &RecordBatch) -> Result<Vec<CrmLeadRow>> {
    let cells = Cells(batch);
    let (lead, name) = (cells.texts("lead_id")?, cells.texts("name")?);
    let (status, owner) = (cells.texts("status")?, cells.texts("owner_id")?);
    let (source, merged) = (cells.texts("source")?, cells.texts("merged_into")?);
    let (created, version) = (cells.times("created_at")?, cells.times("version_at")?);
    let (deleted, digest) = (cells.flags("deleted")?, cells.texts("raw_sha256")?);
    let tags = cells.lists("tags")?;
    let row = |row: usize| CrmLeadRow {
        lead_id: lead.always(row),
        name: name.owned(row),
        status: status.owned(row),
        owner_id: owner.owned(row),
        source: source.owned(row),
        tags: tags.get(row),
        created_at: created.get(row),
        version_at: version.always(row),
        deleted: deleted.is_set(row),
        merged_into: merged.owned(row),
        raw_sha256: digest.owned(row),
    };
    Ok(cells.rows().map(row).collect())
}

/// The columns that [`contacts`] reads.
pub(super) const CONTACTS: &[&str] = &[
    "crm_contact_id",
    "lead_id",
    "name",
    "emails",
    "phones",
    "created_at",
    "version_at",
    "deleted",
    "raw_sha256",
];

/// Rows of `silver.crm_contacts`.
pub(super) fn contacts(batch: &RecordBatch) -> Result<Vec<CrmContactRow>> {
    let cells = Cells(batch);
    let (contact, lead) = (cells.texts("crm_contact_id")?, cells.texts("lead_id")?);
    let (name, digest) = (cells.texts("name")?, cells.texts("raw_sha256")?);
    let (emails, phones) = (cells.lists("emails")?, cells.lists("phones")?);
    let (created, version) = (cells.times("created_at")?, cells.times("version_at")?);
    let deleted = cells.flags("deleted")?;
    let row = |row: usize| CrmContactRow {
        crm_contact_id: contact.always(row),
        lead_id: lead.owned(row),
        name: name.owned(row),
        emails: emails.get(row),
        phones: phones.get(row),
        created_at: created.get(row),
        version_at: version.always(row),
        deleted: deleted.is_set(row),
        raw_sha256: digest.owned(row),
    };
    Ok(cells.rows().map(row).collect())
}

/// The columns that [`opportunities`] reads.
pub(super) const DEALS: &[&str] = &[
    "opportunity_id",
    "version_at",
    "lead_id",
    "crm_contact_id",
    "user_id",
    "status",
    "value_minor",
    "cash_minor",
    "currency",
    "date_won",
    "created_at",
    "deleted",
    "raw_sha256",
];

/// Rows of `silver.opportunities`; a deletion has an empty status.
pub(super) fn opportunities(batch: &RecordBatch) -> Result<Vec<OpportunityRow>> {
    let cells = Cells(batch);
    let (opportunity, version) = (cells.texts("opportunity_id")?, cells.times("version_at")?);
    let (lead, contact) = (cells.texts("lead_id")?, cells.texts("crm_contact_id")?);
    let (user, status) = (cells.texts("user_id")?, cells.texts("status")?);
    let (value, cash) = (cells.longs("value_minor")?, cells.longs("cash_minor")?);
    let (currency, digest) = (cells.texts("currency")?, cells.texts("raw_sha256")?);
    let (won, created) = (cells.days("date_won")?, cells.times("created_at")?);
    let deleted = cells.flags("deleted")?;
    let row = |row: usize| OpportunityRow {
        opportunity_id: opportunity.always(row),
        version_at: version.always(row),
        lead_id: lead.owned(row),
        crm_contact_id: contact.owned(row),
        user_id: user.owned(row),
        status: status.always(row),
        value_minor: value.get(row),
        cash_minor: cash.get(row),
        currency: currency.owned(row),
        date_won: won.get(row),
        created_at: created.get(row),
        deleted: deleted.is_set(row),
        raw_sha256: digest.owned(row),
    };
    Ok(cells.rows().map(row).collect())
}

/// The columns that [`activities`] reads.
pub(super) const ACTIVITIES: &[&str] = &[
    "activity_id",
    "kind",
    "lead_id",
    "crm_contact_id",
    "user_id",
    "at",
    "version_at",
    "outcome",
    "deleted",
    "raw_sha256",
];

/// Rows of `silver.calls`.
pub(super) fn activities(batch: &RecordBatch) -> Result<Vec<ActivityRow>> {
    let cells = Cells(batch);
    let (activity, kind) = (cells.texts("activity_id")?, cells.texts("kind")?);
    let (lead, contact) = (cells.texts("lead_id")?, cells.texts("crm_contact_id")?);
    let (user, outcome) = (cells.texts("user_id")?, cells.texts("outcome")?);
    let (at, version) = (cells.times("at")?, cells.times("version_at")?);
    let (deleted, digest) = (cells.flags("deleted")?, cells.texts("raw_sha256")?);
    let row = |row: usize| ActivityRow {
        activity_id: activity.always(row),
        kind: kind.always(row),
        lead_id: lead.owned(row),
        crm_contact_id: contact.owned(row),
        user_id: user.owned(row),
        at: at.get(row),
        version_at: version.always(row),
        outcome: outcome.get(row).and_then(outcome_of),
        deleted: deleted.is_set(row),
        raw_sha256: digest.owned(row),
    };
    Ok(cells.rows().map(row).collect())
}

fn outcome_of(text: &str) -> Option<CrmOutcome> {
    let outcomes = [CrmOutcome::Attended, CrmOutcome::NoShow];
    outcomes
        .into_iter()
        .find(|outcome| text == outcome.into_str())
}

/// The columns that [`payments`] reads.
pub(super) const PAYMENTS: &[&str] = &[
    "payment_id",
    "booking_id",
    "invitee_uri",
    "contact_id",
    "amount_minor",
    "currency",
    "occurred_at",
    "raw_sha256",
];

/// Rows of `silver.payments`.
pub(super) fn payments(batch: &RecordBatch) -> Result<Vec<PaymentRow>> {
    let cells = Cells(batch);
    let (payment, booking) = (cells.texts("payment_id")?, cells.texts("booking_id")?);
    let (invitee, contact) = (cells.texts("invitee_uri")?, cells.texts("contact_id")?);
    let (amount, currency) = (cells.longs("amount_minor")?, cells.texts("currency")?);
    let (at, digest) = (cells.times("occurred_at")?, cells.texts("raw_sha256")?);
    let row = |row: usize| PaymentRow {
        payment_id: payment.always(row),
        booking_id: booking.always(row),
        invitee_uri: invitee.owned(row),
        contact_id: contact.owned(row),
        amount_minor: amount.get(row),
        currency: currency.always(row),
        occurred_at: at.always(row),
        raw_sha256: digest.owned(row),
    };
    Ok(cells.rows().map(row).collect())
}

/// The columns that [`spend`] reads.
pub(super) const SPEND: &[&str] = &[
    "day",
    "channel",
    "campaign",
    "amount_minor",
    "currency",
    "revision",
];

/// Rows of `silver.ad_spend` with their revisions.
pub(super) fn spend(batch: &RecordBatch) -> Result<Vec<(i64, SpendRow)>> {
    let cells = Cells(batch);
    let (day, revision) = (cells.days("day")?, cells.longs("revision")?);
    let (channel, campaign) = (cells.texts("channel")?, cells.texts("campaign")?);
    let (amount, currency) = (cells.longs("amount_minor")?, cells.texts("currency")?);
    let row = |row: usize| {
        let spend = SpendRow {
            day: day.get(row)?,
            channel: channel.always(row),
            campaign: campaign.owned(row),
            amount_minor: amount.get(row),
            currency: currency.always(row),
        };
        Some((revision.get(row), spend))
    };
    Ok(cells.rows().filter_map(row).collect())
}
