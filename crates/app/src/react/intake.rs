//! A fact that a booking is to take in, and what it made of it.

use bookpath_domain::ToldBy;
use bookpath_domain::bookings::Outcome;
use bookpath_domain::texts;
use bookpath_vendors::Reported;

use crate::bookings::repository::BookingRow;
use crate::ports::Write;

/// A fact on its way to its booking.
#[derive(Debug)]
pub struct Intake<'a> {
    pub reported: &'a Reported,
    pub origin: texts::Origin,
    /// The delivery that told the fact; `None` for one that no vendor sent us.
    pub told_by: Option<ToldBy>,
    /// A sync found the booking long after it was made: no checkout is opened by itself.
    pub found_late: bool,
    /// `false`: the booking's state is updated and no effect is put into the outbox.
    pub effects: bool,
    /// Only a booking that is there changes; none is made, and no payment is kept without one.
    pub of_known: bool,
    /// The customer's new token. It is kept while nobody holds a token of the booking; else nothing is written.
    pub token_hash: Option<&'a str>,
    /// The version of the booking that the caller saw (ETag); another one is [`crate::ports::StoreError::Conflict`].
    pub if_version: Option<u64>,
    /// Written in the same transaction, also when the fact is nothing new.
    pub with: Vec<Write>,
}

impl<'a> Intake<'a> {
    /// A fact of the present, with effects.
    #[must_use]
    pub const fn new(reported: &'a Reported) -> Self {
        Self {
            reported,
            origin: texts::Origin::Webhook,
            told_by: None,
            found_late: false,
            effects: true,
            of_known: false,
            token_hash: None,
            if_version: None,
            with: Vec::new(),
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    pub outcome: Outcome,
    /// The booking as it is now; `None` for a fact that belongs to none.
    pub row: Option<BookingRow>,
}

impl Applied {
    /// The booking, if it keeps this token.
    #[must_use]
    pub fn held_by(self, token_hash: &str) -> Option<BookingRow> {
        let holds = |row: &BookingRow| row.token_hashes.iter().any(|known| known == token_hash);
        self.row.filter(holds)
    }
}
