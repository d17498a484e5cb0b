//! Sending a text: at most once, whatever happens between the claim and the mark (X37).

use bookpath_domain::texts::{
    self, Due, Intent, IntentState, Message, PhoneRecord, Reason, SendResult,
};
use jiff::Timestamp;

use super::MACHINE_WAIT_MAX;
use super::held::{HeldEffect, claim};
use super::outbox::{self, EffectRow};
use super::pace;
use super::performer::Performer;
use crate::operators::alarms::{self, Alarm, TEXT_UNKNOWN};
use crate::ports::{Commit, Expect, Rounds, StoreError, Write};
use crate::texts::conversations::{self, StoredConversation};

/// Outcome of a try to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextEnding {
    Sent,
    Suppressed(Reason),
    /// It waits for this instant.
    Deferred(Timestamp),
    /// It waits in the outbox, longer than a state machine does.
    Later,
    /// The carrier was asked and its answer is lost; nobody asks again.
    Unknown,
    /// The carrier said no for good.
    Failed,
    /// The text was settled before; nothing is sent.
    Nothing,
}

/// Sends a follow-up whose wait is over, or records why it is not sent. The state machine calls it.
///
/// # Errors
/// [`StoreError`].
pub async fn follow_up(performer: &Performer, intent_id: &str) -> Result<TextEnding, StoreError> {
    let ending = send(performer, intent_id, None).await?;
    let now = performer.reactor.now();
    match ending {
        TextEnding::Deferred(until) if until.duration_since(now) > MACHINE_WAIT_MAX => {
            hand_over(performer, intent_id, until, now).await
        }
        _ => Ok(ending),
    }
}

/// Leaves a text to the outbox. Doing it again writes the same entry.
async fn hand_over(
    performer: &Performer,
    intent_id: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<TextEnding, StoreError> {
    let store = performer.reactor.store.as_ref();
    let Some(found) = conversations::of_intent(store, intent_id, now).await? else {
        return Ok(TextEnding::Nothing);
    };
    let booking_id = &found.conversation.booking_id;
    let entry = outbox::wait_again(booking_id, intent_id, until, now)?;
    store.commit(Commit::new(vec![entry])).await?;
    Ok(TextEnding::Later)
}

/// Performs a text of the outbox.
pub(super) async fn perform(
    performer: &Performer,
    booking_id: &str,
    intent_id: &str,
    entry: HeldEffect,
) -> Result<(), StoreError> {
    let ending = send(performer, intent_id, Some(entry)).await?;
    tracing::debug!(booking_id, intent_id, ?ending, "text");
    Ok(())
}

async fn send(
    performer: &Performer,
    intent_id: &str,
    mut entry: Option<HeldEffect>,
) -> Result<TextEnding, StoreError> {
    let reactor = &performer.reactor;
    let mut rounds = Rounds::new("the text kept meeting changes of its conversation");
    loop {
        rounds.begin()?;
        let now = reactor.now();
        let found = conversations::of_intent(reactor.store.as_ref(), intent_id, now).await?;
        let known = found
            .as_ref()
            .and_then(|found| Some((found, found.conversation.intents.get(intent_id)?)));
        let Some((found, intent)) = known else {
            return finish(performer, entry, Vec::new(), TextEnding::Nothing).await;
        };
        let ended = if intent.state == IntentState::Claimed {
            lost(performer, &entry, found, intent_id, now).await?
        } else {
            look(performer, &mut entry, found, intent, now).await?
        };
        if let Some(ending) = ended {
            return Ok(ending);
        }
    }
}

/// Marks a text as unknown whose sender died between claim and mark: nobody knows what the carrier did. `None`: the
/// conversation has changed meanwhile.
async fn lost(
    performer: &Performer,
    entry: &Option<HeldEffect>,
    found: &StoredConversation,
    intent_id: &str,
    now: Timestamp,
) -> Result<Option<TextEnding>, StoreError> {
    let Some(next) = texts::on_lost_claim(&found.conversation, intent_id) else {
        return Ok(None);
    };
    tracing::warn!(
        intent_id,
        "the outcome of a text is unknown; a delivery event may tell"
    );
    let mut writes = conversations::writes(&next, Some(found))?;
    writes.push(unknown(intent_id, now).raise()?);
    let written = write(performer, entry, writes, "sms_unknown").await?;
    Ok(written.map(|()| TextEnding::Unknown))
}

/// Checks the rules once more and sends, defers or suppresses the text. `None`: the conversation has changed meanwhile.
async fn look(
    performer: &Performer,
    entry: &mut Option<HeldEffect>,
    found: &StoredConversation,
    intent: &Intent,
    now: Timestamp,
) -> Result<Option<TextEnding>, StoreError> {
    let reactor = &performer.reactor;
    let intent_id = intent.intent_id.as_str();
    let phone = match &intent.to {
        Some(to) => {
            let (store, secret) = (reactor.store.as_ref(), &reactor.phone_secret);
            conversations::known_phone(store, secret, to).await?.record
        }
        None => PhoneRecord::default(),
    };
    match texts::on_due(&found.conversation, &phone, intent_id, now, &reactor.rules) {
        Due::Nothing if intent.state == IntentState::Pending => {
            let due = intent.due_at;
            defer(performer, entry.take(), Vec::new(), due)
                .await
                .map(Some)
        }
        Due::Nothing => {
            let nothing = TextEnding::Nothing;
            finish(performer, entry.take(), Vec::new(), nothing)
                .await
                .map(Some)
        }
        Due::Suppressed { next, reason } => {
            tracing::info!(intent_id, reason = reason.as_str(), "a text is suppressed");
            let writes = conversations::writes(&next, Some(found))?;
            let written = write(performer, entry, writes, suppressed_counter(reason)).await?;
            Ok(written.map(|()| TextEnding::Suppressed(reason)))
        }
        Due::Deferred { next, until } => {
            let writes = conversations::writes(&next, Some(found))?;
            defer(performer, entry.take(), writes, until)
                .await
                .map(Some)
        }
        Due::Send { next, message } => {
            if let Some(later) = room_at(performer, intent, message.parts, now).await? {
                let Some(next) = texts::postponed(&found.conversation, intent_id, later) else {
                    return Ok(None);
                };
                let writes = conversations::writes(&next, Some(found))?;
                return defer(performer, entry.take(), writes, later)
                    .await
                    .map(Some);
            }
            let writes = conversations::writes(&next, Some(found))?;
            go(performer, entry, writes, &message).await
        }
    }
}

/// Claims the text and its entry, and asks the carrier. `None`: the conversation has changed meanwhile.
async fn go(
    performer: &Performer,
    entry: &mut Option<HeldEffect>,
    writes: Vec<Write>,
    message: &Message,
) -> Result<Option<TextEnding>, StoreError> {
    match claimed(performer, entry, writes).await? {
        Claiming::Claimed => {
            let sent = deliver(performer, &message.intent_id, message, entry.take());
            sent.await.map(Some)
        }
        Claiming::Again => Ok(None),
        Claiming::TakenOver => Ok(Some(TextEnding::Nothing)),
    }
}

/// Reserves a text's place in the sending number's queue, once. Returns the instant of that place if it lies ahead.
async fn room_at(
    performer: &Performer,
    intent: &Intent,
    parts: u32,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let reactor = &performer.reactor;
    let Some(per_second) = reactor.rules.sms.parts_per_second else {
        return Ok(None);
    };
    let at = match intent.paced_for {
        Some(at) => at,
        None => pace::reserve(reactor.store.as_ref(), parts, per_second, now).await?,
    };
    Ok((at > now).then_some(at))
}

/// The alarm of a text whose outcome is lost; its delivery event ends it.
fn unknown(intent_id: &str, now: Timestamp) -> Alarm {
    Alarm::new(
        TEXT_UNKNOWN,
        intent_id,
        now,
        "the carrier was asked and its answer is lost; it is not sent again",
    )
}

enum Claiming {
    Claimed,
    /// The conversation changed meanwhile.
    Again,
    TakenOver,
}

/// Claims the intent, and the entry of the outbox with it, in one transaction.
async fn claimed(
    performer: &Performer,
    entry: &mut Option<HeldEffect>,
    writes: Vec<Write>,
) -> Result<Claiming, StoreError> {
    let Some(HeldEffect { row, version }) = entry.clone() else {
        return match performer.reactor.store.commit(Commit::new(writes)).await {
            Ok(()) => performer
                .hit("effect.after_claim")
                .map(|()| Claiming::Claimed),
            Err(StoreError::Conflict(_)) => Ok(Claiming::Again),
            Err(error) => Err(error),
        };
    };
    let key = row.key.clone();
    match claim(performer, row, version, writes).await? {
        Some(claimed) => {
            *entry = Some(claimed);
            Ok(Claiming::Claimed)
        }
        None => {
            let now = outbox::find(performer.reactor.store.as_ref(), &key).await?;
            Ok(if now.is_some_and(|(_, current)| current == version) {
                Claiming::Again
            } else {
                Claiming::TakenOver
            })
        }
    }
}

/// Asks the carrier, and marks what it said.
async fn deliver(
    performer: &Performer,
    intent_id: &str,
    message: &Message,
    entry: Option<HeldEffect>,
) -> Result<TextEnding, StoreError> {
    let reactor = &performer.reactor;
    // A STOP is written on its own, so it may have come between the look and the claim.
    let known =
        conversations::known_phone(reactor.store.as_ref(), &reactor.phone_secret, &message.to)
            .await?;
    let result = if known.record.opted_out() {
        SendResult::Suppressed(Reason::OptedOut)
    } else {
        performer.texts.send(message).await
    };
    performer.hit("sms.after_provider")?;
    performer.hit("effect.after_call")?;
    let mut rounds = Rounds::new("the mark of a text kept meeting changes of its conversation");
    loop {
        rounds.begin()?;
        let now = reactor.now();
        let Some(found) = conversations::of_intent(reactor.store.as_ref(), intent_id, now).await?
        else {
            return finish(performer, entry, Vec::new(), TextEnding::Nothing).await;
        };
        let Some(next) = texts::on_send_result(&found.conversation, intent_id, &result, now) else {
            // A delivery event was quicker than our mark.
            return finish(performer, entry, Vec::new(), TextEnding::Sent).await;
        };
        let mut writes = conversations::writes(&next, Some(&found))?;
        if found
            .conversation
            .intents
            .get(intent_id)
            .is_some_and(|i| i.state == IntentState::Unknown)
        {
            // Another process had marked it `unknown` while this call to the carrier was running.
            writes.push(alarms::end(TEXT_UNKNOWN, intent_id));
        }
        let ending = match &result {
            SendResult::NotTaken { .. } | SendResult::QuotaSpent => {
                let due = next.intents.get(intent_id).map_or(now, |i| i.due_at);
                return defer(performer, entry, writes, due).await;
            }
            SendResult::Suppressed(reason) => TextEnding::Suppressed(*reason),
            SendResult::Accepted { .. } => TextEnding::Sent,
            SendResult::Refused => TextEnding::Failed,
            SendResult::Lost => TextEnding::Unknown,
        };
        if mark(performer, &entry, writes, message, ending)
            .await?
            .is_some()
        {
            performer.hit("effect.after_mark")?;
            return Ok(ending);
        }
    }
}

async fn mark(
    performer: &Performer,
    entry: &Option<HeldEffect>,
    mut writes: Vec<Write>,
    message: &Message,
    ending: TextEnding,
) -> Result<Option<()>, StoreError> {
    let count = |counter, by| Write::Count { counter, by };
    let counter = match ending {
        TextEnding::Sent => {
            writes.extend([
                count("effects_sms", 1),
                count("sms_parts", i64::from(message.parts)),
            ]);
            "sms_sent"
        }
        TextEnding::Failed => "sms_failed",
        TextEnding::Suppressed(reason) => suppressed_counter(reason),
        _ => {
            writes.push(unknown(&message.intent_id, performer.reactor.now()).raise()?);
            "sms_unknown"
        }
    };
    write(performer, entry, writes, counter).await
}

/// Writes the conversation and ends the entry; `None` when the conversation changed meanwhile.
async fn write(
    performer: &Performer,
    entry: &Option<HeldEffect>,
    mut writes: Vec<Write>,
    counter: &'static str,
) -> Result<Option<()>, StoreError> {
    writes.push(Write::Count { counter, by: 1 });
    let own = writes.len();
    writes.extend(entry.as_ref().map(|e| e.row.removal(e.version)));
    match performer.reactor.store.commit(Commit::new(writes)).await {
        Ok(()) => Ok(Some(())),
        Err(StoreError::Conflict(position)) if position < own => Ok(None),
        Err(StoreError::Conflict(_)) => Ok(Some(())),
        Err(error) => Err(error),
    }
}

/// Puts the text's entry off to an instant.
async fn defer(
    performer: &Performer,
    entry: Option<HeldEffect>,
    mut writes: Vec<Write>,
    until: Timestamp,
) -> Result<TextEnding, StoreError> {
    if let Some(HeldEffect { row, version }) = entry {
        writes.push(
            EffectRow {
                due: until,
                claim: None,
                ..row
            }
            .write(Expect::Version(version))?,
        );
    }
    performer.settle(writes).await?;
    Ok(TextEnding::Deferred(until))
}

async fn finish(
    performer: &Performer,
    entry: Option<HeldEffect>,
    mut writes: Vec<Write>,
    ending: TextEnding,
) -> Result<TextEnding, StoreError> {
    writes.extend(entry.map(|e| e.row.removal(e.version)));
    performer.settle(writes).await?;
    Ok(ending)
}

/// The counter of a reason: how many texts each rule has stopped at the moment of sending.
const fn suppressed_counter(reason: Reason) -> &'static str {
    match reason {
        Reason::Responded => "sms_suppressed_responded",
        Reason::OptedOut => "sms_suppressed_opted_out",
        Reason::Canceled => "sms_suppressed_canceled",
        Reason::Rescheduled => "sms_suppressed_rescheduled",
        Reason::AppointmentStarted => "sms_suppressed_appointment_started",
        Reason::NoSlotBeforeStart => "sms_suppressed_no_slot_before_start",
        Reason::InvalidPhone => "sms_suppressed_invalid_phone",
        Reason::NoPhone => "sms_suppressed_no_phone",
        Reason::SkippedStaleBackfill => "sms_suppressed_skipped_stale_backfill",
        Reason::Erased => "sms_suppressed_erased",
        Reason::NoShow => "sms_suppressed_no_show",
        Reason::NotVerified => "sms_suppressed_not_verified",
    }
}
