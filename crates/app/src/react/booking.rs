//! One fact about a booking: found, joined, decided, written.

use bookpath_domain::bookings::{
    self, Booking, BookingState, Effect, EffectKind, Fact, Outcome, Rules,
};
use bookpath_domain::texts;
use bookpath_vendors::Reported;
use jiff::Timestamp;

use super::conversation::conversation_writes;
use super::decision::{Decided, decide};
use super::intake::{Applied, Intake};
use super::reactor::{EXPIRED_HOLD_SECONDS, Reactor};
use crate::bookings::ledger;
use crate::bookings::other_payments;
use crate::bookings::repository::{self, BookingRow, Name, StoredBooking};
use crate::effects::outbox;
use crate::ports::{Rounds, Store, StoreError, Write};

/// Applies one fact.
///
/// # Errors
/// [`StoreError`]; `Conflict` when `if_version` is not the booking's, or a write of `with` met another state.
pub async fn apply(reactor: &Reactor, intake: Intake<'_>) -> Result<Applied, StoreError> {
    let mut rounds = Rounds::new("the fact kept meeting others of the same booking");
    loop {
        rounds.begin()?;
        let round = Round::plan(reactor, &intake).await?;
        let own = round.writes.len();
        if own == 0 && intake.with.is_empty() {
            return Ok(round.applied);
        }
        let writes = round
            .writes
            .into_iter()
            .chain(intake.with.iter().cloned())
            .collect();
        match reactor.commit(writes).await {
            Ok(()) => {
                round.log.tell();
                return Ok(round.applied);
            }
            Err(StoreError::Conflict(position)) if position < own => {}
            Err(error) => return Err(error),
        }
    }
}

/// One try: what was read and what is to be written.
struct Round {
    writes: Vec<Write>,
    applied: Applied,
    log: Log,
}

/// The log lines of the transitions of one round. They hold no personal data.
#[derive(Default)]
struct Log {
    lines: Vec<(String, bookpath_domain::bookings::HistoryEntry)>,
}

impl Log {
    /// The lines of the history that `row` has more than the stored booking.
    fn new(before: Option<&StoredBooking>, row: &BookingRow) -> Self {
        let seen = before.map_or(0, |f| f.row.booking.history.len());
        let id = &row.booking.booking_id;
        let fresh = row.booking.history.iter().skip(seen);
        Self {
            lines: fresh.map(|entry| (id.clone(), entry.clone())).collect(),
        }
    }

    fn tell(&self) {
        for (booking_id, entry) in &self.lines {
            tracing::info!(
                booking_id,
                trigger = entry.trigger.as_str(),
                from = entry
                    .from
                    .map(bookpath_domain::bookings::BookingState::as_str),
                to = entry.to.as_str(),
                actor = entry.actor,
                accepted = entry.accepted,
                "booking"
            );
        }
    }
}

impl Round {
    /// A round that writes nothing.
    fn nothing(outcome: Outcome, row: Option<BookingRow>) -> Self {
        Self {
            writes: Vec::new(),
            applied: Applied { outcome, row },
            log: Log::default(),
        }
    }

    async fn plan(reactor: &Reactor, intake: &Intake<'_>) -> Result<Self, StoreError> {
        let now = reactor.now();
        let mut found = find(reactor, intake.reported).await?;
        if let (Some(wanted), Some(first)) = (intake.if_version, found.first())
            && first.row.booking.version != wanted
        {
            return Err(StoreError::Conflict(usize::MAX));
        }
        if let Some(settled) = settled(intake, &found) {
            return Ok(settled);
        }
        let store = reactor.store.as_ref();
        let told_early = take_in_early(store, &intake.reported.fact, &mut found).await?;
        let new_booking_id = reactor.ids.fresh();
        let rules = Rules {
            config: &reactor.rules,
            new_booking_id: &new_booking_id,
            expired_hold_seconds: EXPIRED_HOLD_SECONDS,
            told_by: intake.told_by.as_ref(),
        };
        let mut decided = decide(&found, intake, now, &rules);
        let Some(mut row) = decided.row.take() else {
            return Self::of_no_booking(reactor, intake, decided.outcome, now, &rules).await;
        };
        if let Some(hash) = intake.token_hash {
            row.remember_token(hash.to_owned());
        }
        if intake.found_late {
            row.booking.leave_unasked(&mut decided.effects);
        }
        if !intake.effects {
            // Nobody will do them for this fact, so the next one asks for what is wanted then.
            row.booking.forget_effects(&decided.effects);
        }
        let mut writes = written(intake, &found, &row, &decided, now)?;
        if intake.effects {
            let before = target(&found, &row).map(|f| &f.row.booking);
            let (next, effects) = (&row.booking, &decided.effects);
            writes.extend(asked_for(reactor, intake, before, next, effects, now)?);
            if decided.changed {
                writes
                    .extend(conversation_writes(reactor, intake, &found, &row.booking, now).await?);
            }
        }
        if decided.changed {
            writes.extend(told_early);
        }
        let log = Log::new(target(&found, &row), &row);
        Ok(Self {
            writes,
            applied: Applied {
                outcome: decided.outcome,
                row: Some(row),
            },
            log,
        })
    }
}

impl Round {
    /// Keeps a payment without a booking for its payer. The outcome stays `NoBooking`, so that the record becomes a dead letter,
    /// where the payer is unknown or the event names a booking.
    async fn of_no_booking(
        reactor: &Reactor,
        intake: &Intake<'_>,
        outcome: Outcome,
        now: Timestamp,
        rules: &Rules<'_>,
    ) -> Result<Self, StoreError> {
        let Reported {
            fact,
            booking_id,
            stripe_ids,
        } = intake.reported;
        let mut change = other_payments::learn(reactor.store.as_ref(), fact, now, rules).await?;
        let outcome = match (
            change.is_somebodys && booking_id.is_none(),
            change.writes.is_empty(),
        ) {
            (false, _) => outcome,
            (true, true) => Outcome::Duplicate,
            (true, false) => Outcome::Recorded,
        };
        if !change.writes.is_empty() {
            // A booking may have learnt of the payment since it was looked for.
            change.writes.extend(repository::unless_owned(stripe_ids));
        }
        Ok(Self {
            writes: change.writes,
            ..Self::nothing(outcome, None)
        })
    }
}

/// Joins refunds and disputes that came before the payment to its booking. Returns the writes that remove them from where
/// they waited, and from the dead letters.
async fn take_in_early(
    store: &dyn Store,
    fact: &Fact,
    found: &mut [StoredBooking],
) -> Result<Vec<Write>, StoreError> {
    let Some(of) = found.first_mut() else {
        return Ok(Vec::new());
    };
    let Some(waiting) = other_payments::waiting(store, fact).await? else {
        return Ok(Vec::new());
    };
    let mut writes = vec![waiting.removal];
    if let Some(payment) = &waiting.payment {
        payment.join(&mut of.row.booking);
        writes.extend(other_payments::letters_of(store, payment).await?);
    }
    Ok(writes)
}

/// The entries of the outbox for what the booking asks for, and for the CRM where it is to be told.
fn asked_for(
    reactor: &Reactor,
    intake: &Intake<'_>,
    before: Option<&Booking>,
    next: &Booking,
    effects: &[Effect],
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    // What a sync found late is no news to the customer.
    let news = |effect: &&Effect| {
        intake.origin == texts::Origin::Webhook
            || !matches!(effect.kind, EffectKind::NotifyCustomer { .. })
    };
    let effects: Vec<Effect> = effects.iter().filter(news).cloned().collect();
    let mut writes = outbox::of_booking(&effects, now)?;
    if reactor.rules.close.write_back
        && let Some(state) = bookings::crm_news(before, next)
    {
        writes.push(outbox::crm_note(&next.booking_id, state, now)?);
    }
    Ok(writes)
}

/// The stored booking that a row takes the place of.
fn target<'a>(found: &'a [StoredBooking], row: &BookingRow) -> Option<&'a StoredBooking> {
    let same = |f: &&StoredBooking| f.row.booking.booking_id == row.booking.booking_id;
    found.iter().find(same)
}

/// The writes of a booking, of those that were merged into it, of its timer and of its ledger.
fn written(
    intake: &Intake<'_>,
    found: &[StoredBooking],
    row: &BookingRow,
    decided: &Decided,
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let (mut writes, target) = (Vec::new(), target(found, row));
    let id = &row.booking.booking_id;
    if decided.changed || intake.token_hash.is_some() {
        writes.extend(repository::writes(row, target)?);
    }
    for merged in found.iter().filter(|f| f.row.booking.booking_id != *id) {
        writes.push(repository::forward(merged, id)?);
    }
    if decided.outcome == Outcome::Created {
        writes.push(Write::Count {
            counter: "bookings",
            by: 1,
        });
    }
    let before = target.map(|f| &f.row.booking);
    writes.extend(outbox::call_timer(before, &row.booking, now)?);
    writes.extend(ledger::writes(&decided.ledger)?);
    Ok(writes)
}

/// The round of a fact that has nothing to decide.
fn settled(intake: &Intake<'_>, found: &[StoredBooking]) -> Option<Round> {
    if intake.of_known && found.is_empty() {
        return Some(Round::nothing(Outcome::NoBooking, None));
    }
    let held = held(intake, found)?;
    Some(Round::nothing(Outcome::Duplicate, Some(held.row.clone())))
}

/// The booking for which a new token is asked while somebody holds one.
fn held<'a>(intake: &Intake<'_>, found: &'a [StoredBooking]) -> Option<&'a StoredBooking> {
    intake.token_hash?;
    found.iter().find(|f| !f.row.token_hashes.is_empty())
}

/// Every booking that the fact names, each once.
async fn find(reactor: &Reactor, reported: &Reported) -> Result<Vec<StoredBooking>, StoreError> {
    let store = reactor.store.as_ref();
    let mut found: Vec<StoredBooking> = Vec::new();
    let mut add = |candidate: Option<StoredBooking>| {
        if let Some(candidate) = candidate
            && found
                .iter()
                .all(|f| f.row.booking.booking_id != candidate.row.booking.booking_id)
        {
            found.push(candidate);
        }
    };
    for uri in reported.fact.uris() {
        add(repository::by_name(store, Name::InviteeUri(uri)).await?);
    }
    let by_stripe = reported.stripe_ids.iter().map(String::as_str);
    for id in by_stripe {
        add(repository::by_name(store, Name::StripeId(id)).await?);
    }
    let Some(id) = &reported.booking_id else {
        return Ok(found);
    };
    // The customer came by the link of a booking that waits for its time. One that has its time, or is over, is not theirs
    // to take over, whatever the link says. What our own call booked belongs to its booking in any state.
    let own_call = matches!(reported.fact, Fact::Booked { .. });
    let waits = |f: &StoredBooking| {
        f.row.booking.state == BookingState::Pending && f.row.booking.invitee_uri().is_none()
    };
    if own_call || matches!(reported.fact, Fact::Invitee(_) | Fact::Client(_)) {
        let named = repository::by_id(store, id).await?;
        if let Some(named) = named.filter(|f| own_call || waits(f))
            && found
                .iter()
                .all(|f| f.row.booking.booking_id != named.row.booking.booking_id)
        {
            found.push(named);
        }
    } else if found.is_empty() {
        found.extend(repository::by_id(store, id).await?);
    }
    Ok(found)
}
