//! What of a booking the sales team is told (S2-51).

use super::{Booking, BookingState};

/// The states that are news to it.
const TOLD: [BookingState; 4] = [
    BookingState::Confirmed,
    BookingState::Cancelled,
    BookingState::Completed,
    BookingState::NoShow,
];

/// The state that a decision brought a booking to, if the CRM is to be told of it.
#[must_use]
pub fn crm_news(before: Option<&Booking>, next: &Booking) -> Option<BookingState> {
    let is_new = before.is_none_or(|before| before.state != next.state);
    (is_new && TOLD.contains(&next.state)).then_some(next.state)
}
