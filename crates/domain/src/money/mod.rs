//! Currencies, the ledger, the cost of the system, and how numbers are rounded.

pub mod bill;
pub mod currency;
pub mod decimal;
pub mod ledger;
pub mod round;
