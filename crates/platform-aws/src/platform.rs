//! What a function has after its cold start: clients, business rules, clock. Built once, shared by every call.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::settings::shared_parameter;
use crate::{Session, SetupError, StateTable, SystemClock};
use bookpath_app::ports::{Clock, Ids, RandomIds};
use bookpath_domain::BusinessConfig;
use futures::future::{try_join, try_join_all};
use jiff::Timestamp;

use bookpath_function_runtime::FunctionError;
use bookpath_function_runtime::{Environment, Missing, StartValues};

/// Everything that functions have in common.
#[derive(Clone)]
pub struct Platform {
    pub session: Session,
    pub rules: Arc<BusinessConfig>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    table: String,
    sources: Arc<Sources>,
    fetched: Arc<Fetched>,
}

/// Where settings come from.
struct Sources {
    /// The parameter that holds the business rules.
    rules: String,
    wanted: StartValues,
}

/// What the sources hold, by its name.
#[derive(PartialEq, Eq)]
struct Fetched {
    rules: String,
    parameters: BTreeMap<String, String>,
    #[cfg(feature = "secrets")]
    secrets: BTreeMap<String, crate::Secrets>,
}

impl Fetched {
    /// Everything at the same time.
    async fn fetch(
        session: &Session,
        table: &str,
        sources: &Sources,
        now: Timestamp,
    ) -> Result<Self, SetupError> {
        let store = StateTable::new(session, table);
        let StartValues {
            parameters: names,
            secrets: ids,
        } = &sources.wanted;
        let parameter = |name| shared_parameter(session, &store, name, now);
        let parameters = try_join(
            parameter(&sources.rules),
            try_join_all(names.iter().map(|name| parameter(name))),
        );
        #[cfg(feature = "secrets")]
        let ((rules, parameters), secrets) = try_join(
            parameters,
            try_join_all(ids.iter().map(|id| crate::Secrets::fetch(session, id))),
        )
        .await?;
        #[cfg(not(feature = "secrets"))]
        let (rules, parameters) = {
            if !ids.is_empty() {
                return Err(SetupError::Invalid(
                    "this function reads no secrets".to_owned(),
                ));
            }
            parameters.await?
        };
        Ok(Self {
            rules,
            parameters: names.iter().cloned().zip(parameters).collect(),
            #[cfg(feature = "secrets")]
            secrets: ids.iter().cloned().zip(secrets).collect(),
        })
    }

    fn rules(&self, sources: &Sources) -> Result<Arc<BusinessConfig>, SetupError> {
        BusinessConfig::from_toml(&self.rules)
            .map(Arc::new)
            .map_err(|e| SetupError::Invalid(format!("{}: {e}", sources.rules)))
    }
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform")
            .field("table", &self.table)
            .finish_non_exhaustive()
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
    /// Starts logging, checks the environment, and fetches the secrets and parameters that it names, beside the business rules.
    ///
    /// # Errors
    /// One that names every variable that is missing, here or for the function itself; a parameter's or a secret's.
    pub async fn start(environment: Environment) -> Result<Self, FunctionError> {
        bookpath_function_runtime::start_logs();
        let started = Self::connect(environment).await;
        if let Err(error) = &started {
            tracing::error!(
                error_type = error.error_type,
                message = error.message,
                "the function can't start"
            );
        }
        started
    }

    async fn connect(mut environment: Environment) -> Result<Self, FunctionError> {
        let (parameter, table) = (
            environment.required("BUSINESS_CONFIG_PARAMETER"),
            environment.required("STATE_TABLE"),
        );
        let session = Session::of_process().await;
        if let Err(SetupError::Missing(names)) = &session {
            names.iter().for_each(|name| environment.lacks(name));
        }
        let wanted = environment.complete()?;
        let session = session?;
        let sources = Sources {
            rules: parameter,
            wanted,
        };
        let clock = SystemClock::start();
        let fetched = Fetched::fetch(&session, &table, &sources, clock.now()).await?;
        Ok(Self {
            rules: fetched.rules(&sources)?,
            session,
            clock: Arc::new(clock),
            ids: Arc::new(RandomIds),
            table,
            sources: Arc::new(sources),
            fetched: Arc::new(fetched),
        })
    }

    /// The platform with the settings of now; `None` when they are the same.
    pub(crate) async fn again(&self) -> Result<Option<Self>, SetupError> {
        let fetched =
            Fetched::fetch(&self.session, &self.table, &self.sources, self.clock.now()).await?;
        if fetched == *self.fetched {
            return Ok(None);
        }
        Ok(Some(Self {
            rules: fetched.rules(&self.sources)?,
            fetched: Arc::new(fetched),
            ..self.clone()
        }))
    }

    /// The state table.
    #[must_use]
    pub fn store(&self) -> Arc<StateTable> {
        Arc::new(StateTable::new(&self.session, &self.table))
    }

    /// The state table of a function whose commits carry records for the event stream.
    #[cfg(feature = "kinesis")]
    #[must_use]
    pub fn store_and_stream(&self, stream: &str) -> Arc<StateTable> {
        Arc::new(
            StateTable::new(&self.session, &self.table)
                .with_stream(crate::EventStream::new(&self.session, stream)),
        )
    }

    /// Objects by the prefix of their keys (with its `/`) and the bucket that has them.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn objects(&self, routes: &[(&str, &str)]) -> Arc<crate::S3Objects> {
        let objects = crate::S3Objects::new(&self.session);
        Arc::new(routes.iter().fold(objects, |objects, (prefix, bucket)| {
            objects.route(*prefix, *bucket)
        }))
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// It was not named with [`Environment::parameter`].
    pub fn parameter(&self, name: &str) -> Result<&str, FunctionError> {
        let value = self.fetched.parameters.get(name).map(String::as_str);
        value.ok_or_else(|| {
            FunctionError::configuration(format!(
                "the parameter {name} is not one that this function fetches"
            ))
        })
    }

    /// The named keys of a secret.
    ///
    /// # Errors
    /// It was not named with [`Environment::secret`].
    #[cfg(feature = "secrets")]
    pub fn secret(&self, id: &str) -> Result<&crate::Secrets, FunctionError> {
        let secret = self.fetched.secrets.get(id);
        secret.ok_or_else(|| {
            FunctionError::configuration(format!(
                "the secret {id} is not one that this function fetches"
            ))
        })
    }

    /// The API's edge: CloudFront, which proves itself with the secret called `id`.
    ///
    /// # Errors
    /// There is no such key.
    #[cfg(feature = "secrets")]
    pub fn edge(&self, id: &str) -> Result<bookpath_function_runtime::Edge, FunctionError> {
        let [proof] = self.secret(id)?.require(["ORIGIN_SECRET"])?;
        Ok(bookpath_function_runtime::Edge::behind(proof))
    }

    /// What logins and the links in e-mails are signed with: the keys of the secret called `id`.
    ///
    /// # Errors
    /// There is no key, or one is too short.
    #[cfg(feature = "secrets")]
    pub fn signing_keys(
        &self,
        id: &str,
    ) -> Result<bookpath_app::access::SigningKeys, FunctionError> {
        let [keys] = self.secret(id)?.require(["JWT_SECRET"])?;
        bookpath_app::access::SigningKeys::list(keys)
            .map_err(|e| FunctionError::configuration(format!("JWT_SECRET: {e}")))
    }

    /// Who may call: logins are checked with the keys of the secret called `id`.
    ///
    /// # Errors
    /// There is no key, or one is too short.
    #[cfg(feature = "secrets")]
    pub fn access(&self, id: &str) -> Result<bookpath_app::access::Access, FunctionError> {
        let keys = self.signing_keys(id)?;
        Ok(bookpath_app::access::Access {
            store: self.store(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            keys,
            idle: self.rules.access.idle(),
        })
    }
}
