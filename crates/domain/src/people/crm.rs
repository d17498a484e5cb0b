//! What the CRM's leads say of people: whose deal it is, and who looks after somebody.

use jiff::Timestamp;
use serde::Serialize;

/// A contact of a CRM lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadContact {
    /// The CRM's id.
    pub id: String,
    pub created_at: Timestamp,
}

/// Who a deal belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DealPeople {
    /// CRM id of the contact whose revenue it is; `None` while the CRM has told of nobody.
    pub contact: Option<String>,
    /// The lead's other contacts, by id: they had a part in it and none of its revenue.
    pub influenced: Vec<String>,
}

/// Whose revenue a deal is: its own contact's, else that of the lead's oldest contact, of equally old
/// ones the smaller id (X27).
#[must_use]
pub fn deal_people(own: Option<&str>, lead: &[LeadContact]) -> DealPeople {
    let oldest = || lead.iter().min_by_key(|c| (c.created_at, &c.id));
    let contact = own.or_else(|| oldest().map(|c| &*c.id));
    let others = lead.iter().filter(|c| Some(&*c.id) != contact);
    let mut influenced: Vec<String> = others.map(|c| c.id.clone()).collect();
    influenced.sort();
    influenced.dedup();
    DealPeople {
        contact: contact.map(str::to_owned),
        influenced,
    }
}

/// An opportunity's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    pub opportunity_id: String,
    pub created_at: Timestamp,
    /// CRM user.
    pub user_id: Option<String>,
}

/// The CRM user who looks after a contact: the owner of its newest opportunity, else the lead's (X9).
#[must_use]
pub fn owner<'a>(opportunities: &'a [Ownership], lead: Option<&'a str>) -> Option<&'a str> {
    let newest = opportunities
        .iter()
        .max_by_key(|o| (o.created_at, &o.opportunity_id));
    newest.and_then(|o| o.user_id.as_deref()).or(lead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    fn contact(id: &str, day: &str) -> LeadContact {
        LeadContact {
            id: id.to_owned(),
            created_at: at(&format!("{day}T00:00:00Z")),
        }
    }

    #[test]
    fn a_deal_is_its_contacts_else_the_first_of_the_lead() {
        let lead = [
            contact("c", "2026-01-02"),
            contact("b", "2026-01-01"),
            contact("a", "2026-01-01"),
        ];
        let people = |own| {
            let found = deal_people(own, &lead);
            (found.contact.unwrap(), found.influenced.join(" "))
        };
        assert_eq!(people(Some("c")), ("c".to_owned(), "a b".to_owned()));
        assert_eq!(people(None), ("a".to_owned(), "b c".to_owned()));
        assert_eq!(deal_people(None, &[]).contact, None);
    }

    #[test]
    fn the_owner_is_that_of_the_newest_opportunity() {
        let of = |id: &str, day: &str, user: Option<&str>| Ownership {
            opportunity_id: id.to_owned(),
            created_at: at(&format!("{day}T00:00:00Z")),
            user_id: user.map(str::to_owned),
        };
        let two = [
            of("o2", "2026-02-01", Some("ann")),
            of("o1", "2026-01-01", Some("bob")),
        ];
        assert_eq!(owner(&two, Some("lea")), Some("ann"));
        assert_eq!(owner(&[], Some("lea")), Some("lea"));
        assert_eq!(owner(&[of("o", "2026-01-01", None)], None), None);
    }
}
