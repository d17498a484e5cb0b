//! What a decision may look at besides the booking and the fact.

use crate::config::BusinessConfig;
use crate::inbox::told::ToldBy;

/// What a decision may look at besides the booking and the fact.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    pub config: &'a BusinessConfig,
    /// Used if the fact creates a booking.
    pub new_booking_id: &'a str,
    /// How long an unpaid slot is held after its session expired.
    pub expired_hold_seconds: u32,
    /// The delivery that told the fact; `None` for one that no vendor sent us.
    pub told_by: Option<&'a ToldBy>,
}
