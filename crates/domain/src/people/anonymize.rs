//! Removes a person from a vendor's document (X61): times, amounts and states stay, everything that identifies goes.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::email;
use super::erasure::{Searcher, Subject};
use super::personal::is_personal;

/// Parts that say whose the whole object is: who pays, or who contests a payment.
const DETAILS: [&str; 4] = [
    "billing_details",
    "customer_details",
    "evidence",
    "payment_method",
];
/// Parts of a person's document that are not of the person.
const NOT_PERSONAL: [&str; 3] = ["definition", "event_memberships", "field"];
/// Parts that are of the business, but for the fields of [`WITHIN`].
const SURROUNDINGS: [&str; 2] = ["scheduled_event", "tracking"];
/// What is the person's in such a part.
const WITHIN: [&str; 6] = [
    "additional_info",
    "event_guests",
    "location",
    "meeting_notes_html",
    "meeting_notes_plain",
    "salesforce_uuid",
];
/// Fields within personal ones that say of what kind they are.
const STRUCTURE: [&str; 4] = ["id", "ref", "type", "uri"];
/// What we write into the metadata of a payment ourselves.
const OWN_METADATA: [&str; 3] = ["attempt", "booking_id", "effect_key"];
/// Before the id of a custom field of the CRM.
const CUSTOM: &str = "custom.";

/// What is removed from a part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// It is somebody else's: only what names the person.
    Others,
    /// It is of the business, within something of the person's.
    Surroundings,
    /// It is the person's: also what says who they are.
    Own,
    /// Custom fields of the person: all but those that are kept.
    Custom,
    /// What other systems, and we, write beside a payment or response.
    Metadata,
    /// It says who they are: everything but addresses and what kind of thing it is.
    Personal,
}

/// Takes a person out of documents.
#[derive(Debug)]
pub struct Anonymizer<'a> {
    subject: &'a Subject,
    /// Finds the subject's addresses and telephones, without its ids.
    searcher: Searcher,
    /// Ids of the custom fields that numbers are made of.
    kept: &'a BTreeSet<String>,
}

/// No custom field is kept.
static NONE: BTreeSet<String> = BTreeSet::new();

impl<'a> Anonymizer<'a> {
    /// For documents without custom fields of the CRM.
    #[must_use]
    pub fn new(subject: &'a Subject) -> Self {
        Self::keeping(subject, &NONE)
    }

    /// `kept` are the ids of the custom fields that numbers are made of.
    #[must_use]
    pub fn keeping(subject: &'a Subject, kept: &'a BTreeSet<String>) -> Self {
        Self {
            subject,
            searcher: Searcher::new(&subject.without_ids()),
            kept,
        }
    }

    /// Takes the person out of a JSON document: addresses become the anonymous one, and everything else that says who they
    /// are becomes `null`.
    ///
    /// An object is the person's if a field of its own is one of the person's addresses, telephones or ids; so of a document
    /// about several people only the person's part changes.
    pub fn anonymize(&self, document: &mut Value) {
        self.visit(document, Part::Others);
    }

    fn visit(&self, value: &mut Value, part: Part) {
        match value {
            Value::String(text) => {
                let key = email::normalize(text);
                let named = part == Part::Personal || self.searcher.finds(text.as_bytes());
                if let Some(anonymous) = key.and_then(|key| self.subject.anonymous_of(&key)) {
                    *text = anonymous;
                } else if named && !self.subject.ids.contains(text) {
                    *value = Value::Null;
                }
            }
            Value::Number(_) if part == Part::Personal => *value = Value::Null,
            Value::Array(items) => {
                for item in items {
                    self.visit(item, part);
                }
            }
            Value::Object(fields) => {
                let own = self.owns(fields);
                let part = if own { part.max_own() } else { part };
                let canceled = fields.contains_key("canceler_type");
                for (name, field) in fields {
                    match self.of_field(part, name) {
                        // Why somebody canceled is in their words; other reasons are those of a vendor.
                        Part::Own if canceled && name == "reason" => *field = Value::Null,
                        Part::Metadata if name == "referer" => without_query(field),
                        // How a call went, by a list of the business.
                        _ if part == Part::Own && name == "result" && field.is_string() => {
                            self.visit(field, Part::Own);
                        }
                        part => self.visit(field, part),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The object is the person's: a field of its own says so, or one of who pays.
    fn owns(&self, fields: &Map<String, Value>) -> bool {
        let mut details = DETAILS
            .iter()
            .filter_map(|name| fields.get(*name)?.as_object());
        fields.values().any(|field| self.subject.is(field))
            || details.any(|within| self.owns(within))
    }

    fn of_field(&self, part: Part, name: &str) -> Part {
        match part {
            Part::Others => Part::Others,
            _ if NOT_PERSONAL.contains(&name) => Part::Others,
            Part::Own | Part::Surroundings if name == "cancellation" => Part::Own,
            Part::Surroundings if WITHIN.contains(&name) => Part::Personal,
            Part::Surroundings => Part::Surroundings,
            Part::Own if SURROUNDINGS.contains(&name) => Part::Surroundings,
            Part::Own if name == "custom" => Part::Custom,
            Part::Own if name == "metadata" => Part::Metadata,
            Part::Own if name.starts_with(CUSTOM) => self.of_custom(&name[CUSTOM.len()..]),
            Part::Own if is_personal(name) => Part::Personal,
            Part::Custom => self.of_custom(name),
            Part::Metadata if name == "referer" => Part::Metadata,
            Part::Metadata if OWN_METADATA.contains(&name) => Part::Own,
            Part::Metadata => Part::Personal,
            Part::Personal if STRUCTURE.contains(&name) || name.starts_with("utm_") => Part::Own,
            part => part,
        }
    }

    fn of_custom(&self, id: &str) -> Part {
        match self.kept.contains(id) {
            true => Part::Own,
            false => Part::Personal,
        }
    }
}

impl Part {
    const fn max_own(self) -> Self {
        match self {
            Self::Others => Self::Own,
            other => other,
        }
    }
}

/// A page is told apart by its address; what is asked of it may name the person.
fn without_query(address: &mut Value) {
    if let Value::String(text) = address {
        text.truncate(text.find(['?', '#']).unwrap_or(text.len()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::people::erasure::is_anonymous;

    fn jane() -> Subject {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Subject {
            emails: set(&["jane@acme.co"]),
            phones: set(&["+12223334444"]),
            ids: set(&[
                "https://api.calendly.com/scheduled_events/E1/invitees/A1",
                "cont_1",
            ]),
        }
    }

    fn anonymize(document: &mut Value, subject: &Subject) {
        let kept = ["cf_cash", "cf_tags"].map(str::to_owned).into();
        Anonymizer::keeping(subject, &kept).anonymize(document);
    }

    /// The document after Jane was removed; asserts that none of her values is left.
    fn without(mut document: Value) -> Value {
        let subject = jane();
        let searcher = Searcher::new(&subject.without_ids());
        anonymize(&mut document, &subject);
        assert!(!searcher.finds(document.to_string().as_bytes()));
        document
    }

    #[test]
    fn of_a_shared_document_only_the_persons_part_changes() {
        let subject = jane();
        let mut lead = json!({
            "resource_uri": "lead_1",
            "payload": { "name": "Acme", "contacts": [
                { "id": "cont_1", "name": "Jane Doe", "emails": [{ "email": "JANE@acme.co", "type": "office" }],
                  "phones": [{ "phone": "+12223334444" }] },
                { "id": "cont_2", "name": "Bob", "emails": [{ "email": "bob@acme.co" }], "note": "knows (222) 333-4444" },
            ] },
        });
        anonymize(&mut lead, &subject);
        let anonymous = subject.anonymous();
        let expected = json!({
            "resource_uri": "lead_1",
            "payload": { "name": "Acme", "contacts": [
                { "id": "cont_1", "name": null, "emails": [{ "email": anonymous, "type": "office" }],
                  "phones": [{ "phone": null }] },
                { "id": "cont_2", "name": "Bob", "emails": [{ "email": "bob@acme.co" }], "note": null },
            ] },
        });
        assert_eq!(lead, expected);
        assert!(is_anonymous(&anonymous) && !is_anonymous("jane@acme.co"));
    }

    #[test]
    fn a_booking_keeps_what_numbers_are_made_of() {
        let subject = jane();
        let searcher = Searcher::new(&subject.without_ids());
        let mut line = json!({
            "invitee_uri": "https://api.calendly.com/scheduled_events/E1/invitees/A1",
            "invitee_email": "jane@acme.co", "invitee_name": "Jane Doe", "event_name": "Triage",
            "utm_source": "google", "invitee_created_at": "2026-03-01T10:00:00Z",
            "payload": {
                "email": "jane@acme.co", "questions_and_answers": [{ "question": "Why?", "answer": "My firm" }],
                "scheduled_event": { "name": "Triage", "event_memberships": [{ "user_name": "Ann" }] },
                "tracking": { "utm_source": "google" }, "no_show": null,
            },
        });
        anonymize(&mut line, &subject);
        let anonymous = subject.anonymous();
        let expected = json!({
            "invitee_uri": "https://api.calendly.com/scheduled_events/E1/invitees/A1",
            "invitee_email": anonymous, "invitee_name": null, "event_name": "Triage",
            "utm_source": "google", "invitee_created_at": "2026-03-01T10:00:00Z",
            "payload": {
                "email": anonymous, "questions_and_answers": [{ "question": null, "answer": null }],
                "scheduled_event": { "name": "Triage", "event_memberships": [{ "user_name": "Ann" }] },
                "tracking": { "utm_source": "google" }, "no_show": null,
            },
        });
        assert_eq!(line, expected);
        assert!(!searcher.finds(line.to_string().as_bytes()));
    }

    #[test]
    fn a_form_keeps_its_address_anonymously_and_its_campaign() {
        let mut subject = jane();
        subject.ids.insert("tok1".to_owned());
        let mut line = json!({
            "resource_uri": "tok1",
            "payload": { "form_response": { "token": "tok1", "hidden": { "utm_source": "meta", "name": "Jane" },
                "answers": [
                    { "type": "email", "email": "jane@acme.co", "field": { "ref": "mail" } },
                    { "type": "text", "text": "My firm", "field": { "ref": "why" } },
                    { "type": "number", "number": 7, "field": { "ref": "size" } },
                ] } },
        });
        anonymize(&mut line, &subject);
        let anonymous = subject.anonymous();
        let expected = json!({
            "resource_uri": "tok1",
            "payload": { "form_response": { "token": "tok1", "hidden": { "utm_source": "meta", "name": null },
                "answers": [
                    { "type": "email", "email": anonymous, "field": { "ref": "mail" } },
                    { "type": "text", "text": null, "field": { "ref": "why" } },
                    { "type": "number", "number": null, "field": { "ref": "size" } },
                ] } },
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn what_surrounds_a_booking_keeps_nothing_of_the_person() {
        let found = without(json!({
            "email": "jane@acme.co",
            "invitee_scheduled_by": "https://api.calendly.com/users/jane",
            "cancellation": { "canceled_by": "Jane", "reason": "ill", "canceler_type": "invitee", "created_at": "T" },
            "scheduled_event": {
                "name": "Triage", "start_time": "S", "meeting_notes_plain": "wants a pony",
                "location": { "type": "physical", "location": "1 Main St", "additional_info": "ring twice" },
                "event_guests": [{ "email": "guest@home.test", "created_at": "G" }],
                "cancellation": { "canceled_by": "Jane", "reason": "ill", "canceler_type": "invitee" },
                "event_memberships": [{ "user_email": "ann@co.test", "user_name": "Ann" }],
            },
            "tracking": { "utm_source": "google", "salesforce_uuid": "0035" },
        }));
        let expected = json!({
            "email": jane().anonymous(),
            "invitee_scheduled_by": null,
            "cancellation": { "canceled_by": null, "reason": null, "canceler_type": "invitee", "created_at": "T" },
            "scheduled_event": {
                "name": "Triage", "start_time": "S", "meeting_notes_plain": null,
                "location": { "type": "physical", "location": null, "additional_info": null },
                "event_guests": [{ "email": null, "created_at": null }],
                "cancellation": { "canceled_by": null, "reason": null, "canceler_type": "invitee" },
                "event_memberships": [{ "user_email": "ann@co.test", "user_name": "Ann" }],
            },
            "tracking": { "utm_source": "google", "salesforce_uuid": null },
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn custom_fields_go_but_for_those_that_numbers_are_made_of() {
        let found = without(json!({
            "id": "cont_1", "custom.cf_pet": "a pony", "custom.cf_cash": "1250.50",
            "custom": { "cf_tags": ["VIP"], "cf_birthday": "1990-01-01", "cf_children": 2 },
            "note_html": "<p>likes ponies</p>", "recording_url": "https://calls.test/1", "reason": "lost to a rival",
        }));
        let expected = json!({
            "id": "cont_1", "custom.cf_pet": null, "custom.cf_cash": "1250.50",
            "custom": { "cf_tags": ["VIP"], "cf_birthday": null, "cf_children": null },
            "note_html": null, "recording_url": null, "reason": "lost to a rival",
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn what_a_vendor_writes_beside_is_known_by_the_end_of_its_name() {
        let found = without(json!({
            "id": "cont_1", "user_note": "ponies", "user_note_html": "<p>ponies</p>", "summary": "ponies",
            "url": "https://jane.test", "attended_notes": ["ponies"], "result": "No-show", "outcome_id": "out_no",
            "user_name": "Ann", "event_name": "Triage", "utm_campaign_name": "spring", "status_label": "Won",
        }));
        let expected = json!({
            "id": "cont_1", "user_note": null, "user_note_html": null, "summary": null,
            "url": null, "attended_notes": [null], "result": "No-show", "outcome_id": "out_no",
            "user_name": "Ann", "event_name": "Triage", "utm_campaign_name": "spring", "status_label": "Won",
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn a_payment_is_of_whom_its_details_name() {
        let session = without(json!({
            "id": "cs_1", "amount_total": 15000, "status": "complete",
            "customer_details": { "email": "jane@acme.co", "individual_name": "Jane", "business_name": "Jane Ltd",
                "tax_exempt": "none" },
            "custom_fields": [{ "key": "pet", "text": { "value": "pony" } }],
        }));
        let anonymous = jane().anonymous();
        let expected = json!({
            "id": "cs_1", "amount_total": 15000, "status": "complete",
            "customer_details": { "email": anonymous, "individual_name": null, "business_name": null,
                "tax_exempt": "none" },
            "custom_fields": [{ "key": null, "text": { "value": null } }],
        });
        assert_eq!(session, expected);
        let event = without(
            json!({ "resource_uri": "ch_1", "payload": { "id": "evt_1", "data": { "object": {
            "id": "ch_1", "amount_refunded": 1000, "description": "For Jane", "statement_descriptor": "ACME",
            "payment_intent": "pi_1", "billing_details": { "email": "jane@acme.co", "name": "Jane" },
        } } } }),
        );
        let expected = json!({ "resource_uri": "ch_1", "payload": { "id": "evt_1", "data": { "object": {
            "id": "ch_1", "amount_refunded": 1000, "description": null, "statement_descriptor": "ACME",
            "payment_intent": "pi_1", "billing_details": { "email": anonymous, "name": null },
        } } } });
        assert_eq!(event, expected);
    }

    #[test]
    fn texts_payments_and_responses_lose_their_words_and_places() {
        let text = without(json!({
            "originationNumber": "+12223334444", "messageBody": "my son is ill", "inboundMessageId": "m1",
        }));
        let expected = json!({
            "originationNumber": null, "messageBody": null, "inboundMessageId": "m1",
        });
        assert_eq!(text, expected);
        let payment = without(json!({
            "id": "cs_1", "amount_total": 15000, "customer_email": "jane@acme.co",
            "metadata": { "booking_id": "b1", "attempt": "1", "nickname": "JD" },
            "shipping_details": { "name": "Jane", "address": { "line1": "1 Main St" } },
            "custom_fields": [{ "key": "pet", "text": { "value": "pony" } }],
        }));
        let expected = json!({
            "id": "cs_1", "amount_total": 15000, "customer_email": jane().anonymous(),
            "metadata": { "booking_id": "b1", "attempt": "1", "nickname": null },
            "shipping_details": { "name": null, "address": { "line1": null } },
            "custom_fields": [{ "key": null, "text": { "value": null } }],
        });
        assert_eq!(payment, expected);
        let response = without(json!({
            "token": "cont_1", "metadata": { "referer": "https://co.test/f?name=Jane#x", "network_id": "n" },
            "variables": [{ "key": "name", "type": "text", "text": "Jane" }],
        }));
        let expected = json!({
            "token": "cont_1", "metadata": { "referer": "https://co.test/f", "network_id": null },
            "variables": [{ "key": null, "type": "text", "text": null }],
        });
        assert_eq!(response, expected);
    }
}
