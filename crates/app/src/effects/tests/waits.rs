//! Texts that are due later than a state machine can wait.

use std::sync::Arc;

use bookpath_domain::BusinessConfig;
use bookpath_domain::bookings::invitee::InviteeSnapshot;
use bookpath_testkit::FakeWaits;
use jiff::SignedDuration;

use super::super::{MACHINE_WAIT_MAX, TextEnding, follow_up};
use crate::testing::{World, invitee, seen};

const DAY_S: i64 = 24 * 3600;
/// Fourteen months, longer than an execution of Step Functions lives.
const FAR_DAYS: i64 = 425;

/// A call in so many days, of somebody with a telephone.
fn call_in(days: i64) -> InviteeSnapshot {
    let mut invitee = invitee("A1");
    // No price, so it is confirmed at once.
    invitee.event_type = Some("https://api.calendly.com/event_types/FREE1".to_owned());
    invitee.start = invitee.created_at + SignedDuration::from_hours(days * 24);
    invitee.end = invitee.start + SignedDuration::from_mins(60);
    invitee.contact.phone = Some("+12125550142".to_owned());
    invitee
}

/// A business that sends reminders and no follow-ups, and its state machine.
fn business() -> (World, Arc<FakeWaits>) {
    let rules = "[sms]\nreminder_24h = true\n[messages.en]\nreminder_24h = \"Until tomorrow\"\n";
    let (mut world, waits) = (World::new(), Arc::new(FakeWaits::default()));
    world.with_rules(BusinessConfig::from_toml(rules).unwrap());
    world.performer.waits = waits.clone();
    (world, waits)
}

fn reminders(waits: &FakeWaits) -> Vec<(String, i64)> {
    let started = waits.started().into_iter();
    let reminders = started.filter(|(id, _)| id.contains("reminder"));
    reminders
        .map(|(id, input)| (id, input["wait_seconds"].as_i64().unwrap()))
        .collect()
}

#[tokio::test]
async fn a_call_in_fourteen_months_is_reminded_of_by_a_machine_that_starts_a_month_before() {
    let (world, waits) = business();
    world.take(None, seen(&call_in(FAR_DAYS))).await;
    world.perform().await;
    assert_eq!(reminders(&waits), []);
    world.pass((FAR_DAYS - 1 - 30) * DAY_S - 1).await;
    assert_eq!(reminders(&waits), []);
    world.pass(1).await;
    let started = reminders(&waits);
    assert_eq!(started.len(), 1);
    assert_eq!(started[0].1, MACHINE_WAIT_MAX.as_secs());
    assert_eq!(world.open("wait:").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_call_next_week_starts_its_machine_at_once() {
    let (world, waits) = business();
    world.take(None, seen(&call_in(9))).await;
    world.perform().await;
    assert_eq!(reminders(&waits)[0].1, 8 * DAY_S);
}

/// An execution of an older release, or of a text that was put off since, wakes long before its time.
#[tokio::test]
async fn a_machine_that_would_wait_too_long_leaves_the_text_to_another_one() {
    let (world, waits) = business();
    world.take(None, seen(&call_in(FAR_DAYS))).await;
    let entry = world.open("wait:").await.pop().unwrap();
    let intent_id = entry.strip_prefix("wait:").unwrap();
    for _ in 0..2 {
        let ending = follow_up(&world.performer, intent_id).await.unwrap();
        assert_eq!(ending, TextEnding::Later);
    }
    world.pass((FAR_DAYS - 1 - 30) * DAY_S).await;
    // The name of the first execution is known to Step Functions for 90 days after its end.
    let names: Vec<String> = reminders(&waits).into_iter().map(|(id, _)| id).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&intent_id.to_owned()));
    let ending = follow_up(&world.performer, intent_id).await.unwrap();
    assert!(matches!(ending, TextEnding::Deferred(_)));
}

/// The entry lay in the outbox for a year, as it should.
#[tokio::test]
async fn what_was_put_in_to_be_done_later_is_not_overdue_at_its_first_failure() {
    let (world, waits) = business();
    world.take(None, seen(&call_in(FAR_DAYS))).await;
    world.perform().await;
    waits.fail(1);
    world.pass((FAR_DAYS - 1 - 30) * DAY_S).await;
    assert_eq!(reminders(&waits), []);
    world.pass(300).await;
    assert_eq!(reminders(&waits).len(), 1);
    assert_eq!(world.codes(), Vec::<String>::new());
}
