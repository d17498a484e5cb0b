//! The row of the lake that a fact is from.

use crate::inbox::vendor::Vendor;
use crate::numbers::attribution::{Touch, TouchKind};
use crate::numbers::kpi::{FactKind, Judged};
use crate::people::identity::RecordKey;
use crate::people::resolved::{CONTACT, LEAD, Resolved};

/// A table and the key of a row, or of some rows, of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// `silver.invitees`
    pub table: &'static str,
    /// Column and value; an empty value is NULL.
    pub key: Vec<(&'static str, String)>,
}

impl Source {
    pub(crate) fn new(table: &'static str, column: &'static str, value: &str) -> Self {
        Self {
            table,
            key: vec![(column, value.to_owned())],
        }
    }

    /// All members of a reschedule chain.
    pub(super) fn of_chain(chain_id: &str) -> Self {
        Self::new("silver.invitees", "chain_id", chain_id)
    }

    pub(super) fn of_invitee(invitee_uri: &str) -> Self {
        Self::new("silver.invitees", "invitee_uri", invitee_uri)
    }

    /// All versions of a deal.
    pub(crate) fn of_deal(opportunity_id: &str) -> Self {
        Self::new("silver.opportunities", "opportunity_id", opportunity_id)
    }

    pub(super) fn of_touch(touch: &Touch) -> Self {
        Self::of_touch_row(touch.kind.into(), &touch.row_id)
    }

    /// The response of a form, or all members of a chain.
    pub(super) fn of_touch_row(kind: &str, row_id: &str) -> Self {
        if kind == <&str>::from(TouchKind::Form) {
            Self::new("silver.form_responses", "token", row_id)
        } else {
            Self::of_chain(row_id)
        }
    }

    pub(super) fn of_payment(payment_id: &str) -> Self {
        Self::new("silver.payments", "payment_id", payment_id)
    }

    pub(super) fn of_record(key: &RecordKey) -> Self {
        let id = &key.id;
        match (key.vendor, key.kind.as_str()) {
            (Vendor::Typeform, _) => Self::new("silver.form_responses", "token", id),
            (Vendor::Close, CONTACT) => Self::new("silver.crm_contacts", "crm_contact_id", id),
            (Vendor::Close, LEAD) => Self::new("silver.crm_leads", "lead_id", id),
            (Vendor::Close, _) => Self::of_deal(id),
            _ => Self::of_invitee(id),
        }
    }

    pub(super) fn of_judged(resolved: &Resolved, row: &Judged) -> Self {
        Self::of_fact(resolved, row.fact, &row.row_id)
    }

    pub(super) fn of_fact(resolved: &Resolved, fact: FactKind, row_id: &str) -> Self {
        match fact {
            FactKind::Leads => resolved
                .first_record(row_id)
                .map_or_else(|| Self::of_chain(row_id), Self::of_record),
            FactKind::Calls => Self::of_chain(row_id),
            FactKind::Deals => Self::of_deal(row_id.rsplit_once('@').map_or(row_id, |(id, _)| id)),
            FactKind::Cash => Self::of_payment(row_id),
            FactKind::Spend => Self::of_spend(row_id),
        }
    }

    /// All revisions of a day's spend.
    pub(super) fn of_spend(row_id: &str) -> Self {
        let mut parts = row_id.splitn(3, '|');
        let mut part = || parts.next().unwrap_or_default();
        Self::of_spend_key(part(), part(), part())
    }

    /// As [`Self::of_spend`]; an empty campaign is none.
    pub(super) fn of_spend_key(day: &str, channel: &str, campaign: &str) -> Self {
        let columns = [("day", day), ("channel", channel), ("campaign", campaign)];
        let columns = columns.into_iter();
        Self {
            table: "silver.ad_spend",
            key: columns
                .map(|(name, value)| (name, value.to_owned()))
                .collect(),
        }
    }
}
