//! Contacts with what their calls add up to: the rows of the customers' list.

use std::cmp::Ordering;

use serde::Serialize;

use super::shown;
use crate::people::customer::{CallSummary, FactorEvidence, evidence};
use crate::people::erasure::is_anonymous;
use crate::people::resolved::{Resolved, ResolvedContact};

/// One contact and what its calls add up to; also one without a booking.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Customer {
    /// Opaque and stable: the same person has the same id in every answer.
    pub contact_id: String,
    /// The primary address; `None` for somebody known by a telephone only.
    pub email: Option<String>,
    pub name: Option<String>,
    /// Who looks after them in the CRM: the address of a team member, of anybody else the CRM's user (X9).
    pub crm_owner: Option<String>,
    #[serde(flatten)]
    pub calls: CallSummary,
}

/// A customer with what the figures rest on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CustomerDetail {
    #[serde(flatten)]
    pub customer: Customer,
    /// Each health factor with the calls that speak for it.
    pub factors: Vec<FactorEvidence>,
    /// Won revenue has reached the configured threshold (X15).
    pub high_value: bool,
    /// Minor units, over all deals that are won.
    pub won_revenue_minor: i64,
}

/// Whether a call is booked ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextCall {
    None,
    Some,
}

/// A health score from here on is good.
const GOOD_FROM: i32 = 60;
/// A health score below is poor.
const POOR_BELOW: i32 = 40;

/// How a health score is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum HealthBand {
    /// 60 and more.
    Good,
    Fair,
    /// Below 40.
    Poor,
}

impl From<i32> for HealthBand {
    fn from(score: i32) -> Self {
        match score {
            GOOD_FROM.. => Self::Good,
            ..POOR_BELOW => Self::Poor,
            _ => Self::Fair,
        }
    }
}

/// Asks for whoever has an alert.
pub const ANY_ALERT: &str = "any";

/// Which customers are asked for; `None` is all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerFilter {
    /// A match key; any address of the person.
    pub email: Option<String>,
    /// Code of an alert that stands, or [`ANY_ALERT`].
    pub alert: Option<String>,
    /// E-mail address of the account manager.
    pub am: Option<String>,
    pub next_call: Option<NextCall>,
    pub health: Option<HealthBand>,
    /// A part of the name or of an address, in letters of any case.
    pub text: Option<String>,
}

/// What customers are sorted by. Those without a value come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Order {
    #[default]
    Email,
    Name,
    HealthScore,
    ShowRate,
    LastCallDate,
    NextCallDate,
}

/// The contacts that are wanted, in order; of equal ones by id.
#[must_use]
pub fn customers<'a>(
    resolved: &'a Resolved,
    wanted: &CustomerFilter,
    order: Order,
    descending: bool,
) -> Vec<&'a ResolvedContact> {
    let text = wanted.text.as_ref().map(|text| text.to_lowercase());
    let told = |contact: &ResolvedContact| text.as_ref().is_none_or(|text| tells(contact, text));
    let contacts = resolved.contacts.iter();
    let mut found: Vec<&ResolvedContact> = contacts.filter(|c| wanted.has(c) && told(c)).collect();
    found.sort_by(|a, b| {
        let by_value = order.compare(a, b, descending);
        by_value.then_with(|| a.contact_id.cmp(&b.contact_id))
    });
    found
}

impl CustomerFilter {
    fn has(&self, contact: &ResolvedContact) -> bool {
        let summary = &contact.summary;
        let is_am = |am: &String| {
            let own = summary.assigned_am_email.as_deref();
            own.is_some_and(|own| own.eq_ignore_ascii_case(am))
        };
        self.email
            .as_ref()
            .is_none_or(|email| contact.merged.emails.contains(email))
            && self.alert.as_deref().is_none_or(|alert| {
                summary.alerts.contains(&alert) || alert == ANY_ALERT && !summary.alerts.is_empty()
            })
            && self.am.as_ref().is_none_or(is_am)
            && self
                .next_call
                .is_none_or(|next| (next == NextCall::Some) == summary.next_call_date.is_some())
            && self
                .health
                .is_none_or(|band| HealthBand::from(summary.health_score) == band)
    }
}

/// Whether the name or an address has the text, which is in small letters.
fn tells(contact: &ResolvedContact, text: &str) -> bool {
    let has = |value: &String| value.to_lowercase().contains(text);
    let mut emails = contact.merged.emails.iter();
    contact.merged.name.as_ref().is_some_and(has)
        || emails.any(|email| !is_anonymous(email) && has(email))
}

fn main_email(contact: &ResolvedContact) -> Option<&String> {
    contact.merged.emails.first()
}

impl Order {
    fn compare(self, a: &ResolvedContact, b: &ResolvedContact, descending: bool) -> Ordering {
        let (one, other) = (&a.summary, &b.summary);
        let name = |c: &ResolvedContact| c.merged.name.as_ref().map(|name| name.to_lowercase());
        match self {
            Self::Email => last_without(main_email(a), main_email(b), descending, Ord::cmp),
            Self::Name => last_without(name(a), name(b), descending, Ord::cmp),
            Self::HealthScore => {
                let scores = (Some(one.health_score), Some(other.health_score));
                last_without(scores.0, scores.1, descending, Ord::cmp)
            }
            Self::ShowRate => {
                last_without(one.show_rate, other.show_rate, descending, f64::total_cmp)
            }
            Self::LastCallDate => last_without(
                one.last_call_date,
                other.last_call_date,
                descending,
                Ord::cmp,
            ),
            Self::NextCallDate => last_without(
                one.next_call_date,
                other.next_call_date,
                descending,
                Ord::cmp,
            ),
        }
    }
}

fn last_without<T>(
    a: Option<T>,
    b: Option<T>,
    descending: bool,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => compare(&b, &a),
        (Some(a), Some(b)) => compare(&a, &b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

impl From<&ResolvedContact> for Customer {
    fn from(contact: &ResolvedContact) -> Self {
        Self {
            contact_id: contact.contact_id.clone(),
            email: shown(&contact.merged.emails).into_iter().next(),
            name: contact.merged.name.clone(),
            crm_owner: contact.crm_owner().map(str::to_owned),
            calls: contact.summary.clone(),
        }
    }
}

/// A customer with what the figures rest on at the instant that everything was resolved for.
#[must_use]
pub fn customer(resolved: &Resolved, contact: &ResolvedContact) -> CustomerDetail {
    CustomerDetail {
        customer: Customer::from(contact),
        factors: evidence(&contact.calls, resolved.as_of),
        high_value: contact.standing.high_value,
        won_revenue_minor: contact.won_revenue_minor,
    }
}
