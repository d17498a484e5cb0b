//! Where and as whom we call AWS, with which patience.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::http::Pool;

/// Idle connections per host that are kept: a batch of the stream makes about as many calls at once.
const CONNECTIONS_KEPT: usize = 32;
/// Until the head of an answer. The slowest of the usual calls, a transaction of 100 writes, takes a tenth of it.
const READ_TIMEOUT: Duration = Duration::from_secs(3);
/// A call with all its retries; the receiver has 15 seconds in all.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(9);
/// Tries of a call that may be repeated, the first included.
const TRIES: u32 = 3;
const BACK_OFF_FIRST: Duration = Duration::from_millis(50);
const BACK_OFF_MAX: Duration = Duration::from_secs(1);
/// Until a carrier of messages answers. It is not asked twice.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// The process can't be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// Every missing thing at once.
    #[error("not set: {}", .0.join(", "))]
    Missing(Vec<String>),
    #[error("{0}")]
    Invalid(String),
    /// Try again later.
    #[error("the configuration can't be read now: {0}")]
    Unavailable(String),
    #[error("TLS can't be set up: {0}")]
    Tls(String),
}

/// Region, credentials and connections. Cloning shares them.
///
/// Credentials come from the environment only, as Lambda sets them; a function does not outlive its credentials.
#[derive(Debug, Clone)]
pub struct Session {
    shared: SdkConfig,
    unrepeated: SdkConfig,
}

impl Session {
    /// The session that these variables describe: `AWS_REGION` (or `AWS_DEFAULT_REGION`), `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, and where they are set `AWS_SESSION_TOKEN` and `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// [`SetupError::Missing`] names every variable that is missing.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SetupError> {
        let set = |name: &str| variable(name).filter(|text| !text.trim().is_empty());
        let region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"));
        let (key, secret) = (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY"));
        let (Some(region), Some(key), Some(secret)) = (&region, &key, &secret) else {
            let all = [("AWS_REGION", &region), ("AWS_ACCESS_KEY_ID", &key), ("AWS_SECRET_ACCESS_KEY", &secret)];
            return Err(SetupError::Missing(all.iter().filter(|(_, v)| v.is_none()).map(|(n, _)| (*n).to_owned()).collect()));
        };
        let credentials = Credentials::new(key, secret, set("AWS_SESSION_TOKEN"), None, "environment");
        let base = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .sleep_impl(TokioSleep::new())
            .time_source(SystemTimeSource::new())
            // Answers are small and have a limit of their own; S3, which has none, turns it on again.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        let mut shared = base.to_builder().http_client(Pool::new(CONNECTIONS_KEPT)?);
        let mut unrepeated = base.to_builder().http_client(Pool::new(0)?);
        for builder in [&mut shared, &mut unrepeated] {
            builder.set_endpoint_url(set("AWS_ENDPOINT_URL"));
        }
        Ok(Self { shared: shared.retry_config(retries()).timeout_config(timeouts()).build(), unrepeated: once(unrepeated).build() })
    }

    /// For calls that may be repeated; also for what no adapter does.
    #[must_use]
    pub const fn shared(&self) -> &SdkConfig {
        &self.shared
    }

    /// For sends: one try, on a connection of its own, because an answer that is lost on a stale connection would
    /// leave open whether the message went out.
    pub(crate) const fn unrepeated(&self) -> &SdkConfig {
        &self.unrepeated
    }
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(TRIES).with_initial_backoff(BACK_OFF_FIRST).with_max_backoff(BACK_OFF_MAX)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().read_timeout(READ_TIMEOUT).operation_timeout(OPERATION_TIMEOUT).build()
}

fn once(builder: aws_types::sdk_config::Builder) -> aws_types::sdk_config::Builder {
    let timeouts = TimeoutConfig::builder().read_timeout(SEND_TIMEOUT).operation_timeout(SEND_TIMEOUT).build();
    builder.retry_config(RetryConfig::disabled()).timeout_config(timeouts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_missing_is_named_at_once() {
        let only = |name: &str| (name == "AWS_SECRET_ACCESS_KEY").then(|| "s".to_owned());
        let error = Session::from_variables(only).unwrap_err();
        assert_eq!(error, SetupError::Missing(vec!["AWS_REGION".to_owned(), "AWS_ACCESS_KEY_ID".to_owned()]));
        let blank = |name: &str| Some(if name == "AWS_REGION" { " " } else { "x" }.to_owned());
        let session = Session::from_variables(blank).unwrap();
        assert_eq!(session.shared().region().map(Region::as_ref), Some("x"));
    }
}
