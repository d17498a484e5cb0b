//! The deletion of people by their addresses, which Calendly has in its Enterprise plan only.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;

use super::{Calendly, refused};

impl Calendly {
    /// The account has the Enterprise plan from now on.
    pub fn upgrade(&self) {
        self.lock().enterprise = true;
    }

    /// Whether it still knows an invitee that somebody told of.
    #[must_use]
    pub fn knows(&self, invitee_uri: &str) -> bool {
        self.diary().invitee(invitee_uri).is_some()
    }
}

pub(super) fn router() -> Router<Calendly> {
    Router::new().route("/data_compliance/deletion/invitees", post(delete_people))
}

/// Calendly accepts the request and deletes within days; here it is done at once.
async fn delete_people(State(calendly): State<Calendly>, Json(body): Json<Value>) -> Response {
    if !calendly.lock().enterprise {
        let why = "This endpoint requires an Enterprise plan";
        return refused(StatusCode::FORBIDDEN, "Permission Denied", why);
    }
    let emails = body["emails"].as_array().cloned().unwrap_or_default();
    calendly.diary().forget(&emails);
    StatusCode::ACCEPTED.into_response()
}
