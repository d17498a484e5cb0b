//! react: stream records become decisions about bookings and conversations.
//!
//! The second reader of the log. It does not use the lake, so texts go out while the lake is down. State,
//! outbox and ledger of one decision are one transaction; what is decided twice is decided the same,
//! so a batch that comes again changes nothing.

mod booking;
mod by_person;
mod conversation;
mod decision;
mod intake;
mod reactor;
#[cfg(test)]
mod tests;
mod text;

use std::time::Duration;

use bookpath_domain::bookings::Fact;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_domain::texts;
use bookpath_domain::{StreamRecord, ToldBy, Vendor};
use bookpath_vendors::sms as carrier;
use futures::{FutureExt as _, StreamExt as _, stream};

use crate::inbox::consumers::REACT;
use crate::inbox::dead_letters;
use crate::ports::{Commit, LogRecord, ObjectStore, StoreError};
use crate::privacy::tombstones;

pub use booking::apply;
use by_person::{Taken, by_person};
pub use intake::{Applied, Intake};
pub use reactor::{EXPIRED_HOLD_SECONDS, Reactor};

/// People whose records are reacted to at the same time.
const PEOPLE_TOGETHER: usize = 64;
/// Result of reacting to a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reacted {
    pub records: usize,
    /// Records that are dead letters now.
    pub dead: usize,
    /// Sequences of the records to hand over again, in order: each that failed and the same person's after it.
    pub failed: Vec<String>,
    pub error: Option<String>,
    /// From the arrival of each delivery to its decision; of those that were done.
    pub took: Vec<Duration>,
}

/// Reacts to a batch, each person's records in their order. Never fails as a whole: what could not be done is in
/// [`Reacted::failed`]. `objects` take the dead letters that are too large for a row.
pub async fn react(reactor: &Reactor, objects: &dyn ObjectStore, batch: &[LogRecord]) -> Reacted {
    let erased = match tombstones::of_erased(reactor.store.as_ref(), batch, &reactor.rules).await {
        Ok(erased) => erased,
        Err(error) => {
            return Reacted {
                failed: batch.iter().map(|r| r.sequence.clone()).collect(),
                error: Some(error.to_string()),
                ..Reacted::default()
            };
        }
    };
    let people = by_person(batch, &erased, &reactor.rules);
    let taken: usize = people.values().map(Vec::len).sum();
    // Together they share the store's commits.
    let runs: Vec<_> = people
        .into_values()
        .map(|records| in_order(reactor, objects, records).boxed())
        .collect();
    let parts: Vec<Reacted> = stream::iter(runs)
        .buffer_unordered(PEOPLE_TOGETHER)
        .collect()
        .await;
    let mut reacted = parts.into_iter().fold(Reacted::default(), Reacted::and);
    // Nothing else is done for people who were erased (X60).
    reacted.records += batch.len() - taken;
    reacted
        .failed
        .sort_by_key(|sequence| (sequence.len(), sequence.clone()));
    reacted
}

/// One person's records, until the first that can't be done now.
async fn in_order(
    reactor: &Reactor,
    objects: &dyn ObjectStore,
    records: Vec<Taken<'_>>,
) -> Reacted {
    let mut reacted = Reacted::default();
    for (place, taken) in records.iter().enumerate() {
        match one(reactor, objects, taken).await {
            Ok(Ending::Done(took)) => {
                reacted.records += 1;
                reacted.took.extend(took);
            }
            Ok(Ending::Dead) => reacted.dead += 1,
            Err(error) => {
                reacted.failed = records[place..]
                    .iter()
                    .map(|taken| taken.record.sequence.clone())
                    .collect();
                reacted.error = Some(error.to_string());
                break;
            }
        }
    }
    reacted
}

impl Reacted {
    fn and(mut self, other: Self) -> Self {
        self.records += other.records;
        self.dead += other.dead;
        self.failed.extend(other.failed);
        self.took.extend(other.took);
        self.error = self.error.or(other.error);
        self
    }
}

enum Ending {
    /// And how long ago it had come; a replay and a sync bring what is old.
    Done(Option<Duration>),
    Dead,
}

async fn one(
    reactor: &Reactor,
    objects: &dyn ObjectStore,
    taken: &Taken<'_>,
) -> Result<Ending, StoreError> {
    let record = taken.record.as_ref();
    let stream: StreamRecord = match serde_json::from_slice(&record.data) {
        Ok(stream) => stream,
        Err(error) => {
            return bury(
                reactor,
                objects,
                record,
                &format!("not a stream record: {error}"),
            )
            .await;
        }
    };
    let (origin, effects) = match stream.envelope.origin {
        // Of two contents of one version a booking has the one that silver has (row 18). The other vendors' facts have ids of
        // their own, and the first content stands.
        Origin::Variant if stream.envelope.vendor != Vendor::Calendly => {
            return Ok(Ending::Done(None));
        }
        Origin::Webhook | Origin::Variant => (texts::Origin::Webhook, true),
        Origin::Sync => (texts::Origin::Sync, true),
        Origin::Replay { with_effects } => (texts::Origin::Sync, with_effects),
    };
    let told = Told {
        stream: &stream,
        origin,
        effects,
        late: taken.late,
    };
    match facts_of(reactor, &told).await {
        Ok(Unmatched(0)) => {
            let fresh = stream.envelope.origin == Origin::Webhook;
            let took =
                Duration::try_from(reactor.now().duration_since(stream.envelope.received_at)).ok();
            Ok(Ending::Done(took.filter(|_| fresh)))
        }
        Ok(Unmatched(_)) if taken.late => Ok(Ending::Done(None)),
        // Money that belongs to no booking must be seen by somebody.
        Ok(Unmatched(_)) => {
            bury(
                reactor,
                objects,
                record,
                "it belongs to no booking that is known",
            )
            .await
        }
        // A bug or data of another release: the others go on without it.
        Err(StoreError::Corrupt(reason) | StoreError::Refused(reason)) => {
            bury(reactor, objects, record, &reason).await
        }
        Err(error) => Err(error),
    }
}

/// Facts that found no booking.
struct Unmatched(usize);

/// A record, and how its facts are to be taken.
struct Told<'a> {
    stream: &'a StreamRecord,
    origin: texts::Origin,
    effects: bool,
    /// The record is about somebody who was erased.
    late: bool,
}

async fn facts_of(reactor: &Reactor, told: &Told<'_>) -> Result<Unmatched, StoreError> {
    let stream = told.stream;
    let unreadable = |e: String| StoreError::Corrupt(e);
    let body = || serde_json::from_str(stream.body.get()).map_err(|e| unreadable(e.to_string()));
    let mut unmatched = 0;
    if stream.envelope.vendor == Vendor::Sms {
        if let Some(event) = carrier::event(&body()?) {
            text::take(reactor, event, &stream.envelope).await?;
        }
        return Ok(Unmatched(0));
    }
    if stream.envelope.vendor == Vendor::Close {
        crate::sync::versions::note(reactor.store.as_ref(), stream).await?;
        return Ok(Unmatched(0));
    }
    for reported in
        bookpath_vendors::facts(stream, &reactor.rules).map_err(|e| unreadable(e.to_string()))?
    {
        let money = stream.envelope.vendor == Vendor::Stripe;
        let applied = apply(
            reactor,
            Intake {
                origin: told.origin,
                effects: told.effects,
                of_known: told.late,
                found_late: found_late(reactor, stream, &reported.fact),
                told_by: Some(ToldBy::from(&stream.envelope)),
                ..Intake::new(&reported)
            },
        )
        .await?;
        unmatched +=
            usize::from(applied.outcome == bookpath_domain::bookings::Outcome::NoBooking && money);
    }
    Ok(Unmatched(unmatched))
}

/// Whether a sync found a booking long after it was made.
fn found_late(reactor: &Reactor, stream: &StreamRecord, fact: &Fact) -> bool {
    let Fact::Invitee(snapshot) = fact else {
        return false;
    };
    let age = reactor.now().duration_since(snapshot.created_at);
    stream.envelope.origin == Origin::Sync && age > texts::STALE_BACKFILL
}

async fn bury(
    reactor: &Reactor,
    objects: &dyn ObjectStore,
    record: &LogRecord,
    reason: &str,
) -> Result<Ending, StoreError> {
    tracing::warn!(
        sequence = record.sequence,
        reason,
        "a record is a dead letter of react"
    );
    reactor
        .store
        .commit(Commit::new(
            dead_letters::writes(objects, REACT, record, reason).await?,
        ))
        .await?;
    Ok(Ending::Dead)
}
