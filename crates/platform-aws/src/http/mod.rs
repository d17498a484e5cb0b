//! HTTP/1.1 under every service: connections kept, root certificates compiled in.
//!
//! The SDK's own client parses the system's root certificates at start, which takes longer than everything else
//! that the receiver does before its first request.

mod connections;

use std::error::Error;
use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;

use crate::session::SetupError;

pub(crate) use connections::{Answer, Connections};

/// Idle connections per host that are kept: a batch of the stream makes about as many calls at once.
pub(crate) const CONNECTIONS_KEPT: usize = 32;
/// How long the TCP handshake may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The services close idle connections after about this long.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// What opens a connection, with or without TLS.
type Connector = HttpsConnector<HttpConnector>;

fn connector() -> Result<Connector, SetupError> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let provider = rustls::crypto::ring::default_provider();
    let tls = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(provider)
        .map_err(|e| SetupError::Tls(e.to_string()))?;
    Ok(tls.https_or_http().enable_http1().wrap_connector(tcp))
}

/// hyper-util's pool of connections, for the SDK. `kept` is how many idle ones per host wait for the next request.
#[cfg(feature = "sdk")]
pub(crate) fn client<B>(
    kept: usize,
) -> Result<hyper_util::client::legacy::Client<Connector, B>, SetupError>
where
    B: hyper::body::Body + Send,
    B::Data: Send,
{
    use hyper_util::rt::{TokioExecutor, TokioTimer};
    let mut builder = hyper_util::client::legacy::Client::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_MAX)
        .pool_max_idle_per_host(kept);
    Ok(builder.build(connector()?))
}

/// What went wrong at the bottom: the outer sentences only say that there was no answer.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    format!("{error}: {innermost}")
}

#[cfg(feature = "sdk")]
pub(crate) fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// Whether the request never left: no connection was made for it.
#[cfg(feature = "sdk")]
pub(crate) fn never_sent(error: &(dyn Error + 'static)) -> bool {
    find::<hyper_util::client::legacy::Error>(error)
        .is_some_and(hyper_util::client::legacy::Error::is_connect)
}
