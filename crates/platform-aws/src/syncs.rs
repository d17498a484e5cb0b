//! The syncs of a deployed stack: whom they ask, and where the webhooks' keys are.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::inbox::Inbox;
use bookpath_app::inbox::keys::{KEY_VARIABLES, with_newest};
use bookpath_app::ports::{CallError, KeyBook, NoFaults, Subscriptions};
use bookpath_app::sync::caretaker::Caretaker;
use bookpath_app::sync::{Retry, Sync, SyncVendors};
use bookpath_domain::Vendor;
use bookpath_function_runtime::{Environment, FunctionError};
use bookpath_vendors::{CalendlyLists, ClientError, CloseClient, Secret, TypeformClient};

use crate::platform::Platform;
use crate::{RealPauses, Secrets, Session};

/// Less than the function's timeout of 15 minutes: a page and its invitees are done within the rest.
const TIME_MAX: Duration = Duration::from_mins(11);

/// What the environment names.
#[derive(Debug)]
pub struct SyncSettings {
    raw: String,
    stream: String,
    vendor_keys: String,
    signing_keys: String,
    calendly_base: String,
    typeform_base: String,
    close_base: String,
    webhooks_url: String,
}

impl SyncSettings {
    /// Reads them.
    pub fn of_syncs<F: Fn(&str) -> Option<String>>(environment: &mut Environment<F>) -> Self {
        Self {
            raw: environment.required("RAW_BUCKET"),
            stream: environment.required("EVENT_STREAM"),
            vendor_keys: environment.secret("VENDOR_SECRET_ID"),
            signing_keys: environment.required("WEBHOOK_SECRET_ID"),
            calendly_base: environment.required("CALENDLY_API_BASE"),
            typeform_base: environment.required("TYPEFORM_API_BASE"),
            close_base: environment.required("CLOSE_API_BASE"),
            webhooks_url: environment.required("WEBHOOKS_URL"),
        }
    }

    /// The syncs with every vendor whose key is in the secret of the vendors' keys.
    ///
    /// # Errors
    /// The secret's, or a client's.
    pub fn caretaker(&self, platform: &Platform) -> Result<Caretaker, FunctionError> {
        let keys = platform.secret(&self.vendor_keys)?;
        let key = |name: &str| keys.get(name).map(|key| Secret(key.to_owned()));
        let invalid = |e: ClientError| FunctionError::configuration(e.to_string());
        let mut vendors = SyncVendors::default();
        let mut watched: Vec<(Vendor, Arc<dyn Subscriptions>)> = Vec::new();
        // The token that only reads, else the one that may write, too (X54).
        if let Some(token) = key("CALENDLY_API_TOKEN").or_else(|| key("CALENDLY_WRITE_TOKEN")) {
            let api = Arc::new(CalendlyLists::new(&self.calendly_base, token).map_err(invalid)?);
            vendors.calendly = Some(api.clone());
            watched.push((Vendor::Calendly, api));
        }
        if let Some(token) = key("TYPEFORM_API_TOKEN") {
            let forms = platform.rules.typeform.forms.clone();
            let api = TypeformClient::new(&self.typeform_base, token, forms).map_err(invalid)?;
            let api = Arc::new(api);
            vendors.typeform = Some(api.clone());
            watched.push((Vendor::Typeform, api));
        }
        if let Some(token) = key("CLOSE_API_KEY") {
            let api = Arc::new(CloseClient::new(&self.close_base, token).map_err(invalid)?);
            vendors.close = Some(api.clone());
            watched.push((Vendor::Close, api));
        }
        let inbox = Inbox {
            ids: platform.ids.clone(),
            store: platform.store_and_stream(&self.stream),
            objects: platform.objects(&[("raw/", &self.raw)]),
            faults: Arc::new(NoFaults),
        };
        Ok(Caretaker {
            sync: Sync {
                inbox: Arc::new(inbox),
                clock: platform.clock.clone(),
                pauses: Arc::new(RealPauses),
                rules: platform.rules.clone(),
                vendors,
                retry: Retry::default(),
                time_max: TIME_MAX,
            },
            watched,
            keys: Arc::new(SecretKeys::new(&platform.session, &self.signing_keys)),
            webhooks_url: self.webhooks_url.clone(),
        })
    }
}

/// The signing keys in the secret that the receiver reads.
#[derive(Debug, Clone)]
pub struct SecretKeys {
    session: Session,
    id: String,
}

impl SecretKeys {
    /// The keys of the secret called `id`.
    #[must_use]
    pub fn new(session: &Session, id: &str) -> Self {
        Self {
            session: session.clone(),
            id: id.to_owned(),
        }
    }

    async fn fetch(&self) -> Result<Secrets, CallError> {
        let fetched = Secrets::fetch(&self.session, &self.id).await;
        fetched.map_err(|e| CallError::transient(e.to_string()))
    }
}

fn variable(vendor: Vendor) -> Result<&'static str, CallError> {
    let found = KEY_VARIABLES.iter().find(|(known, _)| *known == vendor);
    found
        .map(|(_, name)| *name)
        .ok_or_else(|| CallError::refused("this vendor signs no webhooks"))
}

#[async_trait]
impl KeyBook for SecretKeys {
    async fn newest(&self, vendor: Vendor) -> Result<Option<String>, CallError> {
        let keys = self.fetch().await?;
        let first = keys
            .get(variable(vendor)?)
            .and_then(|list| list.split(',').next());
        Ok(first
            .map(|key| key.trim().to_owned())
            .filter(|key| !key.is_empty()))
    }

    async fn add(&self, vendor: Vendor, key: &str) -> Result<(), CallError> {
        let (keys, name) = (self.fetch().await?, variable(vendor)?);
        let list = with_newest(keys.get(name).unwrap_or_default(), key);
        keys.with(name, &list)
            .put(&self.session, &self.id)
            .await
            .map_err(|e| CallError::transient(e.to_string()))
    }
}
