//! Random worlds: the order of the rows says nothing.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::{
    activity, canceled, crm_contact, crm_lead, form, invitee, missed, payment, resolved, spend, won,
};
use crate::bookings::attendance::CrmOutcome;
use crate::numbers::kpi::{Base, Query, tally, total};
use crate::people::sources::{
    ActivityRow, CrmContactRow, CrmLeadRow, FormRow, InviteeRow, OpportunityRow, PaymentRow,
    Sources,
};

const NOW: &str = "2026-02-15T00:00:00Z";
const START: &str = "2026-02-01T00:00:00Z";

/// A few people, leads and hours, so that much falls together.
type Draw = (usize, usize, i64, u8);

fn draws() -> impl Strategy<Value = Vec<Draw>> {
    prop::collection::vec((0..6_usize, 0..4_usize, 0..600_i64, any::<u8>()), 0..8)
}

fn hour(n: i64) -> String {
    let at = super::at(START) + SignedDuration::from_hours(n);
    at.to_string()
}

fn day(n: i64) -> String {
    format!("2026-02-{:02}", 1 + n / 24)
}

fn phone(n: u8) -> Option<String> {
    n.is_multiple_of(3).then(|| format!("+1222333000{}", n % 5))
}

fn an_invitee(place: usize, (who, chain, hours, dice): Draw) -> InviteeRow {
    let mut row = invitee(
        &format!("i{place}"),
        &format!("p{who}@acme.co"),
        &hour(hours),
    );
    row.chain_id = format!("i{}", place.min(chain));
    row.phone = phone(dice);
    row.rescheduled = dice.is_multiple_of(7);
    match dice % 4 {
        0 => missed(row),
        1 => canceled(row),
        _ => row,
    }
}

fn a_form(place: usize, (who, booked, hours, dice): Draw) -> FormRow {
    let email = format!("p{who}@acme.co");
    let own = (dice % 3 != 1).then_some(email.as_str());
    let mut row = form(&format!("f{place}"), own, &hour(hours), "google");
    row.phone = phone(dice);
    row.invitee_uri = Some(format!("i{booked}"));
    row
}

fn a_lead(place: usize, (owner, into, hours, dice): Draw) -> CrmLeadRow {
    let mut row = crm_lead(&format!("l{place}"), &hour(hours));
    row.merged_into = dice.is_multiple_of(3).then(|| format!("l{into}"));
    row.owner_id = (owner > 3).then(|| "user_bob".to_owned());
    row.deleted = dice.is_multiple_of(5);
    row
}

fn a_contact(place: usize, (who, lead, hours, dice): Draw) -> CrmContactRow {
    let emails = match dice % 4 {
        0 => String::new(),
        1 => format!("p{who}@acme.co p{}@acme.co", (who + 1) % 6),
        _ => format!("p{who}@acme.co"),
    };
    let mut row = crm_contact(
        &format!("c{place}"),
        &format!("l{lead}"),
        &emails,
        &hour(hours),
    );
    row.phones.extend(phone(dice));
    row.deleted = dice.is_multiple_of(7);
    row
}

fn a_deal(place: usize, (contact, lead, hours, dice): Draw) -> OpportunityRow {
    let contact = format!("c{contact}");
    let own = dice.is_multiple_of(3).then_some(contact.as_str());
    let mut row = won(
        &format!("o{}", place / 2),
        own,
        &format!("l{lead}"),
        &day(hours),
        1_000_000,
    );
    row.version_at += SignedDuration::from_secs(i64::try_from(place).unwrap());
    row.deleted = dice.is_multiple_of(7);
    row.value_minor += i64::from(dice);
    if dice.is_multiple_of(5) {
        (row.lead_id, row.created_at) = (None, None);
    }
    row
}

fn an_activity(place: usize, (contact, lead, hours, dice): Draw) -> ActivityRow {
    let contact = format!("c{contact}");
    let own = dice.is_multiple_of(3).then_some(contact.as_str());
    let said = if dice.is_multiple_of(2) {
        CrmOutcome::NoShow
    } else {
        CrmOutcome::Attended
    };
    activity(
        &format!("a{place}"),
        own,
        &format!("l{lead}"),
        &hour(hours),
        said,
    )
}

fn a_payment(place: usize, (_, invitee, hours, dice): Draw) -> PaymentRow {
    let uri = format!("i{invitee}");
    let own = (!dice.is_multiple_of(3)).then_some(uri.as_str());
    payment(
        &format!("p{place}"),
        own,
        &hour(hours),
        i64::from(dice) - 50,
    )
}

fn made<T>(draws: Vec<Draw>, make: fn(usize, Draw) -> T) -> Vec<T> {
    let places = draws.into_iter().enumerate();
    places.map(|(place, draw)| make(place, draw)).collect()
}

prop_compose! {
    pub(super) fn world()(
        invitees in draws(), forms in draws(), leads in draws(), contacts in draws(),
        deals in draws(), activities in draws(), payments in draws(),
    ) -> Sources {
        Sources {
            invitees: made(invitees, an_invitee),
            forms: made(forms, a_form),
            crm_leads: made(leads, a_lead),
            crm_contacts: made(contacts, a_contact),
            opportunities: made(deals, a_deal),
            activities: made(activities, an_activity),
            payments: made(payments, a_payment),
            spend: vec![spend("2026-02-01", None, 3), spend("2026-02-01", Some("x"), 4)],
        }
    }
}

fn shuffled<T: Clone + std::fmt::Debug>(rows: &[T]) -> impl Strategy<Value = Vec<T>> + use<T> {
    Just(rows.to_vec()).prop_shuffle()
}

prop_compose! {
    fn twice()(one in world())(
        invitees in shuffled(&one.invitees), forms in shuffled(&one.forms),
        crm_leads in shuffled(&one.crm_leads), crm_contacts in shuffled(&one.crm_contacts),
        opportunities in shuffled(&one.opportunities), activities in shuffled(&one.activities),
        payments in shuffled(&one.payments), spend in shuffled(&one.spend), one in Just(one),
    ) -> (Sources, Sources) {
        let other = Sources {
            invitees, forms, crm_leads, crm_contacts, opportunities, activities, payments, spend,
        };
        (one, other)
    }
}

proptest! {
    #[test]
    fn the_order_of_the_rows_says_nothing((one, other) in twice()) {
        prop_assert_eq!(resolved(&one, NOW), resolved(&other, NOW));
    }

    #[test]
    fn everything_is_there_once_and_has_a_contact(sources in world()) {
        let found = resolved(&sources, NOW);
        prop_assert_eq!(found.contacts.len(), found.people.contacts.len());
        let places = found.contacts.iter().zip(&found.people.contacts);
        for (contact, person) in places {
            prop_assert_eq!(&contact.contact_id, &person.contact_id.to_string());
            prop_assert_eq!(found.contact(&contact.contact_id), Some(contact));
        }
        let calls: usize = found.contacts.iter().map(|contact| contact.calls.len()).sum();
        prop_assert_eq!(calls, found.bookings.len());
        prop_assert_eq!(found.touches.len(), found.bookings.len() + sources.forms.len());
        for deal in &sources.opportunities {
            prop_assert!(found.contact_of_opportunity(&deal.opportunity_id).is_some());
        }
        let sum = total(&tally(&found.facts, &jiff::tz::TimeZone::UTC, &Query::default()));
        let won: i64 = found.contacts.iter().map(|contact| contact.won_revenue_minor).sum();
        prop_assert_eq!(sum[Base::Revenue], won);
        let paid: i64 = sources.payments.iter().map(|row| row.amount_minor).sum();
        prop_assert_eq!(sum[Base::CashCollected], paid);
    }
}
