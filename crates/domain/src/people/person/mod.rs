//! One person as the team sees them: what silver says of them, their journey, and why it is one person.

mod customers;
mod rows;
mod steps;
#[cfg(test)]
mod tests;
mod view;

pub use customers::{
    ANY_ALERT, Customer, CustomerDetail, CustomerFilter, HealthBand, NextCall, Order, customer,
    customers,
};
pub use rows::PersonRows;
pub use steps::steps;
pub use view::{Credited, Meeting, MergeEntry, Opportunity, PersonView, Submission, view};

use crate::people::email;
use crate::people::erasure::is_anonymous;
use crate::people::identity::Contact;
use crate::people::resolved::{Resolved, ResolvedContact};

/// The contact that a text names: by its id, also one from before a merge, or by an e-mail address.
#[must_use]
pub fn find<'a>(resolved: &'a Resolved, text: &str) -> Option<&'a ResolvedContact> {
    let by_address = || resolved.contact_by_email(&email::normalize(text)?);
    resolved.contact(text).or_else(by_address)
}

/// The addresses that are anybody's: not those that stand for somebody who was erased (X61).
#[must_use]
pub fn shown(emails: &[String]) -> Vec<String> {
    let shown = emails.iter().filter(|email| !is_anonymous(email));
    shown.cloned().collect()
}

/// The contact with its records.
#[must_use]
pub fn identity_of<'a>(resolved: &'a Resolved, contact: &ResolvedContact) -> Option<&'a Contact> {
    let contacts = &resolved.contacts;
    let place = contacts.binary_search_by(|c| c.contact_id.cmp(&contact.contact_id));
    resolved.people.contacts.get(place.ok()?)
}
