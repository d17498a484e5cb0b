//! The calls that a booking asks for.

use bookpath_domain::bookings::{Effect, EffectKind, Fact, RefundReport, RefundStatus};
use bookpath_vendors::Reported;
use jiff::SignedDuration;
use serde_json::json;

use super::{Performer, letters};
use crate::bookings::repository::{self, BookingRow};
use crate::bookings::sweep::pending;
use crate::effects::outbox::EffectRow;
use crate::ports::{
    CallError, CheckoutRequest, RefundRequest, RefundView, SlotRequest, StoreError, Write,
};

/// Stripe refuses a checkout that ends sooner.
const CHECKOUT_MIN: SignedDuration = SignedDuration::from_mins(30);

type Called = Result<Option<Reported>, CallError>;

/// Makes the call of a claimed effect; the answer as a fact, where there is one to learn.
pub(super) async fn call(
    performer: &Performer,
    effect: &Effect,
    entry: &EffectRow,
) -> Result<Called, StoreError> {
    let store = performer.reactor.store.as_ref();
    let Some(found) = repository::by_id(store, &effect.booking_id).await? else {
        return Err(StoreError::Corrupt(format!(
            "effect {} names a booking that is not there",
            effect.key
        )));
    };
    let first_try = entry.attempts <= 1;
    if first_try && !effect.still_wanted(&found.row.booking) {
        tracing::debug!(key = effect.key, "an effect is no longer wanted");
        return Ok(Ok(None));
    }
    Ok(match &effect.kind {
        EffectKind::CreateCheckoutSession { .. } => checkout(performer, effect, &found.row).await,
        EffectKind::ExpireSession { session_id } => {
            count(performer, "effects_stripe").await?;
            performer
                .payments
                .expire_checkout(session_id)
                .await
                .map(|()| None)
        }
        EffectKind::Refund { .. } => refund(performer, effect, entry).await,
        EffectKind::BookInCalendly { .. } => slot(performer, effect, entry, &found.row).await,
        EffectKind::CancelInCalendly {
            invitee_uri,
            event_uri,
            reason,
        } => {
            count(performer, "effects_calendly").await?;
            match event_uri
                .as_deref()
                .or_else(|| invitee_uri.as_deref().and_then(event_of))
            {
                Some(event_uri) => performer
                    .calendar
                    .cancel_event(event_uri, reason)
                    .await
                    .map(|()| None),
                None => Err(CallError::refused("the booking names no Calendly event")),
            }
        }
        EffectKind::NotifyCustomer { notice } => match letters::letter(
            *notice,
            &effect.key,
            &found.row.booking,
            &performer.public_url,
        ) {
            Some(mail) => performer.mailer.send(&mail).await.map(|()| None),
            None => Ok(None),
        },
        EffectKind::AlertAdmin { code } => {
            let body = json!({ "code": code, "booking_id": effect.booking_id });
            performer
                .operators
                .tell(&effect.key, &format!("Bookpath: {code}"), body)
                .await
                .map(|()| None)
        }
    })
}

/// Idempotency key: the effect's own, `session:<booking_id>:<attempt>`.
async fn checkout(performer: &Performer, effect: &Effect, row: &BookingRow) -> Called {
    let EffectKind::CreateCheckoutSession {
        attempt,
        amount_minor,
        currency,
        expires_at,
        email,
    } = &effect.kind
    else {
        return Ok(None);
    };
    let session_type = row.booking.terms().map(|t| t.session_type_id.as_str());
    let named = session_type.and_then(|id| {
        performer
            .reactor
            .rules
            .session_types
            .iter()
            .find(|s| s.id == id)
    });
    let request = CheckoutRequest {
        booking_id: effect.booking_id.clone(),
        attempt: *attempt,
        product: named.map_or_else(|| "Session".to_owned(), |s| s.name.clone()),
        amount_minor: *amount_minor,
        currency: currency.clone(),
        expires_at: *expires_at,
        email: email.clone(),
    };
    if expires_at.duration_since(performer.reactor.now()) < CHECKOUT_MIN {
        // Its answer was an error again and again, which Stripe repeats for as long as it knows the key.
        return Err(CallError::refused("no checkout could be opened in time"));
    }
    count_called(performer, "effects_stripe").await?;
    let made = performer
        .payments
        .create_checkout(&effect.key, &request)
        .await?;
    let fact = Fact::SessionCreated {
        key: effect.key.clone(),
        session_id: made.session_id,
        url: made.url.unwrap_or_default(),
        expires_at: made.expires_at.unwrap_or(*expires_at),
        payment_intent: made.payment_intent,
    };
    Ok(Some(Reported {
        fact,
        stripe_ids: Vec::new(),
        booking_id: Some(effect.booking_id.clone()),
    }))
}

/// Calendly takes no idempotency key, so the intent lies in the outbox before the call, and a later try looks for what
/// an earlier one has made.
async fn slot(
    performer: &Performer,
    effect: &Effect,
    entry: &EffectRow,
    row: &BookingRow,
) -> Called {
    let EffectKind::BookInCalendly {
        event_type,
        start,
        timezone,
    } = &effect.kind
    else {
        return Ok(None);
    };
    let request = SlotRequest {
        booking_id: effect.booking_id.clone(),
        event_type: event_type.clone(),
        start: *start,
        contact: row.booking.contact(),
        timezone: timezone.clone(),
    };
    count_called(performer, "effects_calendly").await?;
    let known = if entry.attempts > 1 {
        performer.calendar.booked(&request).await?
    } else {
        None
    };
    let made = match known {
        Some(made) => made,
        None => performer.calendar.book(&request).await?,
    };
    Ok(Some(Reported {
        fact: Fact::Booked {
            invitee_uri: made.invitee_uri,
            event_uri: made.event_uri,
        },
        stripe_ids: Vec::new(),
        booking_id: Some(effect.booking_id.clone()),
    }))
}

/// Idempotency key: the effect's own, `refund:<booking_id>` with a suffix for every later one.
async fn refund(performer: &Performer, effect: &Effect, entry: &EffectRow) -> Called {
    let EffectKind::Refund {
        attempt,
        charge,
        amount_minor,
        currency,
        look_first,
    } = &effect.kind
    else {
        return Ok(None);
    };
    count_called(performer, "effects_stripe").await?;
    // An error may have come after the refund was made, and Stripe may have forgotten the key since.
    let known = if *look_first || entry.attempts > 1 {
        already(performer, effect, *attempt, charge, *amount_minor).await?
    } else {
        None
    };
    let view = match known {
        Some(view) => view,
        None => {
            let request = RefundRequest {
                booking_id: effect.booking_id.clone(),
                attempt: *attempt,
                charge: charge.clone(),
                amount_minor: *amount_minor,
                currency: currency.clone(),
            };
            performer.payments.refund(&effect.key, &request).await?
        }
    };
    if view.status == RefundStatus::Pending {
        let now = performer.reactor.now();
        let note = pending::remember(&view.refund_id, &effect.booking_id, charge, now);
        let noted = match note {
            Ok(write) => {
                performer
                    .reactor
                    .store
                    .commit(crate::ports::Commit::of(vec![write]))
                    .await
            }
            Err(error) => Err(error),
        };
        noted.map_err(|e| CallError::transient(e.to_string()))?;
    }
    let report = RefundReport {
        refund_id: Some(view.refund_id),
        payment_intent: view.payment_intent.or_else(|| Some(charge.clone())),
        status: view.status,
        amount_minor: Some(view.amount_minor),
        charge_total_minor: None,
        created: view.created,
        attempt: *attempt,
        at: view.created.unwrap_or_else(|| performer.reactor.now()),
    };
    Ok(Some(Reported {
        fact: Fact::Refund(report),
        stripe_ids: Vec::new(),
        booking_id: Some(effect.booking_id.clone()),
    }))
}

/// A refund of the same call that the payment service has already.
async fn already(
    performer: &Performer,
    effect: &Effect,
    attempt: Option<u32>,
    charge: &str,
    amount_minor: i64,
) -> Result<Option<RefundView>, CallError> {
    let refunds = performer.payments.refunds_of(charge).await?;
    Ok(refunds.into_iter().find(|r| {
        r.status != RefundStatus::Failed
            && r.booking_id.as_deref() == Some(&effect.booking_id)
            && r.attempt == attempt
            && r.amount_minor == amount_minor
    }))
}

/// `…/scheduled_events/E1/invitees/A1` belongs to `…/scheduled_events/E1`.
fn event_of(invitee_uri: &str) -> Option<&str> {
    invitee_uri.split_once("/invitees/").map(|(event, _)| event)
}

async fn count(performer: &Performer, counter: &'static str) -> Result<(), StoreError> {
    performer
        .reactor
        .store
        .commit(crate::ports::Commit::of(vec![Write::Count {
            counter,
            by: 1,
        }]))
        .await
}

async fn count_called(performer: &Performer, counter: &'static str) -> Result<(), CallError> {
    count(performer, counter)
        .await
        .map_err(|e| CallError::transient(e.to_string()))
}
