//! Opening a checkout. Idempotency key: the effect's own, `session:<booking_id>:<attempt>`.

use bookpath_domain::bookings::{Booking, Effect, EffectKind, Fact};
use jiff::SignedDuration;

use super::held::{CallEnding, Called, HeldEffect, keep, reported, taken_over};
use super::outbox::FirstTry;
use super::performer::Performer;
use crate::ports::{CallError, Checkout, CheckoutRequest, Parameters, StoreError};

/// Stripe refuses a checkout that ends sooner.
const CHECKOUT_MIN: SignedDuration = SignedDuration::from_mins(30);
/// How far Stripe's clock may be behind ours when its sessions are looked through.
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(5);

/// Opens the checkout that a booking wants, with the parameters of the first try.
pub(super) async fn open(
    performer: &Performer,
    effect: &Effect,
    held: &mut HeldEffect,
    booking: &Booking,
) -> Result<Called, StoreError> {
    let EffectKind::CreateCheckoutSession { expires_at, .. } = &effect.kind else {
        return Ok(Ok(CallEnding::Done));
    };
    let tried = held.row.tried_before();
    performer.count("effects_stripe").await?;
    let made = if expires_at.duration_since(performer.reactor.now()) < CHECKOUT_MIN {
        // Its answer was an error again and again, which Stripe repeats for as long as it knows the key.
        let late = || CallError::refused("no checkout could be opened in time");
        if tried {
            made_before(performer, effect, held, late()).await
        } else {
            Err(late())
        }
    } else {
        let parameters = match parameters(performer, effect, held, booking).await? {
            Ok(parameters) => parameters,
            Err(error) => return Ok(Err(error)),
        };
        match performer
            .payments
            .create_checkout(&effect.key, &parameters)
            .await
        {
            Err(error) if error.reused_key => made_before(performer, effect, held, error).await,
            answer => answer,
        }
    };
    Ok(made.map(|made| CallEnding::Told(Box::new(told(effect, made, *expires_at)))))
}

/// The parameters of the first try; on the first try they are kept before they are sent.
async fn parameters(
    performer: &Performer,
    effect: &Effect,
    held: &mut HeldEffect,
    booking: &Booking,
) -> Result<Result<Parameters, CallError>, StoreError> {
    if let Some(FirstTry::Parameters(kept)) = &held.row.first_try {
        return Ok(Ok(kept.clone()));
    }
    let Some(request) = request(performer, effect, booking) else {
        return Ok(Err(CallError::refused("the effect opens no checkout")));
    };
    let parameters = match performer.payments.checkout_parameters(&request).await {
        Ok(parameters) => parameters,
        Err(error) => return Ok(Err(error)),
    };
    let first_try = FirstTry::Parameters(parameters.clone());
    let kept = keep(performer, held, first_try).await?;
    Ok(if kept {
        Ok(parameters)
    } else {
        Err(taken_over())
    })
}

fn request(performer: &Performer, effect: &Effect, booking: &Booking) -> Option<CheckoutRequest> {
    let EffectKind::CreateCheckoutSession {
        attempt,
        amount_minor,
        currency,
        expires_at,
        email,
    } = &effect.kind
    else {
        return None;
    };
    let session_type = booking.terms().map(|t| t.session_type_id.as_str());
    let types = &performer.reactor.rules.session_types;
    let named = session_type.and_then(|id| types.iter().find(|s| s.id == id));
    Some(CheckoutRequest {
        booking_id: effect.booking_id.clone(),
        attempt: *attempt,
        product: named.map_or_else(|| "Session".to_owned(), |s| s.name.clone()),
        amount_minor: *amount_minor,
        currency: currency.clone(),
        expires_at: *expires_at,
        email: email.clone(),
    })
}

/// The checkout that an earlier try opened; `error` where there is none.
async fn made_before(
    performer: &Performer,
    effect: &Effect,
    held: &HeldEffect,
    error: CallError,
) -> Result<Checkout, CallError> {
    let EffectKind::CreateCheckoutSession { attempt, .. } = &effect.kind else {
        return Err(error);
    };
    let since = held.row.created_at - CLOCKS_APART;
    let found = performer
        .payments
        .checkout_of(&effect.booking_id, *attempt, since)
        .await?;
    found.ok_or(error)
}

fn told(
    effect: &Effect,
    made: Checkout,
    expires_at: jiff::Timestamp,
) -> bookpath_vendors::Reported {
    let fact = Fact::SessionCreated {
        key: effect.key.clone(),
        session_id: made.session_id,
        url: made.url.unwrap_or_default(),
        expires_at: made.expires_at.unwrap_or(expires_at),
        payment_intent: made.payment_intent,
    };
    reported(&effect.booking_id, fact)
}
