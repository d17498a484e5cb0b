//! What somebody who only has a number can't do: grow a conversation, or have it answer without end.

use super::*;
use crate::texts::conversation::{REPLIES_MAX, REPLY_BYTES_MAX};

#[test]
fn replies_have_an_end_and_the_first_and_the_newest_stay() {
    let mut talk = booked();
    for n in 0..500 {
        talk.text(&format!("{n} {}", "é😀".repeat(2_000)));
    }
    talk.text("please reschedule");
    let replies = &talk.conversation().replies;
    assert_eq!(replies.len(), REPLIES_MAX);
    assert!(replies[0].body.0.starts_with("0 ") && replies[15].body.0.starts_with("15 "));
    assert_eq!(replies[REPLIES_MAX - 1].body.0, "please reschedule");
    assert!(replies.iter().all(|r| r.body.0.len() <= REPLY_BYTES_MAX));
    let row = serde_json::to_vec(talk.conversation()).unwrap().len();
    assert!(row < 200_000, "{row}");
    assert!(talk.conversation().reschedule_url().is_some());
}

#[test]
fn help_is_answered_five_times_a_day() {
    let mut talk = booked();
    for _ in 0..50 {
        talk.text("HELP");
    }
    assert_eq!(talk.sent(IntentKind::HelpReply), 5);
    for day in 2..40 {
        talk.now = at(NOW) + SignedDuration::from_hours(24 * day);
        for _ in 0..9 {
            talk.text("HELP");
        }
    }
    assert_eq!(talk.sent(IntentKind::HelpReply), 5 + 38 * 5);
    let help = talk.conversation().intents.values();
    let kept = help.filter(|i| i.kind == IntentKind::HelpReply).count();
    assert!(kept <= 20 + 5, "{kept}");
}

#[test]
fn texts_of_a_booking_that_moves_on_and_on_have_an_end() {
    let mut talk = Talk::new();
    let mut time = invitee("A0", NOW);
    talk.fact(&webhook(&time));
    for n in 1..=300_i64 {
        talk.now = at(NOW) + minutes(n);
        let next = InviteeSnapshot {
            old_invitee: Some(time.uri.clone()),
            ..invitee(&format!("A{n}"), &talk.now.to_string())
        };
        talk.fact(&webhook(&InviteeSnapshot {
            rescheduled: true,
            new_invitee: Some(next.uri.clone()),
            ..canceled(&time, &talk.now.to_string())
        }));
        talk.fact(&webhook(&next));
        time = next;
    }
    let row = serde_json::to_vec(talk.conversation()).unwrap().len();
    assert!(row < 200_000, "{row}");
    let sent = |uri: &str| {
        let of = |(_, kind, of): &&(Timestamp, IntentKind, Option<String>)| {
            *kind == IntentKind::Confirmation && of.as_deref() == Some(uri)
        };
        talk.sent.iter().filter(of).count()
    };
    assert_eq!((sent("A0"), sent("A150"), sent("A300")), (1, 1, 1));
}
