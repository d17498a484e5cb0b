//! What makes a vendor's API hard to read: rate limits and failures, as a test says.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The troubles of one stand-in. By default there are none.
#[derive(Debug, Clone, Default)]
pub struct Trouble {
    state: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    calls: u64,
    throttle_every: Option<u64>,
    fail: Option<(u64, u64)>,
}

impl Trouble {
    /// Every n-th call is answered 429, with `Retry-After: 2`.
    pub fn throttle_every(&self, n: u64) {
        self.lock().throttle_every = Some(n);
    }

    /// After `calls` more calls, `count` calls are answered 500.
    pub fn fail_after(&self, calls: u64, count: u64) {
        let mut counts = self.lock();
        let from = counts.calls + calls;
        counts.fail = Some((from, from + count));
    }

    /// How many calls there were, the refused ones included.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The status that a test wants for this call instead of its answer.
    fn next(&self) -> Option<StatusCode> {
        let mut counts = self.lock();
        let call = counts.calls;
        counts.calls += 1;
        if counts
            .fail
            .is_some_and(|(from, to)| (from..to).contains(&call))
        {
            return Some(StatusCode::INTERNAL_SERVER_ERROR);
        }
        let throttled = counts
            .throttle_every
            .is_some_and(|n| (call + 1).is_multiple_of(n.max(1)));
        throttled.then_some(StatusCode::TOO_MANY_REQUESTS)
    }
}

/// The layer of a stand-in: makes the trouble, else lets the call through.
pub(crate) async fn meet(State(trouble): State<Trouble>, request: Request, next: Next) -> Response {
    match trouble.next() {
        None => next.run(request).await,
        Some(status) => {
            let mut response = (status, "{}").into_response();
            if status == StatusCode::TOO_MANY_REQUESTS {
                let seconds = HeaderValue::from_static("2");
                response.headers_mut().insert("retry-after", seconds);
            }
            response
        }
    }
}
