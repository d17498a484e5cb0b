//! Calendly v2: invitees, no-show marks, routing-form submissions.

#[cfg(feature = "client")]
pub(crate) mod client;
mod fact;
mod normalize;
mod record;

use bookpath_domain::Delivery;
use bookpath_domain::people::email;
use serde_json::Value;

use crate::json;
use crate::parse::{Classified, Unusable};

pub(crate) use fact::facts;
pub use normalize::normalize;
pub use record::BronzeRecord;
pub(crate) use record::record;

/// The kinds Bookpath works with (X18).
pub const KINDS: [&str; 5] = [
    "invitee.created",
    "invitee.canceled",
    "invitee_no_show.created",
    "invitee_no_show.deleted",
    "routing_form_submission.created",
];

/// Calendly has no delivery id: a delivery is (payload uri, event, updated_at). A no-show mark is known by its
/// own uri and time, its removal by the invitee's uri and the delivery's time.
pub(crate) fn classify(body: &Value) -> Result<Classified<'_>, Unusable> {
    let kind = json::text(body, &["event"])
        .ok_or_else(|| Unusable::new("the body has no `event`", None))?;
    let payload = body
        .get("payload")
        .filter(|p| p.is_object())
        .ok_or_else(|| Unusable::new("the body has no `payload`", Some(kind)))?;
    let clean = normalize(payload);
    let uri = json::text(&clean, &["uri"])
        .ok_or_else(|| Unusable::new("the payload has no `uri`", Some(kind)))?;
    let sent_at = json::text(body, &["created_at"]);
    let (resource, version) = match kind {
        "invitee_no_show.created" => {
            let mark = json::text(&clean, &["no_show", "uri"]).unwrap_or(uri);
            (
                mark,
                json::text(&clean, &["no_show", "created_at"]).or(sent_at),
            )
        }
        "invitee_no_show.deleted" => (uri, sent_at),
        _ => (uri, json::text(&clean, &["updated_at"]).or(sent_at)),
    };
    let delivery = Delivery {
        kind: kind.to_owned(),
        resource_uri: resource.to_owned(),
        version: version.unwrap_or_default().to_owned(),
        occurred_at: version
            .and_then(json::instant)
            .or_else(|| json::instant_at(body, &["created_at"])),
        person_key: json::text(&clean, &["email"])
            .and_then(email::normalize)
            .unwrap_or_else(|| uri.to_owned()),
    };
    Ok(Classified {
        known: KINDS.contains(&kind),
        content: payload,
        delivery,
    })
}
