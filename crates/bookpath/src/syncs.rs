//! The syncs of one directory: whom they ask, and that one process at a time runs each.

use std::sync::Arc;
use std::time::Duration;

use bookpath_app::inbox::Inbox;
use bookpath_app::ports::{Clock as _, Subscriptions};
use bookpath_app::sync::subscriptions::{Watched, watch};
use bookpath_app::sync::{Retry, Sync, SyncError, SyncReport, SyncVendors, sync};
use bookpath_domain::Vendor;
use bookpath_platform_local::lock::FileLock;
use bookpath_platform_local::pauses::RealPauses;
use bookpath_vendors::{CalendlyLists, CloseClient, Secret, StripeLists, TypeformClient};
use jiff::Timestamp;

use crate::environment::VendorApis;
use crate::failure::Failure;
use crate::key_file::{FileKeys, fresh_key};
use crate::node::Node;

/// A run in a process of its own has the time that it needs; at a free account's pace a year of bookings takes hours.
const TIME_MAX: Duration = Duration::from_hours(24);

/// How long the sync after a renewed subscription waits for another process's.
const WATCH_WAIT: Duration = Duration::from_secs(60);

/// The syncs of one directory.
#[derive(Clone)]
pub(crate) struct Syncs {
    node: Node,
    sync: Arc<Sync>,
}

impl Syncs {
    /// The syncs of a node; `apis` says where its vendors are.
    pub(crate) fn new(node: &Node, inbox: Arc<Inbox>, apis: &VendorApis) -> Result<Self, Failure> {
        let sync = Sync {
            inbox,
            clock: node.clock.clone(),
            pauses: Arc::new(RealPauses),
            rules: node.rules.clone(),
            vendors: vendors(node, apis)?,
            retry: Retry::default(),
            time_max: TIME_MAX,
        };
        Ok(Self {
            node: node.clone(),
            sync: Arc::new(sync),
        })
    }

    /// Looks at a vendor's subscription to `url`. One that was disabled is made anew once, and what was missed meanwhile is
    /// synced: then there is a report.
    pub(crate) async fn watch(
        &self,
        api: &dyn Subscriptions,
        vendor: Vendor,
        url: &str,
    ) -> Result<Option<SyncReport>, Failure> {
        let keys = FileKeys::new(&self.node.dir);
        let watched = Watched {
            vendor,
            api,
            url,
            keys: &keys,
        };
        let (store, now) = (self.node.database.as_ref(), self.node.clock.now());
        if !watch(store, watched, &fresh_key(), now).await? {
            return Ok(None);
        }
        Ok(Some(self.run(vendor, None, WATCH_WAIT).await?))
    }

    /// Runs one. Waits up to `wait` while another process does so.
    pub(crate) async fn run(
        &self,
        vendor: Vendor,
        since: Option<Timestamp>,
        wait: Duration,
    ) -> Result<SyncReport, SyncFailure> {
        let lock = format!("sync-{vendor}");
        let _exclusive = FileLock::take(&self.node.dir, &lock, wait)
            .await
            .map_err(|error| SyncFailure::Local(error.into()))?;
        Ok(sync(&self.sync, vendor, since).await?)
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SyncFailure {
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// Another process keeps the lock.
    #[error("{0}")]
    Local(Failure),
}

impl From<SyncFailure> for Failure {
    fn from(failure: SyncFailure) -> Self {
        match failure {
            SyncFailure::Sync(SyncError::NotConfigured(why)) => Self::Usage(why),
            SyncFailure::Sync(error) => Self::Failed(error.to_string()),
            SyncFailure::Local(failure) => failure,
        }
    }
}

/// The subscriptions of a vendor.
pub(crate) fn subscriptions(
    node: &Node,
    apis: &VendorApis,
    vendor: Vendor,
) -> Result<Arc<dyn Subscriptions>, Failure> {
    let key = |text: &str| Secret(text.to_owned());
    let made: Result<Arc<dyn Subscriptions>, _> = match vendor {
        Vendor::Calendly => CalendlyLists::new(&apis.calendly_base, key(&apis.calendly_read_token))
            .map(|api| Arc::new(api) as Arc<dyn Subscriptions>),
        Vendor::Typeform => {
            let forms = node.rules.typeform.forms.clone();
            TypeformClient::new(&apis.typeform_base, key(&apis.typeform_token), forms)
                .map(|api| Arc::new(api) as Arc<dyn Subscriptions>)
        }
        Vendor::Close => CloseClient::new(&apis.close_base, key(&apis.close_key))
            .map(|api| Arc::new(api) as Arc<dyn Subscriptions>),
        Vendor::Stripe => StripeLists::new(&apis.stripe_base, key(&apis.stripe_key))
            .map(|api| Arc::new(api) as Arc<dyn Subscriptions>),
        Vendor::Sms => {
            return Err(Failure::Usage(format!(
                "{vendor} has no subscriptions here"
            )));
        }
    };
    made.map_err(Failure::new)
}

fn vendors(node: &Node, apis: &VendorApis) -> Result<SyncVendors, Failure> {
    let key = |text: &str| Secret(text.to_owned());
    let forms = node.rules.typeform.forms.clone();
    let calendly = CalendlyLists::new(&apis.calendly_base, key(&apis.calendly_read_token));
    let typeform = TypeformClient::new(&apis.typeform_base, key(&apis.typeform_token), forms);
    let close = CloseClient::new(&apis.close_base, key(&apis.close_key));
    let stripe = StripeLists::new(&apis.stripe_base, key(&apis.stripe_key));
    Ok(SyncVendors {
        calendly: Some(Arc::new(calendly.map_err(Failure::new)?)),
        typeform: Some(Arc::new(typeform.map_err(Failure::new)?)),
        close: Some(Arc::new(close.map_err(Failure::new)?)),
        stripe: Some(Arc::new(stripe.map_err(Failure::new)?)),
    })
}
