//! The lake on S3, for the few Lambdas that link its engine.
//!
//! In: buckets named by the environment, the session's credentials. Out: the engine behind its port, and
//! the steps of the state machine under the lake's write lock.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::{LeaseLock, Platform, S3Objects, Session};
use async_trait::async_trait;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use bookpath_app::lake::etl::Etl;
use bookpath_app::ports::{Clock, Ids, LakeEngine, Store, WriteLock};
use bookpath_app::workflows::machines::{EtlFunctions, Functions as _};
use bookpath_domain::BusinessConfig;
use bookpath_function_runtime::{Environment, FunctionError};
use bookpath_lake::engine::Engine;
use bookpath_lake::{Buckets, Lake, LakeRules};
use object_store::aws::{AmazonS3Builder, AwsCredential};
use object_store::{CredentialProvider, ObjectStore, RetryConfig};
use serde_json::Value;
use tokio::sync::Mutex;

/// A step waits this long for another run: longer than a lease lives, so that one of a dead process has ended.
const STEP_WAIT: Duration = Duration::from_secs(90);
/// The API answers within 28 s.
const REQUEST_WAIT: Duration = Duration::from_secs(20);

/// Where the tiers lie that a process reads or writes; it reaches no other.
#[derive(Debug, Clone, Default)]
pub struct Tiers(Vec<(&'static str, String)>);

impl Tiers {
    /// `BRONZE_BUCKET`.
    #[must_use]
    pub fn bronze<F: Fn(&str) -> Option<String>>(self, environment: &mut Environment<F>) -> Self {
        self.with("bronze", &environment.required("BRONZE_BUCKET"))
    }

    /// `SILVER_BUCKET`.
    #[must_use]
    pub fn silver<F: Fn(&str) -> Option<String>>(self, environment: &mut Environment<F>) -> Self {
        self.with("silver", &environment.required("SILVER_BUCKET"))
    }

    /// `GOLD_BUCKET`.
    #[must_use]
    pub fn gold<F: Fn(&str) -> Option<String>>(self, environment: &mut Environment<F>) -> Self {
        self.with("gold", &environment.required("GOLD_BUCKET"))
    }

    /// Keys below `tier` are in `bucket`.
    #[must_use]
    pub fn with(mut self, tier: &'static str, bucket: &str) -> Self {
        self.0.push((tier, bucket.to_owned()));
        self
    }

    fn lake(&self, session: &Session, patience: Duration) -> Result<Lake, FunctionError> {
        let mut buckets = Buckets::new();
        for (tier, bucket) in &self.0 {
            buckets = buckets.with(tier, bucket_store(session, bucket, patience)?);
        }
        Ok(Lake::new(Arc::new(buckets)))
    }
}

fn invalid(error: &dyn std::fmt::Display) -> FunctionError {
    FunctionError::configuration(error.to_string())
}

/// Credentials are asked for again so long before they end.
const RENEWAL: Duration = Duration::from_secs(300);

/// The credentials of the session: one chain of providers for the SDK's clients and for the engine.
#[derive(Debug)]
struct SessionCredentials {
    provider: SharedCredentialsProvider,
    /// The last ones, until they are to be renewed.
    known: Mutex<Option<(SystemTime, Arc<AwsCredential>)>>,
}

impl SessionCredentials {
    fn new(provider: SharedCredentialsProvider) -> Self {
        Self {
            provider,
            known: Mutex::new(None),
        }
    }
}

#[async_trait]
impl CredentialProvider for SessionCredentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let mut known = self.known.lock().await;
        let now = SystemTime::now();
        if let Some((until, credential)) = known.as_ref()
            && now < *until
        {
            return Ok(credential.clone());
        }
        let provided = self.provider.provide_credentials().await;
        let credentials = provided.map_err(|e| object_store::Error::Generic {
            store: "S3",
            source: Box::new(e),
        })?;
        let credential = Arc::new(AwsCredential {
            key_id: credentials.access_key_id().to_owned(),
            secret_key: credentials.secret_access_key().to_owned(),
            token: credentials.session_token().map(str::to_owned),
        });
        // What has no end may be replaced all the same: a profile that somebody edits.
        let until = credentials
            .expiry()
            .map_or(now + RENEWAL, |end| end.checked_sub(RENEWAL).unwrap_or(now));
        *known = Some((until, credential.clone()));
        Ok(credential)
    }
}

/// A bucket, reached with the session's region, endpoint and credentials. Commits are puts that fail when the object is
/// there.
fn bucket_store(
    session: &Session,
    bucket: &str,
    patience: Duration,
) -> Result<Arc<dyn ObjectStore>, FunctionError> {
    let retry = RetryConfig {
        retry_timeout: patience,
        ..RetryConfig::default()
    };
    let config = session.shared();
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_retry(retry);
    if let Some(region) = config.region() {
        builder = builder.with_region(region.as_ref());
    }
    if let Some(endpoint) = config.endpoint_url() {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    if let Some(provider) = config.credentials_provider() {
        builder = builder.with_credentials(Arc::new(SessionCredentials::new(provider)));
    }
    Ok(Arc::new(builder.build().map_err(|e| invalid(&e))?))
}

/// What the engine stands on, besides its buckets.
#[derive(Clone)]
pub struct EngineParts {
    pub session: Session,
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub rules: Arc<BusinessConfig>,
}

impl std::fmt::Debug for EngineParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineParts").finish_non_exhaustive()
    }
}

impl From<&Platform> for EngineParts {
    fn from(platform: &Platform) -> Self {
        let Platform {
            session,
            rules,
            clock,
            ids,
            ..
        } = platform;
        Self {
            session: session.clone(),
            store: platform.store(),
            clock: clock.clone(),
            ids: ids.clone(),
            rules: rules.clone(),
        }
    }
}

impl EngineParts {
    fn lock(&self, wait: Duration) -> Arc<dyn WriteLock> {
        Arc::new(LeaseLock {
            store: self.store.clone(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            wait,
        })
    }

    fn rules(&self) -> LakeRules {
        LakeRules::from(self.rules.as_ref())
    }
}

/// The engine for a function that answers requests.
///
/// # Errors
/// The buckets can't be reached as the environment says.
pub fn engine(place: &EngineParts, tiers: &Tiers) -> Result<Arc<dyn LakeEngine>, FunctionError> {
    Ok(Arc::new(Engine::new(
        tiers.lake(&place.session, REQUEST_WAIT)?,
        place.rules(),
        place.lock(REQUEST_WAIT),
    )))
}

/// The steps of the state machine, one at a time over all processes.
pub struct Steps {
    functions: EtlFunctions,
    lock: Arc<dyn WriteLock>,
}

impl std::fmt::Debug for Steps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Steps").finish_non_exhaustive()
    }
}

impl Steps {
    /// The steps on these tiers.
    ///
    /// # Errors
    /// As [`engine`].
    pub fn new(place: &EngineParts, tiers: &Tiers) -> Result<Self, FunctionError> {
        let lock = place.lock(STEP_WAIT);
        let engine = Engine::new(
            tiers.lake(&place.session, STEP_WAIT)?,
            place.rules(),
            lock.clone(),
        );
        let etl = Etl {
            store: place.store.clone(),
            lake: Arc::new(engine),
            clock: place.clock.clone(),
            rules: place.rules.clone(),
            resolutions: None,
        };
        Ok(Self {
            functions: EtlFunctions::new(etl, &place.rules),
            lock,
        })
    }

    /// The same steps, of the function that does the upkeep: it deletes what buckets still keep of emptied bodies.
    #[must_use]
    pub fn with_bodies(self, bodies: Arc<S3Objects>) -> Self {
        Self {
            functions: self.functions.with_bodies(bodies),
            ..self
        }
    }

    /// Calls the function of this name under the lock.
    ///
    /// # Errors
    /// By the name that the state machine matches.
    pub async fn call(&self, name: &str, payload: Value) -> Result<Value, FunctionError> {
        let guard = self.lock.take().await?;
        let answer = self.functions.call(name, payload).await;
        guard.release().await;
        Ok(answer?)
    }
}
