//! Whom a record is about, as far as it says so itself.

use bookpath_domain::bookings::Fact;
use bookpath_domain::people::email;
use bookpath_domain::people::phone::Phone;
use bookpath_domain::{BusinessConfig, Delivery, StreamRecord, Vendor};
use bookpath_vendors::close::facts::{self as crm, Change};
use bookpath_vendors::{facts, typeform};
use serde_json::Value;

/// Addresses of a body of the CRM that are looked up.
const ADDRESSES_MAX: usize = 50;
/// The number that a call of the CRM was with.
const CALLED: [&str; 2] = ["/event/data/remote_phone", "/event/data/phone"];

/// Whom a record is about: the person and the resource of its envelope. The CRM's bodies name people by addresses only
/// within, and a lead's several of them: one who was erased keeps the whole body out.
pub(super) fn names(vendor: Vendor, delivery: Delivery, body: &[u8]) -> Vec<String> {
    let mut names = vec![delivery.person_key, delivery.resource_uri];
    if vendor == Vendor::Close
        && let Ok(body) = serde_json::from_slice(body)
    {
        addresses(&body, &mut names);
    }
    names
}

/// Adds every address in a document.
pub(super) fn addresses(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::String(text) if names.len() < ADDRESSES_MAX => {
            names.extend(email::normalize(text).filter(|_| !text.contains(' ')));
        }
        Value::Array(items) => items.iter().for_each(|item| addresses(item, names)),
        Value::Object(fields) => fields.values().for_each(|field| addresses(field, names)),
        _ => {}
    }
}

/// The telephones of a record without an e-mail address. A record with an address is looked up by that address only, because
/// the telephone may have had another owner before.
pub(super) fn telephones(record: &StreamRecord, rules: &BusinessConfig) -> Vec<Phone> {
    let country = &rules.default_country;
    let delivery = &record.envelope.delivery;
    let body = || serde_json::from_str::<Value>(record.body.get()).unwrap_or_default();
    let mut found = match record.envelope.vendor {
        Vendor::Sms => Phone::parse(&delivery.person_key, "").into_iter().collect(),
        Vendor::Typeform => match typeform::response(&body(), country) {
            Ok(response) if response.email.is_none() => response.phone.into_iter().collect(),
            _ => Vec::new(),
        },
        Vendor::Close => of_crm(&body(), country),
        Vendor::Calendly if email::normalize(&delivery.person_key).is_none() => {
            of_invitee(record, rules)
        }
        Vendor::Calendly | Vendor::Stripe => Vec::new(),
    };
    found.truncate(ADDRESSES_MAX);
    found
}

fn of_crm(body: &Value, country: &str) -> Vec<Phone> {
    let records = crm::records(body, country).unwrap_or_default().into_iter();
    let phones = records.flat_map(|record| match record.change {
        Change::Contact(contact) if contact.emails.is_empty() => contact.phones,
        _ => Vec::new(),
    });
    let called = CALLED
        .iter()
        .filter_map(|path| body.pointer(path)?.as_str());
    let called = called.filter_map(|typed| Phone::parse(typed, country));
    phones
        .filter_map(|entry| entry.phone)
        .chain(called)
        .collect()
}

fn of_invitee(record: &StreamRecord, rules: &BusinessConfig) -> Vec<Phone> {
    let facts = facts(record, rules).unwrap_or_default().into_iter();
    let phones = facts.filter_map(|reported| match reported.fact {
        Fact::Invitee(invitee) => Phone::parse(&invitee.contact.phone?, &rules.default_country),
        _ => None,
    });
    phones.collect()
}
