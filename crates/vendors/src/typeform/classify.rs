//! What a Typeform delivery is about: the response and its token.

use bookpath_domain::Delivery;
use bookpath_domain::people::email;
use serde_json::Value;

use super::{COMPLETE, PARTIAL};
use crate::classified::{Classified, Unusable};
use crate::json;

/// A response is known by its token alone: it signs no time, and a re-sent or recovered response carries
/// the same token. The documents call it `landing_id` too. A partial response grows under its token, so its event
/// is its version.
pub(super) fn classify(body: &Value) -> Result<Classified<'_>, Unusable> {
    let kind = json::text(body, &["event_type"])
        .ok_or_else(|| Unusable::new("the event has no `event_type`", None))?;
    if kind != COMPLETE && kind != PARTIAL {
        return Ok(Classified::other(
            kind,
            json::text(body, &["event_id"]),
            body,
        ));
    }
    let response = json::at(body, &["form_response"])
        .ok_or_else(|| Unusable::new("the event has no `form_response`", Some(kind)))?;
    let token = json::text(response, &["token"])
        .or_else(|| json::text(response, &["landing_id"]))
        .ok_or_else(|| Unusable::new("the response has no `token`", Some(kind)))?;
    let delivery = Delivery {
        kind: kind.to_owned(),
        resource_uri: token.to_owned(),
        version: if kind == PARTIAL {
            json::text(body, &["event_id"])
                .unwrap_or_default()
                .to_owned()
        } else {
            String::new()
        },
        occurred_at: json::instant_at(response, &["submitted_at"]),
        person_key: answer_email(response).unwrap_or_else(|| token.to_owned()),
    };
    Ok(Classified {
        known: true,
        content: response,
        delivery,
    })
}

/// The first answer of type e-mail, else `hidden.email`.
fn answer_email(response: &Value) -> Option<String> {
    let answers = response.get("answers").and_then(Value::as_array);
    let answered = answers.into_iter().flatten().find_map(|answer| {
        (json::text(answer, &["type"]) == Some("email")).then(|| json::text(answer, &["email"]))?
    });
    email::normalize(answered.or_else(|| json::text(response, &["hidden", "email"]))?)
}
