//! Figures of texts: sent, suppressed by reason, unknown, reply rate, time to reply, and the same per wording (S2-50, S2-52).
//!
//! A reply counts as the answer to the newest text that was sent to its number before it, in any conversation.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::{Conversation, Intent, IntentKind, IntentState, sentiment};
use crate::people::phone::Phone;

/// Texts of one kind, or of all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TextFigures {
    pub sent: u64,
    pub pending: u64,
    pub failed: u64,
    /// The carrier was asked and its answer is lost; nobody sends these again.
    pub unknown: u64,
    /// By reason.
    pub suppressed: BTreeMap<&'static str, u64>,
    /// Message parts of what was sent.
    pub parts: u64,
    /// Sent texts that were answered.
    pub answered: u64,
}

/// One wording of one kind of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VariantFigures {
    pub intent: &'static str,
    pub variant: String,
    pub sent: u64,
    pub answered: u64,
}

/// Seconds from a text to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReplyTimes {
    pub median_s: i64,
    pub p90_s: i64,
    pub mean_s: i64,
}

/// All figures of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Figures {
    /// Bookings to which at least one text went.
    pub bookings_reached: u64,
    /// Those whose customer wrote back after it.
    pub bookings_replied: u64,
    pub all: TextFigures,
    pub by_intent: BTreeMap<&'static str, TextFigures>,
    pub variants: Vec<VariantFigures>,
    /// Texts of customers, by what they were taken for and how they sound.
    pub replies: u64,
    pub reply_intents: BTreeMap<String, u64>,
    pub sentiments: BTreeMap<String, u64>,
    /// `None` while nobody has answered.
    pub time_to_reply: Option<ReplyTimes>,
}

/// A sent text: (when, its id).
type Sent<'a> = (Timestamp, &'a str);

/// The texts that went to each number, and the instants at which it wrote.
#[derive(Debug, Default)]
pub(super) struct Numbers<'a> {
    sent: BTreeMap<&'a Phone, Vec<Sent<'a>>>,
    replies: BTreeMap<&'a Phone, Vec<Timestamp>>,
}

impl<'a> Numbers<'a> {
    pub(super) fn collect(conversations: &'a [Conversation]) -> Self {
        let mut numbers = Self::default();
        for conversation in conversations {
            for (intent, at) in conversation
                .intents
                .values()
                .filter_map(|i| Some((i, sent_at(i)?)))
            {
                if let Some(to) = &intent.to {
                    numbers
                        .sent
                        .entry(to)
                        .or_default()
                        .push((at, &intent.intent_id));
                }
            }
            if let Some(phone) = &conversation.phone {
                numbers
                    .replies
                    .entry(phone)
                    .or_default()
                    .extend(conversation.replies.iter().map(|r| r.at));
            }
        }
        numbers
            .sent
            .values_mut()
            .for_each(|texts| texts.sort_unstable());
        numbers
            .replies
            .values_mut()
            .for_each(|replies| replies.sort_unstable());
        numbers
    }

    /// When the number first wrote from `from` on: a reply at the very instant of a text answers it.
    pub(super) fn reply_from(&self, phone: Option<&Phone>, from: Timestamp) -> Option<Timestamp> {
        self.replies
            .get(phone?)?
            .iter()
            .copied()
            .find(|at| *at >= from)
    }

    /// The texts that were answered, and how long each first answer took, in seconds.
    fn answers(&self) -> (BTreeSet<&'a str>, Vec<i64>) {
        let (mut answered, mut times) = (BTreeSet::new(), Vec::new());
        for (phone, replies) in &self.replies {
            let Some(texts) = self.sent.get(phone) else {
                continue;
            };
            for reply in replies {
                let Some((at, id)) = texts[..texts.partition_point(|(at, _)| at <= reply)].last()
                else {
                    continue;
                };
                if answered.insert(*id) {
                    times.push(reply.as_second() - at.as_second());
                }
            }
        }
        (answered, times)
    }
}

pub(super) fn sent_at(intent: &Intent) -> Option<Timestamp> {
    intent.sent_at.filter(|_| intent.state == IntentState::Sent)
}

/// The figures of these conversations.
#[must_use]
pub fn figures(conversations: &[Conversation]) -> Figures {
    let numbers = Numbers::collect(conversations);
    let (answered, times) = numbers.answers();
    let mut out = Figures {
        time_to_reply: reply_times(times),
        ..Figures::default()
    };
    let mut variants: BTreeMap<(IntentKind, &str), (u64, u64)> = BTreeMap::new();
    for conversation in conversations {
        let first = conversation.intents.values().filter_map(sent_at).min();
        if let Some(first) = first.filter(|_| conversation.booked()) {
            out.bookings_reached += 1;
            out.bookings_replied += u64::from(
                numbers
                    .reply_from(conversation.phone.as_ref(), first)
                    .is_some(),
            );
        }
        for intent in conversation.intents.values() {
            let was_answered = answered.contains(intent.intent_id.as_str());
            count(&mut out.all, intent, was_answered);
            count(
                out.by_intent.entry(intent.kind.as_str()).or_default(),
                intent,
                was_answered,
            );
            if let (Some(variant), Some(_)) = (&intent.variant, sent_at(intent)) {
                let cell = variants.entry((intent.kind, variant)).or_default();
                *cell = (cell.0 + 1, cell.1 + u64::from(was_answered));
            }
        }
        for reply in &conversation.replies {
            out.replies += 1;
            *out.reply_intents.entry(word(&reply.intent)).or_default() += 1;
            *out.sentiments
                .entry(word(&sentiment(&reply.body.0)))
                .or_default() += 1;
        }
    }
    out.variants = variants
        .into_iter()
        .map(|((kind, variant), (sent, answered))| VariantFigures {
            intent: kind.as_str(),
            variant: variant.to_owned(),
            sent,
            answered,
        })
        .collect();
    out
}

fn count(cell: &mut TextFigures, intent: &Intent, answered: bool) {
    match intent.state {
        IntentState::Sent => cell.sent += 1,
        IntentState::Pending | IntentState::Claimed => cell.pending += 1,
        IntentState::Failed => cell.failed += 1,
        IntentState::Unknown => cell.unknown += 1,
        IntentState::Suppressed => {
            let reason = intent.reason.map_or("none", super::Reason::as_str);
            *cell.suppressed.entry(reason).or_default() += 1;
        }
    }
    if intent.state == IntentState::Sent {
        cell.parts += u64::from(intent.parts.unwrap_or(0));
        cell.answered += u64::from(answered);
    }
}

/// The text of an enum as answers have it.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn reply_times(mut times: Vec<i64>) -> Option<ReplyTimes> {
    times.sort_unstable();
    let last = times.len().checked_sub(1)?;
    let sum: i64 = times.iter().sum();
    let mean_s = sum / i64::try_from(times.len()).unwrap_or(1);
    Some(ReplyTimes {
        median_s: times[last / 2],
        p90_s: times[last * 9 / 10],
        mean_s,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BusinessConfig;
    use crate::testing::{at, invitee};
    use crate::texts::tests::{NOW, Talk, minutes, webhook};

    fn talk(answer: Option<(i64, &str)>) -> Conversation {
        let mut talk = Talk::new();
        talk.fact(&webhook(&invitee("A1", NOW)));
        if let Some((after, text)) = answer {
            talk.until(at(NOW) + minutes(after));
            talk.text(text);
        }
        talk.until(at(NOW) + minutes(600));
        talk.conversation().clone()
    }

    #[test]
    fn a_reply_answers_the_newest_text_before_it() {
        // Before the follow-up: the confirmation is answered. After it: the follow-up is.
        let early = figures(&[talk(Some((10, "Yes, great")))]);
        assert_eq!(
            (early.by_intent["confirmation"].answered, early.all.sent),
            (1, 1)
        );
        assert_eq!(
            early.by_intent["follow_up"].suppressed,
            BTreeMap::from([("responded", 1)])
        );
        assert_eq!(
            early.time_to_reply,
            Some(ReplyTimes {
                median_s: 600,
                p90_s: 600,
                mean_s: 600
            })
        );
        assert_eq!(
            (early.reply_intents["yes"], early.sentiments["positive"]),
            (1, 1)
        );
        let late = figures(&[talk(Some((45, "ok")))]);
        assert_eq!(
            (
                late.by_intent["confirmation"].answered,
                late.by_intent["follow_up"].answered
            ),
            (0, 1)
        );
        assert_eq!(late.time_to_reply.map(|t| t.median_s), Some(900));
        let silent = figures(&[talk(None)]);
        assert_eq!(
            (
                silent.bookings_reached,
                silent.bookings_replied,
                silent.all.sent,
                silent.time_to_reply
            ),
            (1, 0, 2, None)
        );
        assert_eq!(figures(&[]), Figures::default());
    }

    #[test]
    fn variants_have_their_own_rates() {
        let mut config = BusinessConfig::default();
        let variant = crate::config::MessageVariant {
            confirmation: Some("Hey".to_owned()),
            ..Default::default()
        };
        let set = crate::config::MessageSet {
            variants: vec![variant],
            ..Default::default()
        };
        config.messages = [(
            "en".to_owned(),
            crate::config::MessageSet {
                confirmation: Some("Hi".to_owned()),
                ..set
            },
        )]
        .into();
        let mut all = Vec::new();
        for n in 0..20 {
            let mut talk = Talk::new();
            talk.config = config.clone();
            let mut snapshot = invitee(&format!("A{n}"), NOW);
            snapshot.contact.email = Some(format!("c{n}@acme.co"));
            talk.fact(&webhook(&snapshot));
            // Only who got the second wording writes back.
            let said = talk.conversation().intents
                [&IntentKind::Confirmation.intent_id(&snapshot.uri)]
                .variant
                .clone();
            if said.as_deref() == Some("b") {
                talk.now += minutes(5);
                talk.text("yes");
            }
            let mut conversation = talk.conversation().clone();
            // Each has a number of its own.
            let phone = Phone::parse(&format!("+1222333{:04}", n), "US");
            conversation.phone.clone_from(&phone);
            conversation
                .intents
                .values_mut()
                .for_each(|i| i.to.clone_from(&phone));
            all.push(conversation);
        }
        let variants = figures(&all).variants;
        assert_eq!(
            variants
                .iter()
                .map(|v| (v.intent, v.variant.as_str()))
                .collect::<Vec<_>>(),
            [("confirmation", "a"), ("confirmation", "b")]
        );
        assert_eq!(
            (variants[0].answered, variants[1].answered),
            (0, variants[1].sent)
        );
        assert_eq!(variants[0].sent + variants[1].sent, 20);
    }
}
