//! The server: every request of the API, of `/local` and of `/sandbox`.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use bookpath_api::{CLIENT_IP, REQUEST_ID};
use bookpath_app::ports::{Clock as _, Ids as _, RandomIds};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::node::Node;
use crate::serve::shutdown;

/// Time that open requests get when the process stops.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// Answers requests until the process is told to stop and the last request has its answer.
pub(super) async fn answer(
    listener: TcpListener,
    router: Router,
    node: Node,
    stopped: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let service = router
        .layer(axum::middleware::from_fn_with_state(node, edge))
        .into_make_service_with_connect_info::<SocketAddr>();
    let (mut quiet, mut overdue) = (stopped.clone(), stopped);
    let served = axum::serve(listener, service)
        .with_graceful_shutdown(async move { shutdown::stopped(&mut quiet).await });
    tokio::select! {
        served = served => served,
        () = async { shutdown::stopped(&mut overdue).await; tokio::time::sleep(SHUTDOWN).await } => {
            tracing::warn!("some requests were cut off");
            Ok(())
        }
    }
}

/// Does what API Gateway does on AWS: sets the header of the caller's address and takes the request's id away, whatever
/// the client sent in them, and meters the request.
async fn edge(
    State(node): State<Node>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Ok(ip) = HeaderValue::from_str(&peer.ip().to_string()) {
        request.headers_mut().insert(CLIENT_IP, ip);
    }
    request.headers_mut().remove(REQUEST_ID);
    let ours = !request.uri().path().starts_with("/local/")
        && !request.uri().path().starts_with("/sandbox/");
    let began = node.clock.monotonic();
    let mut response = next.run(request).await;
    // Answers of `/local` and `/sandbox` pass no layer of the API.
    if !response.headers().contains_key(REQUEST_ID)
        && let Ok(id) = HeaderValue::from_str(&RandomIds.fresh())
    {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    if ours {
        node.meter
            .request(node.clock.monotonic().saturating_sub(began));
    }
    response
}
