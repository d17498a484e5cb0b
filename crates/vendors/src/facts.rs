//! From a stream record to what it means for a booking.

use bookpath_domain::StreamRecord;
use bookpath_domain::Vendor;
use bookpath_domain::bookings::Fact;
use serde_json::Value;

use crate::calendly;
use crate::stripe;

/// One fact, and the names under which its booking may be known besides the uris of [`Fact::uris`].
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    pub fact: Fact,
    /// Checkout session or payment intent ids; each finds the booking that owns it.
    pub stripe_ids: Vec<String>,
    /// From the metadata or `client_reference_id` that we gave to Stripe.
    pub booking_id: Option<String>,
}

impl Reported {
    pub(crate) fn by_uri(fact: Fact) -> Self {
        Self {
            fact,
            stripe_ids: Vec::new(),
            booking_id: None,
        }
    }
}

/// The body is no JSON: impossible for what the receiver accepted, so such a record is a bug to keep.
#[derive(Debug, thiserror::Error)]
#[error("the record has no readable body: {0}")]
pub struct FactError(#[from] serde_json::Error);

/// What a record says about bookings; nothing for kinds that are no business of theirs, and for bodies without
/// the times that a booking needs (the lake rejects those with their reason).
///
/// # Errors
/// [`FactError`].
pub fn facts(record: &StreamRecord) -> Result<Vec<Reported>, FactError> {
    let body: Value = serde_json::from_str(record.body.get())?;
    Ok(match record.envelope.vendor {
        Vendor::Calendly => calendly::facts(&record.envelope, &body),
        Vendor::Stripe => stripe::facts(&record.envelope, &body),
        Vendor::Typeform | Vendor::Close | Vendor::Sms => Vec::new(),
    })
}
