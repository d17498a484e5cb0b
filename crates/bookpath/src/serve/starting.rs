//! While the demo business is played, only the vendors' stand-ins answer. Its clock runs through the past: a login made
//! then would have ended when the clock arrives at the present, and a delivery would be of another day.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use bookpath_api::Problem;

/// Seconds after which a caller may ask again.
const ASK_AGAIN_S: u32 = 3;

/// Whether the business has arrived at the present.
#[derive(Clone)]
pub(super) struct Started(Arc<AtomicBool>);

impl Started {
    pub(super) fn new(started: bool) -> Self {
        Self(Arc::new(AtomicBool::new(started)))
    }

    pub(super) fn now(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Closes these routes until then.
    pub(super) fn gate(&self, routes: Router) -> Router {
        routes.layer(middleware::from_fn_with_state(self.clone(), wait))
    }
}

async fn wait(State(started): State<Started>, request: Request, next: Next) -> Response {
    if started.0.load(Ordering::Acquire) {
        return next.run(request).await;
    }
    Problem {
        retry_after_s: Some(ASK_AGAIN_S),
        ..Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "the demo business is being made, which takes up to a minute; try again",
        )
    }
    .into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn routes_answer_once_the_business_is_there() {
        let started = Started::new(false);
        let routes = started.gate(Router::new().route("/app", get(async || "page")));
        let ask = || Request::get("/app").body(Body::empty()).unwrap();
        let early = routes.clone().oneshot(ask()).await.unwrap();
        assert_eq!(early.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(early.headers()["retry-after"], "3");
        started.now();
        assert_eq!(
            routes.oneshot(ask()).await.unwrap().status(),
            StatusCode::OK
        );
    }
}
