//! What the schedules ask for, in a process that lives for minutes: a sync, the rest of one, a look at the subscriptions.

use std::sync::Arc;

use bookpath_domain::Vendor;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::subscriptions::{SubscriptionError, Watched, watch};
use super::{Sync, SyncError, SyncReport, VENDORS, sync, unfinished};
use crate::ports::{Subscriptions, WebhookKeys, WorkLock};

/// A call of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum SyncCall {
    /// Sync with this vendor.
    Sync { vendor: Vendor },
    /// Go on with every sync that was stopped because its time was over.
    Continue,
    /// Look at the subscriptions; sync where one was made anew.
    Watch,
}

/// Does what the schedules and the command line ask for.
pub struct Caretaker {
    pub sync: Sync,
    /// The vendors whose key is there.
    pub watched: Vec<(Vendor, Arc<dyn Subscriptions>)>,
    pub keys: Arc<dyn WebhookKeys>,
    /// Address of the receivers, without the vendor's name and the slash before it.
    pub webhooks_url: String,
    /// One process at a time syncs with a vendor.
    pub turns: Arc<dyn WorkLock>,
}

impl std::fmt::Debug for Caretaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caretaker").finish_non_exhaustive()
    }
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CareReport {
    pub syncs: Vec<SyncReport>,
    /// Vendors without an API key; they are skipped.
    pub skipped: Vec<Vendor>,
    /// Vendors with which another process syncs.
    pub busy: Vec<Vendor>,
    /// Subscriptions that could not be looked at, by vendor.
    pub unanswered: Vec<Vendor>,
}

impl Caretaker {
    /// Does one call. A vendor without a key is skipped.
    ///
    /// # Errors
    /// [`SyncError`]; what was done until then stays.
    pub async fn call(&self, call: SyncCall) -> Result<CareReport, SyncError> {
        let mut care = CareReport::default();
        match call {
            SyncCall::Sync { vendor } => self.one(vendor, None, &mut care).await?,
            SyncCall::Continue => {
                for vendor in VENDORS {
                    if let Some(run) = unfinished(&self.sync, vendor).await? {
                        self.one(vendor, run.since, &mut care).await?;
                    }
                }
            }
            SyncCall::Watch => {
                for (vendor, api) in &self.watched {
                    match self.look(*vendor, api.as_ref()).await {
                        Ok(true) => self.one(*vendor, None, &mut care).await?,
                        Ok(false) => {}
                        Err(SubscriptionError::Store(error)) => return Err(error.into()),
                        Err(SubscriptionError::Vendor(error)) => {
                            tracing::warn!(%error, %vendor, "the subscription can't be looked at");
                            care.unanswered.push(*vendor);
                        }
                    }
                }
            }
        }
        Ok(care)
    }

    /// Runs one sync, or goes on with the one that was stopped; `None` while another process does so.
    ///
    /// # Errors
    /// [`SyncError`]; what was done until then stays.
    pub async fn run(
        &self,
        vendor: Vendor,
        since: Option<Timestamp>,
    ) -> Result<Option<SyncReport>, SyncError> {
        let Some(turn) = self.turns.take(&format!("sync-{vendor}")).await? else {
            return Ok(None);
        };
        let ran = sync(&self.sync, vendor, since).await;
        turn.release().await;
        ran.map(Some)
    }

    /// Where this vendor is to post.
    #[must_use]
    pub fn webhook_url(&self, vendor: Vendor) -> String {
        format!("{}/{vendor}", self.webhooks_url)
    }

    async fn one(
        &self,
        vendor: Vendor,
        since: Option<Timestamp>,
        care: &mut CareReport,
    ) -> Result<(), SyncError> {
        match self.run(vendor, since).await {
            Ok(Some(report)) => care.syncs.push(report),
            Ok(None) => care.busy.push(vendor),
            Err(SyncError::NotConfigured(why)) => {
                tracing::info!(%vendor, why, "the vendor is not synced");
                care.skipped.push(vendor);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn look(
        &self,
        vendor: Vendor,
        api: &dyn Subscriptions,
    ) -> Result<bool, SubscriptionError> {
        let ids = &self.sync.inbox.ids;
        let fresh = [ids.fresh(), ids.fresh()].concat().replace('-', "");
        let url = self.webhook_url(vendor);
        let watched = Watched {
            vendor,
            api,
            url: &url,
            keys: self.keys.as_ref(),
        };
        let store = self.sync.inbox.store.as_ref();
        watch(store, watched, &fresh, self.sync.clock.now()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_of_the_template_are_understood() {
        let read = |text: &str| serde_json::from_str::<SyncCall>(text).ok();
        let calendly = SyncCall::Sync {
            vendor: Vendor::Calendly,
        };
        assert_eq!(
            read(r#"{"action":"sync","vendor":"calendly"}"#),
            Some(calendly)
        );
        assert_eq!(read(r#"{"action":"continue"}"#), Some(SyncCall::Continue));
        assert_eq!(read(r#"{"action":"watch"}"#), Some(SyncCall::Watch));
        assert_eq!(read(r#"{"action":"sync"}"#), None);
        assert_eq!(read(r#"{"action":"sleep"}"#), None);
    }
}
