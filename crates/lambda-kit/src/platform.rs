//! What a function has after its cold start: clients, business rules, clock. Built once, shared by every call.

use std::sync::Arc;

use bookpath_app::ports::{Clock, Ids};
use bookpath_aws::{RandomIds, Session, SetupError, StateTable, SystemClock, business_config};
use bookpath_core::BusinessConfig;

use crate::environment::{Environment, Missing};
use crate::error::FunctionError;

/// Everything that functions have in common.
#[derive(Clone)]
pub struct Platform {
    pub session: Session,
    pub rules: Arc<BusinessConfig>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    table: String,
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform").field("table", &self.table).finish_non_exhaustive()
    }
}

impl From<SetupError> for FunctionError {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::Missing(names) => Missing(names).into(),
            SetupError::Unavailable(_) => Self::transient(error.to_string()),
            SetupError::Invalid(_) | SetupError::Tls(_) => Self::configuration(error.to_string()),
        }
    }
}

impl Platform {
    /// Starts the logs, ends the reading of the environment, and reads the business rules.
    ///
    /// # Errors
    /// One that names every variable that is missing, here or for the function itself; or the parameter's.
    pub async fn start(environment: Environment) -> Result<Self, FunctionError> {
        crate::start_logs();
        let started = Self::connect(environment).await;
        if let Err(error) = &started {
            tracing::error!(error_type = error.error_type, message = error.message, "the function can't start");
        }
        started
    }

    async fn connect(mut environment: Environment) -> Result<Self, FunctionError> {
        let (parameter, table) = (environment.required("BUSINESS_CONFIG_PARAMETER"), environment.required("STATE_TABLE"));
        let session = Session::from_variables(|name| environment.optional(name));
        if let Err(SetupError::Missing(names)) = &session {
            names.iter().for_each(|name| environment.lacks(name));
        }
        environment.complete()?;
        let session = session?;
        let rules = Arc::new(business_config(&session, &parameter).await?);
        Ok(Self { session, rules, clock: Arc::new(SystemClock::start()), ids: Arc::new(RandomIds), table })
    }

    /// The state table.
    #[must_use]
    pub fn store(&self) -> Arc<StateTable> {
        Arc::new(StateTable::new(&self.session, &self.table))
    }

    /// The state table of a function whose commits carry records for the event stream.
    #[cfg(feature = "stream")]
    #[must_use]
    pub fn store_and_stream(&self, stream: &str) -> Arc<StateTable> {
        Arc::new(StateTable::new(&self.session, &self.table).with_stream(bookpath_aws::EventStream::new(&self.session, stream)))
    }

    /// Objects by the prefix of their keys (with its `/`) and the bucket that has them.
    #[cfg(feature = "objects")]
    #[must_use]
    pub fn objects(&self, routes: &[(&str, &str)]) -> Arc<bookpath_aws::S3Objects> {
        let objects = bookpath_aws::S3Objects::new(&self.session);
        Arc::new(routes.iter().fold(objects, |objects, (prefix, bucket)| objects.route(*prefix, *bucket)))
    }

    /// The named keys of a secret.
    ///
    /// # Errors
    /// Secrets Manager's.
    #[cfg(feature = "secrets")]
    pub async fn secret(&self, id: &str) -> Result<bookpath_aws::Secrets, FunctionError> {
        Ok(bookpath_aws::Secrets::fetch(&self.session, id).await?)
    }

    /// The API's edge: CloudFront, which proves itself with the secret called `id`.
    ///
    /// # Errors
    /// There is no such secret.
    #[cfg(feature = "secrets")]
    pub async fn edge(&self, id: &str) -> Result<crate::Edge, FunctionError> {
        let secret = self.secret(id).await?;
        let [proof] = secret.require(["ORIGIN_SECRET"])?;
        Ok(crate::Edge::behind(proof))
    }

    /// Who may call: logins are checked with the keys of the secret called `id`.
    ///
    /// # Errors
    /// There is no key, or one is too short.
    #[cfg(feature = "secrets")]
    pub async fn access(&self, id: &str) -> Result<bookpath_app::access::Access, FunctionError> {
        let secret = self.secret(id).await?;
        let [keys] = secret.require(["JWT_SECRET"])?;
        let keys = bookpath_app::access::SigningKeys::list(keys).map_err(|e| FunctionError::configuration(format!("JWT_SECRET: {e}")))?;
        Ok(bookpath_app::access::Access { store: self.store(), clock: self.clock.clone(), ids: self.ids.clone(), keys })
    }
}
