//! The lake on S3, for the few Lambdas that link its engine.
//!
//! In: buckets named by the environment, credentials as the service sets them. Out: the engine behind its port, and
//! the steps of the state machine under the lake's write lock.

use std::sync::Arc;
use std::time::Duration;

use bookpath_app::etl::Etl;
use bookpath_app::machines::{EtlFunctions, Functions as _};
use bookpath_app::ports::{LakeEngine, WriteLock};
use bookpath_lake::engine::Engine;
use bookpath_lake::{Buckets, Lake, LakeRules};
use bookpath_lambda_kit::{Environment, FunctionError, LeaseLock, Platform};
use object_store::aws::AmazonS3Builder;
use object_store::{ObjectStore, RetryConfig};
use serde_json::Value;
use url::Url;

/// A step waits this long for another run: longer than a lease lives, so that one of a dead process has ended.
const STEP_WAIT: Duration = Duration::from_secs(90);
/// The API answers within 28 s.
const REQUEST_WAIT: Duration = Duration::from_secs(20);

/// Where the tiers lie.
#[derive(Debug, Clone)]
pub struct Tiers {
    bronze: Option<String>,
    silver: String,
    gold: String,
}

impl Tiers {
    /// All three.
    pub fn read<F: Fn(&str) -> Option<String>>(environment: &mut Environment<F>) -> Self {
        let bronze = Some(environment.required("BRONZE_BUCKET"));
        Self { bronze, ..Self::without_bronze(environment) }
    }

    /// For a function that reads no bronze.
    pub fn without_bronze<F: Fn(&str) -> Option<String>>(environment: &mut Environment<F>) -> Self {
        Self { bronze: None, silver: environment.required("SILVER_BUCKET"), gold: environment.required("GOLD_BUCKET") }
    }

    fn lake(&self, patience: Duration) -> Result<Lake, FunctionError> {
        let store = |bucket: &str| bucket_store(bucket, patience);
        let bronze = self.bronze.as_deref().map(store).transpose()?;
        let buckets = Buckets::new(bronze, store(&self.silver)?, store(&self.gold)?);
        // The name under which the engine registers its root; keys below it find their bucket.
        let root = Url::parse(&format!("s3://{}/", self.gold)).map_err(|e| invalid(&e))?;
        Ok(Lake::new(Arc::new(buckets), root))
    }
}

fn invalid(error: &dyn std::fmt::Display) -> FunctionError {
    FunctionError::configuration(error.to_string())
}

/// A bucket, as the environment of the function says how to reach it. Commits are puts that fail when the object is there.
fn bucket_store(bucket: &str, patience: Duration) -> Result<Arc<dyn ObjectStore>, FunctionError> {
    let retry = RetryConfig { retry_timeout: patience, ..RetryConfig::default() };
    let store = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry).build().map_err(|e| invalid(&e))?;
    Ok(Arc::new(store))
}

fn lock(platform: &Platform, wait: Duration) -> Arc<dyn WriteLock> {
    Arc::new(LeaseLock { store: platform.store(), clock: platform.clock.clone(), ids: platform.ids.clone(), wait })
}

/// The engine for a function that answers requests.
///
/// # Errors
/// The buckets can't be reached as the environment says.
pub fn engine(platform: &Platform, tiers: &Tiers) -> Result<Arc<dyn LakeEngine>, FunctionError> {
    let rules = LakeRules::from(platform.rules.as_ref());
    Ok(Arc::new(Engine::new(tiers.lake(REQUEST_WAIT)?, rules, lock(platform, REQUEST_WAIT))))
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
    pub fn new(platform: &Platform, tiers: &Tiers) -> Result<Self, FunctionError> {
        let lock = lock(platform, STEP_WAIT);
        let engine = Engine::new(tiers.lake(STEP_WAIT)?, LakeRules::from(platform.rules.as_ref()), lock.clone());
        let etl = Etl { store: platform.store(), lake: Arc::new(engine), clock: platform.clock.clone() };
        Ok(Self { functions: EtlFunctions::new(etl, &platform.rules), lock })
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
