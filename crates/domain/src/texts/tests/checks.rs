//! How a text answers its checks: the one that decided, with its fact, and those that were not reached.

use super::*;

/// The answers of an intent: code, passed, at, delivery.
fn answers(talk: &Talk, kind: IntentKind) -> Vec<CheckAnswer> {
    talk.conversation().intents[&kind.intent_id("A1")].answers()
}

fn passed(answers: &[CheckAnswer]) -> Vec<(&'static str, Option<bool>)> {
    let of = |answer: &CheckAnswer| (answer.check.as_str(), answer.passed);
    answers.iter().map(of).collect()
}

/// The check that decided, with its time and delivery.
fn decided(answers: &[CheckAnswer]) -> (Check, Option<Timestamp>, Option<&str>) {
    let mut failed = answers.iter().filter(|a| a.passed == Some(false));
    let one = failed.next().unwrap();
    assert_eq!(failed.next(), None);
    let place = answers.iter().position(|a| a == one).unwrap();
    assert!(answers[..place].iter().all(|a| a.passed == Some(true)));
    assert!(answers[place + 1..].iter().all(|a| a.passed.is_none()));
    (one.check, one.at, one.delivery_id.as_deref())
}

#[test]
fn a_planned_text_tells_what_was_asked_and_when_it_is_asked_again() {
    let talk = booked();
    let intent = &talk.conversation().intents[&IntentKind::FollowUp.intent_id("A1")];
    assert_eq!(
        passed(&intent.answers()),
        [
            ("number_given", Some(true)),
            ("number_usable", Some(true)),
            ("not_rescheduled", Some(true)),
            ("not_canceled", Some(true)),
            ("not_opted_out", Some(true)),
            ("not_started", Some(true)),
            ("no_reply", Some(true)),
            ("slot_before_start", Some(true)),
            ("number_verified", None),
        ]
    );
    assert_eq!(intent.judged_at(), Some(at(NOW)));
    assert_eq!(intent.next_check_at(), Some(at(NOW) + minutes(30)));
    let number = &intent.answers()[0];
    assert_eq!(number.delivery_id.as_deref(), Some("d-A1"));
}

#[test]
fn a_sent_text_has_passed_every_check_and_keeps_who_told_the_number() {
    let mut talk = booked();
    talk.until(at(NOW) + minutes(40));
    let all = answers(&talk, IntentKind::FollowUp);
    assert!(all.iter().all(|a| a.passed == Some(true)));
    assert_eq!(all[0].delivery_id.as_deref(), Some("d-A1"));
    assert_eq!(all[5].at, Some(invitee("A1", NOW).start));
    let intent = &talk.conversation().intents[&IntentKind::FollowUp.intent_id("A1")];
    assert_eq!(intent.judged_at(), Some(at(NOW) + minutes(30)));
    assert_eq!(intent.next_check_at(), None);
}

#[test]
fn an_event_decides_with_its_own_time_and_delivery() {
    let later = at(NOW) + minutes(12);
    let mut replied = booked();
    replied.now = later;
    replied.text("Can we do Thursday?");
    assert_eq!(
        decided(&answers(&replied, IntentKind::FollowUp)),
        (Check::NoReply, Some(later), Some("d-m1"))
    );
    let mut stopped = booked();
    stopped.now = later;
    stopped.text("STOP");
    assert_eq!(
        decided(&answers(&stopped, IntentKind::FollowUp)),
        (Check::NotOptedOut, Some(later), Some("d-m1"))
    );
    let mut gone = booked();
    gone.now = later;
    gone.fact(&webhook(&canceled(
        &invitee("A1", NOW),
        "2026-03-01T10:11:00Z",
    )));
    assert_eq!(
        decided(&answers(&gone, IntentKind::FollowUp)),
        (
            Check::NotCanceled,
            Some(at("2026-03-01T10:11:00Z")),
            Some("d-A1")
        )
    );
    let mut moved = booked();
    moved.fact(&webhook(&InviteeSnapshot {
        old_invitee: Some("A1".into()),
        ..invitee("A2", "2026-03-01T10:05:00Z")
    }));
    assert_eq!(
        decided(&answers(&moved, IntentKind::FollowUp)),
        (
            Check::NotRescheduled,
            Some(at("2026-03-01T10:05:00Z")),
            Some("d-A2")
        )
    );
}

#[test]
fn a_booking_decides_at_once() {
    let with = |change: fn(&mut InviteeSnapshot)| {
        let mut snapshot = invitee("A1", NOW);
        change(&mut snapshot);
        let mut talk = Talk::new();
        talk.fact(&webhook(&snapshot));
        decided(&answers(&talk, IntentKind::Confirmation)).0
    };
    assert_eq!(with(|s| s.contact.phone = None), Check::NumberGiven);
    assert_eq!(
        with(|s| s.contact.phone = Some("call me".into())),
        Check::NumberUsable
    );
    assert_eq!(with(|s| s.start = at(NOW)), Check::NotStarted);
    let mut late = Talk::new();
    late.now += minutes(31);
    late.fact(&BookingFact {
        origin: Origin::Sync,
        ..webhook(&invitee("A1", NOW))
    });
    assert_eq!(
        decided(&answers(&late, IntentKind::Confirmation)),
        (Check::NotStale, Some(at(NOW)), Some("d-A1"))
    );
    let mut opted_out = Talk::new();
    opted_out.phone.opted_out_at = Some(at("2026-02-01T00:00:00Z"));
    opted_out.fact(&webhook(&invitee("A1", NOW)));
    for kind in [IntentKind::Confirmation, IntentKind::FollowUp] {
        let (check, since, _) = decided(&answers(&opted_out, kind));
        assert_eq!(check, Check::NotOptedOut);
        assert_eq!(since, Some(at("2026-02-01T00:00:00Z")));
    }
}

#[test]
fn the_carrier_answers_the_last_check() {
    let config = BusinessConfig::default();
    let record = PhoneRecord::default();
    let fact = webhook(&invitee("A1", NOW));
    let open = on_booking(None, &record, &fact, at(NOW), &config).unwrap();
    let id = IntentKind::Confirmation.intent_id("A1");
    let Due::Send { next, .. } = on_due(&open, &record, &id, at(NOW), &config) else {
        panic!("not sent")
    };
    assert_eq!(next.intents[&id].answers().last().unwrap().passed, None);
    for (reason, check) in [
        (Reason::NotVerified, Check::NumberVerified),
        (Reason::OptedOut, Check::NotOptedOut),
    ] {
        let said = SendResult::Suppressed(reason);
        let refused = on_send_result(&next, &id, &said, at(NOW)).unwrap();
        let all = refused.intents[&id].answers();
        assert_eq!(decided(&all).0, check);
    }
    let lost = on_lost_claim(&next, &id).unwrap();
    let all = lost.intents[&id].answers();
    assert_eq!(all.iter().filter(|a| a.passed.is_none()).count(), 1);
}

#[test]
fn a_text_from_before_judgements_were_kept_tells_what_state_and_reason_do() {
    let mut talk = booked();
    talk.text("yes");
    let mut stored = serde_json::to_value(talk.conversation()).unwrap();
    for intent in stored["intents"].as_object_mut().unwrap().values_mut() {
        intent.as_object_mut().unwrap().remove("judged");
    }
    let old: Conversation = serde_json::from_value(stored).unwrap();
    let follow_up = &old.intents[&IntentKind::FollowUp.intent_id("A1")];
    assert_eq!(decided(&follow_up.answers()), (Check::NoReply, None, None));
    assert_eq!(follow_up.judged_at(), None);
    let sent = &old.intents[&IntentKind::Confirmation.intent_id("A1")];
    assert!(sent.answers().iter().all(|a| a.passed == Some(true)));
    assert_eq!(sent.judged_at(), sent.sent_at);
}

#[test]
fn every_reason_of_a_kind_is_one_of_its_checks_and_no_two_share_one() {
    for kind in IntentKind::ALL {
        let mut reasons: Vec<Reason> = kind.checks().iter().map(|c| c.reason()).collect();
        let all = reasons.len();
        reasons.sort_unstable();
        reasons.dedup();
        assert_eq!(reasons.len(), all, "{kind:?}");
    }
}
