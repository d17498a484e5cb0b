//! What a sweep counts, and how it learns what a vendor said.

use bookpath_domain::bookings::{Fact, Outcome};
use bookpath_vendors::Reported;
use jiff::SignedDuration;
use serde::Serialize;

use crate::bookings::repository::BookingRow;
use crate::effects::Performer;
use crate::ports::StoreError;
use crate::react::{Intake, apply};

/// A booking is asked about once it has waited this long: most webhooks come within seconds.
pub const ASK_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct SweepReport {
    /// Calls to vendors.
    pub asked: usize,
    /// Facts that were news.
    pub learned: usize,
    /// Bookings that were let go because nobody paid for them or scheduled them.
    pub released: usize,
    /// Calls that failed; the next sweep makes them again.
    pub unanswered: usize,
    pub alarms_raised: usize,
    pub alarms_ended: usize,
    /// The sweep stopped before it had seen every open booking; the next one goes on from there.
    pub stopped_early: bool,
}

impl SweepReport {
    /// The sum of two.
    pub(super) fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.learned += other.learned;
        self.released += other.released;
        self.unanswered += other.unanswered;
        self.alarms_raised += other.alarms_raised;
        self.alarms_ended += other.alarms_ended;
        self.stopped_early |= other.stopped_early;
    }
}

/// A fact about a booking that is known.
pub(super) fn about(row: &BookingRow, fact: Fact) -> Reported {
    Reported {
        fact,
        stripe_ids: Vec::new(),
        booking_id: Some(row.booking.booking_id.clone()),
    }
}

/// Whether the fact was news.
pub(super) async fn learn(
    performer: &Performer,
    row: &BookingRow,
    fact: Fact,
) -> Result<bool, StoreError> {
    let applied = apply(&performer.reactor, Intake::new(&about(row, fact))).await?;
    Ok(!matches!(
        applied.outcome,
        Outcome::Duplicate | Outcome::NoBooking
    ))
}
