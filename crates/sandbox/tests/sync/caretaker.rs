//! What the schedules and the command line ask of a deployed stack.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::operators::alarms;
use bookpath_app::ports::{CallError, Subscriptions as _, WebhookKeys, WorkLock as _};
use bookpath_app::sync::Sync;
use bookpath_app::sync::caretaker::{Caretaker, SyncCall};
use bookpath_app::sync::subscriptions::{Watched, create, states};
use bookpath_domain::Vendor;
use bookpath_testkit::MemoryWorkLock;
use bookpath_vendors::{Secret, StripeLists};
use serde_json::json;

use crate::world::{World, booked};

const RECEIVERS: &str = "https://book.test/api/webhooks";

#[derive(Debug, Default)]
struct Keys(Mutex<Vec<String>>);

#[async_trait]
impl WebhookKeys for Keys {
    async fn newest(&self, _: Vendor) -> Result<Option<String>, CallError> {
        Ok(self.0.lock().unwrap().last().cloned())
    }

    async fn add(&self, _: Vendor, key: &str) -> Result<(), CallError> {
        self.0.lock().unwrap().push(key.to_owned());
        Ok(())
    }
}

fn stripe(world: &World) -> Arc<StripeLists> {
    let base = format!("{}/stripe", world.base);
    Arc::new(StripeLists::new(&base, Secret("key".to_owned())).unwrap())
}

fn caretaker(world: &World, keys: &Arc<Keys>, turns: &MemoryWorkLock, time: Duration) -> Caretaker {
    let Sync {
        inbox,
        clock,
        pauses,
        rules,
        vendors,
        retry,
        ..
    } = &world.sync;
    Caretaker {
        sync: Sync {
            inbox: inbox.clone(),
            clock: clock.clone(),
            pauses: pauses.clone(),
            rules: rules.clone(),
            vendors: vendors.clone(),
            retry: *retry,
            time_max: time,
        },
        watched: vec![(Vendor::Stripe, stripe(world))],
        keys: keys.clone(),
        webhooks_url: RECEIVERS.to_owned(),
        turns: Arc::new(turns.clone()),
    }
}

async fn codes(world: &World) -> Vec<String> {
    let standing = alarms::standing(world.store.as_ref()).await.unwrap();
    standing.into_iter().map(|alarm| alarm.code).collect()
}

#[tokio::test]
async fn an_endpoint_that_stripe_disabled_is_enabled_once_and_the_gap_is_filled() {
    let world = World::new().await;
    let (keys, turns) = (Arc::new(Keys::default()), MemoryWorkLock::default());
    let caretaker = caretaker(&world, &keys, &turns, Duration::from_secs(60));
    let (api, url) = (stripe(&world), caretaker.webhook_url(Vendor::Stripe));
    let watched = Watched {
        vendor: Vendor::Stripe,
        api: api.as_ref(),
        url: &url,
        keys: keys.as_ref(),
    };
    create(world.store.as_ref(), watched, "ours").await.unwrap();
    // Stripe chooses the key.
    let kept = keys.0.lock().unwrap().clone();
    assert!(kept.len() == 1 && kept[0].starts_with("whsec_"), "{kept:?}");
    let quiet = caretaker.call(SyncCall::Watch).await.unwrap();
    assert_eq!((quiet.syncs.len(), codes(&world).await.len()), (0, 0));

    world.stripe.disable_endpoints();
    let paid = json!({ "object": "event", "id": "evt_1", "type": "checkout.session.completed", "created": 1_774_000_000,
        "data": { "object": { "id": "cs_1", "payment_status": "paid" } } });
    world.stripe.tell(&paid);
    let care = caretaker.call(SyncCall::Watch).await.unwrap();
    assert_eq!(care.syncs.len(), 1);
    let missed = &care.syncs[0].missed_deliveries;
    assert_eq!(
        missed.iter().map(|m| m.uri.as_str()).collect::<Vec<_>>(),
        ["evt_1"]
    );
    assert_eq!(codes(&world).await, ["subscription_disabled"]);
    let listed = api.subscriptions().await.unwrap();
    assert!(listed.len() == 1 && listed[0].active);
    assert_eq!(*keys.0.lock().unwrap(), kept, "the key stays");
    caretaker.call(SyncCall::Watch).await.unwrap();
    assert_eq!(codes(&world).await.len(), 0);
    let seen = states(world.store.as_ref()).await.unwrap();
    assert!(seen[0].made_anew_at.is_some());

    world.stripe.disable_endpoints();
    let care = caretaker.call(SyncCall::Watch).await.unwrap();
    assert_eq!(care.syncs.len(), 0, "a second time is a person's work");
    assert!(!api.subscriptions().await.unwrap()[0].active);
    assert_eq!(codes(&world).await, ["subscription_disabled"]);
}

#[tokio::test]
async fn one_process_at_a_time_syncs_with_a_vendor() {
    let world = World::new().await;
    let (keys, turns) = (Arc::new(Keys::default()), MemoryWorkLock::default());
    let caretaker = caretaker(&world, &keys, &turns, Duration::from_secs(60));
    let other = turns.take("sync-calendly").await.unwrap();
    let call = SyncCall::Sync {
        vendor: Vendor::Calendly,
    };
    let care = caretaker.call(call).await.unwrap();
    assert_eq!(
        (care.syncs.len(), care.busy.as_slice()),
        (0, &[Vendor::Calendly][..])
    );
    assert_eq!(caretaker.run(Vendor::Calendly, None).await.unwrap(), None);
    drop(other);
    assert_eq!(caretaker.call(call).await.unwrap().syncs.len(), 1);
    assert_eq!(caretaker.call(call).await.unwrap().syncs.len(), 1);
}

#[tokio::test]
async fn a_run_with_a_beginning_of_its_own_is_gone_on_with_by_the_schedule() {
    let world = World::new().await;
    for number in 0..130 {
        world.calendly.tell(&booked(number));
    }
    let (keys, turns) = (Arc::new(Keys::default()), MemoryWorkLock::default());
    let stopped = caretaker(&world, &keys, &turns, Duration::ZERO);
    let since = "2026-03-01T00:00:00Z".parse().ok();
    let first = stopped.run(Vendor::Calendly, since).await.unwrap().unwrap();
    assert!(!first.complete);
    let schedule = caretaker(&world, &keys, &turns, Duration::from_secs(60));
    let care = schedule.call(SyncCall::Continue).await.unwrap();
    let report = &care.syncs[0];
    assert!(report.complete && report.resumed);
    assert_eq!(report.run_id, first.run_id);
    assert_eq!((report.events_processed, report.changed), (130, 130));
    let nothing = schedule.call(SyncCall::Continue).await.unwrap();
    assert_eq!(nothing.syncs.len(), 0);
}
