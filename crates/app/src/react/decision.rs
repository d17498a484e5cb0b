//! What a fact makes of the bookings that it names: they become one row, and the fact is decided upon.

use bookpath_domain::bookings::{self, Booking, Effect, Outcome, Rules};
use bookpath_domain::money::ledger::LedgerEntry;
use jiff::Timestamp;

use super::intake::Intake;
use crate::bookings::repository::{BookingRow, StoredBooking};

/// What a fact makes of its booking.
pub(super) struct Decided {
    pub(super) outcome: Outcome,
    pub(super) row: Option<BookingRow>,
    pub(super) effects: Vec<Effect>,
    pub(super) ledger: Vec<LedgerEntry>,
    pub(super) changed: bool,
}

/// Bookings that the fact connects are merged first; then the fact is decided upon.
pub(super) fn decide(
    found: &[StoredBooking],
    intake: &Intake<'_>,
    now: Timestamp,
    rules: &Rules<'_>,
) -> Decided {
    let (mut effects, mut entries) = (Vec::new(), Vec::new());
    let mut row: Option<BookingRow> = found.first().map(|f| f.row.clone());
    for other in found.iter().skip(1) {
        let Some(one) = row.take() else { break };
        let merged = bookings::merge(&one.booking, &other.row.booking, now, rules);
        effects.extend(merged.effects);
        entries.extend(merged.ledger);
        row = Some(merged_row(one, &other.row, merged.next, now));
    }
    let known = row.as_ref().map(|r| &r.booking);
    let decision = bookings::decide(known, &intake.reported.fact, now, rules);
    effects.extend(decision.effects);
    entries.extend(decision.ledger);
    let changed = decision.next.is_some() || found.len() > 1;
    let row = match (decision.next, row) {
        (Some(next), known) => Some(row_after(next, known, now)),
        (None, row) => row,
    };
    Decided {
        outcome: decision.outcome,
        row,
        effects,
        ledger: entries,
        changed,
    }
}

/// The row of two bookings that are one.
fn merged_row(
    one: BookingRow,
    other: &BookingRow,
    merged: Option<Booking>,
    now: Timestamp,
) -> BookingRow {
    let tokens = one.token_hashes.iter().chain(&other.token_hashes).cloned();
    let tokens: Vec<String> = tokens.collect();
    let mut row = BookingRow {
        booking: merged.unwrap_or(one.booking),
        token_hashes: Vec::new(),
        state_since: now,
    };
    tokens.into_iter().for_each(|hash| row.remember_token(hash));
    row
}

/// The row of a booking that was decided upon.
fn row_after(next: Booking, known: Option<BookingRow>, now: Timestamp) -> BookingRow {
    let stays = |row: &BookingRow| row.booking.state == next.state;
    let state_since = known
        .as_ref()
        .filter(|row| stays(row))
        .map_or(now, |row| row.state_since);
    BookingRow {
        booking: next,
        token_hashes: known.map(|row| row.token_hashes).unwrap_or_default(),
        state_since,
    }
}
