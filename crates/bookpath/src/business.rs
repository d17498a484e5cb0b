//! React, perform-effects, sweep and reconcile on one directory, each once per call. `serve` calls them in loops,
//! commands call them once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bookpath_app::bookings::reconcile::{default_period, reconcile};
use bookpath_app::bookings::sweep::{SweepReport, hear_of_cancellations, sweep};
use bookpath_app::effects::outbox;
use bookpath_app::effects::{Circuits, Performer, perform_due, take_over};
use bookpath_app::inbox::consumers::REACT;
use bookpath_app::ports::{Calendar, Clock as _, EventLog as _, Payments, PersonRecords};
use bookpath_app::react::{Reactor, react};
use bookpath_app::workflows::machines::Machines;
use bookpath_domain::Vendor;
use bookpath_platform_local::carriers::LocalPost;
use bookpath_platform_local::lock::FileLock;
use bookpath_platform_local::secrets::secret;
use bookpath_vendors::{CalendlyClient, CloseClient, Secret, StripeClient, TypeformClient};
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::environment::{self, VendorApis};
use crate::failure::Failure;
use crate::node::Node;

/// Records per batch.
const BATCH_MAX: usize = 500;
/// The lock of whoever performs effects.
const EFFECTS_LOCK: &str = "perform-effects";
/// The lock of whoever sweeps.
const SWEEP_LOCK: &str = "sweep";

/// The business of one directory.
#[derive(Clone)]
pub(crate) struct Business {
    pub(crate) node: Node,
    dir: PathBuf,
    pub(crate) reactor: Arc<Reactor>,
    pub(crate) performer: Arc<Performer>,
    /// Notified when there may be something to perform.
    rung: Arc<Notify>,
}

impl Business {
    /// The business of a node; `apis` says where its vendors are.
    pub(crate) fn new(
        node: &Node,
        machines: Arc<Machines>,
        apis: &VendorApis,
    ) -> Result<Self, Failure> {
        let reactor = reactor(node)?;
        let post = Arc::new(LocalPost {
            store: node.database.clone(),
            clock: node.clock.clone(),
        });
        let key = |text: &str| Secret(text.to_owned());
        let payments: Arc<dyn Payments> = Arc::new(
            StripeClient::new(&apis.stripe_base, key(&apis.stripe_key), &apis.public_url)
                .map_err(Failure::new)?,
        );
        let calendly = Arc::new(
            CalendlyClient::new(&apis.calendly_base, key(&apis.calendly_token))
                .map_err(Failure::new)?,
        );
        let close = Arc::new(
            CloseClient::new(&apis.close_base, key(&apis.close_key)).map_err(Failure::new)?,
        );
        let typeform = Arc::new(
            TypeformClient::new(&apis.typeform_base, key(&apis.typeform_token), Vec::new())
                .map_err(Failure::new)?,
        );
        let mut records: BTreeMap<Vendor, Arc<dyn PersonRecords>> = BTreeMap::new();
        records.insert(Vendor::Calendly, calendly.clone());
        records.insert(Vendor::Close, close.clone());
        records.insert(Vendor::Typeform, typeform);
        records.retain(|vendor, _| !apis.keyless.contains(vendor));
        let calendar: Arc<dyn Calendar> = calendly;
        let performer = Arc::new(Performer {
            reactor: reactor.clone(),
            payments,
            calendar,
            crm: Some(close),
            records,
            texts: node.texts.clone(),
            mailer: post.clone(),
            waits: machines,
            operators: post,
            circuits: Circuits::default(),
            owner: node.ids.fresh(),
            public_url: apis.public_url.clone(),
            link_keys: Some(environment::signing_keys(&node.dir)?),
        });
        Ok(Self {
            node: node.clone(),
            dir: node.dir.clone(),
            reactor,
            performer,
            rung: Arc::default(),
        })
    }

    /// Wakes the performer: there may be something new in the outbox.
    pub(crate) fn ring(&self) {
        self.rung.notify_one();
    }

    /// Returns once something rang, or at once if it rang since the last call.
    pub(crate) async fn rung(&self) {
        self.rung.notified().await;
    }

    /// Reacts to everything that is on the log now. Waits up to `wait` while another process does so.
    pub(crate) async fn react(&self, wait: Duration) -> Result<usize, Failure> {
        let _exclusive = FileLock::take(&self.dir, REACT, wait).await?;
        let mut records = 0;
        loop {
            let batch = self.node.database.claim(REACT, BATCH_MAX).await?;
            if batch.records.is_empty() {
                return Ok(records);
            }
            let began = self.node.clock.monotonic();
            let reacted = react(&self.reactor, self.node.objects.as_ref(), &batch.records).await;
            self.node
                .meter
                .invocation(self.node.clock.monotonic().saturating_sub(began));
            reacted
                .took
                .iter()
                .for_each(|took| self.node.meter.delivery(*took));
            if let Some(error) = reacted.error {
                return Err(Failure::new(format!(
                    "react: {} records have to wait: {error}",
                    reacted.failed.len()
                )));
            }
            self.node.database.finish(REACT).await?;
            records += batch.records.len();
            self.ring();
        }
    }

    /// Records that react has not finished.
    pub(crate) async fn backlog(&self) -> Result<u64, Failure> {
        Ok(self.node.database.backlog(REACT).await?)
    }

    /// Performs every effect that is due now; how many there were.
    pub(crate) async fn perform(&self, wait: Duration) -> Result<usize, Failure> {
        let _exclusive = FileLock::take(&self.dir, EFFECTS_LOCK, wait).await?;
        let began = self.node.clock.monotonic();
        let performed = perform_due(&self.performer).await?;
        if performed > 0 {
            self.node
                .meter
                .invocation(self.node.clock.monotonic().saturating_sub(began));
        }
        Ok(performed)
    }

    /// Polls the vendors for bookings that have been stuck for too long. Waits up to `wait` while another process does so.
    pub(crate) async fn sweep(&self, wait: Duration) -> Result<SweepReport, Failure> {
        let _exclusive = FileLock::take(&self.dir, SWEEP_LOCK, wait).await?;
        let report = sweep(&self.performer).await?;
        self.ring();
        Ok(report)
    }

    /// Asks Calendly whether the cancellations that it was asked for are done.
    pub(crate) async fn hear_of_cancellations(&self) -> Result<(), Failure> {
        if hear_of_cancellations(&self.performer).await? > 0 {
            self.ring();
        }
        Ok(())
    }

    /// Compares the ledger with Stripe's statement.
    pub(crate) async fn reconcile(&self) -> Result<(), Failure> {
        let (from, to) = default_period(self.node.clock.now());
        reconcile(&self.performer, from, to)
            .await
            .map(drop)
            .map_err(Failure::new)
    }

    /// When the first effect is due.
    pub(crate) async fn next_due(&self) -> Result<Option<Timestamp>, Failure> {
        Ok(outbox::next_due(self.node.database.as_ref()).await?)
    }

    /// Frees the effects that a dead process had claimed, so that this one performs them.
    pub(crate) async fn take_over(&self, wait: Duration) -> Result<(), Failure> {
        let _exclusive = FileLock::take(&self.dir, EFFECTS_LOCK, wait).await?;
        let orphaned = take_over(&self.performer).await?;
        if orphaned > 0 {
            tracing::warn!(
                orphaned,
                "effects that a dead process had claimed are taken over"
            );
        }
        Ok(())
    }
}

/// Keeps every process on this directory from performing effects while the lock lives.
pub(crate) async fn hold_effects(node: &Node, wait: Duration) -> Result<FileLock, Failure> {
    Ok(FileLock::take(&node.dir, EFFECTS_LOCK, wait).await?)
}

/// The react use case on a node's directory.
pub(crate) fn reactor(node: &Node) -> Result<Arc<Reactor>, Failure> {
    Ok(Arc::new(Reactor {
        rules: node.rules.clone(),
        store: node.database.clone(),
        clock: node.clock.clone(),
        ids: node.ids.clone(),
        faults: node.faults.clone(),
        phone_secret: secret(&node.dir, "phone-hash")?.into(),
    }))
}
