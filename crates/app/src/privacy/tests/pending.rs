//! Records that their vendor sent and the tables do not have yet.

use bookpath_domain::{DeliveryStatus, Vendor};
use serde_json::{Value, json};

use super::{JANE, Town};
use crate::inbox::delivery;
use crate::privacy::{ErasureSubject, subject};

/// A form response: whose it is stands in an answer, the name in another.
fn response(token: &str, email: &str) -> Value {
    let field = |id: &str| json!({ "id": id, "ref": id, "type": "short_text" });
    json!({ "event_id": token, "event_type": "form_response", "form_response": {
        "form_id": "F1", "token": token, "submitted_at": "2026-03-01T10:00:00Z",
        "definition": { "id": "F1", "fields": [{ "id": "n", "ref": "n", "type": "short_text", "title": "Your name" }] },
        "answers": [
            { "type": "text", "text": "Pending Jane", "field": field("n") },
            { "type": "email", "email": email, "field": field("e") },
        ],
    } })
}

/// A change of the CRM that is newer than the tables.
pub(super) fn change(object: &str, id: &str, data: Value) -> Value {
    json!({ "subscription_id": "whsub_1", "event": {
        "id": format!("ev_{id}"), "object_type": object, "action": "created", "object_id": id,
        "lead_id": data["lead_id"], "date_created": "2026-03-01T10:00:00Z", "date_updated": "2026-03-01T10:00:00Z",
        "data": data,
    } })
}

#[tokio::test]
async fn what_vendors_sent_and_the_tables_do_not_have_yet_goes_too() {
    let town = Town::new().await;
    town.land(Vendor::Typeform, &response("tok_1", JANE)).await;
    let own = [
        (
            "lead",
            "lead_1",
            json!({ "id": "lead_1", "lead_id": "lead_1", "display_name": "Pending Jane Ltd" }),
        ),
        (
            "contact",
            "cont_1",
            json!({ "id": "cont_1", "lead_id": "lead_1", "name": "Pending Jane", "emails": [{ "email": JANE }] }),
        ),
        (
            "activity.call",
            "acti_1",
            json!({ "id": "acti_1", "lead_id": "lead_1", "contact_id": "cont_1", "note": "Pending Jane called" }),
        ),
    ];
    // A lead that she shares stays, and so does her colleague.
    let shared = [
        (
            "lead",
            "lead_2",
            json!({ "id": "lead_2", "lead_id": "lead_2", "display_name": "Acme" }),
        ),
        (
            "contact",
            "cont_2",
            json!({ "id": "cont_2", "lead_id": "lead_2", "name": "Pending Jane", "emails": [{ "email": JANE }] }),
        ),
        (
            "contact",
            "cont_3",
            json!({ "id": "cont_3", "lead_id": "lead_2", "name": "Bob", "emails": [{ "email": "bob@acme.co" }] }),
        ),
    ];
    for (object, id, data) in own.into_iter().chain(shared) {
        town.land(Vendor::Close, &change(object, id, data)).await;
    }
    let preview = town.forget(true).await;
    assert!(preview.scan.hits > 0);
    assert!(town.texts("bronze/").await.contains("Pending Jane"));
    town.forget(false).await;
    for tier in ["raw/", "bronze/"] {
        let left = town.texts(tier).await;
        assert!(!left.contains("Pending Jane"), "{tier}: {left}");
        assert!(
            left.contains("Acme") && left.contains("bob@acme.co"),
            "{tier}"
        );
    }
}

#[tokio::test]
async fn somebody_whom_no_table_knows_is_forgotten_by_their_address() {
    let town = Town::new().await;
    let whom = async |address| ErasureSubject::of_address(address, &town.known().await).unwrap();
    let nobody = whom("nobody@example.com").await;
    assert_eq!(town.forgotten(&nobody, false).await, None);
    let new = "new@example.com";
    town.land(Vendor::Typeform, &response("tok_2", new)).await;
    let report = town.forgotten(&whom(new).await, false).await.unwrap();
    assert_eq!((report.erased.raw_objects, report.scan.hits), (1, 0));
    let tasks = report.vendor_tasks.iter().map(|task| task.id.as_str());
    assert_eq!(tasks.collect::<Vec<_>>(), ["F1/tok_2"]);
    assert!(!town.texts("bronze/").await.contains("Pending Jane"));
    // Done already: nothing is left to be found.
    assert_eq!(town.forgotten(&whom(new).await, false).await, None);
    assert!(ErasureSubject::of_address("no address", &town.known().await).is_none());
}

/// A host's address stands in every booking of theirs, and a text may name anybody: neither makes a record theirs.
#[tokio::test]
async fn an_address_that_others_records_name_is_nobody_to_forget() {
    let town = Town::new().await;
    let mut named = response("tok_3", "third@example.com");
    named["form_response"]["answers"][0]["text"] = json!("I know ann@co.test");
    town.land(Vendor::Typeform, &named).await;
    let ann = ErasureSubject::of_address("ann@co.test", &town.known().await).unwrap();
    for dry_run in [true, false] {
        assert_eq!(town.forgotten(&ann, dry_run).await, None);
    }
    assert!(town.texts("raw/").await.contains("I know ann@co.test"));
}

/// The archive says which records are the person's, so a second try finds them, too, wherever the first one broke off.
#[tokio::test]
async fn an_erasure_that_broke_off_is_finished_by_the_next_one() {
    for puts in 0..6 {
        let town = Town::new().await;
        let lead = json!({ "id": "lead_1", "lead_id": "lead_1", "display_name": "Pending Jane" });
        let contact = json!({ "id": "cont_1", "lead_id": "lead_1", "emails": [{ "email": JANE }] });
        town.land(Vendor::Close, &change("lead", "lead_1", lead))
            .await;
        town.land(Vendor::Close, &change("contact", "cont_1", contact))
            .await;
        let whom = subject(&town.known().await, JANE).unwrap();
        town.world.objects.refuse_after(puts);
        assert!(town.tried(&whom, false).await.is_err(), "{puts}");
        town.forgotten(&whom, false).await.unwrap();
        for tier in ["raw/", "bronze/"] {
            let left = town.texts(tier).await;
            assert!(!left.contains("Pending Jane"), "{puts} {left}");
        }
        town.night().await;
        assert_eq!(town.past_of_raw(), [], "{puts}");
        let store = town.world.store.as_ref();
        let skipped = delivery::inbox(store, Some(DeliveryStatus::SkippedErased), 9, None);
        assert_eq!(skipped.await.unwrap().rows.len(), 3, "{puts}");
    }
}

/// What an erasure would empty, an export has: every version, and what is about the person without being theirs alone.
#[tokio::test]
async fn an_export_has_every_body_that_an_erasure_empties() {
    let town = Town::new().await;
    town.deliver(1).await;
    town.land(Vendor::Typeform, &response("tok_1", JANE)).await;
    let own = [
        (
            "contact",
            "cont_1",
            json!({ "id": "cont_1", "lead_id": "lead_1", "emails": [{ "email": JANE }] }),
        ),
        (
            "lead",
            "lead_1",
            json!({ "id": "lead_1", "lead_id": "lead_1", "display_name": "Jane Ltd" }),
        ),
        (
            "opportunity",
            "oppo_1",
            json!({ "id": "oppo_1", "lead_id": "lead_1", "status_type": "won", "value": 5 }),
        ),
        (
            "activity.call",
            "acti_1",
            json!({ "id": "acti_1", "lead_id": "lead_1", "note": "called" }),
        ),
    ];
    for (object, id, data) in own {
        town.land(Vendor::Close, &change(object, id, data)).await;
    }
    let paid = json!({ "id": "evt_1", "object": "event", "type": "checkout.session.completed", "created": 1_772_359_200,
        "data": { "object": { "id": "cs_1", "object": "checkout.session", "payment_status": "paid",
            "amount_total": 5000, "currency": "usd", "customer_details": { "email": JANE } } } });
    town.land(Vendor::Stripe, &paid).await;
    let others = change(
        "contact",
        "cont_9",
        json!({ "id": "cont_9", "lead_id": "lead_9", "emails": [{ "email": "bob@acme.co" }] }),
    );
    town.land(Vendor::Close, &others).await;

    let exported = town.exported().await;
    assert_eq!(
        (exported.bodies.len(), exported.bodies_left_out.len()),
        (8, 0)
    );
    let text = serde_json::to_string(&exported.bodies).unwrap();
    for id in ["tok_1", "cont_1", "lead_1", "oppo_1", "acti_1", "cs_1"] {
        assert!(text.contains(id), "{id}");
    }
    assert!(!text.contains("bob@acme.co"));
    assert_eq!(town.forget(false).await.erased.raw_objects, 8);
}

#[tokio::test]
async fn an_export_names_the_bodies_that_it_has_no_room_for() {
    let town = Town::new().await;
    let big = "x".repeat(450_000);
    for n in 0..10 {
        let id = format!("cont_{n}");
        let data =
            json!({ "id": id, "lead_id": "lead_5", "emails": [{ "email": JANE }], "note": big });
        town.keep(Vendor::Close, &change("contact", &id, data))
            .await;
    }
    let exported = town.exported().await;
    // The booking is one of them.
    assert_eq!(
        (exported.bodies.len(), exported.bodies_left_out.len()),
        (9, 2)
    );
    assert_eq!(exported.bodies_left_out[0].len(), 64);
}

/// The same mailbox may be written with letters and accents apart.
#[tokio::test]
async fn an_address_is_forgotten_in_each_of_its_forms() {
    let town = Town::new().await;
    let (composed, apart) = ("ülkü@example.com", "u\u{308}lku\u{308}@example.com");
    town.land(Vendor::Typeform, &response("tok_1", composed))
        .await;
    town.land(Vendor::Typeform, &response("tok_2", apart)).await;
    let whom = ErasureSubject::of_address(composed, &town.known().await).unwrap();
    let report = town.forgotten(&whom, false).await.unwrap();
    assert_eq!((report.erased.raw_objects, report.scan.hits), (2, 0));
    town.land(Vendor::Typeform, &response("tok_3", apart)).await;
    assert!(!town.texts("raw/").await.contains("tok_3"));
}
