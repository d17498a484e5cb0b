//! Which contact every row belongs to.

use std::collections::HashMap;

use super::crm::{Crm, DealOwner};
use super::records::Origin;
use crate::people::identity::{ContactId, Node, People, Record};

/// Places of contacts by the row that is theirs.
#[derive(Default)]
pub(super) struct Places<'a> {
    pub(super) invitees: HashMap<&'a str, u32>,
    pub(super) forms: HashMap<&'a str, u32>,
    pub(super) owners: HashMap<DealOwner<'a>, u32>,
}

impl<'a> Places<'a> {
    pub(super) fn new(people: &People, origins: &[Origin<'a>]) -> Self {
        let mut places = Self::default();
        for (place, contact) in (0_u32..).zip(&people.contacts) {
            for record in &contact.records {
                match origins[*record as usize] {
                    Origin::Invitee(row) => places.invitees.insert(&row.invitee_uri, place),
                    Origin::Form(row) => places.forms.insert(&row.token, place),
                    Origin::Contact(row) => {
                        let owner = DealOwner::Contact(&row.crm_contact_id);
                        places.owners.insert(owner, place)
                    }
                    Origin::Anonymous(owner) => places.owners.insert(owner, place),
                };
            }
        }
        places
    }

    pub(super) fn of_crm_contact(&self, id: &'a str) -> Option<u32> {
        self.owners.get(&DealOwner::Contact(id)).copied()
    }
}

/// Which contact something belongs to, by its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lookup {
    /// Ids of contacts, and those that their further addresses would have.
    pub(super) ids: HashMap<String, u32>,
    pub(super) emails: HashMap<String, u32>,
    pub(super) invitees: HashMap<String, u32>,
    pub(super) forms: HashMap<String, u32>,
    pub(super) crm_contacts: HashMap<String, u32>,
    pub(super) opportunities: HashMap<String, u32>,
    pub(super) payments: HashMap<String, u32>,
}

impl Lookup {
    /// Everything but payments, which are found by it.
    pub(super) fn new(
        people: &People,
        records: &[Record],
        places: &Places<'_>,
        crm: &Crm<'_>,
    ) -> Self {
        let mut lookup = Self::default();
        let own = |map: &HashMap<&str, u32>| -> HashMap<String, u32> {
            map.iter()
                .map(|(name, at)| ((*name).to_owned(), *at))
                .collect()
        };
        lookup.invitees = own(&places.invitees);
        lookup.forms = own(&places.forms);
        for (owner, place) in &places.owners {
            if let DealOwner::Contact(id) = owner {
                lookup.crm_contacts.insert((*id).to_owned(), *place);
            }
        }
        for opportunity in &crm.opportunities {
            if let Some(place) = places.owners.get(&opportunity.owner) {
                let id = opportunity.newest.opportunity_id.clone();
                lookup.opportunities.insert(id, *place);
            }
        }
        lookup.name(people, records);
        lookup
    }

    /// The main address of a contact is its own; a further one that two list is of the first by id.
    fn name(&mut self, people: &People, records: &[Record]) {
        for (place, contact) in (0_u32..).zip(&people.contacts) {
            self.ids.insert(contact.contact_id.to_string(), place);
            if let Node::Email(email) = &contact.anchor {
                self.emails.insert(email.clone(), place);
            }
        }
        for (place, contact) in (0_u32..).zip(&people.contacts) {
            for record in contact.members(records) {
                for email in &record.emails {
                    if !self.emails.contains_key(email) {
                        self.emails.insert(email.clone(), place);
                        let id = ContactId::from_anchor(&Node::Email(email.clone()));
                        self.ids.entry(id.to_string()).or_insert(place);
                    }
                }
                if record.emails.is_empty() {
                    let id = ContactId::from_anchor(&Node::Record(record.key.clone()));
                    self.ids.entry(id.to_string()).or_insert(place);
                }
            }
        }
    }
}
