//! Replays past conversations with other waits before the follow-up (S2-23).
//!
//! As in the live rules any text of the customer ends the wait (X67): STOP stops it, and an answer, HELP or START counts as a
//! reply. Of STOP and START after the follow-up the newest of the number is known.
//!
//! A customer who answered after the real follow-up is assumed to answer at that time under every wait; the replay
//! can't tell who answered because of the follow-up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::metrics::sent_at;
use super::{
    Conversation, ConversationState, Intent, IntentKind, PhoneRecord, Reason, compose,
    next_allowed, template::zone_of,
};
use crate::bookings::invitee::InviteeSnapshot;
use crate::config::BusinessConfig;
use crate::money::decimal::{Decimal, NotDecimal};
use crate::people::phone::Phone;

/// The longest wait that is tried: a year, in seconds.
const WAIT_SECONDS_MAX: u32 = 31_536_000;

/// Reads a wait such as `90s`, `15m` or `2h` as seconds.
///
/// ```
/// # use bookpath_domain::texts::what_if::wait_seconds;
/// assert_eq!(wait_seconds("15m"), Ok(900));
/// assert!(wait_seconds("0m").is_err());
/// ```
///
/// # Errors
/// What is wrong with it, in words.
pub fn wait_seconds(text: &str) -> Result<u32, String> {
    let wrong = || format!("`{text}` is no wait: give 90s, 15m or 2h, up to a year");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return Err(wrong()),
    };
    let number = &text[..text.len() - unit.len_utf8()];
    let number: u32 = number.parse().map_err(|_| wrong())?;
    number
        .checked_mul(factor)
        .filter(|seconds| (1..=WAIT_SECONDS_MAX).contains(seconds))
        .ok_or_else(wrong)
}

/// What one wait would have meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitOutcome {
    pub wait_seconds: u32,
    /// Customers who would have written before their follow-up was due, whatever it was but an opt-out.
    pub replied_before: u64,
    /// Follow-ups that an opt-out, a cancellation, a reschedule, the night or the start would have stopped.
    pub stopped: u64,
    /// Follow-ups that would have been sent.
    pub follow_ups: u64,
    pub parts: u64,
    /// US dollars.
    pub cost: Decimal,
    /// Texts saved against the configured wait; negative: more are sent.
    pub sends_saved: i64,
    pub cost_saved: Decimal,
}

/// The result for every wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// Confirmations that were sent: each would have had its follow-up.
    pub confirmations: u64,
    pub first_sent_at: Option<Timestamp>,
    pub last_sent_at: Option<Timestamp>,
    pub configured_wait_seconds: u32,
    pub waits: Vec<WaitOutcome>,
}

/// One confirmation and what came after it.
struct Case<'a> {
    sent_at: Timestamp,
    replied_at: Option<Timestamp>,
    /// Cancelled, moved, or opted out.
    stopped_at: Option<Timestamp>,
    snapshot: &'a InviteeSnapshot,
    parts: u64,
}

/// The numbers whose records have to be known: a STOP or START may have ended their conversation, and stands nowhere else.
#[must_use]
pub fn numbers_to_know(conversations: &[Conversation]) -> BTreeSet<&Phone> {
    use ConversationState::{OptedOut, Responded};
    let ended = conversations.iter();
    let ended = ended.filter(|c| matches!(c.status, OptedOut | Responded));
    ended.filter_map(|c| c.phone.as_ref()).collect()
}

/// The records of numbers.
pub type PhoneRecords = BTreeMap<Phone, PhoneRecord>;

/// Plays the follow-ups of these conversations again, once for each wait in seconds. `records` are those of
/// [`numbers_to_know`].
///
/// # Errors
/// The configured price of a part is no decimal.
pub fn what_if(
    conversations: &[Conversation],
    records: &PhoneRecords,
    waits: &[u32],
    rules: &BusinessConfig,
) -> Result<WhatIf, NotDecimal> {
    let price: Decimal = rules.bill.sms_part_usd.parse()?;
    let heard = Heard::new(conversations, records);
    let cases: Vec<Case<'_>> = conversations
        .iter()
        .flat_map(|c| cases(c, &heard, rules))
        .collect();
    let now = outcome(&cases, rules.follow_up_wait_seconds, rules, price);
    let waits = waits.iter().map(|wait| {
        let mut outcome = outcome(&cases, *wait, rules, price);
        outcome.sends_saved = i64::try_from(now.follow_ups).unwrap_or(i64::MAX)
            - i64::try_from(outcome.follow_ups).unwrap_or(i64::MAX);
        outcome.cost_saved = times(price, i128::from(now.parts) - i128::from(outcome.parts));
        outcome
    });
    Ok(WhatIf {
        confirmations: u64::try_from(cases.len()).unwrap_or(u64::MAX),
        first_sent_at: cases.iter().map(|c| c.sent_at).min(),
        last_sent_at: cases.iter().map(|c| c.sent_at).max(),
        configured_wait_seconds: rules.follow_up_wait_seconds,
        waits: waits.collect(),
    })
}

/// Instants at which each number wrote.
struct Heard<'a> {
    /// Answers, HELP and START, in order of time.
    wrote: BTreeMap<&'a Phone, Vec<Timestamp>>,
    records: &'a PhoneRecords,
}

impl<'a> Heard<'a> {
    fn new(conversations: &'a [Conversation], records: &'a PhoneRecords) -> Self {
        let mut wrote: BTreeMap<&Phone, Vec<Timestamp>> = BTreeMap::new();
        for conversation in conversations {
            if let Some(phone) = &conversation.phone {
                let replies = conversation.replies.iter().map(|reply| reply.at);
                wrote.entry(phone).or_default().extend(replies);
            }
            // Our answer to HELP is due when the HELP came.
            let intents = conversation.intents.values();
            let helps = intents.filter(|intent| intent.kind == IntentKind::HelpReply);
            for help in helps {
                if let Some(phone) = &help.to {
                    wrote.entry(phone).or_default().push(help.due_at);
                }
            }
        }
        for (phone, record) in records {
            wrote.entry(phone).or_default().extend(record.opted_in_at);
        }
        wrote.values_mut().for_each(|times| times.sort_unstable());
        Self { wrote, records }
    }

    /// The first text of the number at `from` or later; one at the same instant as ours counts as its answer.
    fn wrote_from(&self, phone: Option<&Phone>, from: Timestamp) -> Option<Timestamp> {
        let mut times = self.wrote.get(phone?)?.iter().copied();
        times.find(|at| *at >= from)
    }

    fn stopped_from(&self, phone: Option<&Phone>, from: Timestamp) -> Option<Timestamp> {
        let record = self.records.get(phone?)?;
        record.opted_out_at.filter(|at| *at >= from)
    }
}

/// When a text of the customer ended the open follow-up, if it was for this reason.
fn ended_at(follow_up: Option<&Intent>, reason: Reason, sent_at: Timestamp) -> Option<Timestamp> {
    let ended = follow_up.filter(|f| f.reason == Some(reason))?;
    Some(ended.judged_at().unwrap_or(sent_at))
}

fn cases<'a>(
    conversation: &'a Conversation,
    heard: &Heard<'_>,
    rules: &BusinessConfig,
) -> Vec<Case<'a>> {
    let confirmed = conversation
        .intents
        .values()
        .filter(|i| i.kind == IntentKind::Confirmation);
    let case = |uri: &'a str, sent_at: Timestamp, to: Option<&Phone>| {
        let snapshot = conversation.chain.snapshot(uri)?;
        let follow_up = conversation
            .intents
            .get(&IntentKind::FollowUp.intent_id(uri));
        let wrote = [
            ended_at(follow_up, Reason::Responded, sent_at),
            heard.wrote_from(to, sent_at),
        ];
        let opted_out = [
            ended_at(follow_up, Reason::OptedOut, sent_at),
            heard.stopped_from(to, sent_at),
        ];
        let opted_out = opted_out.into_iter().flatten().min();
        let moved = conversation
            .chain
            .superseded(uri)
            .then_some(snapshot.updated_at);
        let canceled = snapshot
            .canceled
            .then(|| snapshot.canceled_at.unwrap_or(snapshot.updated_at));
        let parts = follow_up
            .and_then(|f| f.parts)
            .unwrap_or_else(|| compose(IntentKind::FollowUp, Some(snapshot), rules).parts);
        Some(Case {
            sent_at,
            replied_at: wrote.into_iter().flatten().min(),
            stopped_at: [opted_out, moved, canceled].into_iter().flatten().min(),
            snapshot,
            parts: u64::from(parts),
        })
    };
    confirmed
        .filter_map(|i| case(i.invitee_uri.as_deref()?, sent_at(i)?, i.to.as_ref()))
        .collect()
}

fn outcome(
    cases: &[Case<'_>],
    wait_seconds: u32,
    rules: &BusinessConfig,
    price: Decimal,
) -> WaitOutcome {
    let mut out = WaitOutcome {
        wait_seconds,
        replied_before: 0,
        stopped: 0,
        follow_ups: 0,
        parts: 0,
        cost: Decimal::default(),
        sends_saved: 0,
        cost_saved: Decimal::default(),
    };
    for case in cases {
        let due = case.sent_at + SignedDuration::from_secs(i64::from(wait_seconds));
        let slot = next_allowed(
            due,
            &zone_of(case.snapshot, rules),
            &rules.quiet_hours,
            case.snapshot.start,
        );
        let by = |at: Option<Timestamp>| at.is_some_and(|at| at <= slot.unwrap_or(due));
        let before = |at: Timestamp| case.stopped_at.is_none_or(|stopped| at <= stopped);
        if by(case.replied_at.filter(|at| before(*at))) {
            out.replied_before += 1;
        } else if by(case.stopped_at) || slot.is_none_or(|slot| slot >= case.snapshot.start) {
            out.stopped += 1;
        } else {
            out.follow_ups += 1;
            out.parts += case.parts;
        }
    }
    out.cost = times(price, i128::from(out.parts));
    out
}

fn times(price: Decimal, parts: i128) -> Decimal {
    price.times_ratio(parts, 1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, invitee};
    use crate::texts::tests::{NOW, Talk, canceled, minutes, webhook};

    /// A conversation of a number of its own whose customer did `what` after some minutes.
    fn history(n: u32, after: i64, what: &str) -> (Conversation, PhoneRecord) {
        let mut talk = Talk::new();
        let snapshot = invitee(&format!("A{n}"), NOW);
        talk.fact(&webhook(&snapshot));
        talk.until(at(NOW) + minutes(after));
        match what {
            "" => {}
            "cancel" => talk.fact(&webhook(&canceled(&snapshot, &talk.now.to_string()))),
            text => drop(talk.text(text)),
        }
        talk.until(at(NOW) + minutes(600));
        let mut conversation = talk.conversation().clone();
        let phone = Phone::parse(&format!("+1222333{n:04}"), "US");
        conversation.phone.clone_from(&phone);
        conversation
            .intents
            .values_mut()
            .for_each(|i| i.to.clone_from(&phone));
        (conversation, talk.phone)
    }

    /// What would have been: replied before, stopped, sent, for each wait. Only the records are known that are asked for.
    fn outcomes(told: Vec<(Conversation, PhoneRecord)>, waits: &[u32]) -> Vec<(u64, u64, u64)> {
        let (all, records): (Vec<Conversation>, Vec<PhoneRecord>) = told.into_iter().unzip();
        let asked = numbers_to_know(&all);
        let numbers = all.iter().map(|c| c.phone.clone().unwrap()).zip(records);
        let records = numbers.filter(|(phone, _)| asked.contains(phone)).collect();
        let answer = what_if(&all, &records, waits, &BusinessConfig::default()).unwrap();
        let waits = answer.waits.iter();
        waits
            .map(|w| (w.replied_before, w.stopped, w.follow_ups))
            .collect()
    }

    /// Whatever a customer writes closes the follow-up (X67), before the real one and after it.
    #[test]
    fn every_text_of_a_customer_ends_the_wait() {
        let waits = [300, 1800, 3600];
        for (text, before, after) in [
            ("see you", (1, 0, 0), (1, 0, 0)),
            ("HELP", (1, 0, 0), (1, 0, 0)),
            ("START", (1, 0, 0), (1, 0, 0)),
            ("STOP", (0, 1, 0), (0, 1, 0)),
        ] {
            let sent = (0, 0, 1);
            let early = outcomes(vec![history(1, 10, text)], &waits);
            assert_eq!(early, [sent, before, before], "{text}");
            let late = outcomes(vec![history(1, 45, text)], &waits);
            assert_eq!(late, [sent, sent, after], "{text}");
        }
    }

    /// What came first decides: who had cancelled does not answer in time any more.
    #[test]
    fn what_came_first_ended_the_wait() {
        let (mut canceled, record) = history(1, 20, "cancel");
        let reply = history(2, 25, "yes").0.replies;
        canceled.replies.extend(reply);
        assert_eq!(outcomes(vec![(canceled, record)], &[1800]), [(0, 1, 0)]);
    }

    #[test]
    fn a_shorter_wait_sends_more_and_a_longer_one_less() {
        let all = [
            history(1, 10, "yes"),
            history(2, 20, "yes"),
            history(3, 45, "yes"),
            history(4, 0, ""),
            history(5, 20, "cancel"),
            history(6, 5, "STOP"),
            history(7, 20, "STOP"),
        ];
        let all = all.map(|(conversation, _)| conversation);
        let (waits, rules) = ([900, 1800, 3600], BusinessConfig::default());
        let answer = what_if(&all, &PhoneRecords::new(), &waits, &rules).unwrap();
        assert_eq!(answer.confirmations, 7);
        let rows: Vec<_> = answer
            .waits
            .iter()
            .map(|w| {
                (
                    w.replied_before,
                    w.stopped,
                    w.follow_ups,
                    w.cost.to_string(),
                    w.sends_saved,
                    w.cost_saved.to_string(),
                )
            })
            .collect();
        let row = |replied, stopped, sent, cost: &str, saved, money: &str| {
            (
                replied,
                stopped,
                sent,
                cost.to_owned(),
                saved,
                money.to_owned(),
            )
        };
        assert_eq!(
            rows,
            [
                row(1, 1, 5, "0.0375", -3, "-0.0225"),
                row(2, 3, 2, "0.015", 0, "0"),
                row(3, 3, 1, "0.0075", 1, "0.0075")
            ]
        );
    }

    #[test]
    fn a_wait_is_a_number_with_its_unit() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("2h", 7_200),
            ("8760h", 31_536_000),
        ] {
            assert_eq!(wait_seconds(text), Ok(seconds));
        }
        for wrong in ["", "30", "0m", "30d", "m", "8761h", "-1m", "9999999999s"] {
            assert!(wait_seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_start_stops_what_would_come_after_it_and_no_history_is_an_answer() {
        let mut soon = invitee("A1", NOW);
        soon.start = at(NOW) + minutes(40);
        let mut talk = Talk::new();
        talk.fact(&webhook(&soon));
        talk.until(at(NOW) + minutes(600));
        let answer = what_if(
            &[talk.conversation().clone()],
            &PhoneRecords::new(),
            &[1800, 2400],
            &BusinessConfig::default(),
        )
        .unwrap();
        assert_eq!(
            answer
                .waits
                .iter()
                .map(|w| (w.stopped, w.follow_ups))
                .collect::<Vec<_>>(),
            [(0, 1), (1, 0)]
        );
        let (none, rules) = (PhoneRecords::new(), BusinessConfig::default());
        let none = what_if(&[], &none, &[900], &rules).unwrap();
        assert_eq!(
            (
                none.confirmations,
                none.first_sent_at,
                none.waits[0].follow_ups
            ),
            (0, None, 0)
        );
    }
}
