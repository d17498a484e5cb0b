//! The HTTP client under every service: HTTP/1.1, connections kept, root certificates compiled in.
//!
//! The SDK's own client parses the system's root certificates at start, which takes longer than everything else
//! that the receiver does before its first request.

use std::error::Error;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::ErrorKind;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::session::SetupError;

/// How long the TCP handshake may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The services close idle connections after about this long.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// One pool of connections for all services.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    client: Client<HttpsConnector<TcpConnector>, SdkBody>,
}

impl Pool {
    /// `kept` is how many idle connections per host wait for the next request.
    pub(crate) fn new(kept: usize) -> Result<Self, SetupError> {
        let mut tcp = TcpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let provider = rustls::crypto::ring::default_provider();
        let tls = HttpsConnectorBuilder::new().with_provider_and_webpki_roots(provider).map_err(|e| SetupError::Tls(e.to_string()))?;
        let connector = tls.https_or_http().enable_http1().wrap_connector(tcp);
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE_MAX).pool_max_idle_per_host(kept);
        Ok(Self { client: builder.build(connector) })
    }
}

impl HttpClient for Pool {
    fn http_connector(&self, settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector { client: self.client.clone(), read_timeout: settings.read_timeout() })
    }
}

#[derive(Debug)]
struct Connector {
    client: Client<HttpsConnector<TcpConnector>, SdkBody>,
    /// From the first byte sent to the head of the answer.
    read_timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let answer = self.client.request(request);
        let limit = self.read_timeout;
        HttpConnectorFuture::new(async move {
            let answer = match limit {
                Some(limit) => tokio::time::timeout(limit, answer).await.map_err(|e| ConnectorError::timeout(e.into()))?,
                None => answer.await,
            };
            let answer = answer.map_err(classified)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x)).map_err(|e| ConnectorError::other(e.into(), None))
        })
    }
}

/// Which failures a retry may mend.
fn classified(error: hyper_util::client::legacy::Error) -> ConnectorError {
    let inner = find::<hyper::Error>(&error);
    if inner.is_some_and(hyper::Error::is_timeout) {
        return ConnectorError::timeout(error.into());
    }
    if inner.is_some_and(hyper::Error::is_user) {
        return ConnectorError::user(error.into());
    }
    let closed = inner.is_some_and(|e| e.is_closed() || e.is_canceled());
    if error.is_connect() || closed || find::<std::io::Error>(&error).is_some() {
        return ConnectorError::io(error.into());
    }
    let kind = inner.is_some_and(hyper::Error::is_incomplete_message).then_some(ErrorKind::TransientError);
    ConnectorError::other(error.into(), kind)
}

/// Whether the request never left: no connection was made for it.
pub(crate) fn never_sent(error: &(dyn Error + 'static)) -> bool {
    find::<hyper_util::client::legacy::Error>(error).is_some_and(hyper_util::client::legacy::Error::is_connect)
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}
