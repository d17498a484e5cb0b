//! The calls that a booking asks for.

use bookpath_domain::bookings::{Effect, EffectKind};
use serde_json::json;

use super::held::{CallEnding, Called, HeldEffect};
use super::performer::Performer;
use super::{checkout, emails, refund, slot};
use crate::bookings::repository;
use crate::ports::{CallError, StoreError};

/// Makes the call of a claimed effect, if the booking still wants it. Whether it does is asked before every try; a call
/// whose answer was lost may have made something, which is found out even when it is no longer wanted.
pub(super) async fn make(
    performer: &Performer,
    effect: &Effect,
    held: &mut HeldEffect,
) -> Result<Called, StoreError> {
    let store = performer.reactor.store.as_ref();
    let Some(found) = repository::by_id(store, &effect.booking_id).await? else {
        return Err(StoreError::Corrupt(format!(
            "effect {} names a booking that is not there",
            effect.key
        )));
    };
    let booking = &found.row.booking;
    let wanted = effect.still_wanted(booking);
    let traced = held.row.tried_before() && effect.kind.leaves_a_trace();
    if !wanted && !traced {
        return Ok(Ok(CallEnding::Dropped));
    }
    let done = |result: Result<(), CallError>| result.map(|()| CallEnding::Done);
    Ok(match &effect.kind {
        EffectKind::CreateCheckoutSession { .. } => {
            checkout::open(performer, effect, held, booking).await?
        }
        EffectKind::ExpireSession { session_id } => {
            performer.count("effects_stripe").await?;
            done(performer.payments.expire_checkout(session_id).await)
        }
        EffectKind::Refund { .. } => refund::make(performer, effect, held, wanted).await?,
        EffectKind::BookInCalendly { .. } => {
            slot::book(performer, effect, held, booking, wanted).await?
        }
        EffectKind::CancelInCalendly {
            invitee_uri,
            event_uri,
            reason,
        } => {
            performer.count("effects_calendly").await?;
            let named = invitee_uri.as_deref().and_then(event_of);
            match event_uri.as_deref().or(named) {
                Some(event_uri) => done(performer.calendar.cancel_event(event_uri, reason).await),
                None => Err(CallError::refused("the booking names no Calendly event")),
            }
        }
        EffectKind::NotifyCustomer { notice } => {
            let link = performer.link(&booking.booking_id, performer.reactor.now());
            match emails::of_notice(*notice, &effect.key, booking, &link) {
                Some(mail) => done(performer.mailer.send(&mail).await),
                None => Ok(CallEnding::Done),
            }
        }
        EffectKind::AlertAdmin { code, detail } => {
            let body = json!({ "code": code, "booking_id": effect.booking_id, "detail": detail });
            let subject = format!("Bookpath: {code}");
            done(performer.operators.tell(&effect.key, &subject, body).await)
        }
    })
}

/// `…/scheduled_events/E1/invitees/A1` belongs to `…/scheduled_events/E1`.
fn event_of(invitee_uri: &str) -> Option<&str> {
    invitee_uri.split_once("/invitees/").map(|(event, _)| event)
}
