//! Bookings in the store, their ledger, and the checks that compare them with the vendors.

pub mod booker;
pub mod erase;
pub mod ledger;
pub mod list;
pub(crate) mod other_payments;
pub mod pending_refunds;
pub mod reconcile;
pub mod repository;
pub mod sweep;
