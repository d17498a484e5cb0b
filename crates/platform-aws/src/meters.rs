//! The meters of a deployed stack: the services' own, and the store's counters for what no service meters.

use std::sync::Arc;

use async_trait::async_trait;
use bookpath_app::operators::bill::Counted;
use bookpath_app::ports::{Clock, Meters, MetersFailure};
use bookpath_domain::money::bill::{Metered, Usage};

use crate::usage::{Resources, Used, usage};
use crate::{Session, StateTable, parameter};

/// Reads what the stack has used.
pub struct StackMeters {
    pub session: Session,
    pub store: Arc<StateTable>,
    pub clock: Arc<dyn Clock>,
    /// The parameter that names the stack's resources.
    pub about: String,
}

impl std::fmt::Debug for StackMeters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("StackMeters");
        shown.field("about", &self.about).finish_non_exhaustive()
    }
}

impl StackMeters {
    /// What the stack consists of. It is read at every call, which are rare, so that a deploy shows at once.
    async fn resources(&self) -> Result<Resources, MetersFailure> {
        let text = parameter(&self.session, &self.about).await;
        let text = text.map_err(|error| MetersFailure(error.to_string()))?;
        serde_json::from_str(&text)
            .map_err(|error| MetersFailure(format!("{}: {error}", self.about)))
    }
}

#[async_trait]
impl Meters for StackMeters {
    async fn metered(&self) -> Result<Metered, MetersFailure> {
        let resources = self.resources().await?;
        let counted = Counted::read(self.store.as_ref()).await?;
        let now = self.clock.now();
        let Used { usage, shards } = usage(&self.session, &resources, now).await?;
        let usage = Usage {
            sms_parts: counted.of("sms_parts"),
            ..usage
        };
        Ok(Metered {
            usage,
            bookings: counted.of("bookings"),
            shards,
        })
    }
}
