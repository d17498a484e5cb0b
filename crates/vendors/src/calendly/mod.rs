//! Calendly v2: invitees, no-show marks, routing-form submissions.

mod answers;
mod bronze;
mod classify;
#[cfg(feature = "client")]
pub(crate) mod client;
#[cfg(feature = "client")]
mod erasing;
mod facts;
#[cfg(feature = "client")]
pub(crate) mod lists;
mod normalize;
pub mod observed;
mod phone_words;

use bookpath_domain::BusinessConfig;
use bookpath_domain::Envelope;
use serde_json::Value;

use crate::bronze_line::{BronzeError, BronzeLine};
use crate::classified::{Classified, Unusable};
use crate::reported::Reported;
use crate::signature::{SignatureError, Unverified, timed};
use crate::source::Source;

pub use bronze::BronzeRecord;
pub use classify::KINDS;
pub use normalize::normalize;

/// The scheduling service.
pub(crate) struct Calendly;

impl Source for Calendly {
    fn verify(&self, webhook: &Unverified<'_>) -> Result<(), SignatureError> {
        timed(webhook, "calendly-webhook-signature")
    }

    fn classify<'a>(&self, body: &'a Value) -> Result<Classified<'a>, Unusable> {
        classify::classify(body)
    }

    fn facts(&self, envelope: &Envelope, body: &Value, rules: &BusinessConfig) -> Vec<Reported> {
        facts::facts(envelope, body, rules)
    }

    fn bronze_line(
        &self,
        envelope: &Envelope,
        body: &Value,
        rules: &BusinessConfig,
    ) -> Result<BronzeLine, BronzeError> {
        let record = bronze::record(envelope, body, rules);
        Ok(BronzeLine {
            folder: envelope.vendor.bronze_folder(),
            channel: Some(record.marketing_channel.clone()),
            conflict: record.channel_conflict,
            line: serde_json::to_string(&record)?,
        })
    }
}
