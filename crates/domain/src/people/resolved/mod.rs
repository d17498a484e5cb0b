//! From the rows of silver to people and numbers.
//!
//! [`resolve()`] is a pure function of the rows, the decisions of the admins, the rules and an instant: the
//! order of the rows does not matter, and nothing of an earlier run is needed.

mod bookings;
mod contacts;
mod crm;
mod facts;
mod money;
mod places;
mod records;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::panic::resume_unwind;

use jiff::Timestamp;

pub use bookings::Booking;
pub use contacts::ResolvedContact;
pub use facts::spend_id;
pub use money::Currencies;
pub use records::{CONTACT, FORM, INVITEE, LEAD, OPPORTUNITY};

use crate::bookings::attendance::CrmOutcome;
use crate::config::BusinessConfig;
use crate::numbers::attribution::{Input, Touch};
use crate::numbers::kpi::Facts;
use crate::numbers::team::Team;
use crate::people::identity::{People, Record, RecordKey, resolve as who_is_who};
use crate::people::sources::{Directory, Sources};

use contacts::Parts;
use crm::Crm;
use places::{Lookup, Places};

/// All people, and the facts that numbers are made of, at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    pub as_of: Timestamp,
    /// By key.
    pub records: Vec<Record>,
    /// Its contacts stand in the same places as `contacts`.
    pub people: People,
    /// By id.
    pub contacts: Vec<ResolvedContact>,
    /// By chain.
    pub bookings: Vec<Booking>,
    /// What the CRM says of calls, by invitee (X5).
    pub outcomes: BTreeMap<String, CrmOutcome>,
    pub facts: Facts,
    /// By contact and time.
    pub touches: Vec<Touch>,
    pub team: Team,
    pub currencies: Currencies,
    lookup: Lookup,
}

/// Everything that the rows say of people and money at `as_of`.
///
/// An opportunity whose contact the CRM has not told of yet is that of an anonymous contact, named by its
/// lead or by itself, until it is known. Leads that were merged own what they were merged with. A contact that was
/// deleted in the CRM keeps what it said; only no further deal falls to it while its lead has others.
#[must_use]
pub fn resolve(
    sources: &Sources,
    directory: &Directory,
    rules: &BusinessConfig,
    as_of: Timestamp,
) -> Resolved {
    let currencies = Currencies::new(sources);
    resolve_part(sources, directory, rules, as_of, currencies)
}

/// As [`resolve()`], of the rows of some people, whom no other row names; which money adds up is decided by all rows.
#[must_use]
pub fn resolve_part(
    sources: &Sources,
    directory: &Directory,
    rules: &BusinessConfig,
    as_of: Timestamp,
    currencies: Currencies,
) -> Resolved {
    let zone = &rules.reporting_timezone;
    let users = directory.users.iter();
    let team = Team::new(&rules.team, users.map(|(email, id)| (&**email, &**id)));
    let crm = Crm::new(sources);
    let (records, origins) = records::records(sources, &crm);
    let people = who_is_who(&records, &directory.decisions);
    let places = Places::new(&people, &origins);
    let chains = bookings::chains(&sources.invitees, &places);
    let outcomes = bookings::outcomes(sources, &crm, &places, &chains);
    let owners = facts::Owners {
        crm: &crm,
        places: &places,
        people: &people,
        team: &team,
    };
    let deals = owners.deals(&sources.opportunities, &currencies, zone);
    let (contacts, mut lookup) = found(&Parts {
        people: &people,
        records: &records,
        origins: &origins,
        crm: &crm,
        places: &places,
        chains: &chains,
        outcomes: &outcomes,
        deals: &deals,
        rules,
        as_of,
    });
    let booked = chains.iter().filter_map(|chain| {
        let contact = contacts.get(chain.contact as usize)?;
        chain.booking(&contact.contact_id, &outcomes, &team, as_of)
    });
    let bookings: Vec<Booking> = booked.collect();
    let paid = facts::paid(&sources.payments, &chains, &bookings, &mut lookup);
    let touches = facts::touches(&sources.forms, &chains, &places, &people);
    let facts = Facts {
        leads: facts::leads(&contacts),
        calls: facts::calls(&bookings),
        deals,
        ..facts::money(&paid, &sources.spend, &people, &currencies, zone)
    };
    Resolved {
        as_of,
        records,
        people,
        contacts,
        bookings,
        outcomes,
        facts,
        touches,
        team,
        currencies,
        lookup,
    }
}

/// The contacts, and by what they are found, which another thread collects.
fn found(parts: &Parts<'_, '_>) -> (Vec<ResolvedContact>, Lookup) {
    std::thread::scope(|scope| {
        let lookup = || Lookup::new(parts.people, parts.records, parts.places, parts.crm);
        let lookup = scope.spawn(lookup);
        let contacts = contacts::contacts(parts);
        let lookup = lookup.join().unwrap_or_else(|panic| resume_unwind(panic));
        (contacts, lookup)
    })
}

impl Resolved {
    /// The contact with this id, or with one that it had before it was merged or known better.
    #[must_use]
    pub fn contact(&self, contact_id: &str) -> Option<&ResolvedContact> {
        self.at(self.lookup.ids.get(contact_id))
    }

    /// The contact with this address, a match key.
    #[must_use]
    pub fn contact_by_email(&self, email: &str) -> Option<&ResolvedContact> {
        self.at(self.lookup.emails.get(email))
    }

    /// Whose invitee it is.
    #[must_use]
    pub fn contact_of_invitee(&self, invitee_uri: &str) -> Option<&ResolvedContact> {
        self.at(self.lookup.invitees.get(invitee_uri))
    }

    /// Whose response of a form it is.
    #[must_use]
    pub fn contact_of_form(&self, token: &str) -> Option<&ResolvedContact> {
        self.at(self.lookup.forms.get(token))
    }

    /// Whose contact of the CRM it is.
    #[must_use]
    pub fn contact_of_crm_contact(&self, crm_contact_id: &str) -> Option<&ResolvedContact> {
        self.at(self.lookup.crm_contacts.get(crm_contact_id))
    }

    /// The contact of a record of any kind.
    #[must_use]
    pub fn contact_of_record(&self, key: &RecordKey) -> Option<&ResolvedContact> {
        let records = &self.records;
        let place = records.binary_search_by(|record| record.key.cmp(key));
        let contact = self.people.contact_of(place.ok()?)?;
        self.contact(&contact.contact_id.to_string())
    }

    /// Whose revenue the opportunity is.
    #[must_use]
    pub fn contact_of_opportunity(&self, opportunity_id: &str) -> Option<&ResolvedContact> {
        self.at(self.lookup.opportunities.get(opportunity_id))
    }

    /// Who paid, or got money back.
    #[must_use]
    pub fn contact_of_payment(&self, payment_id: &str) -> Option<&ResolvedContact> {
        self.at(self.lookup.payments.get(payment_id))
    }

    /// The oldest record of the contact.
    #[must_use]
    pub fn first_record(&self, contact_id: &str) -> Option<&RecordKey> {
        let members = self.members(contact_id);
        let first = members.min_by_key(|record| (record.seen_at, &record.key))?;
        Some(&first.key)
    }

    /// All records that the contact is made of.
    pub fn records_of(&self, contact_id: &str) -> impl Iterator<Item = &RecordKey> {
        self.members(contact_id).map(|record| &record.key)
    }

    fn members(&self, contact_id: &str) -> impl Iterator<Item = &Record> {
        let place = self.lookup.ids.get(contact_id);
        let contact = place.and_then(|place| self.people.contacts.get(*place as usize));
        contact
            .into_iter()
            .flat_map(|contact| contact.members(&self.records))
    }

    /// What attribution divides.
    #[must_use]
    pub fn attribution_input(&self) -> Input<'_> {
        Input {
            touches: &self.touches,
            deals: &self.facts.deals,
            cash: &self.facts.cash,
        }
    }

    fn at(&self, place: Option<&u32>) -> Option<&ResolvedContact> {
        self.contacts.get(*place? as usize)
    }
}
