//! Who paid on a Checkout page.

use bookpath_domain::bookings::invitee::Private;
use bookpath_domain::people::email;
use serde_json::Value;

use crate::json;

/// The address of `customer_details`, which the customer gave on Stripe's page; `None` before the page was completed.
/// `customer_email` is no such address: it is what the caller of the API asked for.
pub(super) fn payer(session: &Value) -> Option<Private> {
    let given = json::text(session, &["customer_details", "email"])?;
    email::normalize(given).map(|_| Private(given.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_payer_is_who_filled_the_page_in() {
        let of = |session: Value| payer(&session).map(|Private(address)| address);
        let both = json!({ "customer_email": "asked@acme.co", "customer_details": { "email": "Jane@acme.co" } });
        assert_eq!(of(both).as_deref(), Some("Jane@acme.co"));
        for none in [
            json!({ "customer_email": "asked@acme.co", "customer_details": null }),
            json!({ "customer_details": { "email": null } }),
            json!({ "customer_details": { "email": "nobody" } }),
        ] {
            assert_eq!(of(none), None);
        }
    }
}
