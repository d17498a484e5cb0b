//! Where and as whom we call AWS.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::connector::{CONNECT_TIMEOUT, CONNECTIONS_KEPT, client};
use crate::setup_error::SetupError;

/// One try of a call, to the end of its answer. The slowest usual one, a transaction of 100 writes, takes a tenth of it.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// A call with all its retries.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(9);
/// Tries of a call that may be repeated, the first included.
pub(crate) const TRIES: u32 = 3;
const BACK_OFF_FIRST: Duration = Duration::from_millis(50);
const BACK_OFF_MAX: Duration = Duration::from_secs(1);
/// Until a carrier of messages answers. It is not asked twice.
#[cfg(any(feature = "mail", feature = "sms", feature = "sns"))]
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// Region, credentials and connections. Cloning shares them.
#[derive(Clone)]
pub struct Session {
    shared: SdkConfig,
    #[cfg(any(feature = "mail", feature = "sms", feature = "sns"))]
    unrepeated: SdkConfig,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("region", &self.shared.region())
            .finish_non_exhaustive()
    }
}

impl Session {
    /// The session of this process: region, endpoint and credentials as every AWS tool finds them, that is from the
    /// environment, the profile, the container or the instance. Credentials are asked for at the first call and renewed
    /// before they end.
    ///
    /// # Errors
    /// [`SetupError::Missing`] when neither `AWS_REGION` nor the profile names a region.
    pub async fn of_process() -> Result<Self, SetupError> {
        let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(ProfileFileRegionProvider::new());
        let loaded = aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .http_client(client(CONNECTIONS_KEPT)?)
            .retry_config(retries())
            .timeout_config(limits(ATTEMPT_TIMEOUT, OPERATION_TIMEOUT))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .load()
            .await;
        Self::from_config(loaded)
    }

    /// A session at one address that stands for all of AWS, as the user `test`: an emulator's.
    ///
    /// # Errors
    /// [`SetupError::Tls`].
    pub fn of_emulator(endpoint: &str, region: &str) -> Result<Self, SetupError> {
        let credentials = Credentials::new("test", "test", None, None, "emulator");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(endpoint)
            .http_client(client(CONNECTIONS_KEPT)?)
            .retry_config(retries())
            .timeout_config(limits(ATTEMPT_TIMEOUT, OPERATION_TIMEOUT))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self::from_config(config)
    }

    fn from_config(shared: SdkConfig) -> Result<Self, SetupError> {
        if shared.region().is_none() {
            return Err(SetupError::Missing(vec!["AWS_REGION".to_owned()]));
        }
        Ok(Self {
            #[cfg(any(feature = "mail", feature = "sms", feature = "sns"))]
            unrepeated: shared
                .to_builder()
                .http_client(client(0)?)
                .retry_config(RetryConfig::disabled())
                .timeout_config(limits(SEND_TIMEOUT, SEND_TIMEOUT))
                .build(),
            shared,
        })
    }

    /// The SDK's configuration, for calls that may be repeated; also for what no adapter does.
    #[must_use]
    pub const fn shared(&self) -> &SdkConfig {
        &self.shared
    }

    /// For sends: one try, on a connection of its own, because an answer that is lost on a stale connection would
    /// leave open whether the message went out.
    #[cfg(any(feature = "mail", feature = "sms", feature = "sns"))]
    pub(crate) const fn unrepeated(&self) -> &SdkConfig {
        &self.unrepeated
    }
}

/// Standard retries: transient failures and throttling, within the SDK's budget.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(TRIES)
        .with_initial_backoff(BACK_OFF_FIRST)
        .with_max_backoff(BACK_OFF_MAX)
}

/// Limits of one try and of the whole call.
pub(crate) fn limits(attempt: Duration, operation: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_shows_its_region_and_nothing_secret() {
        let session = Session::of_emulator("http://127.0.0.1:1", "us-west-1").unwrap();
        let shown = format!("{session:?}");
        assert!(
            shown.contains("us-west-1") && !shown.contains("test"),
            "{shown}"
        );
    }

    #[test]
    fn a_session_without_a_region_says_so() {
        let missing = Session::from_config(SdkConfig::builder().build()).unwrap_err();
        assert_eq!(missing, SetupError::Missing(vec!["AWS_REGION".to_owned()]));
    }

    #[cfg(any(feature = "mail", feature = "sms", feature = "sns"))]
    #[test]
    fn a_send_is_tried_once() {
        let session = Session::of_emulator("http://127.0.0.1:1", "us-west-1").unwrap();
        let tries = |config: &SdkConfig| config.retry_config().map(RetryConfig::max_attempts);
        assert_eq!(tries(session.unrepeated()), Some(1));
        assert_eq!(tries(session.shared()), Some(TRIES));
    }
}
