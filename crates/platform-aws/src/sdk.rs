//! Our HTTP client in the SDK's place of its own, and what the SDK's errors mean to us.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::client::retries::ErrorKind;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;

use crate::http::{CONNECTIONS_KEPT, client, find};
use crate::session::{Account, SetupError};

/// Until the head of an answer.
const READ_TIMEOUT: Duration = Duration::from_secs(3);
/// A call with all its retries.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(9);
/// Tries of a call that may be repeated, the first included.
const TRIES: u32 = 3;
const BACK_OFF_FIRST: Duration = Duration::from_millis(50);
const BACK_OFF_MAX: Duration = Duration::from_secs(1);
/// Until a carrier of messages answers. It is not asked twice.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// What the SDK's clients are made of.
#[derive(Clone)]
pub(crate) struct Configs {
    pub(crate) shared: SdkConfig,
    pub(crate) unrepeated: SdkConfig,
}

impl Configs {
    pub(crate) fn new(account: &Account) -> Result<Self, SetupError> {
        let credentials = Credentials::new(
            &account.access_key,
            &account.secret_key,
            account.session_token.clone(),
            None,
            "environment",
        );
        let mut base = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(account.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            // Answers are small and have a limit of their own.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        base.set_endpoint_url(
            account
                .endpoint
                .as_ref()
                .map(|endpoint| format!("{}://{}", endpoint.scheme, endpoint.authority)),
        );
        let base = base.build();
        let patient = TimeoutConfig::builder()
            .read_timeout(READ_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let retries = RetryConfig::standard()
            .with_max_attempts(TRIES)
            .with_initial_backoff(BACK_OFF_FIRST)
            .with_max_backoff(BACK_OFF_MAX);
        let shared = base
            .to_builder()
            .http_client(Pool::new(CONNECTIONS_KEPT)?)
            .retry_config(retries)
            .timeout_config(patient);
        let once = TimeoutConfig::builder()
            .read_timeout(SEND_TIMEOUT)
            .operation_timeout(SEND_TIMEOUT)
            .build();
        let unrepeated = base
            .to_builder()
            .http_client(Pool::new(0)?)
            .retry_config(RetryConfig::disabled())
            .timeout_config(once);
        Ok(Self {
            shared: shared.build(),
            unrepeated: unrepeated.build(),
        })
    }
}

type Connections = Client<HttpsConnector<TcpConnector>, SdkBody>;

/// One pool of connections for all services of the SDK.
#[derive(Debug, Clone)]
pub(crate) struct Pool(Connections);

impl Pool {
    pub(crate) fn new(kept: usize) -> Result<Self, SetupError> {
        client(kept).map(Self)
    }
}

impl HttpClient for Pool {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            client: self.0.clone(),
            read_timeout: settings.read_timeout(),
        })
    }
}

#[derive(Debug)]
struct Connector {
    client: Connections,
    /// From the first byte sent to the head of the answer.
    read_timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        let answer = self.client.request(request);
        let limit = self.read_timeout;
        HttpConnectorFuture::new(async move {
            let answer = match limit {
                Some(limit) => tokio::time::timeout(limit, answer)
                    .await
                    .map_err(|e| ConnectorError::timeout(e.into()))?,
                None => answer.await,
            };
            let answer = answer.map_err(classified)?;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|e| ConnectorError::other(e.into(), None))
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
    let kind = inner
        .is_some_and(hyper::Error::is_incomplete_message)
        .then_some(ErrorKind::TransientError);
    ConnectorError::other(error.into(), kind)
}

/// One line: the service's code and message, else what went wrong on the way. Never the request.
pub(crate) fn line<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(service) = error.as_service_error() {
        let code = service.code().unwrap_or("unknown error");
        return service
            .message()
            .map_or_else(|| code.to_owned(), |message| format!("{code}: {message}"));
    }
    crate::http::innermost(error)
}

/// The service's code, where there was an answer that has one.
pub(crate) fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<&str> {
    error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
}
