//! What a number has said of texts to it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is known of a number, across all its bookings. It never expires (X40).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PhoneRecord {
    pub opted_out_at: Option<Timestamp>,
    pub opted_in_at: Option<Timestamp>,
}

impl PhoneRecord {
    /// The newest word of the person counts; of two at the same instant the opt-out.
    #[must_use]
    pub fn opted_out(&self) -> bool {
        self.opted_out_at
            .is_some_and(|out| self.opted_in_at.is_none_or(|back| out >= back))
    }

    pub(super) fn opt_out(&mut self, at: Timestamp) {
        self.opted_out_at = self.opted_out_at.max(Some(at));
        self.opted_in_at = self.opted_in_at.filter(|back| *back > at);
    }

    pub(super) fn opt_in(&mut self, at: Timestamp) {
        self.opted_in_at = self.opted_in_at.max(Some(at));
        self.opted_out_at = self.opted_out_at.filter(|out| *out > at);
    }
}
