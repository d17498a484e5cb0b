//! A vendor gives up on our address: an alarm, the subscription is made anew once, and what was missed is brought in.

use serde_json::{Value, json};

use crate::outage_world::{MEANWHILE, NOW, Outage, named, pair, webhook_with};

mod both {
    use super::*;

    async fn codes(world: &Outage, vendor: &str) -> Vec<String> {
        let alarms = world.stage.get("/api/ops").await.body["alarms"].clone();
        let own = alarms
            .as_array()
            .unwrap()
            .iter()
            .filter(|alarm| alarm["subject"] == vendor);
        own.map(|alarm| alarm["code"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn subscriptions(world: &Outage, vendor: &str) -> Vec<Value> {
        let list = ["webhooks", "list", "--vendor", vendor];
        let listed = world.command(&list).await;
        listed["subscriptions"].as_array().unwrap().clone()
    }

    /// Subscriptions at both vendors, about which there is nothing to say.
    async fn subscribe(world: &Outage) {
        for vendor in ["calendly", "stripe"] {
            let create = ["webhooks", "create", "--vendor", vendor];
            let made = world.command(&create).await;
            let listed = subscriptions(world, vendor).await;
            assert_eq!(listed[0]["id"], made["ids"][0]);
            assert_eq!(listed[0]["url"], made["url"]);
        }
        assert_eq!(look(world).await, Vec::<Value>::new());
        for vendor in ["calendly", "stripe"] {
            assert_eq!(codes(world, vendor).await, Vec::<String>::new());
        }
    }

    /// A look of the watchdog; the syncs that it asked for.
    async fn look(world: &Outage) -> Vec<Value> {
        let answer = world.stage.post("/local/watch", &json!({})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body["unanswered"], json!([]), "{answer:?}");
        answer.body["syncs"].as_array().unwrap().clone()
    }

    #[tokio::test]
    async fn a_subscription_that_was_given_up_is_made_anew_once_and_its_gap_is_filled() {
        let mut world = Outage::start().await;
        subscribe(&world).await;
        let lost = world.invitee("L1", MEANWHILE, "2026-03-30T15:00:00Z");
        world.is_lost("calendly", lost.created());
        let second = world
            .stage
            .at(MEANWHILE)
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_second();
        let expired = json!({ "object": "event", "id": "evt_lost", "type": "checkout.session.expired", "created": second,
            "data": { "object": { "id": "cs_nobody" } } });
        world.is_lost("stripe", expired);
        world.vendors.calendly.disable_subscriptions();
        world.vendors.stripe.disable_endpoints();
        let syncs = look(&world).await;
        let filled: Vec<_> = syncs.iter().flat_map(named).collect();
        let gap = [
            ("invitee.created", "L1"),
            ("checkout.session.expired", "evt_lost"),
        ];
        assert_eq!(filled, gap.map(pair));
        for vendor in ["calendly", "stripe"] {
            assert_eq!(codes(&world, vendor).await, ["subscription_disabled"]);
            let listed = subscriptions(&world, vendor).await;
            assert_eq!(
                (listed.len(), &listed[0]["active"]),
                (1, &json!(true)),
                "{vendor}"
            );
        }
        world.stage.drain().await;
        assert_eq!(world.booking(&lost).await["state"], "CONFIRMED");
        // What is signed with the new subscription's key is accepted, and the alarm ends by itself.
        let next = world.invitee("L2", NOW, "2026-03-31T15:00:00Z");
        let key = world.vendors.calendly.signing_key().unwrap();
        let answer = webhook_with(&world.stage, "calendly", &key, &next.created()).await;
        assert_eq!(answer.body["status"], "accepted", "{answer:?}");
        assert_eq!(look(&world).await, Vec::<Value>::new());
        for vendor in ["calendly", "stripe"] {
            assert_eq!(codes(&world, vendor).await, Vec::<String>::new());
        }
        // A second time is a person's work.
        world.vendors.calendly.disable_subscriptions();
        world.vendors.stripe.disable_endpoints();
        assert_eq!(look(&world).await, Vec::<Value>::new());
        for vendor in ["calendly", "stripe"] {
            assert_eq!(codes(&world, vendor).await, ["subscription_disabled"]);
            let listed = subscriptions(&world, vendor).await;
            assert_eq!(listed[0]["active"], false, "{vendor}");
        }
    }
}
