//! The checks of a text, in the order in which they are asked; the first that fails decides (X37, X38).
//!
//! A text is judged when its booking is made and again when its time has come. In between an event asks the check
//! that it can change: a STOP, a reply, a cancellation, a new time, the carrier's answer.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::origin::Origin;
use super::phone_record::PhoneRecord;
use super::{IntentKind, Reason};
use crate::bookings::invitee::{Chain, InviteeSnapshot};

/// No text is sent about a booking that a sync found later than this after it was made.
pub const STALE_BACKFILL: SignedDuration = SignedDuration::from_mins(30);

/// One thing that must hold for a text to go out.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum Check {
    NumberGiven,
    NumberUsable,
    NotRescheduled,
    NotCanceled,
    NotOptedOut,
    NotStarted,
    /// The booking became known soon after it was made.
    NotStale,
    /// Nobody has marked the customer as a no-show; asked after the call.
    Attended,
    NoReply,
    /// Quiet hours end before the call starts.
    SlotBeforeStart,
    /// The carrier sends to this number; it answers when it is asked to.
    NumberVerified,
}

impl IntentKind {
    /// The checks of a text of this kind, in order.
    #[must_use]
    pub const fn checks(self) -> &'static [Check] {
        use Check::{
            Attended, NoReply, NotCanceled, NotOptedOut, NotRescheduled, NotStale, NotStarted,
            NumberGiven, NumberUsable, NumberVerified, SlotBeforeStart,
        };
        match self {
            Self::Confirmation => &[
                NumberGiven,
                NumberUsable,
                NotRescheduled,
                NotCanceled,
                NotOptedOut,
                NotStarted,
                NotStale,
                NumberVerified,
            ],
            Self::FollowUp => &[
                NumberGiven,
                NumberUsable,
                NotRescheduled,
                NotCanceled,
                NotOptedOut,
                NotStarted,
                NoReply,
                SlotBeforeStart,
                NumberVerified,
            ],
            Self::Reminder24h => &[
                NumberGiven,
                NumberUsable,
                NotRescheduled,
                NotCanceled,
                NotOptedOut,
                NotStarted,
                SlotBeforeStart,
                NumberVerified,
            ],
            Self::HelpReply => &[NotOptedOut, NumberVerified],
            Self::Feedback => &[
                NumberGiven,
                NumberUsable,
                NotRescheduled,
                NotCanceled,
                NotOptedOut,
                Attended,
                NumberVerified,
            ],
        }
    }
}

impl Check {
    /// Whether the text's own time still stands.
    pub(super) const OF_THE_TIME: [Self; 2] = [Self::NotRescheduled, Self::NotCanceled];

    /// The text of answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }

    /// Why a text is not sent that fails here.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::NumberGiven => Reason::NoPhone,
            Self::NumberUsable => Reason::InvalidPhone,
            Self::NotRescheduled => Reason::Rescheduled,
            Self::NotCanceled => Reason::Canceled,
            Self::NotOptedOut => Reason::OptedOut,
            Self::NotStarted => Reason::AppointmentStarted,
            Self::NotStale => Reason::SkippedStaleBackfill,
            Self::Attended => Reason::NoShow,
            Self::NoReply => Reason::Responded,
            Self::SlotBeforeStart => Reason::NoSlotBeforeStart,
            Self::NumberVerified => Reason::NotVerified,
        }
    }

    /// The fact in words when it passes or fails, without personal data.
    #[must_use]
    pub const fn fact(self, passed: bool) -> &'static str {
        match (self, passed) {
            (Self::NumberGiven, true) => "the booking has a number",
            (Self::NumberGiven, false) => "the booking has no number",
            (Self::NumberUsable, true) => "the number can get texts",
            (Self::NumberUsable, false) => "what was typed is no phone number",
            (Self::NotRescheduled, true) => "the booking was not moved to another time",
            (Self::NotRescheduled, false) => "the booking was moved to another time",
            (Self::NotCanceled, true) => "the booking was not cancelled",
            (Self::NotCanceled, false) => "the booking was cancelled",
            (Self::NotOptedOut, true) => "the number has not opted out",
            (Self::NotOptedOut, false) => "the number has opted out",
            (Self::NotStarted, true) => "the call starts later",
            (Self::NotStarted, false) => "the call had started",
            (Self::NotStale, true) => "the booking was found soon after it was made",
            (Self::NotStale, false) => "a sync found the booking long after it was made",
            (Self::Attended, true) => "nobody marked the customer as a no-show",
            (Self::Attended, false) => "the customer was marked as a no-show",
            (Self::NoReply, true) => "the customer has not replied",
            (Self::NoReply, false) => "the customer has replied",
            (Self::SlotBeforeStart, true) => "there is time outside quiet hours before the call",
            (Self::SlotBeforeStart, false) => "quiet hours end too late for the call",
            (Self::NumberVerified, true) => "the carrier sends to this number",
            (Self::NumberVerified, false) => "the carrier's sandbox has not verified this number",
        }
    }
}

/// What is known of the number that a booking gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Missing,
    Unusable,
    Usable,
}

/// The facts that the checks of a text look at. A check whose fact is `None` is not asked now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Situation<'a> {
    pub(super) now: Timestamp,
    pub(super) number: Number,
    pub(super) chain: Option<&'a Chain>,
    /// The invitee that the text is about.
    pub(super) uri: Option<&'a str>,
    pub(super) phone: &'a PhoneRecord,
    /// How the booking was found, while it is being taken in.
    pub(super) origin: Option<Origin>,
    /// Whether the customer has replied to what was said last.
    pub(super) replied: bool,
    pub(super) replied_at: Option<Timestamp>,
    /// The first instant at which the text may go out.
    pub(super) slot: Option<Slot>,
    /// The delivery whose facts are being taken in.
    pub(super) delivery_id: Option<&'a str>,
}

/// When quiet hours let a text go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    At(Timestamp),
    TooLate,
}

impl From<Option<Timestamp>> for Slot {
    fn from(allowed: Option<Timestamp>) -> Self {
        allowed.map_or(Self::TooLate, Self::At)
    }
}

impl<'a> Situation<'a> {
    /// The situation of a usable number at `now`; what else is known is added by name.
    pub(super) const fn new(phone: &'a PhoneRecord, now: Timestamp) -> Self {
        Self {
            now,
            number: Number::Usable,
            chain: None,
            uri: None,
            phone,
            origin: None,
            replied: false,
            replied_at: None,
            slot: None,
            delivery_id: None,
        }
    }

    fn snapshot(&self) -> Option<&'a InviteeSnapshot> {
        self.chain?.snapshot(self.uri?)
    }
}

/// The answer to one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    pub check: Check,
    pub passed: bool,
    /// When the fact happened or happens: the reply, the cancellation, the start, the end of quiet hours.
    pub at: Option<Timestamp>,
    /// The delivery that told the fact.
    pub delivery_id: Option<String>,
}

/// The answers of one judgement: all passed, or all but the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    pub at: Timestamp,
    pub asked: Vec<CheckResult>,
}

impl Judgement {
    /// Why the text is not sent; `None` where every check passed.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        let failed = self.asked.last().filter(|asked| !asked.passed)?;
        Some(failed.check.reason())
    }
}

/// Asks the checks in order, and stops at the first that fails.
pub(super) fn judge(checks: &[Check], situation: &Situation<'_>) -> Judgement {
    let mut asked = Vec::with_capacity(checks.len());
    for answer in checks.iter().filter_map(|check| ask(*check, situation)) {
        let failed = !answer.passed;
        asked.push(answer);
        if failed {
            break;
        }
    }
    Judgement {
        at: situation.now,
        asked,
    }
}

/// Asks one check; `None` where the situation can't answer it.
fn ask(check: Check, situation: &Situation<'_>) -> Option<CheckResult> {
    let snapshot = situation.snapshot();
    let now = situation.now;
    let (passed, at) = match check {
        Check::NumberGiven => (situation.number != Number::Missing, None),
        Check::NumberUsable => (situation.number == Number::Usable, None),
        Check::NotRescheduled => moved(situation.chain?, situation.uri?),
        Check::NotCanceled => {
            let canceled = snapshot.filter(|s| s.canceled);
            (canceled.is_none(), canceled.map(ended_at))
        }
        Check::NotOptedOut => {
            let out = situation.phone.opted_out();
            let at = situation.phone.opted_out_at.filter(|_| out);
            (!out, at)
        }
        Check::NotStarted => (
            snapshot.is_none_or(|s| s.start > now),
            snapshot.map(|s| s.start),
        ),
        Check::NotStale => {
            let (origin, made_at) = (situation.origin?, snapshot?.created_at);
            let stale = origin == Origin::Sync && now.duration_since(made_at) > STALE_BACKFILL;
            (!stale, Some(made_at))
        }
        // Before that a mark may still be withdrawn.
        Check::Attended if snapshot?.end > now => return None,
        Check::Attended => {
            let marks = situation.chain?.marks();
            let marked = marks.in_force();
            (!marked, marks.created_at.filter(|_| marked))
        }
        Check::NoReply => (!situation.replied, situation.replied_at),
        Check::SlotBeforeStart => match situation.slot? {
            Slot::At(at) => (true, Some(at)),
            Slot::TooLate => (false, None),
        },
        // Only the carrier can tell.
        Check::NumberVerified => return None,
    };
    let delivery_id = situation.delivery_id.map(str::to_owned);
    Some(CheckResult {
        check,
        passed,
        at,
        delivery_id: delivery_id.filter(|_| !passed || check.told_by_booking()),
    })
}

impl Check {
    /// Whether the delivery of the booking tells it, also where it passes.
    const fn told_by_booking(self) -> bool {
        matches!(
            self,
            Self::NumberGiven | Self::NumberUsable | Self::NotStarted | Self::NotStale
        )
    }
}

/// Whether the invitee is still the one of its booking; if not, since when.
fn moved(chain: &Chain, uri: &str) -> (bool, Option<Timestamp>) {
    if !chain.superseded(uri) {
        return (true, None);
    }
    let own = chain.snapshot(uri).filter(|s| s.canceled).map(ended_at);
    let successor = || {
        let mut all = chain.snapshots();
        let next = all.find(|s| s.old_invitee.as_deref() == Some(uri));
        next.map(|s| s.created_at)
    };
    (false, own.or_else(successor))
}

fn ended_at(snapshot: &InviteeSnapshot) -> Timestamp {
    snapshot.canceled_at.unwrap_or(snapshot.updated_at)
}
