//! Late records that name an erased person by the telephone only.

use bookpath_domain::Vendor;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_domain::people::phone::Phone;
use bookpath_vendors::sms::inbound_body;
use serde_json::{Value, json};

use super::Town;
use super::pending::change;
use crate::bronze::publish::{PublishReport, publish};
use crate::inbox::admit::admit;
use crate::inbox::receipt::ReceiptStatus;
use crate::react::react;
use crate::testing::{invitee, seen};
use crate::texts::conversations::known_phone;

const PHONE: &str = "+12125550142";

impl Town {
    /// A text from Jane's telephone, as react and write-bronze take it in.
    async fn text(&self, n: usize, words: &str) -> PublishReport {
        let body = inbound_body(&format!("m{n}"), PHONE, None, words);
        let body = serde_json::to_vec(&body).unwrap();
        let before = self.world.store.records().len();
        let (inbox, now) = (self.world.inbox(), self.world.now());
        let receipt = admit(&inbox, Vendor::Sms, Origin::Webhook, now, &body).await;
        assert_eq!(receipt.unwrap().status, ReceiptStatus::Accepted);
        let records = self.world.store.records();
        let reactor = &self.world.performer.reactor;
        let objects = self.world.objects.as_ref();
        let reacted = react(reactor, objects, &records[before..]).await;
        assert_eq!(reacted.error, None);
        publish(&self.publisher, &records[before..]).await
    }

    async fn opted_out(&self) -> bool {
        let (store, reactor) = (self.world.store.as_ref(), &self.world.performer.reactor);
        let phone = Phone::parse(PHONE, "").unwrap();
        let known = known_phone(store, &reactor.phone_secret, &phone).await;
        known.unwrap().record.opted_out()
    }
}

/// A number outlives its owner: a STOP protects it, and whoever has it next is heard.
#[tokio::test]
async fn the_telephone_of_somebody_who_was_erased_is_still_heard() {
    let town = Town::with_phone(Some(PHONE)).await;
    town.forget(false).await;
    assert_eq!(town.text(1, "hello?").await.skipped_erased, 1);
    assert!(!town.opted_out().await);
    assert_eq!(town.text(2, "STOP").await.skipped_erased, 1);
    assert!(town.opted_out().await);
    assert_eq!(town.texts("raw/").await, "");

    let mut next = invitee("B1");
    next.contact.email = Some("bob@example.com".to_owned());
    next.contact.phone = Some(PHONE.to_owned());
    town.world.take(None, seen(&next)).await;
    let published = town.text(3, "See you then").await;
    assert_eq!((published.skipped_erased, published.records), (0, 1));
    assert!(town.texts("raw/").await.contains("See you then"));
}

/// A response that was answered with a telephone, and perhaps an address.
fn response(token: &str, email: Option<&str>) -> Value {
    let mut answers = vec![
        json!({ "type": "phone_number", "phone_number": "(212)5550142", "field": { "id": "p", "ref": "p" } }),
    ];
    answers.extend(email.map(
        |email| json!({ "type": "email", "email": email, "field": { "id": "e", "ref": "e" } }),
    ));
    json!({ "event_id": token, "event_type": "form_response", "form_response": {
        "form_id": "F1", "token": token, "submitted_at": "2026-03-01T10:00:00Z", "answers": answers,
    } })
}

fn contact(id: &str, emails: &[&str]) -> Value {
    let emails: Vec<Value> = emails
        .iter()
        .map(|email| json!({ "email": email }))
        .collect();
    let lead_id = format!("lead_{id}");
    json!({ "id": id, "lead_id": lead_id, "name": "Jane", "emails": emails, "phones": [{ "phone": "+1 212 555 0142" }] })
}

/// Whoever left no address is known by the telephone; whoever gave another address is somebody else.
#[tokio::test]
async fn a_late_record_without_an_address_is_known_by_its_telephone() {
    let town = Town::with_phone(Some(PHONE)).await;
    town.forget(false).await;
    let late = [
        (Vendor::Typeform, response("tok_1", None)),
        (
            Vendor::Close,
            change("contact", "cont_1", contact("cont_1", &[])),
        ),
        (
            Vendor::Close,
            change(
                "lead",
                "lead_2",
                json!({ "id": "lead_2", "display_name": "Jane", "contacts": [contact("cont_2", &[])] }),
            ),
        ),
        (
            Vendor::Close,
            change(
                "activity.call",
                "acti_1",
                json!({ "id": "acti_1", "lead_id": "lead_cont_1", "remote_phone": PHONE }),
            ),
        ),
    ];
    let before = town.texts("bronze/").await;
    for (vendor, body) in &late {
        town.land(*vendor, body).await;
    }
    assert_eq!(town.texts("raw/").await, "");
    assert_eq!(town.texts("bronze/").await, before);

    // The same bytes once more, which go no further than the archive.
    let inbox = town.world.inbox();
    for (vendor, body) in &late {
        let (now, body) = (town.world.now(), serde_json::to_vec(body).unwrap());
        let again = admit(&inbox, *vendor, Origin::Webhook, now, &body).await;
        assert_eq!(again.unwrap().status, ReceiptStatus::Duplicate);
    }
    assert_eq!(town.texts("raw/").await, "");

    let bob = "bob@example.com";
    town.land(Vendor::Typeform, &response("tok_3", Some(bob)))
        .await;
    town.land(
        Vendor::Close,
        &change("contact", "cont_3", contact("cont_3", &[bob])),
    )
    .await;
    let bronze = town.texts("bronze/").await;
    assert!(
        bronze.contains("tok_3") && bronze.contains("cont_3"),
        "{bronze}"
    );
}

/// Who has the telephone by now leaves records with it, too.
#[tokio::test]
async fn the_next_owner_of_a_telephone_comes_in() {
    let town = Town::with_phone(Some(PHONE)).await;
    town.forget(false).await;
    let mut next = invitee("B1");
    next.contact.email = Some("bob@example.com".to_owned());
    next.contact.phone = Some(PHONE.to_owned());
    town.world.take(None, seen(&next)).await;
    town.land(Vendor::Typeform, &response("tok_4", None)).await;
    assert!(town.texts("bronze/").await.contains("tok_4"));
}
