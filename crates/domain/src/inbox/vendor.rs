//! The vendors whose webhooks enter Bookpath.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whose deliveries enter Bookpath: four senders of webhooks, and the carrier of text messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    Calendly,
    Stripe,
    Typeform,
    Close,
    /// Inbound texts and delivery events of AWS End User Messaging; they come by SNS, never as a webhook.
    Sms,
}

impl Vendor {
    /// Everybody whose deliveries are archived.
    pub const ALL: [Self; 5] = [
        Self::Calendly,
        Self::Stripe,
        Self::Typeform,
        Self::Close,
        Self::Sms,
    ];

    /// The senders of webhooks, in the order of their routes.
    pub const WEBHOOKS: [Self; 4] = [Self::Calendly, Self::Stripe, Self::Typeform, Self::Close];

    /// The lower-case name that routes, keys and columns use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calendly => "calendly",
            Self::Stripe => "stripe",
            Self::Typeform => "typeform",
            Self::Close => "close",
            Self::Sms => "sms",
        }
    }

    /// The folder below `bronze/` that holds this vendor's records.
    #[must_use]
    pub const fn bronze_folder(self) -> &'static str {
        match self {
            Self::Calendly => "calendly_events",
            Self::Stripe => "stripe_events",
            Self::Typeform => "typeform_responses",
            Self::Close => "close_events",
            Self::Sms => "sms_events",
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no vendor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown vendor `{0}`: expected calendly, stripe, typeform, close or sms")]
pub struct UnknownVendor(pub String);

impl FromStr for Vendor {
    type Err = UnknownVendor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|v| v.as_str() == text)
            .ok_or_else(|| UnknownVendor(text.to_owned()))
    }
}
