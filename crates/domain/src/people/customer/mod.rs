//! What a contact's bookings say about it: counts, rates, quality, health and alerts.
//!
//! Pure over the contact's reschedule chains and `as_of`, so the time-dependent columns can be derived
//! whenever somebody looks (X13).

mod alerts;
mod average;
mod call;
mod chain;
mod health;
mod outcomes;
mod standing;
mod summary;
#[cfg(test)]
mod tests;

pub use alerts::{Alert, AlertChange, Standing as AlertStanding, transitions};
pub use average::{ShowRates, show_rates};
pub use call::Call;
pub use chain::ChainMember;
pub use health::{FactorEvidence, HealthFactor, evidence};
pub use outcomes::{Activity, BookedCall, match_outcomes};
pub use standing::{CrmOwner, Standing};
pub use summary::{CallSummary, summarize};
