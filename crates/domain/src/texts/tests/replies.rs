//! What texts of customers do: replies, STOP, START, HELP.

use super::IntentKind::{Confirmation, FollowUp, HelpReply};
use super::IntentState::Sent;
use super::*;
use crate::bookings::invitee::Contact;

#[test]
fn a_reply_stops_the_follow_up() {
    let mut talk = booked();
    assert_eq!(talk.text("Yes!"), Inbound::Reply);
    assert_eq!(talk.conversation().replies[0].intent, ReplyIntent::Yes);
    talk.until(at("2026-03-02T10:00:00Z"));
    assert_eq!(
        (talk.sent(FollowUp), talk.intent(FollowUp, "A1")),
        (0, suppressed(Reason::Responded))
    );
    assert_eq!(
        (
            talk.conversation().status,
            talk.conversation().replies.len()
        ),
        (ConversationState::Responded, 1)
    );
}

#[test]
fn a_reply_closes_the_follow_ups_of_every_booking_of_the_phone_and_is_kept_once() {
    let now = at(NOW);
    let config = BusinessConfig::default();
    let conversation = |id: &str, uri: &str, later: i64| {
        let fact = BookingFact {
            booking_id: id.to_owned(),
            ..webhook(&invitee(uri, NOW))
        };
        on_booking(
            None,
            &PhoneRecord::default(),
            &fact,
            now + minutes(later),
            &config,
        )
        .unwrap()
    };
    let mut all = vec![conversation("b1", "A1", 0), conversation("b2", "A2", 5)];
    let text = InboundText {
        message_id: "m1".into(),
        from: phone(),
        body: Text("ok".into()),
        at: now + minutes(6),
        told_by: None,
    };
    take(&mut PhoneRecord::default(), &mut all, &text);
    for (conversation, uri) in all.iter().zip(["A1", "A2"]) {
        assert_eq!(
            conversation.intents[&FollowUp.intent_id(uri)].reason,
            Some(Reason::Responded)
        );
    }
    let kept: Vec<usize> = all.iter().map(|c| c.replies.len()).collect();
    assert_eq!(kept, [0, 1]);
    // Taken in once more after a crash in the middle: nothing else changes.
    for conversation in &all {
        assert_eq!(
            quiet(conversation, Inbound::Reply, &PhoneRecord::default(), &text),
            None
        );
    }
}

#[test]
fn stop_stops_everything_and_start_brings_back_new_bookings_only() {
    let mut talk = booked();
    assert_eq!(talk.text("stop."), Inbound::Stop);
    assert_eq!(
        (talk.intent(FollowUp, "A1"), talk.conversation().status),
        (suppressed(Reason::OptedOut), ConversationState::OptedOut)
    );
    // A booking while opted out records both as suppressed.
    talk.conversation = None;
    talk.fact(&webhook(&invitee("A2", NOW)));
    assert_eq!(
        (talk.intent(Confirmation, "A2"), talk.intent(FollowUp, "A2")),
        (suppressed(Reason::OptedOut), suppressed(Reason::OptedOut))
    );
    assert_eq!(talk.conversation().status, ConversationState::OptedOut);
    talk.text("please don't stop");
    assert!(talk.phone.opted_out());
    talk.now += minutes(1);
    assert_eq!(talk.text("START"), Inbound::Start);
    talk.conversation = None;
    talk.fact(&webhook(&invitee("A3", NOW)));
    assert_eq!(
        (talk.sent.len(), talk.intent(Confirmation, "A3")),
        (2, Some((Sent, None)))
    );
}

#[test]
fn please_do_not_stop_is_a_reply() {
    let mut talk = booked();
    assert_eq!(talk.text("please don't stop"), Inbound::Reply);
    assert!(!talk.phone.opted_out());
}

#[test]
fn help_is_answered_and_closes_the_follow_up() {
    let mut talk = booked();
    assert_eq!(talk.text("help"), Inbound::Help);
    assert_eq!(
        (talk.sent(HelpReply), talk.intent(FollowUp, "A1")),
        (1, suppressed(Reason::Responded))
    );
    assert_eq!(talk.conversation().status, ConversationState::Responded);
    let text = InboundText {
        message_id: "m9".into(),
        from: phone(),
        body: Text("HELP".into()),
        at: at(NOW),
        told_by: None,
    };
    let answer = keep(
        None,
        Inbound::Help,
        &PhoneRecord::default(),
        &text,
        &BusinessConfig::default(),
    )
    .unwrap();
    assert!(!answer.booked() && answer.pending().count() == 1);
    for other in [
        "START",
        "👍",
        "Liked “Hi Jane, your Strategy session is booked”",
    ] {
        let mut talk = booked();
        talk.text(other);
        assert_eq!(
            talk.intent(FollowUp, "A1"),
            suppressed(Reason::Responded),
            "{other}"
        );
    }
}

#[test]
fn a_wish_to_move_gets_the_page() {
    let mut talk = booked();
    talk.text("can we reschedule?");
    assert_eq!(
        talk.conversation().reschedule_url(),
        Some("https://calendly.com/reschedulings/A1")
    );
    talk.text("ok, thanks");
    assert_eq!(talk.conversation().reschedule_url(), None);
}

#[test]
fn a_thread_remembers_what_ended_it() {
    let mut stopped = booked();
    stopped.text("STOP");
    stopped.now += minutes(1);
    stopped.text("START");
    assert!(!stopped.phone.opted_out());
    assert_eq!(stopped.conversation().status, ConversationState::OptedOut);
    stopped.text("yes");
    stopped.fact(&webhook(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:10:00Z",
    )));
    assert_eq!(stopped.conversation().status, ConversationState::OptedOut);
    // Nothing could be sent: no reply answers it.
    let mut silent = Talk::new();
    silent.fact(&webhook(&InviteeSnapshot {
        contact: Contact::default(),
        ..invitee("A1", NOW)
    }));
    for text in ["yes", "STOP", "START"] {
        silent.now += minutes(1);
        silent.text(text);
        assert_eq!(
            silent.conversation().status,
            ConversationState::Suppressed,
            "{text}"
        );
    }
    // A new time begins anew.
    let mut moved = booked();
    moved.text("STOP");
    moved.now += minutes(1);
    moved.text("START");
    moved.fact(&webhook(&InviteeSnapshot {
        old_invitee: Some("A1".into()),
        ..invitee("A2", "2026-03-02T09:00:00Z")
    }));
    assert_eq!(
        moved.conversation().status,
        ConversationState::AwaitingReply
    );
    assert_eq!(moved.intent(Confirmation, "A2"), Some((Sent, None)));
}
