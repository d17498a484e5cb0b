//! JSON bodies of requests.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use bookpath_vendors::readable;
use serde::de::DeserializeOwned;

use crate::Problem;

/// A JSON body. A body that does not fit is a problem that names the place in the body, without names of our types.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await?;
        object(&bytes).map(Self)
    }
}

/// As [`Body`], of a request that may come without one.
#[derive(Debug)]
pub(crate) struct OptionalBody<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await?;
        if matches!(bytes.trim_ascii(), b"" | b"null") {
            return Ok(Self(T::default()));
        }
        object(&bytes).map(Self)
    }
}

/// Reads a body that is documented as an object. serde alone would also take an array of the fields' values.
fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = readable(bytes);
    if text.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::invalid_body("the body is not a JSON object"));
    }
    parse(&text)
}

/// Reads a body. Half an emoji and a byte order mark are read as they are in a vendor's webhook.
///
/// # Errors
/// 422 `invalid_body`.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(&readable(bytes)).map_err(|error| Problem::invalid_body(said(&error)))
}

/// The error as a client may see it: its own field names and values, without names of our types.
fn said(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    if !error.is_data() {
        return format!("the body is no JSON ({place})");
    }
    let text = error.to_string();
    let known = ["missing field `", "unknown field `", "duplicate field `"];
    let what = if known.iter().any(|start| text.starts_with(start)) {
        text.split(" at line ").next().unwrap_or_default()
    } else {
        text.split(", expected ").next().unwrap_or_default()
    };
    let of_ours = ["struct ", "enum "].iter().any(|kind| what.contains(kind));
    let plain = !what.is_empty() && what.chars().count() <= 200 && !of_ours;
    if plain {
        format!("{what} ({place})")
    } else {
        format!("the body does not have the documented shape ({place})")
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ActionBody {
        reason: String,
    }

    #[test]
    fn an_array_is_no_object() {
        let refused = object::<ActionBody>(b" [\"because\"]").unwrap_err();
        assert_eq!(refused.detail, "the body is not a JSON object");
        assert!(object::<ActionBody>(br#" {"reason":"because"}"#).is_ok());
    }

    #[test]
    fn half_an_emoji_and_a_byte_order_mark_refuse_no_body() {
        let body = b"\xef\xbb\xbf {\"reason\":\"so excited \\ud83d\"}";
        let read = object::<ActionBody>(body).unwrap();
        assert_eq!(read.reason, "so excited \u{fffd}");
    }

    #[test]
    fn an_answer_names_the_place_and_no_type() {
        let said = |text: &str| parse::<ActionBody>(text.as_bytes()).unwrap_err().detail;
        assert_eq!(said("{"), "the body is no JSON (line 1, column 1)");
        assert_eq!(said("{}"), "missing field `reason` (line 1, column 2)");
        assert!(said(r#"{"x":1}"#).starts_with("unknown field `x`"));
        for text in ["7", "[1]", r#"{"reason":7}"#, "\"x\""] {
            let said = said(text);
            assert!(
                !said.contains("struct") && !said.contains("ActionBody"),
                "{said}"
            );
        }
    }
}
