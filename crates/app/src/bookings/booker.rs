//! Who booked, for answers that name people.

use bookpath_domain::bookings::Booking;
use bookpath_domain::people::email;

use super::repository;
use crate::people::contact_id;
use crate::ports::{Store, StoreError};

/// Who booked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Booker {
    /// As they call themselves.
    pub name: Option<String>,
    /// The contact with their address; it is found under this id also when it has another by now.
    pub contact_id: Option<String>,
}

impl From<&Booking> for Booker {
    fn from(booking: &Booking) -> Self {
        let contact = booking.contact();
        let email = contact.email.as_deref().and_then(email::normalize);
        Self {
            contact_id: email.map(|email| contact_id(&email)),
            name: contact.name,
        }
    }
}

/// Who made these bookings, in their order; nobody for one that does not exist.
///
/// # Errors
/// As [`Store::get`].
pub async fn whose(store: &dyn Store, booking_ids: &[&str]) -> Result<Vec<Booker>, StoreError> {
    let found = repository::by_ids(store, booking_ids).await?;
    let known = found.iter().map(Option::as_ref);
    Ok(known
        .map(|found| found.map_or_else(Booker::default, |found| (&found.row.booking).into()))
        .collect())
}
