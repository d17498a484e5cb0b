//! What a form response says: who answered, where they came from, what they wrote.

use std::collections::BTreeMap;

use bookpath_domain::people::email;
use bookpath_domain::people::phone::Phone;
use jiff::Timestamp;
use serde_json::Value;

use super::answers::{self, Answer};
use crate::json;
use crate::unreadable::{Unreadable, body_of};

/// One response of one form (S3-17, S3-18), read from a line of `bronze/typeform_responses`.
///
/// Order among lines of one token: a complete response beats a partial one, then the later `submitted_at`.
#[derive(derive_more::Debug, Clone, PartialEq)]
pub struct FormResponse {
    /// Typeform's name of the response: the same in the webhook and in the Responses API.
    pub token: String,
    pub form_id: Option<String>,
    /// The respondent has not submitted it (yet). It is no lead and no touch; it is kept apart.
    pub partial: bool,
    /// When the form was opened.
    pub landed_at: Option<Timestamp>,
    /// `None` where the response is partial.
    pub submitted_at: Option<Timestamp>,
    /// The match key: trimmed and lower-cased. The first answer of type e-mail, else `hidden.email`.
    #[debug(skip)]
    pub email: Option<String>,
    /// The first answer of type phone number, else of a question about a phone, else `hidden.phone`.
    pub phone: Option<Phone>,
    /// The number as typed, also where it is no possible number.
    #[debug(skip)]
    pub phone_typed: Option<String>,
    /// First and last name joined, the answer to a question about the name, else `hidden.name`.
    #[debug(skip)]
    pub name: Option<String>,
    pub utm: Utm,
    /// Every hidden field, also those of `utm` and the addresses; numbers and booleans as text.
    #[debug(skip)]
    pub hidden: BTreeMap<String, String>,
    /// `calculated.score`.
    pub score: Option<i64>,
    /// The page that the form was opened from; only the Responses API tells it.
    #[debug(skip)]
    pub referer: Option<String>,
    /// The Calendly invitee that a question of type `calendly` booked: an identity edge.
    pub invitee_uri: Option<String>,
    /// Answered questions, in the form's order.
    pub answers: Vec<Answer>,
}

/// The link's UTM values. A form has them only if it declares them as hidden fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Utm {
    pub source: Option<String>,
    pub medium: Option<String>,
    pub campaign: Option<String>,
    pub content: Option<String>,
    pub term: Option<String>,
}

/// Reads one bronze line. `default_country` (ISO 3166) is the country of numbers without one.
///
/// # Errors
/// [`Unreadable`] for a line without a response or without its token.
pub fn response(line: &Value, default_country: &str) -> Result<FormResponse, Unreadable> {
    let body = body_of(line);
    let response = json::at(body, &["form_response"])
        .ok_or_else(|| Unreadable::new("the line has no `form_response`"))?;
    let own = |path: &[&str]| json::text(response, path).map(str::to_owned);
    let token = own(&["token"])
        .or_else(|| own(&["landing_id"]))
        .ok_or_else(|| Unreadable::new("the response has no `token`"))?;
    let hidden = hidden(response);
    let answers = answers::read(response);
    let submitted_at = json::instant_at(response, &["submitted_at"]).filter(|at| is_a_time(*at));
    let partial = submitted_at.is_none()
        || json::text(body, &["event_type"]) == Some(super::PARTIAL)
        || json::text(response, &["response_type"]).is_some_and(|kind| kind != "completed");
    let phone_typed = answers::phone(&answers, default_country)
        .map(str::to_owned)
        .or_else(|| value(&hidden, &["phone", "phone_number"]));
    Ok(FormResponse {
        token,
        form_id: own(&["form_id"]),
        partial,
        landed_at: json::instant_at(response, &["landed_at"]).filter(|at| is_a_time(*at)),
        submitted_at: submitted_at.filter(|_| !partial),
        email: answers::email(&answers)
            .and_then(email::normalize)
            .or_else(|| email::normalize(&value(&hidden, &["email"])?)),
        phone: phone_typed
            .as_deref()
            .and_then(|typed| Phone::parse(typed, default_country)),
        phone_typed,
        name: answers::name(&answers).or_else(|| value(&hidden, &["name"])),
        utm: utm(&hidden),
        score: json::at(response, &["calculated", "score"]).and_then(Value::as_i64),
        referer: own(&["metadata", "referer"]),
        invitee_uri: answers::invitee(&answers),
        hidden,
        answers,
    })
}

/// Typeform writes the year 1 for a response that was never submitted.
fn is_a_time(at: Timestamp) -> bool {
    at > Timestamp::UNIX_EPOCH
}

fn hidden(response: &Value) -> BTreeMap<String, String> {
    let fields = response.get("hidden").and_then(Value::as_object);
    fields
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), answers::plain_text(value)?)))
        .collect()
}

/// The first of these hidden fields that has a value; names in any case.
fn value(hidden: &BTreeMap<String, String>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|wanted| {
        let found = hidden
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        Some(found.1.clone())
    })
}

fn utm(hidden: &BTreeMap<String, String>) -> Utm {
    let field = |name| value(hidden, &[name]);
    Utm {
        source: field("utm_source"),
        medium: field("utm_medium"),
        campaign: field("utm_campaign"),
        content: field("utm_content"),
        term: field("utm_term"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(answers: Value, hidden: Value) -> Value {
        json!({ "delivery_id": "d1", "kind": "form_response", "payload": {
            "event_id": "01TF", "event_type": "form_response",
            "form_response": {
                "form_id": "FORM1", "token": "tok1", "landed_at": "2026-03-01T10:00:00Z",
                "submitted_at": "2026-03-01T10:05:00Z", "hidden": hidden, "calculated": { "score": 9 },
                "definition": { "id": "FORM1", "fields": [
                    { "id": "f1", "ref": "a", "type": "short_text", "title": "What is your first name?" },
                    { "id": "f2", "ref": "b", "type": "short_text", "title": "And your last name?" },
                    { "id": "f3", "ref": "c", "type": "short_text", "title": "Company name" },
                    { "id": "f4", "ref": "d", "type": "short_text", "title": "Tell us about the hotel" },
                    { "id": "f5", "ref": "mobile", "type": "number", "title": "Where can we text you?" },
                ] },
                "answers": answers,
            },
        } })
    }

    fn text(id: &str, text: &str) -> Value {
        json!({ "type": "text", "text": text, "field": { "id": id, "type": "short_text", "ref": id } })
    }

    #[test]
    fn a_response_names_its_person_and_their_link() {
        let answers = json!([
            text("f3", "Acme"), text("f1", " Jane "), text("f2", "Doe"), text("f4", "2125550123"),
            { "type": "email", "email": " Jane@ACME.co ", "field": { "id": "e", "type": "email", "ref": "e" } },
            { "type": "number", "number": 2_125_550_199_i64, "field": { "id": "f5", "type": "number", "ref": "mobile" } },
            { "type": "url", "url": "https://calendly.com/scheduled_events/E1/invitees/A1",
              "field": { "id": "k", "type": "calendly", "ref": "k" } },
        ]);
        let hidden = json!({ "utm_source": "google", "UTM_Campaign": "spring", "visit": 7, "email": "x@y.z" });
        let read = response(&line(answers, hidden), "US").unwrap();
        assert_eq!(read.email.as_deref(), Some("jane@acme.co"));
        assert_eq!(read.name.as_deref(), Some("Jane Doe"));
        assert_eq!(read.phone.as_ref().map(Phone::as_str), Some("+12125550199"));
        assert_eq!(read.utm.source.as_deref(), Some("google"));
        assert_eq!(read.utm.campaign.as_deref(), Some("spring"));
        assert_eq!(read.hidden["visit"], "7");
        assert_eq!(
            read.invitee_uri.as_deref(),
            Some("https://api.calendly.com/scheduled_events/E1/invitees/A1")
        );
        assert_eq!((read.score, read.partial), (Some(9), false));
        let shown = format!("{read:?}");
        for secret in ["jane@acme.co", "Jane", "2125550199", "Acme"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }

    #[test]
    fn hidden_fields_stand_in_for_what_was_not_asked() {
        let hidden = json!({ "email": "A@B.co", "name": "Ana", "phone": "+442079460123" });
        let read = response(&line(json!([]), hidden), "US").unwrap();
        assert_eq!(read.email.as_deref(), Some("a@b.co"));
        assert_eq!(read.name.as_deref(), Some("Ana"));
        assert_eq!(
            read.phone.as_ref().map(Phone::as_str),
            Some("+442079460123")
        );
    }

    #[test]
    fn a_number_of_the_right_type_beats_every_question() {
        let answers = json!([
            text("mobile", "2125550100"),
            { "type": "phone_number", "phone_number": "+12125550177", "field": { "id": "p", "ref": "p" } },
        ]);
        let read = response(&line(answers, json!({})), "US").unwrap();
        assert_eq!(read.phone.as_ref().map(Phone::as_str), Some("+12125550177"));
    }

    #[test]
    fn what_was_never_submitted_is_partial() {
        let mut partial = line(json!([]), json!({}));
        partial["payload"]["form_response"]["submitted_at"] = json!("0001-01-01T00:00:00Z");
        assert!(response(&partial, "US").unwrap().partial);
        let mut partial = line(json!([]), json!({}));
        partial["payload"]["event_type"] = json!("form_response_partial");
        let read = response(&partial, "US").unwrap();
        assert_eq!((read.partial, read.submitted_at), (true, None));
    }

    #[test]
    fn an_item_of_the_responses_api_reads_the_same() {
        let item = json!({ "form_response": { "landing_id": "tok9", "submitted_at": "2017-09-14T22:38:22Z",
            "metadata": { "referer": "https://acme.test/?x=1" }, "hidden": {}, "answers": [] } });
        let read = response(&item, "US").unwrap();
        assert_eq!(read.token, "tok9");
        assert_eq!(read.referer.as_deref(), Some("https://acme.test/?x=1"));
        assert!(response(&json!({ "form_response": {} }), "US").is_err());
    }

    #[test]
    fn a_phone_is_asked_for_by_ref_or_title() {
        for (reference, title, asks) in [
            ("tel1", "Q", true),
            ("contact_tel", "Q", true),
            ("userTel", "Q", true),
            ("q", "Telnummer", true),
            ("q", "Mobilephone", true),
            ("q", "Hotel room", false),
            ("q", "Tell us your budget", false),
        ] {
            let mut body = line(json!([text("f1", "+1 415 555 0201")]), json!({}));
            let asked = &mut body["payload"]["form_response"];
            asked["definition"]["fields"][0]["ref"] = json!(reference);
            asked["definition"]["fields"][0]["title"] = json!(title);
            asked["answers"][0]["field"]["ref"] = json!(reference);
            let read = response(&body, "US").unwrap();
            assert_eq!(read.phone.is_some(), asks, "{reference} {title}");
        }
    }
}
