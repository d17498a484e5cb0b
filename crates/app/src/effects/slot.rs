//! Booking a slot in Calendly, which takes no idempotency key: the intent lies in the outbox before the call, and a later
//! try looks for what an earlier one made.

use bookpath_domain::bookings::{Booking, Effect, EffectKind, Fact};

use super::held::{CallEnding, Called, HeldEffect, keep, reported, taken_over};
use super::outbox::FirstTry;
use super::performer::Performer;
use crate::ports::{SlotRequest, StoreError};

/// Books the slot that a booking wants. If the booking no longer wants one (`wanted` is false), looks for the slot that an
/// earlier try has booked, so that the booking can give it back.
pub(super) async fn book(
    performer: &Performer,
    effect: &Effect,
    held: &mut HeldEffect,
    booking: &Booking,
    wanted: bool,
) -> Result<Called, StoreError> {
    let EffectKind::BookInCalendly {
        event_type,
        start,
        timezone,
    } = &effect.kind
    else {
        return Ok(Ok(CallEnding::Done));
    };
    let tried = held.row.tried_before();
    let request = match &held.row.first_try {
        Some(FirstTry::Slot(kept)) => kept.clone(),
        _ => {
            let request = SlotRequest {
                booking_id: effect.booking_id.clone(),
                event_type: event_type.clone(),
                start: *start,
                contact: booking.contact(),
                timezone: timezone.clone(),
            };
            if !keep(performer, held, FirstTry::Slot(request.clone())).await? {
                return Ok(Err(taken_over()));
            }
            request
        }
    };
    performer.count("effects_calendly").await?;
    let calendar = performer.calendar.as_ref();
    let known = if tried {
        calendar.booked(&request).await
    } else {
        Ok(None)
    };
    let made = match known {
        Ok(Some(made)) => Ok(made),
        Ok(None) if !wanted => return Ok(Ok(CallEnding::Dropped)),
        Ok(None) => calendar.book(&request).await,
        Err(error) => Err(error),
    };
    Ok(made.map(|made| {
        let fact = Fact::Booked {
            invitee_uri: made.invitee_uri,
            event_uri: made.event_uri,
        };
        CallEnding::Told(Box::new(reported(&effect.booking_id, fact)))
    }))
}
