//! The rows that key figures and attribution are made of.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use super::bookings::{Booking, Chain};
use super::contacts::ResolvedContact;
use super::crm::Crm;
use super::money::Currencies;
use super::places::{Lookup, Places};
use crate::config::CallType;
use crate::numbers::attribution::{Touch, TouchKind};
use crate::numbers::kpi::{
    CallFact, CashLine, DealLine, DealVersion, Facts, InCurrency, Lead, LeftOut, SpendLine, lines,
};
use crate::numbers::team::Team;
use crate::people::identity::People;
use crate::people::sources::{FormRow, OpportunityRow, PaymentRow, SpendRow};

/// What says whose a deal is.
pub(super) struct Owners<'p, 'a> {
    pub(super) crm: &'p Crm<'a>,
    pub(super) places: &'p Places<'a>,
    pub(super) people: &'p People,
    pub(super) team: &'p Team,
}

impl Owners<'_, '_> {
    /// The lines of all opportunities; contact and owner are those of the newest version. Of one in another
    /// currency the deal counts, and its money is in no sum.
    pub(super) fn deals(
        &self,
        versions: &[OpportunityRow],
        currencies: &Currencies,
        zone: &TimeZone,
    ) -> Vec<DealLine> {
        let contact_of = self.contacts();
        let version = |row: &OpportunityRow| {
            let user = row
                .user_id
                .as_deref()
                .and_then(|id| self.team.close_user(id));
            Some(DealVersion {
                opportunity_id: row.opportunity_id.clone(),
                version_at: row.version_at,
                won: row.status == "won" && !row.deleted,
                deleted: row.deleted,
                date_won: row.date_won,
                value_minor: row.value_minor,
                cash_minor: row.cash_minor,
                other_currency: currencies.other(row.currency.as_deref()),
                contact_id: contact_of.get(&*row.opportunity_id)?.clone(),
                user: user.map(str::to_owned),
            })
        };
        let versions: Vec<DealVersion> = versions.iter().filter_map(version).collect();
        lines(&versions, zone)
    }

    /// Ids of contacts by opportunity.
    fn contacts(&self) -> HashMap<&str, String> {
        let of_opportunities = self.crm.opportunities.iter().filter_map(|opportunity| {
            let place = self.places.owners.get(&opportunity.owner)?;
            let contact = self.people.contacts.get(*place as usize)?;
            let id = &*opportunity.newest.opportunity_id;
            Some((id, contact.contact_id.to_string()))
        });
        of_opportunities.collect()
    }
}

pub(super) fn leads(contacts: &[ResolvedContact]) -> Vec<Lead> {
    let lead = |contact: &ResolvedContact| Lead {
        contact_id: contact.contact_id.clone(),
        first_touch_at: contact.first_touch_at,
        campaign: contact.first_touch_campaign.clone(),
    };
    contacts.iter().map(lead).collect()
}

/// The bookings with a call type.
pub(super) fn calls(bookings: &[Booking]) -> Vec<CallFact> {
    let call = |booking: &Booking| {
        Some(CallFact {
            row_id: booking.chain_id.clone(),
            contact_id: booking.contact_id.clone(),
            call_type: booking.call_type?,
            booked_at: booking.booked_at,
            start: booking.start,
            attendance: booking.attendance,
            attendance_source: booking.attendance_source,
            user: booking.user.clone(),
        })
    };
    bookings.iter().filter_map(call).collect()
}

/// A payment with whose it is.
pub(super) struct Paid<'a> {
    row: &'a PaymentRow,
    contact: Option<u32>,
    user: Option<String>,
}

/// Whose the payments and refunds are: of the contact who booked, else of the one with the payment's address.
pub(super) fn paid<'a>(
    payments: &'a [PaymentRow],
    chains: &[Chain<'_>],
    bookings: &[Booking],
    lookup: &mut Lookup,
) -> Vec<Paid<'a>> {
    let mut chain_of: HashMap<&str, usize> = HashMap::new();
    if !payments.is_empty() {
        for (place, chain) in chains.iter().enumerate() {
            let members = chain.members.iter();
            chain_of.extend(members.map(|row| (&*row.invitee_uri, place)));
        }
    }
    let mut out = Vec::with_capacity(payments.len());
    for row in payments {
        let uri = row.invitee_uri.as_deref();
        let chain = uri.and_then(|uri| chain_of.get(uri)).copied();
        let of_address = || lookup.ids.get(row.contact_id.as_deref()?).copied();
        let contact = chain.map(|chain| chains[chain].contact).or_else(of_address);
        if let Some(contact) = contact {
            lookup.payments.insert(row.payment_id.clone(), contact);
        }
        out.push(Paid {
            row,
            contact,
            user: chain.and_then(|chain| bookings.get(chain)?.user.clone()),
        });
    }
    out
}

/// Payments and spend: what adds up, and what is in other currencies.
pub(super) fn money(
    payments: &[Paid<'_>],
    rows: &[SpendRow],
    people: &People,
    currencies: &Currencies,
    zone: &TimeZone,
) -> Facts {
    let (cash, other_cash) = cash(payments, people, currencies, zone);
    let (spend, other_spend) = spend(rows, currencies);
    let left_out = LeftOut {
        cash: other_cash,
        spend: other_spend,
    };
    Facts {
        cash,
        spend,
        left_out,
        ..Facts::default()
    }
}

/// Payments and refunds by id: those that add up, and those in other currencies.
fn cash(
    paid: &[Paid<'_>],
    people: &People,
    currencies: &Currencies,
    zone: &TimeZone,
) -> (Vec<CashLine>, Vec<InCurrency<CashLine>>) {
    let line = |paid: &Paid<'_>| {
        let contact = paid
            .contact
            .and_then(|place| people.contacts.get(place as usize));
        CashLine {
            row_id: paid.row.payment_id.clone(),
            contact_id: contact.map(|contact| contact.contact_id.to_string()),
            at: paid.row.occurred_at,
            on: zone.to_datetime(paid.row.occurred_at).date(),
            amount_minor: paid.row.amount_minor,
            user: paid.user.clone(),
        }
    };
    let lines = paid.iter().map(|paid| (&*paid.row.currency, line(paid)));
    parted(lines, currencies, |line| &line.row_id)
}

/// Lines with their currencies by id: those that add up, and the others.
fn parted<'a, L>(
    lines: impl Iterator<Item = (&'a str, L)>,
    currencies: &Currencies,
    id: fn(&L) -> &String,
) -> (Vec<L>, Vec<InCurrency<L>>) {
    let (mut adding, mut others) = (Vec::new(), Vec::new());
    for (currency, line) in lines {
        match currencies.other(Some(currency)) {
            None => adding.push(line),
            Some(currency) => others.push(InCurrency { currency, line }),
        }
    }
    adding.sort_by(|a, b| id(a).cmp(id(b)));
    others.sort_by(|a, b| id(&a.line).cmp(id(&b.line)));
    (adding, others)
}

/// The id of a day's spend in drill-downs: `<day>|<channel>|<campaign>`.
#[must_use]
pub fn spend_id(row: &SpendRow) -> String {
    let campaign = row.campaign.as_deref().unwrap_or_default();
    format!("{}|{}|{campaign}", row.day, row.channel)
}

/// Spend by id: what adds up, and what is in other currencies.
fn spend(
    rows: &[SpendRow],
    currencies: &Currencies,
) -> (Vec<SpendLine>, Vec<InCurrency<SpendLine>>) {
    let line = |row: &SpendRow| SpendLine {
        row_id: spend_id(row),
        on: row.day,
        campaign: row.campaign.clone(),
        amount_minor: row.amount_minor,
    };
    let lines = rows.iter().map(|row| (&*row.currency, line(row)));
    parted(lines, currencies, |line| &line.row_id)
}

/// A touch for each form and each chain, when its first member was booked; by contact and time.
pub(super) fn touches(
    forms: &[FormRow],
    chains: &[Chain<'_>],
    places: &Places<'_>,
    people: &People,
) -> Vec<Touch> {
    let id = |place: u32| {
        let contact = people.contacts.get(place as usize)?;
        Some(contact.contact_id.to_string())
    };
    let of_forms = forms.iter().filter_map(|form| {
        Some(Touch {
            row_id: form.token.clone(),
            contact_id: id(*places.forms.get(&*form.token)?)?,
            at: form.submitted_at,
            kind: TouchKind::Form,
            channel: form.channel.clone(),
            campaign: form.campaign.clone(),
        })
    });
    let of_chains = chains.iter().filter_map(|chain| {
        let first = chain.first()?;
        Some(Touch {
            row_id: chain.id.to_owned(),
            contact_id: id(chain.contact)?,
            at: first.created_at,
            kind: match first.call_type {
                Some(CallType::Triage) => TouchKind::Triage,
                Some(CallType::Solution) => TouchKind::Solution,
                None => TouchKind::Booking,
            },
            channel: first.channel.clone(),
            campaign: first.campaign.clone(),
        })
    });
    let mut out: Vec<Touch> = of_forms.chain(of_chains).collect();
    out.sort_unstable_by(|a, b| {
        (&a.contact_id, a.at, &a.row_id).cmp(&(&b.contact_id, b.at, &b.row_id))
    });
    out
}
