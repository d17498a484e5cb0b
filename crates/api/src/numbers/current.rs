//! People and facts at the instant that an answer is for.

use std::sync::Arc;

use bookpath_domain::people::resolved::Resolved;
use bookpath_domain::people::sources::Directory;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::instants::{Instants, LakeMoment};
use crate::{Api, Problem};

/// The people, facts and instant that an answer is computed from.
pub(crate) struct Current {
    pub(crate) resolved: Arc<Resolved>,
    pub(crate) directory: Directory,
    pub(crate) as_of: Timestamp,
    /// The instant whose tables were asked for.
    pub(crate) known_at: Option<Timestamp>,
    /// Seconds between the last run and now, or that instant.
    pub(crate) lag_seconds: Option<i64>,
    /// The reporting zone.
    pub(crate) zone: TimeZone,
}

impl Current {
    /// What was asked for, else the last run's instant, else now.
    pub(crate) async fn read(api: &Api, asked: Instants) -> Result<Self, Problem> {
        let told = LakeMoment::at(api, asked.known_at).await?;
        let judged = told.resolved(api, asked.as_of).await?;
        Ok(Self {
            resolved: judged.resolved,
            directory: judged.directory,
            as_of: judged.at,
            known_at: told.known_at,
            lag_seconds: told.lag_seconds,
            zone: api.rules.reporting_timezone.clone(),
        })
    }

    /// The day of the answer in the reporting zone.
    pub(crate) fn today(&self) -> Date {
        self.zone.to_datetime(self.as_of).date()
    }

    /// IANA name of the reporting zone.
    pub(crate) fn zone_name(&self) -> String {
        crate::list::zone_name(&self.zone)
    }
}
