//! 5,000 random schedules: bookings, reschedules, cancels, replies, STOPs, crashes and duplicates in any order.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Happening {
    /// Fact `n` of the person's bookings is delivered, maybe again.
    Fact(usize),
    Reply,
    Stop,
    Start,
    Help,
    /// The last inbound text once more.
    TextAgain,
    Minutes(i64),
    /// The process dies at the next effect: before the call, or after it.
    Crash {
        after_call: bool,
    },
    /// Delivery events for everything that is unknown.
    Events,
}

/// Two bookings of one phone: a chain of two, and one that may be cancelled. In order of time.
fn facts() -> Vec<InviteeSnapshot> {
    let a1 = invitee("A1", "2026-03-01T10:00:00Z");
    let moved = InviteeSnapshot {
        rescheduled: true,
        new_invitee: Some("A2".into()),
        ..canceled(&a1, "2026-03-01T10:20:00Z")
    };
    let a2 = InviteeSnapshot {
        old_invitee: Some("A1".into()),
        start: at("2026-03-02T16:00:00Z"),
        ..invitee("A2", "2026-03-01T10:20:00Z")
    };
    let b1 = InviteeSnapshot {
        start: at("2026-03-01T12:00:00Z"),
        ..invitee("B1", "2026-03-01T10:00:00Z")
    };
    let gone = canceled(&b1, "2026-03-01T10:40:00Z");
    vec![
        a1,
        moved,
        a2.clone(),
        b1,
        gone,
        canceled(&a2, "2026-03-01T11:00:00Z"),
    ]
}

#[derive(Debug)]
struct World {
    config: BusinessConfig,
    facts: Vec<InviteeSnapshot>,
    conversations: Vec<Conversation>,
    phone: PhoneRecord,
    now: Timestamp,
    texts: u32,
    heard: BTreeSet<String>,
    crash: Option<bool>,
    /// Every call that the provider accepted, by intent id.
    provider: BTreeSet<String>,
    told: BTreeSet<usize>,
}

impl World {
    fn new(quiet: bool) -> Self {
        let mut config = BusinessConfig::default();
        config.sms.reminder_24h = true;
        config.quiet_hours.enabled = quiet;
        Self {
            config,
            facts: facts(),
            conversations: Vec::new(),
            phone: PhoneRecord::default(),
            now: at(NOW),
            texts: 0,
            heard: BTreeSet::new(),
            crash: None,
            provider: BTreeSet::new(),
            told: BTreeSet::new(),
        }
    }

    fn happen(&mut self, happening: &Happening) {
        match happening {
            Happening::Fact(n) => self.fact(n % self.facts.len()),
            Happening::Reply => self.text("see you", false),
            Happening::Stop => self.text("STOP", false),
            Happening::Start => self.text("start", false),
            Happening::Help => self.text("help", false),
            Happening::TextAgain => self.text("yes", true),
            Happening::Crash { after_call } => self.crash = Some(*after_call),
            Happening::Minutes(n) => self.wait(*n),
            Happening::Events => {
                for conversation in &mut self.conversations {
                    let unknown: Vec<String> = conversation
                        .intents
                        .values()
                        .filter(|i| i.state == IntentState::Unknown)
                        .map(|i| i.intent_id.clone())
                        .collect();
                    for id in unknown.iter().filter(|id| self.provider.contains(*id)) {
                        *conversation = on_delivery(conversation, id, true, self.now).unwrap();
                    }
                }
            }
        }
        self.perform();
    }

    fn fact(&mut self, n: usize) {
        let snapshot = self.facts[n].clone();
        self.told.insert(n);
        let uris = [
            Some(&snapshot.uri),
            snapshot.old_invitee.as_ref(),
            snapshot.new_invitee.as_ref(),
        ];
        let (own, others): (Vec<Conversation>, Vec<Conversation>) =
            self.conversations.drain(..).partition(|c| {
                c.chain
                    .uris()
                    .any(|u| uris.iter().flatten().any(|w| *w == u))
            });
        self.conversations = others;
        let own = own.into_iter().reduce(|a, b| a.merge(&b, self.now));
        let fact = BookingFact {
            booking_id: format!("b{n}"),
            snapshot,
            origin: Origin::Webhook,
            told_by: None,
        };
        let next = on_booking(own.as_ref(), &self.phone, &fact, self.now, &self.config);
        self.conversations.extend(next.or(own));
    }

    fn text(&mut self, body: &str, again: bool) {
        self.texts += u32::from(!again);
        let text = InboundText {
            message_id: format!("m{}", self.texts),
            from: phone(),
            body: Text(body.to_owned()),
            at: self.now,
            told_by: None,
        };
        // The store knows the messages that were taken in.
        if self.heard.insert(text.message_id.clone()) {
            take(&mut self.phone, &mut self.conversations, &text);
        }
    }

    fn wait(&mut self, minutes_ahead: i64) {
        let until = self.now + minutes(minutes_ahead);
        while let Some(due) = self
            .conversations
            .iter()
            .flat_map(Conversation::pending)
            .map(|p| p.1)
            .filter(|d| *d > self.now && *d <= until)
            .min()
        {
            self.now = due;
            self.perform();
        }
        self.now = until;
    }

    fn perform(&mut self) {
        for index in 0..self.conversations.len() {
            let pending: Vec<String> = self.conversations[index]
                .pending()
                .map(|(id, _)| id.to_owned())
                .collect();
            for id in pending {
                self.effect(index, &id);
            }
        }
    }

    fn effect(&mut self, index: usize, id: &str) {
        match on_due(
            &self.conversations[index],
            &self.phone,
            id,
            self.now,
            &self.config,
        ) {
            Due::Send { next, message } => {
                self.conversations[index] = next;
                let crash = self.crash.take();
                if crash != Some(false) {
                    self.call(index, &message);
                }
                // A dead process leaves its claim behind; the next one finds it.
                let done = match crash {
                    Some(_) => on_lost_claim(&self.conversations[index], id),
                    None => on_send_result(
                        &self.conversations[index],
                        id,
                        &SendResult::Accepted { provider_id: None },
                        self.now,
                    ),
                };
                self.conversations[index] = done.unwrap();
            }
            Due::Suppressed { next, .. } | Due::Deferred { next, .. } => {
                self.conversations[index] = next
            }
            Due::Nothing => {}
        }
    }

    /// The provider takes a message: here every promise is checked against what the world was told.
    fn call(&mut self, index: usize, message: &Message) {
        assert!(
            self.provider.insert(message.intent_id.clone()),
            "sent twice"
        );
        assert!(!self.phone.opted_out(), "sent after STOP");
        let intent = &self.conversations[index].intents[&message.intent_id];
        let answered = self.conversations[index].status == ConversationState::Responded;
        assert!(
            intent.kind != IntentKind::FollowUp || !answered,
            "followed up after the reply"
        );
        let Some(uri) = &intent.invitee_uri else {
            return;
        };
        let told: Vec<&InviteeSnapshot> = self.told.iter().map(|n| &self.facts[*n]).collect();
        assert!(
            !told.iter().any(|s| s.uri == *uri && s.canceled),
            "sent after the cancellation"
        );
        assert!(
            !told.iter().any(|s| s.old_invitee.as_ref() == Some(uri)),
            "sent after the reschedule"
        );
        assert!(
            told.iter().any(|s| s.uri == *uri && self.now < s.start),
            "sent after the start"
        );
        let hour = jiff::tz::TimeZone::get("America/New_York")
            .unwrap()
            .to_datetime(self.now)
            .hour();
        let confirmation = intent.kind == IntentKind::Confirmation;
        assert!(
            confirmation || !self.config.quiet_hours.enabled || (8..21).contains(&hour),
            "sent at night"
        );
    }
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => (0_usize..6).prop_map(Happening::Fact),
        2 => Just(Happening::Reply),
        1 => Just(Happening::Stop),
        1 => Just(Happening::Start),
        1 => Just(Happening::Help),
        1 => Just(Happening::TextAgain),
        4 => (1_i64..400).prop_map(Happening::Minutes),
        2 => any::<bool>().prop_map(|after_call| Happening::Crash { after_call }),
        1 => Just(Happening::Events),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn no_schedule_breaks_a_promise(quiet in any::<bool>(), happenings in proptest::collection::vec(happening(), 1..25)) {
        let mut world = World::new(quiet);
        for happening in &happenings {
            world.happen(happening);
        }
        world.wait(14 * 24 * 60);
        for intent in world.conversations.iter().flat_map(|c| c.intents.values()) {
            prop_assert_eq!(intent.state == IntentState::Suppressed, intent.reason.is_some());
            prop_assert!(!matches!(intent.state, IntentState::Pending | IntentState::Claimed), "left over: {:?}", intent);
            prop_assert!(intent.state != IntentState::Sent || world.provider.contains(&intent.intent_id));
        }
    }
}
