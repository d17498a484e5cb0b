//! A stub of the Lambda Runtime API: one function, one event at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Router, serve};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

use crate::failure::Failure;

const PATIENCE: Duration = Duration::from_secs(60);

/// What the function said.
#[derive(Debug)]
pub(crate) enum Said {
    /// It asks for an event.
    Ready(Instant),
    Answer {
        at: Instant,
        body: Bytes,
    },
    Failed(String),
}

pub(crate) struct RuntimeApi {
    pub(crate) address: std::net::SocketAddr,
    events: mpsc::Sender<(u64, String)>,
    said: mpsc::Receiver<Said>,
    handed: mpsc::Receiver<Instant>,
    number: u64,
}

struct Shared {
    events: Mutex<mpsc::Receiver<(u64, String)>>,
    said: mpsc::Sender<Said>,
    handed: mpsc::Sender<Instant>,
}

impl RuntimeApi {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .map_err(Failure::io("the Runtime API"))?;
        let address = listener
            .local_addr()
            .map_err(Failure::io("the Runtime API"))?;
        let ((events, waiting), (say, said), (hand, handed)) =
            (mpsc::channel(1), mpsc::channel(16), mpsc::channel(1));
        let shared = Arc::new(Shared {
            events: Mutex::new(waiting),
            said: say,
            handed: hand,
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2018-06-01/runtime/init/error", post(failed))
            .with_state(shared);
        tokio::spawn(async move { serve(listener, router).await });
        Ok(Self {
            address,
            events,
            said,
            handed,
            number: 0,
        })
    }

    /// What the function says next.
    pub(crate) async fn hear(&mut self) -> Result<Said, Failure> {
        let said = tokio::time::timeout(PATIENCE, self.said.recv()).await;
        said.ok()
            .flatten()
            .ok_or_else(|| Failure::Function("the function said nothing for a minute".to_owned()))
    }

    /// Hands an event over; answers when that was.
    pub(crate) async fn invoke(&mut self, event: &str) -> Result<Instant, Failure> {
        self.number += 1;
        let gone = || Failure::Function("the Runtime API ended".to_owned());
        self.events
            .send((self.number, event.to_owned()))
            .await
            .map_err(|_| gone())?;
        let handed = tokio::time::timeout(PATIENCE, self.handed.recv()).await;
        handed
            .ok()
            .flatten()
            .ok_or_else(|| Failure::Function("the function did not take its event".to_owned()))
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> axum::response::Response {
    let said = shared.said.send(Said::Ready(Instant::now())).await;
    let event = shared.events.lock().await.recv().await;
    let (Ok(()), Some((number, event))) = (said, event) else {
        return StatusCode::GONE.into_response();
    };
    let mut headers = HeaderMap::new();
    let deadline_ms = jiff::Timestamp::now().as_millisecond() + 30_000;
    for (name, text) in [
        (
            "lambda-runtime-aws-request-id",
            format!("8476a536-e9f4-11e8-9739-{number:012}"),
        ),
        ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-west-1:111122223333:function:bench".to_owned(),
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0".to_owned(),
        ),
    ] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    if shared.handed.send(Instant::now()).await.is_err() {
        return StatusCode::GONE.into_response();
    }
    (headers, event).into_response()
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    Path(_id): Path<String>,
    body: Bytes,
) -> StatusCode {
    let said = Said::Answer {
        at: Instant::now(),
        body,
    };
    if shared.said.send(said).await.is_ok() {
        StatusCode::ACCEPTED
    } else {
        StatusCode::GONE
    }
}

async fn failed(State(shared): State<Arc<Shared>>, body: String) -> StatusCode {
    if shared.said.send(Said::Failed(body)).await.is_ok() {
        StatusCode::ACCEPTED
    } else {
        StatusCode::GONE
    }
}
