//! The show rate of many customers (X14).

use serde::Serialize;

use super::summary::CallSummary;
use crate::money::round::{percent2, ratio2};

/// Places after the point that a customer's rate keeps in the mean.
const SCALE: i128 = 1_000_000_000_000;

/// Two averages; they differ because the first one weighs customers, the second one calls.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct ShowRates {
    /// Mean over the customers that have a rate; percent, two decimals.
    pub avg_show_rate: Option<f64>,
    /// All completed calls over all calls that are not upcoming; percent, two decimals.
    pub pooled_show_rate: Option<f64>,
}

/// The average show rates of these customers.
pub fn show_rates<'a>(customers: impl IntoIterator<Item = &'a CallSummary>) -> ShowRates {
    let (mut sum, mut n) = (0_i128, 0_i128);
    let (mut completed, mut all) = (0_i128, 0_i128);
    for customer in customers {
        let held = i128::from(customer.calls_completed);
        let past = i128::from(customer.total_calls_booked - customer.calls_upcoming);
        (completed, all) = (completed + held, all + past);
        if past > 0 {
            (sum, n) = (sum + 100 * held * SCALE / past, n + 1);
        }
    }
    ShowRates {
        avg_show_rate: ratio2(sum, n * SCALE),
        pooled_show_rate: percent2(completed, all),
    }
}
