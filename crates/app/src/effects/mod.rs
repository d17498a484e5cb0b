//! perform-effects: what the outbox holds is claimed, done, and marked.
//!
//! A claim is written before the call and the mark after it. Between the two a process may die: a payment call is
//! made again under its idempotency key, a text never is (X37).

mod booking;
pub mod circuit;
mod letters;
pub mod outbox;
mod pace;
mod text;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bookpath_domain::ErrorClass;
use bookpath_domain::bookings::{Action, ActionKind, EffectKind, Fact};
use bookpath_vendors::Reported;
use futures::FutureExt as _;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::effects::outbox::{Claim, EffectRow, Failure, Work};
use crate::ports::{
    Calendar, CallError, Commit, Expect, Mailer, Operators, Payments, StoreError, TextSender,
    Waits, Write,
};
use crate::react::{Intake, Reactor, apply};

pub use circuit::Circuits;
pub use text::{TextEnding, follow_up};

/// How long a claim is believed: longer than any call may take.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// The longest delay between two tries.
const BACK_OFF_MAX: SignedDuration = SignedDuration::from_secs(300);
/// After this an effect that is still not done is told to the operators.
const ALERT_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// Tries of an integration that says no, and the pause between them.
const INTEGRATION_TRIES: u32 = 4;
const INTEGRATION_PAUSE: Duration = Duration::from_secs(300);
/// Effects of different bookings that are performed at the same time.
const PARALLEL: usize = 32;
/// Effects that are looked at in one go.
const PAGE: usize = 64;

/// What perform-effects works with.
pub struct Performer {
    pub reactor: Arc<Reactor>,
    pub payments: Arc<dyn Payments>,
    pub calendar: Arc<dyn Calendar>,
    pub texts: Arc<dyn TextSender>,
    pub mailer: Arc<dyn Mailer>,
    pub waits: Arc<dyn Waits>,
    pub operators: Arc<dyn Operators>,
    pub circuits: Circuits,
    /// Names this process in its claims.
    pub owner: String,
    /// Where a customer finds a booking; the letters link there.
    pub public_url: String,
}

impl std::fmt::Debug for Performer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Performer")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

/// Expires the claims of a process that died, so that its effects are tried again at once. Only for a process
/// that is certain to be the only one.
///
/// # Errors
/// [`StoreError`].
pub async fn take_over(performer: &Performer) -> Result<usize, StoreError> {
    let store = performer.reactor.store.as_ref();
    let orphaned = outbox::claimed_by_others(store, &performer.owner).await?;
    for (row, version) in &orphaned {
        let open = EffectRow {
            claim: None,
            due: performer.reactor.now(),
            ..row.clone()
        };
        match store
            .commit(Commit::of(vec![open.write(Expect::Version(*version))?]))
            .await
        {
            Ok(()) | Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(orphaned.len())
}

/// Performs everything that is due now; how many entries were tried.
///
/// # Errors
/// [`StoreError`]; what was begun is taken up when its claim ends.
pub async fn perform_due(performer: &Performer) -> Result<usize, StoreError> {
    let mut tried = 0;
    loop {
        let due = outbox::due(
            performer.reactor.store.as_ref(),
            performer.reactor.now(),
            PAGE,
        )
        .await?;
        if due.is_empty() {
            return Ok(tried);
        }
        tried += perform_all(performer, due).await?;
    }
}

/// Performs those of the named entries whose time has come; how many were tried. What is claimed, done or not due is
/// left to [`perform_due`].
///
/// # Errors
/// [`StoreError`]; as [`perform_due`].
pub async fn perform_named(
    performer: &Performer,
    keys: impl IntoIterator<Item = &str>,
) -> Result<usize, StoreError> {
    let mut due = Vec::new();
    for key in keys.into_iter().collect::<BTreeSet<&str>>() {
        if let Some((row, version)) = outbox::find(performer.reactor.store.as_ref(), key).await?
            && row.claim.is_none()
            && row.failed.as_ref().is_none_or(|failed| !failed.given_up)
            && row.due <= performer.reactor.now()
        {
            due.push((row, version));
        }
    }
    due.sort_by_key(|(row, _)| row.due);
    perform_all(performer, due).await
}

async fn perform_all(
    performer: &Performer,
    due: Vec<(EffectRow, u64)>,
) -> Result<usize, StoreError> {
    let mut tried = 0;
    for group in groups(due) {
        tried += group.len();
        let runs: Vec<_> = group
            .into_iter()
            .map(|(row, version)| perform(performer, row, version).boxed())
            .collect();
        for result in futures::future::join_all(runs).await {
            result?;
        }
    }
    Ok(tried)
}

/// Entries in their order, cut so that no group has two of one booking.
fn groups(due: Vec<(EffectRow, u64)>) -> Vec<Vec<(EffectRow, u64)>> {
    let mut groups: Vec<Vec<(EffectRow, u64)>> = Vec::new();
    let mut bookings: BTreeSet<String> = BTreeSet::new();
    for entry in due {
        let booking_id = entry.0.work.booking_id().to_owned();
        let full =
            groups.last().is_none_or(|g| g.len() >= PARALLEL) || bookings.contains(&booking_id);
        if full {
            groups.push(Vec::new());
            bookings.clear();
        }
        bookings.insert(booking_id);
        if let Some(group) = groups.last_mut() {
            group.push(entry);
        }
    }
    groups
}

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
        return settle(performer, vec![later.write(Expect::Version(version))?]).await;
    }
    match &row.work {
        Work::Text {
            booking_id,
            intent_id,
        } => {
            let (booking_id, intent_id) = (booking_id.clone(), intent_id.clone());
            text::perform(performer, &booking_id, &intent_id, Entry { row, version }).await
        }
        Work::CallEnds { booking_id } => {
            let reported = Reported {
                fact: Fact::CallTimePassed,
                stripe_ids: Vec::new(),
                booking_id: Some(booking_id.clone()),
            };
            done_by(performer, &reported, Entry { row, version }).await
        }
        Work::Wait { .. } | Work::Booking(_) => called(performer, row, version).await,
    }
}

/// A claimed or unclaimed entry of the outbox.
#[derive(Debug, Clone)]
struct Entry {
    row: EffectRow,
    version: u64,
}

/// The circuit that guards the calls of an entry.
fn vendor_of(work: &Work) -> Option<&'static str> {
    match work {
        Work::Booking(effect) => match effect.kind {
            EffectKind::CreateCheckoutSession { .. }
            | EffectKind::ExpireSession { .. }
            | EffectKind::Refund { .. } => Some("stripe"),
            EffectKind::BookInCalendly { .. } | EffectKind::CancelInCalendly { .. } => {
                Some("calendly")
            }
            EffectKind::NotifyCustomer { .. } | EffectKind::AlertAdmin { .. } => None,
        },
        _ => None,
    }
}

/// Claims, calls, and marks with what the call told.
async fn called(performer: &Performer, row: EffectRow, version: u64) -> Result<(), StoreError> {
    let reactor = &performer.reactor;
    let Some(entry) = claim(performer, row, version, Vec::new()).await? else {
        return Ok(());
    };
    let result = match &entry.row.work {
        Work::Booking(effect) => booking::call(performer, effect, &entry.row).await?,
        Work::Wait {
            booking_id,
            intent_id,
            until,
        } => {
            let wait_seconds = seconds_until(*until, reactor.now());
            let input = json!({ "booking_id": booking_id, "intent_id": intent_id, "wait_seconds": wait_seconds });
            performer.waits.start(intent_id, input).await.map(|()| None)
        }
        Work::Text { .. } | Work::CallEnds { .. } => Ok(None),
    };
    hit(performer, "effect.after_call")?;
    if let Some(vendor) = vendor_of(&entry.row.work) {
        performer.circuits.note(
            vendor,
            result.as_ref().err().is_some_and(CallError::passes),
            reactor.now(),
        );
    }
    match result {
        Ok(None) => settle(performer, vec![entry.row.removal(entry.version)]).await?,
        Ok(Some(reported)) => done_by(performer, &reported, entry).await?,
        Err(error) if error.passes() => put_off(performer, entry, &error).await?,
        Err(error) if worth_another_try(&entry.row) => {
            put_off(performer, entry, &patient(error)).await?
        }
        Err(error) => refused(performer, entry, &error).await?,
    }
    hit(performer, "effect.after_mark")
}

/// An integration that says no may be mended while we wait, as when a token is being changed (S4-31). A slot that is
/// taken stays taken, and what Stripe refuses it refuses under the same key for ever.
fn worth_another_try(row: &EffectRow) -> bool {
    let cancels = matches!(&row.work, Work::Booking(effect) if matches!(effect.kind, EffectKind::CancelInCalendly { .. }));
    cancels && row.attempts < INTEGRATION_TRIES
}

/// Minutes, not seconds.
fn patient(error: CallError) -> CallError {
    CallError {
        retry_after: Some(INTEGRATION_PAUSE),
        ..error
    }
}

/// Whole seconds, rounded up, so that a wait never ends before its time.
pub(crate) fn seconds_until(until: jiff::Timestamp, now: jiff::Timestamp) -> i64 {
    let ms = until.as_millisecond() - now.as_millisecond();
    ms.max(0).div_euclid(1000) + i64::from(ms.max(0).rem_euclid(1000) > 0)
}

/// Claims an entry together with other writes; `None` when somebody else was quicker.
async fn claim(
    performer: &Performer,
    row: EffectRow,
    version: u64,
    with: Vec<Write>,
) -> Result<Option<Entry>, StoreError> {
    let now = performer.reactor.now();
    let claim = Some(Claim {
        owner: performer.owner.clone(),
        until: now + LEASE,
    });
    let row = EffectRow {
        claim,
        attempts: row.attempts + 1,
        ..row
    };
    let mut writes = vec![row.write(Expect::Version(version))?];
    writes.extend(with);
    writes.push(Write::Count {
        counter: "effects_tried",
        by: 1,
    });
    match performer.reactor.store.commit(Commit::of(writes)).await {
        Ok(()) => {
            hit(performer, "effect.after_claim")?;
            Ok(Some(Entry {
                row,
                version: version + 1,
            }))
        }
        Err(StoreError::Conflict(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Ends an entry with the fact that its call told, in the fact's own transaction.
async fn done_by(
    performer: &Performer,
    reported: &Reported,
    entry: Entry,
) -> Result<(), StoreError> {
    let with = vec![entry.row.removal(entry.version)];
    match apply(
        &performer.reactor,
        Intake {
            with,
            ..Intake::of(reported)
        },
    )
    .await
    {
        Ok(_) => Ok(()),
        // Somebody took the entry over: the facts are joined, so theirs says the same.
        Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// A write whose condition fails was made by whoever took the entry over.
async fn settle(performer: &Performer, writes: Vec<Write>) -> Result<(), StoreError> {
    match performer.reactor.store.commit(Commit::of(writes)).await {
        Ok(()) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Comes again later; after an hour somebody is told.
async fn put_off(performer: &Performer, entry: Entry, error: &CallError) -> Result<(), StoreError> {
    let now = performer.reactor.now();
    let Entry { row, version } = entry;
    let due = now + row.back_off(error.retry_after, BACK_OFF_MAX);
    tracing::warn!(key = row.key, attempts = row.attempts, class = error.class.as_str(), %error, next_try = %due, "an effect will be tried again");
    if now.duration_since(row.created_at) >= ALERT_AFTER {
        tell(performer, &row, "effect_overdue", &error.message).await?;
    }
    let failed = Some(Failure {
        class: error.class,
        message: error.message.clone(),
        given_up: false,
    });
    let later = EffectRow {
        due,
        claim: None,
        failed,
        ..row
    };
    settle(
        performer,
        vec![later.write(Expect::Version(version))?, counted(error.class)],
    )
    .await
}

/// Refused for good: the booking learns of it where it can do something, and the operators always do.
async fn refused(performer: &Performer, entry: Entry, error: &CallError) -> Result<(), StoreError> {
    let Entry { row, version } = entry;
    tracing::error!(key = row.key, attempts = row.attempts, class = error.class.as_str(), %error, "an effect was refused");
    tell(performer, &row, "effect_refused", &error.message).await?;
    let learns = matches!(
        &row.work,
        Work::Booking(effect)
            if matches!(
                effect.kind,
                EffectKind::CreateCheckoutSession { .. } | EffectKind::Refund { .. } | EffectKind::BookInCalendly { .. }
            )
    );
    let class = if learns && vendor_of(&row.work) == Some("stripe") {
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
    let mark = given_up.write(Expect::Version(version))?;
    if !learns {
        return settle(performer, vec![mark, counted(class)]).await;
    }
    let fact = match &given_up.work {
        // Nobody holds a time for this booking, and nobody will.
        Work::Booking(effect) if matches!(effect.kind, EffectKind::BookInCalendly { .. }) => {
            let reason = Some("The time is no longer free".to_owned());
            Fact::Action(Action {
                kind: ActionKind::Cancel,
                actor: "system".to_owned(),
                reason,
            })
        }
        _ => Fact::EffectRefused {
            key: given_up.key.clone(),
            at: performer.reactor.now(),
        },
    };
    let reported = Reported {
        fact,
        stripe_ids: Vec::new(),
        booking_id: Some(given_up.work.booking_id().to_owned()),
    };
    match apply(
        &performer.reactor,
        Intake {
            with: vec![mark, counted(class)],
            ..Intake::of(&reported)
        },
    )
    .await
    {
        Ok(_) | Err(StoreError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The counter of a class of failures (S4-45).
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

/// Tells the operators once per entry and code.
async fn tell(
    performer: &Performer,
    row: &EffectRow,
    code: &str,
    message: &str,
) -> Result<(), StoreError> {
    let id = format!("{code}:{}", row.key);
    let body: Value = json!({ "code": code, "effect": row.key, "booking_id": row.work.booking_id(), "attempts": row.attempts, "error": message });
    match performer
        .operators
        .tell(&id, &format!("Bookpath: {code}"), body)
        .await
    {
        Ok(()) => Ok(()),
        Err(error) => Err(StoreError::Unavailable(error.to_string())),
    }
}

fn hit(performer: &Performer, point: &'static str) -> Result<(), StoreError> {
    performer
        .reactor
        .faults
        .hit(point)
        .map_err(|e| StoreError::Unavailable(e.to_string()))
}
