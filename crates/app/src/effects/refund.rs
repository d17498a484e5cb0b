//! Giving money back. Idempotency key: the effect's own, `refund:<booking_id>` with a suffix for every other one. The
//! refund's metadata names the key, so that a later try finds exactly the refund of an earlier one.

use bookpath_domain::bookings::{Effect, EffectKind, Fact, RefundStatus};

use super::held::{CallEnding, Called, HeldEffect, keep, reported, taken_over};
use super::outbox::FirstTry;
use super::performer::Performer;
use crate::bookings::pending_refunds;
use crate::ports::{CallError, Commit, Parameters, RefundRequest, RefundView, StoreError};

/// Makes a refund. If the booking no longer wants it (`wanted` is false), looks for the refund that an earlier try has
/// made, so that the booking learns of it.
pub(super) async fn make(
    performer: &Performer,
    effect: &Effect,
    held: &mut HeldEffect,
    wanted: bool,
) -> Result<Called, StoreError> {
    let EffectKind::Refund {
        attempt,
        charge,
        amount_minor,
        currency,
        look_first,
    } = &effect.kind
    else {
        return Ok(Ok(CallEnding::Done));
    };
    let request = RefundRequest {
        booking_id: effect.booking_id.clone(),
        attempt: *attempt,
        charge: charge.clone(),
        amount_minor: *amount_minor,
        currency: currency.clone(),
    };
    performer.count("effects_stripe").await?;
    // An error may have come after the refund was made, and Stripe may have forgotten the key since.
    if *look_first || held.row.tried_before() {
        match made_before(performer, &effect.key, &request).await {
            Ok(Some(view)) => return learned(performer, effect, &request, view).await,
            Ok(None) if !wanted => return Ok(Ok(CallEnding::Dropped)),
            Ok(None) => {}
            Err(error) => return Ok(Err(error)),
        }
    }
    let parameters = match parameters(performer, &effect.key, &request, held).await? {
        Ok(parameters) => parameters,
        Err(error) => return Ok(Err(error)),
    };
    let payments = performer.payments.as_ref();
    match payments.refund(&effect.key, &parameters).await {
        Ok(view) => learned(performer, effect, &request, view).await,
        Err(error) if error.reused_key => match made_before(performer, &effect.key, &request).await
        {
            Ok(Some(view)) => learned(performer, effect, &request, view).await,
            Ok(None) => Ok(Err(error)),
            Err(other) => Ok(Err(other)),
        },
        Err(error) => Ok(Err(error)),
    }
}

/// The parameters of the first try; on the first try they are kept before they are sent.
async fn parameters(
    performer: &Performer,
    key: &str,
    request: &RefundRequest,
    held: &mut HeldEffect,
) -> Result<Result<Parameters, CallError>, StoreError> {
    if let Some(FirstTry::Parameters(kept)) = &held.row.first_try {
        return Ok(Ok(kept.clone()));
    }
    let parameters = match performer.payments.refund_parameters(key, request).await {
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

/// The refund that an earlier try of this effect made, or one of the same cancellation that was believed to have failed.
/// A refund from before refunds named their key is known by its number and amount.
async fn made_before(
    performer: &Performer,
    key: &str,
    request: &RefundRequest,
) -> Result<Option<RefundView>, CallError> {
    let refunds = performer.payments.refunds_of(&request.charge).await?;
    let own = |r: &&RefundView| r.effect_key.as_deref() == Some(key);
    if let Some(found) = refunds.iter().find(own) {
        return Ok(Some(found.clone()));
    }
    let of_the_cancellation = |r: &&RefundView| {
        let ours = r.booking_id.as_deref() == Some(&request.booking_id);
        let same = r.effect_key.is_some() || r.amount_minor == request.amount_minor;
        ours && same && r.attempt.is_some() && r.status != RefundStatus::Failed
    };
    let found = request
        .attempt
        .and_then(|_| refunds.iter().find(of_the_cancellation));
    Ok(found.cloned())
}

/// What the payment service said of a refund, as a fact. One that is pending is remembered until its end is told.
async fn learned(
    performer: &Performer,
    effect: &Effect,
    request: &RefundRequest,
    view: RefundView,
) -> Result<Called, StoreError> {
    let now = performer.reactor.now();
    if view.status == RefundStatus::Pending {
        let note =
            pending_refunds::remember(&view.refund_id, &effect.booking_id, &request.charge, now)?;
        performer
            .reactor
            .store
            .commit(Commit::new(vec![note]))
            .await?;
    }
    let view = RefundView {
        attempt: request.attempt,
        effect_key: view.effect_key.or_else(|| Some(effect.key.clone())),
        ..view
    };
    let report = view.report(&request.charge, now);
    let fact = Fact::Refund(report);
    let told = reported(&effect.booking_id, fact);
    Ok(Ok(CallEnding::Told(Box::new(told))))
}
