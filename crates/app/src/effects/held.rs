//! An entry of the outbox in the hands of the process that claimed it.

use bookpath_domain::bookings::Fact;
use bookpath_vendors::Reported;
use jiff::SignedDuration;

use super::outbox::{Claim, EffectRow, FirstTry};
use super::performer::Performer;
use crate::ports::{CallError, Commit, Expect, StoreError, Write, held};

/// How long a claim is believed: longer than any call may take.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// An entry as it was read or written last, and its version.
#[derive(Debug, Clone)]
pub(super) struct HeldEffect {
    pub(super) row: EffectRow,
    pub(super) version: u64,
}

/// The outcome of a call that did not fail.
#[derive(Debug)]
pub(super) enum CallEnding {
    /// The call is done and its answer changes nothing about the booking.
    Done,
    /// The vendor told a fact.
    Told(Box<Reported>),
    /// The call is done, and these are written with the removal of its entry.
    Settled(Vec<Write>),
    /// No call was made: the booking no longer wants it.
    Dropped,
}

/// The outcome of a call, or its error.
pub(super) type Called = Result<CallEnding, CallError>;

/// A fact that our own effect brought.
pub(super) fn reported(booking_id: &str, fact: Fact) -> Reported {
    Reported {
        fact,
        stripe_ids: Vec::new(),
        booking_id: Some(booking_id.to_owned()),
    }
}

/// Claims an entry in one transaction with other writes. `None`: another process has claimed it first.
pub(super) async fn claim(
    performer: &Performer,
    row: EffectRow,
    version: u64,
    with: Vec<Write>,
) -> Result<Option<HeldEffect>, StoreError> {
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
    let claimed = held(performer.reactor.store.commit(Commit::new(writes)).await)?;
    if claimed {
        performer.hit("effect.after_claim")?;
    }
    let version = version + 1;
    Ok(claimed.then_some(HeldEffect { row, version }))
}

/// Stores the parameters of the first try before the call is made. `false`: another process has taken the entry over.
pub(super) async fn keep(
    performer: &Performer,
    effect: &mut HeldEffect,
    first_try: FirstTry,
) -> Result<bool, StoreError> {
    effect.row.first_try = Some(first_try);
    let write = effect.row.write(Expect::Version(effect.version))?;
    let kept = held(
        performer
            .reactor
            .store
            .commit(Commit::new(vec![write]))
            .await,
    )?;
    effect.version += u64::from(kept);
    Ok(kept)
}

/// The error of a call that is left to another process, which has taken the entry over.
pub(super) fn taken_over() -> CallError {
    CallError::transient("somebody else took the effect over")
}
