//! What stops, delays or wins, row by row (docs/MESSAGES.md).

use super::IntentKind::{Confirmation, FollowUp, Reminder24h};
use super::IntentState::{Failed, Pending, Sent, Suppressed, Unknown};
use super::*;
use crate::bookings::invitee::Contact;
use crate::config::QuietHours;

#[test]
fn a_booking_is_confirmed_at_once_and_followed_up_after_the_wait() {
    let mut talk = booked();
    assert_eq!(talk.sent, [(at(NOW), Confirmation, Some("A1".to_owned()))]);
    talk.until(at("2026-03-01T18:00:00Z"));
    assert_eq!(
        talk.sent[1..],
        [(at("2026-03-01T10:30:00Z"), FollowUp, Some("A1".to_owned()))]
    );
    assert_eq!(talk.conversation().status, ConversationState::FollowedUp);
    let intent = &talk.conversation().intents[&FollowUp.intent_id("A1")];
    assert_eq!(
        (intent.sent_at, intent.parts, intent.language.as_deref()),
        (Some(at("2026-03-01T10:30:00Z")), Some(1), Some("en"))
    );
    talk.until(at("2026-04-01T18:00:00Z"));
    assert_eq!(talk.sent.len(), 2);
}

#[test]
fn a_cancellation_stops_the_follow_up_in_either_order() {
    let mut talk = booked();
    let cancel = webhook(&canceled(&invitee("A1", NOW), "2026-03-01T10:10:00Z"));
    talk.fact(&cancel);
    talk.until(at("2026-03-02T10:00:00Z"));
    assert_eq!(
        (talk.sent.len(), talk.intent(FollowUp, "A1")),
        (1, suppressed(Reason::Canceled))
    );
    assert_eq!(talk.conversation().status, ConversationState::Closed);
    let mut other = Talk::new();
    other.fact(&cancel);
    other.fact(&webhook(&invitee("A1", NOW)));
    other.until(at("2026-03-02T10:00:00Z"));
    assert_eq!(
        (other.sent.len(), other.conversation().intents.len()),
        (0, 0)
    );
}

#[test]
fn the_reschedule_pair_in_all_six_orders() {
    let m1 = invitee("A1", "2026-03-01T10:00:00Z");
    let m2 = InviteeSnapshot {
        rescheduled: true,
        new_invitee: Some("A2".into()),
        ..canceled(&m1, "2026-03-02T09:00:00Z")
    };
    let m3 = InviteeSnapshot {
        old_invitee: Some("A1".into()),
        ..invitee("A2", "2026-03-02T09:00:00Z")
    };
    let orders = [
        ([&m1, &m2, &m3], 2),
        ([&m1, &m3, &m2], 2),
        ([&m2, &m1, &m3], 1),
        ([&m2, &m3, &m1], 1),
        ([&m3, &m1, &m2], 1),
        ([&m3, &m2, &m1], 1),
    ];
    for (order, confirmations) in orders {
        let mut talk = Talk::new();
        for snapshot in order {
            talk.fact(&webhook(snapshot));
            talk.until(talk.now + minutes(1));
        }
        talk.until(at("2026-03-05T00:00:00Z"));
        assert_eq!(talk.sent(Confirmation), confirmations);
        assert_eq!(talk.sent(FollowUp), 1);
        assert!(
            talk.sent
                .iter()
                .all(|(_, kind, uri)| *kind == Confirmation || uri.as_deref() == Some("A2"))
        );
        let first = talk.intent(FollowUp, "A1");
        assert_eq!(
            first,
            if confirmations == 2 {
                suppressed(Reason::Rescheduled)
            } else {
                None
            }
        );
    }
}

#[test]
fn nothing_is_sent_once_the_appointment_has_started() {
    let soon = InviteeSnapshot {
        start: at(NOW) + minutes(20),
        ..invitee("A1", NOW)
    };
    let mut talk = Talk::new();
    talk.fact(&webhook(&soon));
    talk.until(at("2026-03-01T11:00:00Z"));
    assert_eq!(
        (talk.sent.len(), talk.intent(FollowUp, "A1")),
        (1, suppressed(Reason::AppointmentStarted))
    );
    assert_eq!(talk.conversation().status, ConversationState::Closed);
    let mut late = Talk::new();
    late.now = soon.start;
    late.fact(&webhook(&soon));
    assert_eq!(
        (late.intent(Confirmation, "A1"), late.intent(FollowUp, "A1")),
        (suppressed(Reason::AppointmentStarted), None)
    );
}

#[test]
fn a_number_that_is_none_and_a_missing_one() {
    for (typed, reason) in [
        (Some("call me"), Reason::InvalidPhone),
        (Some("  "), Reason::NoPhone),
        (None, Reason::NoPhone),
    ] {
        let contact = Contact {
            phone: typed.map(str::to_owned),
            ..Contact::default()
        };
        let mut talk = Talk::new();
        talk.fact(&webhook(&InviteeSnapshot {
            contact,
            ..invitee("A1", NOW)
        }));
        assert_eq!(
            (talk.intent(Confirmation, "A1"), talk.intent(FollowUp, "A1")),
            (suppressed(reason), None)
        );
        assert_eq!(
            (
                talk.conversation().status,
                talk.conversation().phone.clone()
            ),
            (ConversationState::Suppressed, None)
        );
    }
}

#[test]
fn quiet_hours_defer_follow_ups_and_never_past_the_start() {
    let quiet = QuietHours {
        enabled: true,
        ..QuietHours::default()
    };
    let evening = at("2026-03-02T01:45:00Z"); // 20:45 in New York
    for (start, expected) in [
        ("2026-03-02T15:00:00Z", Some("2026-03-02T13:00:00Z")),
        ("2026-03-02T13:00:00Z", None),
    ] {
        let mut talk = Talk::new();
        talk.config.quiet_hours = quiet.clone();
        talk.now = evening;
        talk.fact(&webhook(&InviteeSnapshot {
            start: at(start),
            ..invitee("A1", NOW)
        }));
        assert_eq!(talk.sent(Confirmation), 1);
        talk.until(at("2026-03-02T18:00:00Z"));
        let followed: Vec<Timestamp> = talk
            .sent
            .iter()
            .filter(|s| s.1 == FollowUp)
            .map(|s| s.0)
            .collect();
        assert_eq!(followed, expected.map(at).into_iter().collect::<Vec<_>>());
        if expected.is_none() {
            assert_eq!(
                talk.intent(FollowUp, "A1"),
                suppressed(Reason::NoSlotBeforeStart)
            );
        }
    }
    // In the night the confirmation goes at once all the same.
    let mut night = Talk::new();
    night.config.quiet_hours = quiet;
    night.now = at("2026-03-02T05:00:00Z");
    night.fact(&webhook(&invitee("A1", NOW)));
    assert_eq!(night.sent(Confirmation), 1);
}

#[test]
fn a_stale_back_fill_is_skipped_and_a_late_webhook_is_not() {
    for (origin, later, confirmed) in [
        (Origin::Sync, 31, false),
        (Origin::Sync, 30, true),
        (Origin::Webhook, 600, true),
    ] {
        let mut talk = Talk::new();
        talk.now += minutes(later);
        talk.fact(&BookingFact {
            origin,
            ..webhook(&invitee("A1", NOW))
        });
        assert_eq!(talk.sent(Confirmation) == 1, confirmed);
        if confirmed {
            // The wait starts when the fact was processed.
            let due = talk.conversation().intents[&FollowUp.intent_id("A1")].due_at;
            assert_eq!(due, talk.now + minutes(30));
        } else {
            assert_eq!(
                (talk.intent(Confirmation, "A1"), talk.intent(FollowUp, "A1")),
                (suppressed(Reason::SkippedStaleBackfill), None)
            );
        }
    }
}

#[test]
fn reminders_go_a_day_before_and_survive_a_reply_but_not_a_stop() {
    let start = invitee("A1", NOW).start;
    let day_before = start - minutes(24 * 60);
    let with = |text: Option<&str>| {
        let mut talk = Talk::new();
        talk.config.sms.reminder_24h = true;
        talk.fact(&webhook(&invitee("A1", NOW)));
        if let Some(text) = text {
            talk.text(text);
        }
        talk.until(start);
        talk
    };
    for text in [None, Some("yes")] {
        let talk = with(text);
        assert_eq!(
            talk.sent.last().map(|s| (s.0, s.1)),
            Some((day_before, Reminder24h))
        );
    }
    assert_eq!(
        with(Some("STOP")).intent(Reminder24h, "A1"),
        suppressed(Reason::OptedOut)
    );
    // Booked less than a day ahead: none. Off by default: none.
    let mut short = Talk::new();
    short.config.sms.reminder_24h = true;
    short.fact(&webhook(&InviteeSnapshot {
        start: at(NOW) + minutes(24 * 60),
        ..invitee("A1", NOW)
    }));
    assert_eq!(short.intent(Reminder24h, "A1"), None);
    assert_eq!(booked().intent(Reminder24h, "A1"), None);
}

/// X67: any inbound text closes the open follow-ups of its number.
/// X67: what ended a thread stays its status, also after START, until a new time is booked.
#[test]
fn the_carriers_refusals_have_their_reason_and_a_spent_quota_waits_longer_each_time() {
    let config = BusinessConfig::default();
    let record = PhoneRecord::default();
    let fact = webhook(&invitee("A1", NOW));
    let mut conversation = on_booking(None, &record, &fact, at(NOW), &config).unwrap();
    let id = Confirmation.intent_id("A1");
    let mut pauses = Vec::new();
    for _ in 0..8 {
        let now = conversation.intents[&id].due_at;
        let Due::Send { next, .. } = on_due(&conversation, &record, &id, now, &config) else {
            panic!("not sent")
        };
        for (reason, status) in [
            (Reason::OptedOut, ConversationState::OptedOut),
            (Reason::NotVerified, ConversationState::Suppressed),
        ] {
            let refused = on_send_result(&next, &id, &SendResult::Suppressed(reason), now).unwrap();
            assert_eq!(refused.status, status);
            let intent = &refused.intents[&id];
            assert_eq!((intent.state, intent.reason), (Suppressed, Some(reason)));
        }
        conversation = on_send_result(&next, &id, &SendResult::QuotaSpent, now).unwrap();
        assert_eq!(conversation.intents[&id].state, Pending);
        pauses.push((conversation.intents[&id].due_at - now).get_seconds() / 60);
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    // Until the text is of no use.
    let start = invitee("A1", NOW).start;
    let due = on_due(&conversation, &record, &id, start, &config);
    assert!(matches!(
        due,
        Due::Suppressed {
            reason: Reason::AppointmentStarted,
            ..
        }
    ));
}

#[test]
fn a_lost_answer_is_unknown_until_a_delivery_event_and_never_sent_again() {
    let config = BusinessConfig::default();
    let record = PhoneRecord::default();
    let conversation = on_booking(
        None,
        &record,
        &webhook(&invitee("A1", NOW)),
        at(NOW),
        &config,
    )
    .unwrap();
    let id = Confirmation.intent_id("A1");
    let Due::Send { next, .. } = on_due(&conversation, &record, &id, at(NOW), &config) else {
        panic!("not sent")
    };
    assert_eq!(on_due(&next, &record, &id, at(NOW), &config), Due::Nothing);
    let lost = on_lost_claim(&next, &id).unwrap();
    assert_eq!(lost.intents[&id].state, Unknown);
    assert_eq!(
        on_due(&lost, &record, &id, at(NOW) + minutes(600), &config),
        Due::Nothing
    );
    assert_eq!(
        on_delivery(&lost, &id, true, at(NOW)).unwrap().intents[&id].state,
        Sent
    );
    let failed = on_delivery(&lost, &id, false, at(NOW)).unwrap();
    assert_eq!(failed.intents[&id].state, Failed);
    assert_eq!(on_delivery(&failed, &id, false, at(NOW)), None);
    assert_eq!(
        on_delivery(&failed, &id, true, at(NOW)).unwrap().intents[&id].state,
        Sent
    );
    // A provider that says it took nothing may be asked again.
    let again = on_send_result(
        &next,
        &id,
        &SendResult::NotTaken {
            again_at: at(NOW) + minutes(1),
        },
        at(NOW),
    )
    .unwrap();
    assert!(matches!(
        on_due(&again, &record, &id, at(NOW) + minutes(1), &config),
        Due::Send { .. }
    ));
}

#[test]
fn an_opt_out_counts_at_the_claim_even_if_the_conversation_was_not_told() {
    let config = BusinessConfig::default();
    let conversation = on_booking(
        None,
        &PhoneRecord::default(),
        &webhook(&invitee("A1", NOW)),
        at(NOW),
        &config,
    )
    .unwrap();
    let record = PhoneRecord {
        opted_out_at: Some(at(NOW)),
        ..PhoneRecord::default()
    };
    let due = on_due(
        &conversation,
        &record,
        &Confirmation.intent_id("A1"),
        at(NOW),
        &config,
    );
    assert!(matches!(
        due,
        Due::Suppressed {
            reason: Reason::OptedOut,
            ..
        }
    ));
}

#[test]
fn debug_shows_no_number_and_no_text_and_storage_keeps_all() {
    let mut talk = booked();
    talk.text("my secret");
    let shown = format!("{:?}", talk.conversation());
    assert!(
        !shown.contains("2223334444")
            && !shown.contains("secret")
            && !shown.contains("Jane")
            && !shown.contains("Hi "),
        "{shown}"
    );
    let stored = serde_json::to_string(talk.conversation()).unwrap();
    assert_eq!(
        &serde_json::from_str::<Conversation>(&stored).unwrap(),
        talk.conversation()
    );
    assert!(
        talk.conversation()
            .expired(invitee("A1", NOW).end + minutes(90 * 24 * 60))
    );
    assert!(
        !talk
            .conversation()
            .expired(invitee("A1", NOW).end + minutes(89 * 24 * 60))
    );
}
