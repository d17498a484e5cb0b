//! Tests of the conversation model.

mod checks;
mod replies;
mod rules;
mod strangers;
mod table;
mod world;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::bookings::invitee::InviteeSnapshot;
use crate::config::BusinessConfig;
use crate::testing::{at, invitee};

pub(super) const NOW: &str = "2026-03-01T10:00:00Z";

pub(super) fn phone() -> Phone {
    Phone::parse("+12223334444", "US").unwrap()
}

pub(super) fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

/// A delivery with this id.
pub(super) fn told_by(delivery_id: &str) -> ToldBy {
    ToldBy {
        raw_sha256: format!("sha-{delivery_id}"),
        delivery_id: delivery_id.to_owned(),
    }
}

pub(super) fn webhook(snapshot: &InviteeSnapshot) -> BookingFact {
    BookingFact {
        booking_id: "b1".to_owned(),
        snapshot: snapshot.clone(),
        origin: Origin::Webhook,
        told_by: Some(told_by(&format!("d-{}", snapshot.uri))),
    }
}

pub(super) fn canceled(snapshot: &InviteeSnapshot, time: &str) -> InviteeSnapshot {
    let sha256 = format!("{}-canceled", snapshot.uri);
    InviteeSnapshot {
        canceled: true,
        updated_at: at(time),
        canceled_at: Some(at(time)),
        sha256,
        ..snapshot.clone()
    }
}

/// Takes a text in, step by step.
pub(super) fn take(
    phone: &mut PhoneRecord,
    conversations: &mut Vec<Conversation>,
    text: &InboundText,
) -> Inbound {
    let (inbound, record) = hear(phone, text);
    *phone = record;
    for conversation in conversations.iter_mut() {
        if let Some(next) = quiet(conversation, inbound, phone, text) {
            assert_eq!(next.version, conversation.version + 1);
            *conversation = next;
        }
    }
    let home = (0..conversations.len()).max_by_key(|at| home_rank(&conversations[*at]));
    let kept = keep(
        home.map(|at| &conversations[at]),
        inbound,
        phone,
        text,
        &BusinessConfig::default(),
    );
    match (kept, home) {
        (Some(next), Some(at)) => {
            assert_eq!(next.version, conversations[at].version + 1);
            conversations[at] = next;
        }
        (Some(next), None) => conversations.push(next),
        (None, _) => {}
    }
    inbound
}

/// One conversation, its number, and the texts that went out.
pub(super) struct Talk {
    pub(super) config: BusinessConfig,
    pub(super) conversation: Option<Conversation>,
    pub(super) phone: PhoneRecord,
    pub(super) now: Timestamp,
    /// (time, kind, invitee uri).
    pub(super) sent: Vec<(Timestamp, IntentKind, Option<String>)>,
    inbound: u32,
}

impl Talk {
    pub(super) fn new() -> Self {
        Self {
            config: BusinessConfig::default(),
            conversation: None,
            phone: PhoneRecord::default(),
            now: at(NOW),
            sent: Vec::new(),
            inbound: 0,
        }
    }

    pub(super) fn conversation(&self) -> &Conversation {
        self.conversation.as_ref().unwrap()
    }

    pub(super) fn fact(&mut self, fact: &BookingFact) {
        if let Some(next) = on_booking(
            self.conversation.as_ref(),
            &self.phone,
            fact,
            self.now,
            &self.config,
        ) {
            self.conversation = Some(next);
        }
        self.run();
    }

    pub(super) fn text(&mut self, body: &str) -> Inbound {
        self.inbound += 1;
        let text = InboundText {
            message_id: format!("m{}", self.inbound),
            from: phone(),
            body: Text(body.to_owned()),
            at: self.now,
            told_by: Some(told_by(&format!("d-m{}", self.inbound))),
        };
        let mut all: Vec<Conversation> = self.conversation.iter().cloned().collect();
        let inbound = take(&mut self.phone, &mut all, &text);
        self.conversation = all.pop();
        self.run();
        inbound
    }

    /// Moves the clock, stopping at every due time on the way.
    pub(super) fn until(&mut self, time: Timestamp) {
        loop {
            let next = self
                .conversation
                .iter()
                .flat_map(Conversation::pending)
                .map(|(_, due)| due)
                .filter(|due| *due > self.now && *due <= time)
                .min();
            let Some(due) = next else { break };
            self.now = due;
            self.run();
        }
        self.now = time;
    }

    fn run(&mut self) {
        let due: Vec<String> = self
            .conversation
            .iter()
            .flat_map(Conversation::pending)
            .map(|(id, _)| id.to_owned())
            .collect();
        for id in due {
            match on_due(
                self.conversation(),
                &self.phone,
                &id,
                self.now,
                &self.config,
            ) {
                Due::Send { next, message } => {
                    assert_eq!(message.to, phone());
                    let intent = next.intents[&id].clone();
                    self.sent.push((self.now, intent.kind, intent.invitee_uri));
                    let accepted = SendResult::Accepted { provider_id: None };
                    self.conversation = on_send_result(&next, &id, &accepted, self.now);
                }
                Due::Suppressed { next, .. } | Due::Deferred { next, .. } => {
                    self.conversation = Some(next)
                }
                Due::Nothing => {}
            }
        }
    }

    pub(super) fn sent(&self, kind: IntentKind) -> usize {
        self.sent.iter().filter(|(_, k, _)| *k == kind).count()
    }

    /// State and reason of an intent.
    pub(super) fn intent(
        &self,
        kind: IntentKind,
        uri: &str,
    ) -> Option<(IntentState, Option<Reason>)> {
        self.conversation()
            .intents
            .get(&kind.intent_id(uri))
            .map(|i| (i.state, i.reason))
    }
}

pub(super) fn booked() -> Talk {
    let mut talk = Talk::new();
    talk.fact(&webhook(&invitee("A1", NOW)));
    talk
}

pub(super) fn suppressed(reason: Reason) -> Option<(IntentState, Option<Reason>)> {
    Some((IntentState::Suppressed, Some(reason)))
}
