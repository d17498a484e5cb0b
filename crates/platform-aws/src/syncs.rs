//! The syncs of a deployed stack: whom they ask, and where the webhooks' keys are.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bookpath_app::inbox::Inbox;
use bookpath_app::inbox::keys::{KEY_VARIABLES, with_newest};
use bookpath_app::ports::{
    CallError, Clock, Ids, NoFaults, ObjectStore, Store, Subscriptions, WebhookKeys,
};
use bookpath_app::sync::caretaker::Caretaker;
use bookpath_app::sync::{Retry, Sync, SyncVendors};
use bookpath_domain::{BusinessConfig, Vendor};
use bookpath_function_runtime::{Environment, FunctionError};
use bookpath_vendors::{
    CalendlyLists, ClientError, CloseClient, Secret, StripeLists, TypeformClient,
};

use serde::Deserialize;

use crate::platform::Platform;
use crate::{LeaseWorkLock, RealPauses, Secrets, Session};

/// Less than the function's timeout of 15 minutes: a page and its invitees are done within the rest.
const TIME_MAX: Duration = Duration::from_mins(11);

/// Where the vendors of a deployment are, and which secrets hold the keys.
#[derive(Debug, Clone, Deserialize)]
pub struct VendorPlaces {
    /// The secret with the keys of the vendors' APIs.
    pub vendor_keys: String,
    /// The secret with the keys that sign webhooks.
    pub signing_keys: String,
    pub calendly_base: String,
    pub typeform_base: String,
    pub close_base: String,
    pub stripe_base: String,
    /// Address of the receivers, without the vendor's name and the slash before it.
    pub webhooks_url: String,
}

/// What the syncs of a deployment work with.
#[derive(Clone)]
pub struct SyncPorts {
    pub session: Session,
    /// Its commits carry records for the event stream.
    pub store: Arc<dyn Store>,
    /// The raw archive.
    pub objects: Arc<dyn ObjectStore>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub rules: Arc<BusinessConfig>,
    /// How long a run may take.
    pub time_max: Duration,
}

impl std::fmt::Debug for SyncPorts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SyncPorts").finish_non_exhaustive()
    }
}

impl VendorPlaces {
    /// The syncs and subscriptions of every vendor whose key is among `keys`.
    ///
    /// # Errors
    /// A client's.
    pub fn caretaker(&self, keys: &Secrets, ports: SyncPorts) -> Result<Caretaker, ClientError> {
        let (vendors, watched) = self.clients(keys, &ports.rules)?;
        let signing_keys = SecretKeys::new(&ports.session, &self.signing_keys);
        let turns = LeaseWorkLock {
            store: ports.store.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
        };
        let inbox = Inbox {
            ids: ports.ids,
            store: ports.store,
            objects: ports.objects,
            faults: Arc::new(NoFaults),
        };
        Ok(Caretaker {
            sync: Sync {
                inbox: Arc::new(inbox),
                clock: ports.clock,
                pauses: Arc::new(RealPauses),
                rules: ports.rules,
                vendors,
                retry: Retry::default(),
                time_max: ports.time_max,
            },
            watched,
            keys: Arc::new(signing_keys),
            webhooks_url: self.webhooks_url.clone(),
            turns: Arc::new(turns),
        })
    }

    fn clients(
        &self,
        keys: &Secrets,
        rules: &BusinessConfig,
    ) -> Result<(SyncVendors, Vec<WatchedVendor>), ClientError> {
        let key = |name: &str| keys.get(name).map(|key| Secret(key.to_owned()));
        let mut vendors = SyncVendors::default();
        let mut watched: Vec<WatchedVendor> = Vec::new();
        // The token that only reads, else the one that may write, too (X54).
        if let Some(token) = key("CALENDLY_API_TOKEN").or_else(|| key("CALENDLY_WRITE_TOKEN")) {
            let api = Arc::new(CalendlyLists::new(&self.calendly_base, token)?);
            vendors.calendly = Some(api.clone());
            watched.push((Vendor::Calendly, api));
        }
        if let Some(token) = key("TYPEFORM_API_TOKEN") {
            let forms = rules.typeform.forms.clone();
            let api = Arc::new(TypeformClient::new(&self.typeform_base, token, forms)?);
            vendors.typeform = Some(api.clone());
            watched.push((Vendor::Typeform, api));
        }
        if let Some(token) = key("CLOSE_API_KEY") {
            let api = Arc::new(CloseClient::new(&self.close_base, token)?);
            vendors.close = Some(api.clone());
            watched.push((Vendor::Close, api));
        }
        if let Some(token) = key("STRIPE_API_KEY") {
            let api = Arc::new(StripeLists::new(&self.stripe_base, token)?);
            vendors.stripe = Some(api.clone());
            watched.push((Vendor::Stripe, api));
        }
        Ok((vendors, watched))
    }
}

type WatchedVendor = (Vendor, Arc<dyn Subscriptions>);

/// What the environment names.
#[derive(Debug)]
pub struct SyncSettings {
    raw: String,
    stream: String,
    places: VendorPlaces,
}

impl SyncSettings {
    /// Reads them.
    pub fn of_syncs<F: Fn(&str) -> Option<String>>(environment: &mut Environment<F>) -> Self {
        Self {
            raw: environment.required("RAW_BUCKET"),
            stream: environment.required("EVENT_STREAM"),
            places: VendorPlaces {
                vendor_keys: environment.secret("VENDOR_SECRET_ID"),
                signing_keys: environment.required("WEBHOOK_SECRET_ID"),
                calendly_base: environment.required("CALENDLY_API_BASE"),
                typeform_base: environment.required("TYPEFORM_API_BASE"),
                close_base: environment.required("CLOSE_API_BASE"),
                stripe_base: environment.required("STRIPE_API_BASE"),
                webhooks_url: environment.required("WEBHOOKS_URL"),
            },
        }
    }

    /// The syncs with every vendor whose key is in the secret of the vendors' keys.
    ///
    /// # Errors
    /// The secret's, or a client's.
    pub fn caretaker(&self, platform: &Platform) -> Result<Caretaker, FunctionError> {
        let keys = platform.secret(&self.places.vendor_keys)?;
        let ports = SyncPorts {
            session: platform.session.clone(),
            store: platform.store_and_stream(&self.stream),
            objects: platform.objects(&[("raw/", &self.raw)]),
            clock: platform.clock.clone(),
            ids: platform.ids.clone(),
            rules: platform.rules.clone(),
            time_max: TIME_MAX,
        };
        let made = self.places.caretaker(keys, ports);
        made.map_err(|e| FunctionError::configuration(e.to_string()))
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
impl WebhookKeys for SecretKeys {
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
