//! What a run is given.

use std::sync::Arc;

use bookpath_domain::config::BusinessConfig;
use bookpath_domain::people::sources::Directory;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A bronze object to refine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BronzeObject {
    /// Relative to the lake's root: `bronze/calendly_events/channel=../date=../...`.
    pub key: String,
}

/// Business rules that shape the tables.
#[derive(Debug, Clone, PartialEq)]
pub struct LakeRules {
    /// Zone of `booking_*` columns, months and ad-spend days (X16). A change needs a rebuild.
    pub reporting_timezone: TimeZone,
    /// The rules by which silver classifies (X66).
    pub business: Arc<BusinessConfig>,
}

impl From<&BusinessConfig> for LakeRules {
    fn from(config: &BusinessConfig) -> Self {
        Self {
            reporting_timezone: config.reporting_timezone.clone(),
            business: Arc::new(config.clone()),
        }
    }
}

impl LakeRules {
    /// Name of the reporting zone.
    pub(crate) fn zone_name(&self) -> String {
        self.reporting_timezone
            .iana_name()
            .unwrap_or("UTC")
            .to_owned()
    }
}

/// What one run of refine works on.
#[derive(Debug, Clone, Copy)]
pub struct RunInput<'a> {
    /// Number of the batch, growing. The caller assigns objects to it durably before the call; a number that was
    /// applied already is not applied again.
    pub batch: i64,
    /// The batch's objects. They are read in chunks, so a batch may be of any size.
    pub objects: &'a [BronzeObject],
    /// Business rules.
    pub rules: &'a LakeRules,
    /// Replaces the clock in every comparison. It hides no fact: everything known is used.
    pub as_of: Timestamp,
    /// The clock, for `processed_at` and the like.
    pub now: Timestamp,
}

/// What a run of gold is given.
#[derive(Debug, Clone, Copy)]
pub struct GoldInput<'a> {
    /// Business rules.
    pub rules: &'a LakeRules,
    /// What the app itself knows of people.
    pub directory: &'a Directory,
    /// The instant to answer for.
    pub as_of: Timestamp,
    /// The clock, for `processed_at` and the like.
    pub now: Timestamp,
}
