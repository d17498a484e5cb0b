use bookpath_app::ports::{CrmNote, CrmNotes as _, Subscriptions};
use bookpath_vendors::{CalendlyLists, CloseClient, Secret, StripeLists, TypeformClient};
use serde_json::json;

use crate::world::{FORM, World};

const URL: &str = "https://book.test/api/webhooks/x";

/// A subscription is made, listed and ended; ending it again is no error.
async fn lives(api: &dyn Subscriptions) -> String {
    assert_eq!(api.subscriptions().await.unwrap(), []);
    let made = api.subscribe(URL, "our-key").await.unwrap();
    let listed = api.subscriptions().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].id.as_str(), listed[0].url.as_str()),
        (made.ids[0].as_str(), URL)
    );
    assert!(listed[0].active && !listed[0].events.is_empty());
    api.unsubscribe(&made.ids[0]).await.unwrap();
    api.unsubscribe(&made.ids[0]).await.unwrap();
    assert_eq!(api.subscriptions().await.unwrap(), []);
    made.signing_key
}

fn key() -> Secret {
    Secret("key".to_owned())
}

#[tokio::test]
async fn every_vendors_subscription_is_made_listed_and_ended() {
    let world = World::new().await;
    let calendly = CalendlyLists::new(&format!("{}/calendly", world.base), key()).unwrap();
    assert_eq!(lives(&calendly).await, "our-key");
    let forms = vec![FORM.to_owned()];
    let typeform = TypeformClient::new(&format!("{}/typeform", world.base), key(), forms).unwrap();
    assert_eq!(lives(&typeform).await, "our-key");
    let close = CloseClient::new(&format!("{}/close", world.base), key()).unwrap();
    // Close chooses the key and shows it once.
    assert_eq!(lives(&close).await, "00112233445566778899aabbccddeeff");
    let stripe = StripeLists::new(&format!("{}/stripe", world.base), key()).unwrap();
    assert!(lives(&stripe).await.starts_with("whsec_"));
}

#[tokio::test]
async fn an_endpoint_that_stripe_gave_up_on_is_enabled_and_keeps_its_key() {
    let world = World::new().await;
    let stripe = StripeLists::new(&format!("{}/stripe", world.base), key()).unwrap();
    let made = stripe.subscribe(URL, "").await.unwrap();
    world.stripe.disable_endpoints();
    let listed = stripe.subscriptions().await.unwrap();
    assert_eq!(
        (listed[0].active, listed[0].state.as_str()),
        (false, "disabled")
    );
    assert!(stripe.enable(&made.ids[0]).await.unwrap());
    assert!(stripe.subscriptions().await.unwrap()[0].active);
    assert!(!stripe.enable("we_of_nobody").await.unwrap());
    assert!(stripe.enable("../customers").await.is_err());
}

#[tokio::test]
async fn a_subscription_that_calendly_gave_up_on_is_not_active() {
    let world = World::new().await;
    let calendly = CalendlyLists::new(&format!("{}/calendly", world.base), key()).unwrap();
    calendly.subscribe(URL, "k").await.unwrap();
    assert!(calendly.subscribe(URL, "k").await.is_err());
    world.calendly.disable_subscriptions();
    let listed = calendly.subscriptions().await.unwrap();
    assert_eq!(
        (listed[0].active, listed[0].state.as_str()),
        (false, "disabled")
    );
}

#[tokio::test]
async fn a_note_is_found_again_by_its_key() {
    let world = World::new().await;
    let object = |kind: &str, data: serde_json::Value| json!({ "event": { "id": format!("ev_{kind}"), "object_type": kind, "action": "created", "data": data } });
    world.close.tell(&object(
        "lead",
        json!({ "id": "lead_1", "date_created": "2026-01-01T00:00:00Z" }),
    ));
    let emails = json!([{ "email": "Jane@acme.co" }]);
    world.close.tell(&object(
        "contact",
        json!({ "id": "cont_1", "lead_id": "lead_1", "emails": emails }),
    ));
    let close = CloseClient::new(&format!("{}/close", world.base), key()).unwrap();
    assert_eq!(close.lead_of("nobody@acme.co").await.unwrap(), None);
    let found = close.lead_of("Jane@acme.co").await.unwrap().unwrap();
    assert_eq!(found, ("lead_1".to_owned(), Some("cont_1".to_owned())));
    assert!(!close.has_note("lead_1", "note:b1").await.unwrap());
    let note = CrmNote {
        lead_id: found.0,
        contact_id: found.1,
        text: "Booked".to_owned(),
        key: "note:b1".to_owned(),
    };
    close.write_note(&note).await.unwrap();
    assert!(close.has_note("lead_1", "note:b1").await.unwrap());
    assert_eq!(world.close.notes().len(), 1);
}
