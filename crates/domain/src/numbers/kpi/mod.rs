//! Key figures of marketing and sales.
//!
//! Each one aggregates its own table of facts over months that end before the next one begins (X24), so
//! nothing is counted once per row of another table. Leads belong to the month of their first touch,
//! calls to that of their start, deals and cash to that of their day (X25); in a cohort everything
//! belongs to the month of the contact's first touch, except spend.

mod base;
mod counts;
mod deals;
mod drill;
mod facts;
mod keys;
mod monthly;
mod period;
mod query;
mod row;
#[cfg(test)]
mod tests;
mod why;

pub use base::{Base, Bases};
pub use counts::{Counted, Counts, Opened, count, is_money, tally, total};
pub use deals::{DealCause, DealLine, DealMoney, DealVersion, lines};
pub use drill::{Judged, OwnMoney, drill, drill_terms, fact_of, table_of};
pub use facts::{CallFact, CashLine, FactKind, Facts, InCurrency, Lead, LeftOut, SpendLine};
pub use keys::{Figure, KEYS, Key, Terms, Unit, Value, figures, key};
pub use monthly::{MonthlyKey, MonthlyPart, monthly, monthly_parts};
pub use period::{Mode, Period};
pub use query::{FiguresOf, Query};
pub use why::Why;
