//! A response as Typeform's list shows it, and the webhook that would have told of it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::COMPLETE;
use crate::json as read;

/// One submitted response.
#[derive(derive_more::Debug, Clone, PartialEq)]
pub struct ObservedResponse {
    pub token: String,
    pub submitted_at: Timestamp,
    /// The webhook that tells of it.
    #[debug(skip)]
    pub body: Value,
}

impl ObservedResponse {
    /// Makes a webhook of an item of the Responses API. `definition` is the form's own, for the titles of its
    /// questions. `None` without a token or the time of its submission.
    #[must_use]
    pub fn read(form_id: &str, definition: Option<&Value>, item: &Value) -> Option<Self> {
        let mut response = item.as_object()?.clone();
        let token = read::text(item, &["token"])
            .or_else(|| read::text(item, &["landing_id"]))?
            .to_owned();
        let submitted_at = read::instant_at(item, &["submitted_at"])?;
        response.insert("token".to_owned(), json!(token));
        response.entry("form_id").or_insert_with(|| json!(form_id));
        if let Some(definition) = definition {
            response.entry("definition").or_insert_with(|| {
                json!({ "id": form_id, "title": definition.get("title"), "fields": definition.get("fields") })
            });
        }
        Some(Self {
            body: json!({ "event_id": format!("sync-{token}"), "event_type": COMPLETE, "form_response": response }),
            token,
            submitted_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use bookpath_domain::Vendor;

    use super::*;
    use crate::{Parsed, parse, typeform};

    #[test]
    fn a_listed_response_means_what_its_webhook_said() {
        let item = json!({ "landing_id": "tok1", "submitted_at": "2026-03-01T10:00:00Z", "hidden": {},
            "answers": [{ "type": "text", "text": "Jane", "field": { "id": "f1", "type": "short_text" } }] });
        let form = json!({ "title": "Apply", "fields": [{ "id": "f1", "title": "Your name" }] });
        let seen = ObservedResponse::read("FORM1", Some(&form), &item).unwrap();
        let webhook =
            br#"{"event_id":"01TF","event_type":"form_response","form_response":{"token":"tok1"}}"#;
        let key = |body: &[u8]| match parse(Vendor::Typeform, body) {
            Parsed::Known { delivery, .. } => delivery.dedupe_key(Vendor::Typeform),
            other => panic!("{other:?}"),
        };
        assert_eq!(key(seen.body.to_string().as_bytes()), key(webhook));
        let read = typeform::response(&seen.body, "US").unwrap();
        assert_eq!(read.name.as_deref(), Some("Jane"));
        assert_eq!(read.form_id.as_deref(), Some("FORM1"));
        assert_eq!(
            ObservedResponse::read("F", None, &json!({ "token": "t" })),
            None
        );
    }
}
