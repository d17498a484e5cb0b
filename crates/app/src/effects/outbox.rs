//! The outbox: effects that a decision asks for, written in the transaction of the decision.
//!
//! An entry is open until its time, claimed while somebody performs it, and gone once it is done. One that
//! nobody can do stays as failed, for the operators.

use std::time::Duration;

use bookpath_domain::bookings::{Booking, BookingState, Effect};
use bookpath_domain::texts::{Conversation, IntentKind, IntentState};
use bookpath_domain::{ErrorClass, Vendor};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::MACHINE_WAIT_MAX;
use crate::ports::{Expect, IndexKey, ItemKey, Parameters, SlotRequest, StoreError, Write};

mod lists;
mod unreadable;

pub use lists::{all_open, claimed_by_others, due, find, given_up, next_due, open, reopened};
pub use unreadable::{put_back, set_aside};

/// Index partitions: entries that are open, claimed ones among them, and entries that were given up.
const OPEN: &str = "effects#open";
const FAILED: &str = "effects#failed";

/// Prefix of the keys of waits.
const WAIT: &str = "wait:";

/// The work of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// What a booking asked for.
    Booking(Effect),
    /// A text that goes out now.
    Text {
        booking_id: String,
        intent_id: String,
    },
    /// A text that waits: the state machine of the follow-up is started for it.
    Wait {
        booking_id: String,
        intent_id: String,
        until: Timestamp,
    },
    /// The CRM is to be told that a booking has come to a state.
    CrmNote {
        booking_id: String,
        state: BookingState,
    },
    /// The links of these bookings go to the address that they were booked with. It is not kept here: after an erasure
    /// there is none.
    Links { booking_ids: Vec<String> },
    /// An erased person's record is to be deleted at its vendor.
    VendorDeletion { vendor: Vendor, task_id: String },
    /// A timer at the end of a call: without a no-show mark the customer counts as attended from then on.
    CallEnds { booking_id: String },
    /// The operators are to be told something, once per `id`.
    Tell {
        booking_id: String,
        id: String,
        subject: String,
        message: serde_json::Value,
    },
}

impl Work {
    /// The booking that asked for it; empty where none did.
    #[must_use]
    pub fn booking_id(&self) -> &str {
        match self {
            Self::Booking(effect) => &effect.booking_id,
            Self::Text { booking_id, .. }
            | Self::Wait { booking_id, .. }
            | Self::Tell { booking_id, .. }
            | Self::CrmNote { booking_id, .. }
            | Self::CallEnds { booking_id } => booking_id,
            Self::Links { .. } | Self::VendorDeletion { .. } => "",
        }
    }
}

/// What the first try of a call sent. Every later try sends the very same: the payment service refuses a key that comes
/// again with other parameters (X69), and a slot is found again by what it was booked with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstTry {
    Parameters(Parameters),
    Slot(SlotRequest),
}

/// The process that performs an entry, and when its claim ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub owner: String,
    pub until: Timestamp,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectRow {
    /// Idempotency key of the effect.
    pub key: String,
    pub work: Work,
    pub due: Timestamp,
    pub created_at: Timestamp,
    /// When its first try was due; `None` in entries of earlier releases.
    #[serde(default)]
    pub first_due: Option<Timestamp>,
    /// Calls made for it, failed ones included.
    pub attempts: u32,
    pub claim: Option<Claim>,
    pub failed: Option<Failure>,
    /// `None` before the first call that has parameters to keep.
    #[serde(default)]
    pub first_try: Option<FirstTry>,
    /// The operators were told that this entry is overdue.
    #[serde(default)]
    pub told: bool,
}

/// Why the last try did not do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub class: ErrorClass,
    pub message: String,
    /// Given up: no further try.
    pub given_up: bool,
}

impl EffectRow {
    fn new(key: String, work: Work, due: Timestamp, now: Timestamp) -> Self {
        Self {
            key,
            work,
            due,
            created_at: now,
            first_due: Some(due),
            attempts: 0,
            claim: None,
            failed: None,
            first_try: None,
            told: false,
        }
    }

    /// When it was first due; it is overdue only after that.
    #[must_use]
    pub fn wanted_since(&self) -> Timestamp {
        self.first_due.unwrap_or(self.created_at)
    }

    /// Whether an earlier call may have been made for it.
    #[must_use]
    pub fn tried_before(&self) -> bool {
        self.attempts > 1 || self.first_try.is_some()
    }

    /// Stores the entry under its due time, or where failed ones lie.
    ///
    /// # Errors
    /// As [`Write::put`].
    pub fn write(&self, expect: Expect) -> Result<Write, StoreError> {
        let given_up = self.failed.as_ref().is_some_and(|f| f.given_up);
        let (partition, at) = if given_up {
            (FAILED, self.created_at)
        } else {
            (
                OPEN,
                self.claim.as_ref().map_or(self.due, |claim| claim.until),
            )
        };
        let index = IndexKey {
            partition: partition.to_owned(),
            sort: format!("{at:.6}#{}", self.key),
        };
        Write::put(item_key(&self.key), Some(index), self, expect)
    }

    /// The name of the execution that a wait starts; other entries have none.
    #[must_use]
    pub fn execution(&self) -> &str {
        self.key.strip_prefix(WAIT).unwrap_or(&self.key)
    }

    /// Removes the entry: it is done.
    #[must_use]
    pub fn removal(&self, version: u64) -> Write {
        Write::Delete {
            key: item_key(&self.key),
            expect: Expect::Version(version),
        }
    }

    /// The delay before try `attempts + 1`: exponential, with a jitter that depends on the key only, within
    /// `cap`; never before the vendor's own word.
    #[must_use]
    pub fn back_off(&self, retry_after: Option<Duration>, cap: SignedDuration) -> SignedDuration {
        let exponent = self.attempts.saturating_sub(1).min(16);
        let base_ms = 1000_i64
            .saturating_mul(1 << exponent)
            .min(cap.as_millis().try_into().unwrap_or(i64::MAX));
        let spread = self.key.bytes().fold(u64::from(self.attempts), |h, b| {
            h.wrapping_mul(31).wrapping_add(u64::from(b))
        });
        // Jitter between half and all of the delay, so that entries that failed together are not retried together.
        let delay = SignedDuration::from_millis(
            base_ms / 2 + i64::try_from(spread % 512).unwrap_or(0) * base_ms / 1024,
        );
        let asked = retry_after
            .and_then(|d| SignedDuration::try_from(d).ok())
            .unwrap_or(SignedDuration::ZERO);
        delay.max(asked)
    }
}

fn item_key(key: &str) -> ItemKey {
    ItemKey::new(format!("effect#{key}"), "row")
}

/// The key of the entry that an item's partition key names; `None` for any other item.
#[must_use]
pub fn key_of(pk: &str) -> Option<&str> {
    pk.strip_prefix("effect#")
}

/// The entries of a booking's effects.
///
/// # Errors
/// As [`Write::put`].
pub fn of_booking(effects: &[Effect], now: Timestamp) -> Result<Vec<Write>, StoreError> {
    effects
        .iter()
        .map(|effect| {
            let due = effect.not_before.unwrap_or(now);
            EffectRow::new(effect.key.clone(), Work::Booking(effect.clone()), due, now)
                .write(Expect::Any)
        })
        .collect()
}

/// The entry that has the operators told something; under a known `id` they are told once.
///
/// # Errors
/// As [`Write::put`].
pub fn telling(
    booking_id: &str,
    id: &str,
    subject: &str,
    message: serde_json::Value,
    now: Timestamp,
) -> Result<Write, StoreError> {
    let work = Work::Tell {
        booking_id: booking_id.to_owned(),
        id: id.to_owned(),
        subject: subject.to_owned(),
        message,
    };
    EffectRow::new(format!("tell:{id}"), work, now, now).write(Expect::Any)
}

/// The entry that has the CRM told of a booking's state.
///
/// # Errors
/// As [`Write::put`].
pub fn crm_note(
    booking_id: &str,
    state: BookingState,
    now: Timestamp,
) -> Result<Write, StoreError> {
    let key = format!("crm:{booking_id}:{}", state.as_str());
    let work = Work::CrmNote {
        booking_id: booking_id.to_owned(),
        state,
    };
    EffectRow::new(key, work, now, now).write(Expect::Any)
}

/// The entry that sends the links of bookings to their address, and its key. Each `id` is an e-mail of its own.
///
/// # Errors
/// As [`Write::put`].
pub fn links(
    id: &str,
    booking_ids: Vec<String>,
    now: Timestamp,
) -> Result<(String, Write), StoreError> {
    let key = format!("links:{id}");
    let work = Work::Links { booking_ids };
    let write = EffectRow::new(key.clone(), work, now, now).write(Expect::Absent)?;
    Ok((key, write))
}

/// The entry that has a record deleted at its vendor.
///
/// # Errors
/// As [`Write::put`].
pub(crate) fn vendor_deletion(
    vendor: Vendor,
    task_id: &str,
    now: Timestamp,
) -> Result<Write, StoreError> {
    let work = Work::VendorDeletion {
        vendor,
        task_id: task_id.to_owned(),
    };
    EffectRow::new(deletion_key(task_id), work, now, now).write(Expect::Any)
}

/// Removes the entry of a deletion that an admin did by hand.
pub(crate) fn no_vendor_deletion(task_id: &str) -> Write {
    Write::Delete {
        key: item_key(&deletion_key(task_id)),
        expect: Expect::Any,
    }
}

fn deletion_key(task_id: &str) -> String {
    format!("delete:{task_id}")
}

/// The timer at the end of a call, when that end is new.
///
/// # Errors
/// As [`Write::put`].
pub fn call_timer(
    before: Option<&Booking>,
    next: &Booking,
    now: Timestamp,
) -> Result<Option<Write>, StoreError> {
    let Some((_, end)) = next.times() else {
        return Ok(None);
    };
    if before
        .and_then(Booking::times)
        .is_some_and(|(_, known)| known == end)
    {
        return Ok(None);
    }
    let (id, key) = (
        next.booking_id.clone(),
        format!("call-ends:{}:{}", next.booking_id, end.as_second()),
    );
    EffectRow::new(key, Work::CallEnds { booking_id: id }, end, now)
        .write(Expect::Any)
        .map(Some)
}

/// The entries of texts that are pending in `next` and were not in `before`.
///
/// # Errors
/// As [`Write::put`].
pub fn of_conversation(
    before: Option<&Conversation>,
    next: &Conversation,
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let known = |id: &str| before.is_some_and(|c| c.intents.contains_key(id));
    let fresh = next
        .intents
        .values()
        .filter(|i| i.state == IntentState::Pending && !known(&i.intent_id));
    fresh
        .map(|intent| {
            let (booking_id, intent_id) = (next.booking_id.clone(), intent.intent_id.clone());
            let (key, work, due) = match intent.kind {
                IntentKind::Confirmation | IntentKind::HelpReply => (
                    format!("text:{intent_id}"),
                    Work::Text {
                        booking_id,
                        intent_id,
                    },
                    intent.due_at,
                ),
                IntentKind::FollowUp | IntentKind::Reminder24h | IntentKind::Feedback => {
                    return wait(intent_id.clone(), booking_id, intent_id, intent.due_at, now);
                }
            };
            EffectRow::new(key, work, due, now).write(Expect::Any)
        })
        .collect()
}

/// The entry that starts the state machine for a text that waits: at once, or as late as the longest wait of a machine
/// before the text is due. `id` names the execution.
fn wait(
    id: String,
    booking_id: String,
    intent_id: String,
    until: Timestamp,
    now: Timestamp,
) -> Result<Write, StoreError> {
    let due = until.checked_sub(MACHINE_WAIT_MAX).unwrap_or(now).max(now);
    let work = Work::Wait {
        booking_id,
        intent_id,
        until,
    };
    EffectRow::new(format!("{WAIT}{id}"), work, due, now).write(Expect::Any)
}

/// The entry for a text whose machine has ended because its next wait is too long for it. Another execution will wait for
/// the rest, so it has another name.
///
/// # Errors
/// As [`Write::put`].
pub(super) fn wait_again(
    booking_id: &str,
    intent_id: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<Write, StoreError> {
    let id = format!("{intent_id}:{}", until.as_second());
    wait(id, booking_id.to_owned(), intent_id.to_owned(), until, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_stays_in_bounds_and_obeys_the_vendor() {
        let at: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let work = Work::CallEnds {
            booking_id: "b".to_owned(),
        };
        let cap = SignedDuration::from_secs(300);
        let delay = |attempts: u32| {
            EffectRow {
                attempts,
                ..EffectRow::new("k".to_owned(), work.clone(), at, at)
            }
            .back_off(None, cap)
        };
        for attempts in 1..=20 {
            let whole = SignedDuration::from_secs(1_i64 << (attempts - 1).min(16)).min(cap);
            assert!(
                delay(attempts) >= whole / 2 && delay(attempts) <= whole,
                "{attempts}: {:?}",
                delay(attempts)
            );
        }
        let row = EffectRow {
            attempts: 1,
            ..EffectRow::new("k".to_owned(), work, at, at)
        };
        assert_eq!(
            row.back_off(Some(Duration::from_secs(90)), cap),
            SignedDuration::from_secs(90)
        );
    }
}
