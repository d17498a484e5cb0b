//! Money: amounts, currencies, the ledger, the cost of the system, and how numbers are rounded.

use std::fmt;

use serde::{Deserialize, Serialize};

pub mod bill;
pub mod currency;
pub mod decimal;
pub mod ledger;
pub mod prices;
pub mod round;

/// The largest amount that is taken from a file or the CRM, in minor units: a trillion dollars is a typing error, and
/// 92,000 such amounts still add up within 64 bits.
pub const MINOR_MAX: i64 = 100_000_000_000_000;

/// An amount of one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// In the smallest unit of the currency.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

/// `150.00 USD`, with as many decimals as the currency has.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = currency::decimal(self.amount_minor, &self.currency);
        write!(f, "{amount} {}", self.currency.to_uppercase())
    }
}
