//! Bookings as a list, newest first.

use bookpath_domain::bookings::BookingState;
use jiff::Timestamp;

use super::repository::{BookingRow, Stored, partition};
use crate::ports::{Item, Newest, Query, Range, Store, StoreError, all};

/// Bookings of these states, newest first, that `keep` keeps. `cursor` is the one of the page before; beside the rows
/// is where the next page begins.
///
/// # Errors
/// As [`Store::query`].
pub async fn newest(
    store: &dyn Store,
    states: &[BookingState],
    limit: usize,
    cursor: Option<&str>,
    keep: &(dyn Fn(&BookingRow) -> bool + Send + Sync),
) -> Result<(Vec<BookingRow>, Option<String>), StoreError> {
    let asked = Newest {
        cursor: cursor.map(str::to_owned),
        ..of_states(states, limit)
    };
    page(store, &asked, keep).await
}

/// The question for the bookings of these states, to be narrowed.
#[must_use]
pub fn of_states(states: &[BookingState], limit: usize) -> Newest {
    Newest::new(states.iter().copied().map(partition).collect(), limit)
}

/// The bookings of a page that `keep` keeps, and where the next page begins.
///
/// # Errors
/// As [`Store::query`].
pub async fn page(
    store: &dyn Store,
    asked: &Newest,
    keep: &(dyn Fn(&BookingRow) -> bool + Send + Sync),
) -> Result<(Vec<BookingRow>, Option<String>), StoreError> {
    let wanted = |item: &Item| Ok(booking_of(item)?.filter(keep));
    asked.page(store, &wanted).await
}

/// Every booking that was created from `from` on and before `to`.
///
/// # Errors
/// As [`Store::query`].
pub async fn between(
    store: &dyn Store,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Vec<BookingRow>, StoreError> {
    let bound = |at: Timestamp| format!("{at:.6}#");
    let mut rows = Vec::new();
    for state in BookingState::ALL {
        let range = Range::Index {
            partition: partition(state),
            from: from.map(bound),
            to: to.map(bound),
        };
        let query = Query {
            range,
            descending: false,
            limit: 1000,
            after: None,
        };
        for item in all(store, query).await? {
            rows.extend(booking_of(&item)?);
        }
    }
    Ok(rows)
}

/// The booking of an item; `None` for what a merged booking left at its address.
fn booking_of(item: &Item) -> Result<Option<BookingRow>, StoreError> {
    Ok(match item.read::<Stored>()? {
        Stored::Booking(row) => Some(*row),
        Stored::MovedTo(_) => None,
    })
}
