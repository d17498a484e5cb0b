//! The rows of one user, for who may see no others.

use std::collections::HashSet;

use super::FactRow;
use crate::people::resolved::Resolved;

/// The bookings that the user holds, and of any other rows those of the contacts that the user has a booking, a deal or
/// cash with.
#[must_use]
pub fn own(resolved: &Resolved, user: &str, mut rows: Vec<FactRow>) -> Vec<FactRow> {
    let is_own = |owner: &Option<String>| owner.as_deref() == Some(user);
    let bookings = || resolved.bookings.iter().filter(|b| is_own(&b.user));
    let held: HashSet<&str> = bookings().map(|b| b.chain_id.as_str()).collect();
    let mut contacts: HashSet<&str> = bookings().map(|b| b.contact_id.as_str()).collect();
    let facts = &resolved.facts;
    let deals = facts.deals.iter().filter(|deal| is_own(&deal.user));
    contacts.extend(deals.map(|deal| deal.contact_id.as_str()));
    let others = facts.left_out.cash.iter().map(|other| &other.line);
    let cash = facts.cash.iter().chain(others);
    let cash = cash.filter(|line| is_own(&line.user));
    contacts.extend(cash.filter_map(|line| line.contact_id.as_deref()));
    rows.retain(|row| {
        if row.fact == "bookings" {
            return held.contains(row.row_id.as_str());
        }
        let contact = row.contact_id.as_deref();
        contact.is_some_and(|contact| contacts.contains(contact))
    });
    rows
}
