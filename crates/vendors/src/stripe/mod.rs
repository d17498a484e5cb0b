//! Stripe events (API version 2026-09-30.endive): checkout sessions, payment intents, refunds, disputes.

#[cfg(feature = "client")]
mod answer;
mod classify;
#[cfg(feature = "client")]
pub(crate) mod client;
#[cfg(feature = "client")]
mod connection;
mod facts;
#[cfg(feature = "client")]
pub(crate) mod lists;
mod money;
mod payer;
#[cfg(feature = "client")]
mod statement;

use bookpath_domain::BusinessConfig;
use bookpath_domain::Envelope;
use serde_json::Value;

use crate::classified::{Classified, Unusable};
use crate::reported::Reported;
use crate::signature::{SignatureError, Unverified, timed};
use crate::source::Source;

pub use classify::KINDS;
pub use facts::refund_status;

/// The payment service.
pub(crate) struct Stripe;

impl Source for Stripe {
    fn verify(&self, webhook: &Unverified<'_>) -> Result<(), SignatureError> {
        timed(webhook, "stripe-signature")
    }

    fn classify<'a>(&self, body: &'a Value) -> Result<Classified<'a>, Unusable> {
        classify::classify(body)
    }

    fn facts(&self, envelope: &Envelope, body: &Value, _rules: &BusinessConfig) -> Vec<Reported> {
        facts::facts(envelope, body)
    }
}
