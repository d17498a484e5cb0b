//! How long things are kept.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::fault::ConfigFault;

/// `[retention]`: how many days is kept what no number is made of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// Texts, after the end of their call (S2-16, S2-24, X40).
    pub texts_days: u32,
    /// Earlier versions of the tables: how far back `known_at` and `/api/changes` look.
    pub table_history_days: u32,
    /// Bodies with a wrong signature, and their lines in the inbox.
    pub quarantine_days: u32,
    /// Records that could not be processed.
    pub dead_letters_days: u32,
    /// The audit trail.
    pub audit_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            texts_days: 90,
            table_history_days: 7,
            quarantine_days: 30,
            dead_letters_days: 90,
            audit_days: 730,
        }
    }
}

/// Ten years.
const RETENTION_DAYS_MAX: u32 = 3650;

impl RetentionConfig {
    /// The instant before which things of so many days are over.
    #[must_use]
    pub fn before(days: u32, now: Timestamp) -> Timestamp {
        let kept = Self::length(days);
        now.checked_sub(kept).unwrap_or(Timestamp::MIN)
    }

    /// So many days of 24 hours.
    #[must_use]
    pub fn length(days: u32) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(days))
    }

    pub(super) fn faults(&self) -> Vec<ConfigFault> {
        let all = [
            ("texts_days", self.texts_days),
            ("table_history_days", self.table_history_days),
            ("quarantine_days", self.quarantine_days),
            ("dead_letters_days", self.dead_letters_days),
            ("audit_days", self.audit_days),
        ];
        let wrong = all
            .into_iter()
            .filter(|(_, days)| !(1..=RETENTION_DAYS_MAX).contains(days));
        wrong
            .map(|(key, _)| {
                ConfigFault::new(key, format!("must be from 1 to {RETENTION_DAYS_MAX}"))
            })
            .collect()
    }
}
