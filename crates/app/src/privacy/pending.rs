//! Pending records of the person: the vendor has sent them, and the tables do not have them yet.

use std::collections::{BTreeMap, BTreeSet};

use bookpath_domain::Vendor;
use bookpath_domain::people::email;
use bookpath_domain::people::erasure::{Searcher, Subject};
use bookpath_domain::people::identity::RecordKey;
use bookpath_domain::people::phone::Phone;
use bookpath_domain::people::resolved::{CONTACT, FORM};
use bookpath_vendors::close::facts::{self, Change};
use bookpath_vendors::{readable, typeform};
use serde_json::Value;

use super::ErasureSubject;
use super::objects::{Archive, Object, RAW};
use super::subject::response_name;
use crate::inbox::archive::parts_of;
use crate::ports::StoreError;

const RAW_OF_CLOSE: &str = "raw/close/";
/// Where Stripe's objects name who pays.
const PAYER: [&str; 4] = [
    "/customer_details/email",
    "/customer_email",
    "/receipt_email",
    "/billing_details/email",
];

/// What raw bodies tell of a person.
#[derive(Debug)]
pub(super) struct Pending {
    /// The person with the ids of these records.
    pub(super) subject: Subject,
    /// The vendors' ids of the records, as their deletion names them: of Calendly the newest invitee of each address.
    pub(super) at_vendors: BTreeSet<(Vendor, String)>,
    /// Records that have no address of their own: a telephone says that they are the person's.
    pub(super) alone: BTreeSet<RecordKey>,
    /// There is a record of the person's own.
    pub(super) found: bool,
}

/// The person with the records that raw bodies tell of.
///
/// # Errors
/// Those of the objects.
pub(super) async fn with_pending(
    archive: &Archive<'_>,
    whom: &ErasureSubject,
    default_country: &str,
) -> Result<Pending, StoreError> {
    let mut subject = whom.subject.clone();
    let searcher = Searcher::new(&subject);
    let found = archive.find(RAW, &searcher).await?;
    let mut own = Own::default();
    for object in &found.objects {
        own.read(object, &subject, default_country);
    }
    subject.ids.append(&mut own.ids);
    let mut leads: BTreeSet<String> = own.leads.difference(&whom.shared_leads).cloned().collect();
    if !leads.is_empty() {
        // A lead is the person's if all its contacts are.
        let named = Subject {
            ids: leads.clone(),
            ..Subject::default()
        };
        let of_leads = archive.find(RAW_OF_CLOSE, &Searcher::new(&named)).await?;
        for object in &of_leads.objects {
            for (id, lead) in contacts(object, default_country) {
                if !subject.ids.contains(&id) {
                    leads.remove(&lead);
                }
            }
        }
        subject.ids.append(&mut leads);
    }
    let invitees = own.invitees.into_values();
    own.at_vendors
        .extend(invitees.map(|(_, uri)| (Vendor::Calendly, uri)));
    Ok(Pending {
        subject,
        at_vendors: own.at_vendors,
        alone: own.alone,
        found: own.found,
    })
}

/// Ids of the person's records, and the leads that their contacts belong to.
#[derive(Debug, Default)]
struct Own {
    ids: BTreeSet<String>,
    leads: BTreeSet<String>,
    at_vendors: BTreeSet<(Vendor, String)>,
    /// Of each address when its newest invitee was made, and its uri.
    invitees: BTreeMap<String, (String, String)>,
    alone: BTreeSet<RecordKey>,
    found: bool,
}

impl Own {
    /// Notes the records of a body that are of the person.
    fn read(&mut self, object: &Object, subject: &Subject, default_country: &str) {
        let Some(body) = json(object) else {
            return;
        };
        match vendor(object) {
            Some(Vendor::Calendly) => {
                let payload = &body["payload"];
                let address = payload["email"].as_str();
                if is_own(subject, address, &[]) {
                    self.found = true;
                    self.invitee(address.unwrap_or_default(), payload);
                }
            }
            Some(Vendor::Typeform) => self.response(&body, subject, default_country),
            Some(Vendor::Close) => self.contacts(&body, subject, default_country),
            Some(Vendor::Stripe) => {
                let payer = &body["data"]["object"];
                let addresses = PAYER
                    .iter()
                    .filter_map(|path| payer.pointer(path)?.as_str());
                let mut addresses = addresses.map(|address| is_own(subject, Some(address), &[]));
                self.found |= addresses.any(|own| own);
            }
            Some(Vendor::Sms) | None => {}
        }
    }

    /// Notes a response of the person.
    fn response(&mut self, body: &Value, subject: &Subject, default_country: &str) {
        let Ok(response) = typeform::response(body, default_country) else {
            return;
        };
        let phones: Vec<&str> = response.phone.iter().map(Phone::as_str).collect();
        if !is_own(subject, response.email.as_deref(), &phones) {
            return;
        }
        self.found = true;
        let named = response_name(response.form_id.as_deref(), &response.token);
        self.at_vendors.insert((Vendor::Typeform, named));
        if response.email.is_none() {
            let key = RecordKey::new(Vendor::Typeform, FORM, &response.token);
            self.alone.insert(key);
        }
        self.ids.insert(response.token);
    }

    /// Notes the contacts of the CRM that are the person, with their leads.
    fn contacts(&mut self, body: &Value, subject: &Subject, default_country: &str) {
        for record in facts::records(body, default_country).unwrap_or_default() {
            let Change::Contact(contact) = &record.change else {
                continue;
            };
            let phones = contact.phones.iter();
            let phones: Vec<&str> = phones
                .filter_map(|p| Some(p.phone.as_ref()?.as_str()))
                .collect();
            let mut emails = contact.emails.iter();
            let own = is_own(subject, None, &phones)
                || emails.any(|email| is_own(subject, Some(email), &[]));
            if !own {
                continue;
            }
            self.found = true;
            self.leads.extend(record.lead_id);
            if contact.emails.is_empty() {
                let key = RecordKey::new(Vendor::Close, CONTACT, &record.object_id);
                self.alone.insert(key);
            }
            let id = (Vendor::Close, record.object_id.clone());
            self.at_vendors.insert(id);
            self.ids.insert(record.object_id);
        }
    }

    /// Notes an invitee of the person.
    fn invitee(&mut self, address: &str, payload: &Value) {
        let Some(uri) = payload["uri"].as_str() else {
            return;
        };
        self.ids.insert(uri.to_owned());
        let made = payload["created_at"].as_str().unwrap_or_default();
        let made = (made.to_owned(), uri.to_owned());
        let address = email::normalize(address).unwrap_or_default();
        let newest = self.invitees.entry(address).or_default();
        if *newest < made {
            *newest = made;
        }
    }
}

/// An address or a telephone of a record is the person's.
fn is_own(subject: &Subject, address: Option<&str>, phones: &[&str]) -> bool {
    let key = address.and_then(email::normalize);
    key.is_some_and(|key| subject.emails.contains(&key))
        || phones.iter().any(|phone| subject.phones.contains(*phone))
}

/// The contacts that a body of Close tells of, each with its lead.
fn contacts(object: &Object, default_country: &str) -> Vec<(String, String)> {
    let records = json(object).and_then(|body| facts::records(&body, default_country).ok());
    let contacts = records.unwrap_or_default().into_iter();
    contacts
        .filter(|record| matches!(record.change, Change::Contact(_)))
        .filter_map(|record| Some((record.object_id, record.lead_id?)))
        .collect()
}

fn json(object: &Object) -> Option<Value> {
    serde_json::from_slice(&readable(&object.bytes)).ok()
}

fn vendor(object: &Object) -> Option<Vendor> {
    parts_of(&object.key)?.0.parse().ok()
}
