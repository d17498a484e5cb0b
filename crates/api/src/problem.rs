//! Errors as RFC 9457 problem documents with a stable `code`. A document says what the caller can do, and nothing of the
//! inside: what went wrong there is in the log, under the request's id.

use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bookpath_app::ports::{CallError, StoreError};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` tells the problems apart.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub title: &'static str,
    pub status: u16,
    /// Stable, for programs.
    pub code: &'static str,
    /// One line for people.
    pub detail: String,
    /// The id of the request: the log has it, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What else the caller may know of what was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub extensions: Option<Box<Value>>,
    /// Seconds after which a retry can pass.
    #[serde(skip)]
    pub retry_after_s: Option<u32>,
}

impl Problem {
    /// A problem of this status.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self {
            kind: "about:blank",
            title,
            status: status.as_u16(),
            code,
            detail: detail.into(),
            request_id: None,
            extensions: None,
            retry_after_s: None,
        }
    }

    /// 404.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 422 for a parameter that can't be used.
    #[must_use]
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_parameter",
            detail,
        )
    }

    /// 422 for a body that can't be used.
    #[must_use]
    pub fn invalid_body(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_body", detail)
    }

    /// 503 for a service of ours that does not answer; a retry may pass. `cause` goes to the log only.
    #[must_use]
    pub fn unavailable(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request met a service that does not answer");
        Self {
            retry_after_s: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "storage_unavailable",
                "a service that this needs does not answer; try again",
            )
        }
    }

    /// 500 for a bug of ours. `cause` goes to the log only.
    #[must_use]
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request met a bug");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the request met a bug of ours; it is in the log",
        )
    }

    /// 429.
    #[must_use]
    pub fn too_many(code: &'static str, retry_after_s: u64) -> Self {
        Self {
            retry_after_s: Some(u32::try_from(retry_after_s).unwrap_or(u32::MAX)),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                code,
                format!("too many requests; try again in {retry_after_s} s"),
            )
        }
    }

    /// The problem of an answer that a library made, by its status.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let known = LIBRARY_ANSWERS.iter().find(|(known, ..)| *known == status);
        match known {
            Some((status, code, detail)) => Self::new(*status, code, *detail),
            None if status.is_server_error() => Self::internal(format!("an answer of {status}")),
            None => Self::new(status, "bad_request", "the request can't be answered"),
        }
    }
}

/// What the libraries below the routes answer by themselves.
const LIBRARY_ANSWERS: [(StatusCode, &str, &str); 6] = [
    (
        StatusCode::BAD_REQUEST,
        "bad_request",
        "the request can't be read",
    ),
    (StatusCode::NOT_FOUND, "not_found", "no such route"),
    (
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "the route does not know this method",
    ),
    (
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        "the body is too large",
    ),
    (
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "send application/json",
    ),
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "timeout",
        "the answer took too long; try again",
    ),
];

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after_s.map(HeaderValue::from);
        let mut response = (status, axum::Json(&self)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(retry) = retry {
            response.headers_mut().insert(header::RETRY_AFTER, retry);
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Corrupt(_) | StoreError::Refused(_) => Self::internal(error),
            StoreError::Conflict(_) | StoreError::Unavailable(_) => Self::unavailable(error),
        }
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        Self::unavailable(error)
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        Self::of_status(rejection.status())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        let text = rejection.body_text();
        let said = text
            .strip_prefix("Failed to deserialize query string: ")
            .unwrap_or(&text);
        Self::invalid(unreadable_time(said).unwrap_or_else(|| said.to_owned()))
    }
}

/// How the messages of the library of dates begin. They tell of its types and steps, which help no caller.
const DATE_MESSAGES: [&str; 4] = ["expected ", "parsed ", "failed to ", "cannot parse civil"];

/// `name: <message>` of a day or an instant that can't be read, in words for the caller.
fn unreadable_time(said: &str) -> Option<String> {
    let (name, message) = said.split_once(": ")?;
    DATE_MESSAGES
        .iter()
        .any(|start| message.starts_with(start))
        .then(|| {
            format!(
                "{name} can't be read: a day is YYYY-MM-DD, an instant RFC 3339 with its offset"
            )
        })
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::not_found("no such route")
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::FromRequestParts as _;
    use axum::extract::Query;
    use axum::http::Request;
    use jiff::Timestamp;
    use jiff::civil::Date;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        #[allow(dead_code)]
        from: Option<Date>,
        #[allow(dead_code)]
        at: Option<Timestamp>,
    }

    async fn detail(query: &str) -> String {
        let uri = format!("/?{query}");
        let (mut parts, ()) = Request::get(uri).body(()).unwrap().into_parts();
        let asked = Query::<Asked>::from_request_parts(&mut parts, &()).await;
        Problem::from(asked.unwrap_err()).detail
    }

    /// The messages of the library of dates do not reach the caller.
    #[tokio::test]
    async fn a_time_that_cannot_be_read_is_refused_in_plain_words() {
        let said = |name| {
            format!(
                "{name} can't be read: a day is YYYY-MM-DD, an instant RFC 3339 with its offset"
            )
        };
        for day in [
            "",
            "abc",
            "2026-02-30",
            "2026-13-01",
            "2026-05-01T00:00:00Z",
        ] {
            assert_eq!(detail(&format!("from={day}")).await, said("from"), "{day}");
        }
        for instant in [
            "20260501",
            "2026-05-01T10:00:00",
            "2026-05-01T25:00:00Z",
            "x",
        ] {
            assert_eq!(detail(&format!("at={instant}")).await, said("at"));
        }
        let unknown = detail("until=1").await;
        assert!(unknown.contains("unknown field `until`"), "{unknown}");
    }
}
