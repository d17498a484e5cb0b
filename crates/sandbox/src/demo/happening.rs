//! What happens in the demo business, and when.

use bookpath_domain::Vendor;
use jiff::Timestamp;
use serde_json::Value;

/// Something that happens at an instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    pub at: Timestamp,
    pub what: What,
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Calendly sends a webhook with this body.
    Calendly { body: Value },
    /// Calendly's webhook with this body is lost on its way.
    CalendlyUnheard { body: Value },
    /// Calendly's sync runs, as it does every four hours.
    CalendlySync,
    /// Typeform sends a webhook with this body.
    Typeform { body: Value },
    /// Close sends a webhook with this body.
    Close { body: Value },
    /// A customer sends a text from a number (E.164).
    Text { from: String, body: String },
    /// A customer pays the open checkout of a booking.
    Pays { invitee_uri: String },
    /// A customer's card is declined at the open checkout of a booking.
    CardIsDeclined { invitee_uri: String },
    /// The team gives a part of a booking's payment back, in Stripe's own dashboard.
    RefundOfAPart {
        invitee_uri: String,
        amount_minor: i64,
    },
    /// Stripe refuses the next refund.
    RefundIsRefused,
    /// A vendor's webhook that a release before this one could not read: it failed, and is taken in when it is replayed.
    RefusedByOlderRelease { vendor: Vendor, body: Value },
    /// Stripe closes the open checkout of a booking.
    CheckoutExpires { invitee_uri: String },
    /// The sweep runs, as it does every five minutes: an unpaid session is due to be given free.
    Sweep,
}
