//! What a delivery reports about bookings.

use bookpath_domain::bookings::Fact;

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
