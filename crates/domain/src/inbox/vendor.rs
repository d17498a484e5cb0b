//! The vendors whose webhooks enter Bookpath.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whose deliveries enter Bookpath: four senders of webhooks, and the carrier of text messages.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(
    const_into_str,
    serialize_all = "lowercase",
    parse_err_ty = UnknownVendor,
    parse_err_fn = UnknownVendor::named
)]
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
        self.into_str()
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

impl UnknownVendor {
    fn named(text: &str) -> Self {
        Self(text.to_owned())
    }
}
