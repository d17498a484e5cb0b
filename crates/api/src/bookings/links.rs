//! Links to Calendly that bring a booking its time (S4-15, step 2).

use bookpath_domain::bookings::{Booking, BookingState};
use url::Url;

/// The booking has no time yet, and may still get one.
pub(super) fn waits(booking: &Booking) -> bool {
    booking.state == BookingState::Pending
        && booking.invitee_uri().is_none()
        && booking.event_uri().is_none()
}

/// `link` with the booking in the one tracking field that marketing does not use, and what the customer has told us
/// already. Calendly sends the field back with its webhook.
pub(super) fn of_booking(link: &str, booking: &Booking) -> String {
    let Ok(mut url) = Url::parse(link) else {
        return link.to_owned();
    };
    let contact = booking.contact();
    let mut query = url.query_pairs_mut();
    query.append_pair("salesforce_uuid", &booking.booking_id);
    for (name, value) in [("name", contact.name), ("email", contact.email)] {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
    drop(query);
    url.into()
}
