//! One entry of the outbox: claimed, called, and marked with what the call told.

use std::time::Duration;

use bookpath_domain::ErrorClass;
use bookpath_domain::bookings::{Action, ActionKind, EffectKind, Fact};
use bookpath_vendors::Reported;
use jiff::SignedDuration;
use serde_json::json;

use super::held::{CallEnding, Called, HeldEffect, claim, reported};
use super::outbox::{self, EffectRow, Failure, Work};
use super::performer::Performer;
use super::{calls, crm_note, emails, text, vendor_deletion};
use crate::ports::{CallError, Expect, StoreError, Write};
use crate::react::{Intake, apply};

/// The longest delay between two tries.
const BACK_OFF_MAX: SignedDuration = SignedDuration::from_secs(300);
/// After this an effect that is still not done is told to the operators.
const ALERT_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// Tries after a refusal by the vendor, and the pause between them.
const INTEGRATION_TRIES: u32 = 4;
const INTEGRATION_PAUSE: Duration = Duration::from_secs(300);

/// Performs one entry, unless somebody else has it.
///
/// # Errors
/// [`StoreError`].
pub async fn perform(
    performer: &Performer,
    row: EffectRow,
    version: u64,
) -> Result<(), StoreError> {
    let vendor = vendor_of(&row.work);
    if let Some(vendor) = vendor
        && let Some(until) = performer
            .circuits
            .open_until(vendor, performer.reactor.now())
    {
        let later = EffectRow {
            due: until,
            claim: None,
            ..row
        };
        let write = later.write(Expect::Version(version))?;
        return performer.settle(vec![write]).await;
    }
    match &row.work {
        Work::Text {
            booking_id,
            intent_id,
        } => {
            let (booking_id, intent_id) = (booking_id.clone(), intent_id.clone());
            let held = HeldEffect { row, version };
            text::perform(performer, &booking_id, &intent_id, held).await
        }
        Work::CallEnds { booking_id } => {
            let reported = reported(booking_id, Fact::CallTimePassed);
            done_by(performer, &reported, HeldEffect { row, version }).await
        }
        Work::Wait { .. }
        | Work::Booking(_)
        | Work::Tell { .. }
        | Work::CrmNote { .. }
        | Work::Links { .. }
        | Work::VendorDeletion { .. } => called(performer, row, version).await,
    }
}

/// The circuit that guards the calls of an entry.
fn vendor_of(work: &Work) -> Option<&'static str> {
    let effect = match work {
        Work::Booking(effect) => effect,
        Work::CrmNote { .. } => return Some("close"),
        Work::VendorDeletion { vendor, .. } => return Some(vendor.as_str()),
        _ => return None,
    };
    match effect.kind {
        EffectKind::CreateCheckoutSession { .. }
        | EffectKind::ExpireSession { .. }
        | EffectKind::Refund { .. } => Some("stripe"),
        EffectKind::BookInCalendly { .. } | EffectKind::CancelInCalendly { .. } => Some("calendly"),
        EffectKind::NotifyCustomer { .. } | EffectKind::AlertAdmin { .. } => None,
    }
}

/// Claims an entry, makes its call, and marks the entry with the outcome.
async fn called(performer: &Performer, row: EffectRow, version: u64) -> Result<(), StoreError> {
    let Some(mut held) = claim(performer, row, version, Vec::new()).await? else {
        return Ok(());
    };
    let result = match held.row.work.clone() {
        Work::Booking(effect) => calls::make(performer, &effect, &mut held).await?,
        Work::Wait {
            booking_id,
            intent_id,
            until,
        } => {
            let wait_seconds = super::seconds_until(until, performer.reactor.now());
            let input = json!({ "booking_id": booking_id, "intent_id": intent_id, "wait_seconds": wait_seconds });
            let started = performer.waits.start(held.row.execution(), input).await;
            started.map(|()| CallEnding::Done)
        }
        Work::Tell {
            id,
            subject,
            message,
            ..
        } => {
            let told = performer.operators.tell(&id, &subject, message).await;
            told.map(|()| CallEnding::Done)
        }
        Work::Links { booking_ids } => {
            emails::send_links(performer, &held.row.key, &booking_ids).await?
        }
        Work::CrmNote { booking_id, state } => {
            crm_note::write(performer, &booking_id, state).await?
        }
        Work::VendorDeletion { task_id, .. } => {
            vendor_deletion::make(performer, &task_id, &held.row).await?
        }
        Work::Text { .. } | Work::CallEnds { .. } => Ok(CallEnding::Done),
    };
    performer.hit("effect.after_call")?;
    if let Some(vendor) = vendor_of(&held.row.work) {
        let failed = result.as_ref().err().is_some_and(CallError::passes);
        let now = performer.reactor.now();
        performer.circuits.note(vendor, failed, now);
    }
    mark(performer, held, result).await?;
    performer.hit("effect.after_mark")
}

/// Marks an entry with the outcome of its call.
async fn mark(performer: &Performer, held: HeldEffect, result: Called) -> Result<(), StoreError> {
    match result {
        Ok(CallEnding::Done) => {
            let removal = held.row.removal(held.version);
            performer.settle(vec![removal]).await
        }
        Ok(CallEnding::Settled(mut writes)) => {
            writes.push(held.row.removal(held.version));
            performer.settle(writes).await
        }
        Ok(CallEnding::Told(reported)) => done_by(performer, &reported, held).await,
        Ok(CallEnding::Dropped) => {
            tracing::info!(key = held.row.key, "an effect is no longer wanted");
            let key = held.row.key.clone();
            let dropped = reported(held.row.work.booking_id(), Fact::EffectDropped { key });
            done_by(performer, &dropped, held).await
        }
        Err(error) if error.passes() => put_off(performer, held, &error).await,
        Err(error) if worth_another_try(&held.row) => {
            put_off(performer, held, &patient(error)).await
        }
        Err(error) => refused(performer, held, &error).await,
    }
}

/// Whether a refused call is made again. A refused cancellation is: somebody may mend the integration meanwhile, for
/// example by a new token (S4-31). A slot that is taken stays taken, and Stripe repeats its answer to a known key.
fn worth_another_try(row: &EffectRow) -> bool {
    let cancels = matches!(&row.work, Work::Booking(effect) if matches!(effect.kind, EffectKind::CancelInCalendly { .. }));
    cancels && row.attempts < INTEGRATION_TRIES
}

/// The same error with a pause of five minutes before the next try.
fn patient(error: CallError) -> CallError {
    CallError {
        retry_after: Some(INTEGRATION_PAUSE),
        ..error
    }
}

/// Applies the fact that a call told and removes its entry, in one transaction.
async fn done_by(
    performer: &Performer,
    reported: &Reported,
    held: HeldEffect,
) -> Result<(), StoreError> {
    learn(performer, reported, vec![held.row.removal(held.version)]).await
}

/// Applies a fact and marks its entry in one transaction. A conflict is no error: another process has taken the entry
/// over, and applies the same fact.
async fn learn(
    performer: &Performer,
    reported: &Reported,
    with: Vec<Write>,
) -> Result<(), StoreError> {
    let intake = Intake {
        with,
        ..Intake::new(reported)
    };
    match apply(&performer.reactor, intake).await {
        Ok(_) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Schedules the next try. An entry that is more than an hour late is reported to the operators, once.
async fn put_off(
    performer: &Performer,
    held: HeldEffect,
    error: &CallError,
) -> Result<(), StoreError> {
    let now = performer.reactor.now();
    let HeldEffect { row, version } = held;
    let due = now + row.back_off(error.retry_after, BACK_OFF_MAX);
    tracing::warn!(key = row.key, attempts = row.attempts, class = error.class.as_str(), %error, next_try = %due, "an effect will be tried again");
    let overdue = now.duration_since(row.wanted_since()) >= ALERT_AFTER;
    let telling = if overdue && !row.told {
        telling(performer, &row, "effect_overdue", &error.message)?
    } else {
        None
    };
    let failed = Some(Failure {
        class: error.class,
        message: error.message.clone(),
        given_up: false,
    });
    let later = EffectRow {
        due,
        claim: None,
        failed,
        told: row.told || telling.is_some(),
        ..row
    };
    let mut writes = vec![later.write(Expect::Version(version))?, counted(error.class)];
    writes.extend(telling);
    performer.settle(writes).await
}

/// Gives an entry up. The operators are told; the booking learns of it where it can react.
async fn refused(
    performer: &Performer,
    held: HeldEffect,
    error: &CallError,
) -> Result<(), StoreError> {
    let HeldEffect { row, version } = held;
    tracing::error!(key = row.key, attempts = row.attempts, class = error.class.as_str(), %error, "an effect was refused");
    let telling = telling(performer, &row, "effect_refused", &error.message)?;
    let fact = refusal(performer, &row);
    let class = if fact.is_some() && vendor_of(&row.work) == Some("stripe") {
        ErrorClass::PaymentError
    } else {
        error.class
    };
    let failed = Some(Failure {
        class,
        message: error.message.clone(),
        given_up: true,
    });
    let given_up = EffectRow {
        claim: None,
        failed,
        ..row
    };
    let mut writes = vec![given_up.write(Expect::Version(version))?, counted(class)];
    writes.extend(telling);
    match fact {
        None => performer.settle(writes).await,
        Some(fact) => {
            let reported = reported(given_up.work.booking_id(), fact);
            learn(performer, &reported, writes).await
        }
    }
}

/// The fact that a refused effect is for its booking; `None` where the booking can't react.
fn refusal(performer: &Performer, row: &EffectRow) -> Option<Fact> {
    let Work::Booking(effect) = &row.work else {
        return None;
    };
    match effect.kind {
        // No slot is held for this booking, and none will be.
        EffectKind::BookInCalendly { .. } => Some(Fact::Action(Action {
            kind: ActionKind::Cancel,
            actor: "system".to_owned(),
            reason: Some("The time is no longer free".to_owned()),
        })),
        EffectKind::CreateCheckoutSession { .. } | EffectKind::Refund { .. } => {
            Some(Fact::EffectRefused {
                key: row.key.clone(),
                at: performer.reactor.now(),
            })
        }
        _ => None,
    }
}

/// Name of the counter for a class of failures (S4-45).
pub const fn error_counter(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::TransientError => "errors_transient",
        ErrorClass::ValidationError => "errors_validation",
        ErrorClass::PaymentError => "errors_payment",
        ErrorClass::IntegrationError => "errors_integration",
        ErrorClass::SystemError => "errors_system",
    }
}

fn counted(class: ErrorClass) -> Write {
    Write::Count {
        counter: error_counter(class),
        by: 1,
    }
}

/// The outbox entry that tells the operators about an effect, once per effect and code; about slots that were refused,
/// once an hour. It is an entry of its own, so that a broken topic never blocks the mark of the effect. `None`: the effect
/// itself is a message to the operators.
fn telling(
    performer: &Performer,
    row: &EffectRow,
    code: &str,
    error: &str,
) -> Result<Option<Write>, StoreError> {
    let tells = match &row.work {
        Work::Tell { .. } => true,
        Work::Booking(effect) => matches!(effect.kind, EffectKind::AlertAdmin { .. }),
        _ => false,
    };
    if tells {
        return Ok(None);
    }
    let booking_id = row.work.booking_id();
    let body = json!({ "code": code, "effect": row.key, "booking_id": booking_id, "attempts": row.attempts, "error": error });
    let now = performer.reactor.now();
    let about = match &row.work {
        // Anybody can ask for times that are taken, so these are told once an hour.
        Work::Booking(effect) if matches!(effect.kind, EffectKind::BookInCalendly { .. }) => {
            format!("book:{}", now.as_second() / 3_600)
        }
        _ => row.key.clone(),
    };
    let (id, subject) = (format!("{code}:{about}"), format!("Bookpath: {code}"));
    outbox::telling(booking_id, &id, &subject, body, now).map(Some)
}
