//! What a fact of a booking changes in its conversation.

use bookpath_domain::bookings::{Booking, Fact};
use bookpath_domain::people::phone::Phone;
use bookpath_domain::texts::{self, BookingFact, Conversation, PhoneRecord};
use jiff::Timestamp;

use super::intake::Intake;
use super::reactor::Reactor;
use crate::bookings::repository::StoredBooking;
use crate::effects::outbox;
use crate::ports::{StoreError, Write};
use crate::texts::conversations;

/// The writes of the booking's conversation: texts that the fact asks for, and texts that it stops.
pub(super) async fn conversation_writes(
    reactor: &Reactor,
    intake: &Intake<'_>,
    found: &[StoredBooking],
    booking: &Booking,
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let Fact::Invitee(snapshot) = &intake.reported.fact else {
        return Ok(Vec::new());
    };
    let store = reactor.store.as_ref();
    let mut writes = Vec::new();
    let own = conversations::of_booking(store, &booking.booking_id, now).await?;
    let mut before: Option<Conversation> = own.as_ref().map(|f| f.conversation.clone());
    let mut joined = false;
    for merged in found
        .iter()
        .filter(|f| f.row.booking.booking_id != booking.booking_id)
    {
        if let Some(other) =
            conversations::of_booking(store, &merged.row.booking.booking_id, now).await?
        {
            writes.push(conversations::removal(&other));
            let mut theirs = other.conversation;
            theirs.booking_id.clone_from(&booking.booking_id);
            before = Some(before.map_or_else(|| theirs.clone(), |mine| mine.merge(&theirs, now)));
            joined = true;
        }
    }
    let phone = match snapshot
        .contact
        .phone
        .as_deref()
        .and_then(|p| Phone::parse(p, &reactor.rules.default_country))
    {
        Some(phone) => {
            conversations::known_phone(store, &reactor.phone_secret, &phone)
                .await?
                .record
        }
        None => PhoneRecord::default(),
    };
    let fact = BookingFact {
        booking_id: booking.booking_id.clone(),
        snapshot: (**snapshot).clone(),
        origin: intake.origin,
        told_by: intake.told_by.clone(),
    };
    let next = texts::on_booking(before.as_ref(), &phone, &fact, now, &reactor.rules)
        .or_else(|| before.clone().filter(|_| joined));
    if let Some(next) = next {
        // Effects of the merged conversation name the booking that is gone, so the survivor asks anew: the
        // entry's key is the intent's, and whoever performs it looks at the conversation as it is.
        let known = own.as_ref().map(|f| &f.conversation);
        writes.extend(outbox::of_conversation(known, &next, now)?);
        writes.extend(conversations::writes(&next, own.as_ref())?);
    }
    Ok(writes)
}
