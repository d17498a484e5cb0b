//! A few hundred bookings with spend, made from nothing but a date: the same day gives the same business.

mod booking;
mod rng;

use bookpath_domain::Vendor;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use booking::Booking;
use rng::Rng;

/// The demo's `bookpath.toml`.
pub const CONFIG: &str = include_str!("../../assets/bookpath.demo.toml");

/// Days of history before the demo's present.
pub const DAYS: i64 = 45;

/// The demo's admin.
pub const EMAIL: &str = "demo@bookpath.test";

/// The signing key of the demo's webhooks: printed at start, used by the README's examples, and accepted by
/// `serve --demo` only.
#[must_use]
pub const fn signing_key(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Calendly => "demo_calendly_key",
        Vendor::Stripe => "whsec_demo_stripe_key",
        Vendor::Typeform => "demo_typeform_secret",
        Vendor::Close => "00112233445566778899aabbccddeeff",
        Vendor::Sms => "none: texts come by SNS",
    }
}

/// A Calendly webhook of the demo.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// When it arrived.
    pub arrived_at: Timestamp,
    /// The whole body: event, created_at, created_by, payload.
    pub body: Value,
}

/// Every webhook of the business up to `now`, by arrival.
#[must_use]
pub fn webhooks(now: Timestamp) -> Vec<Webhook> {
    let today = midnight(now);
    let mut out = Vec::new();
    for day in 0..=DAYS {
        let opens = today - SignedDuration::from_hours(24 * (DAYS - day));
        let mut rng = Rng::new(u64::try_from(day).unwrap_or(0));
        // More bookings on weekdays, and slowly more as the business grows.
        let bookings = 4 + day / 12 + i64::try_from(rng.below(5)).unwrap_or(0);
        for n in 0..bookings {
            out.extend(Booking::new(&mut rng, day, n, opens).webhooks(now));
        }
    }
    out.retain(|webhook| webhook.arrived_at <= now);
    out.sort_by_key(|webhook| webhook.arrived_at);
    out
}

/// Rows for `POST /api/ad-spend`: what each channel cost on each day.
#[must_use]
pub fn ad_spend(now: Timestamp) -> Vec<Value> {
    let today = midnight(now);
    let mut out = Vec::new();
    for day in 0..DAYS {
        let date = (today - SignedDuration::from_hours(24 * (DAYS - day))).to_string();
        let mut rng = Rng::new(10_000 + u64::try_from(day).unwrap_or(0));
        for (channel, campaign, from_minor, spread) in [
            ("facebook_paid_ads", "spring_launch", 9_000, 6_000),
            ("youtube_paid_ads", "vsl_cold", 4_000, 5_000),
            ("google_ads", "brand", 2_500, 2_000),
        ] {
            let amount_minor = from_minor + rng.below(spread);
            out.push(
                json!({ "day": &date[..10], "channel": channel, "campaign": campaign, "amount_minor": amount_minor, "currency": "USD" }),
            );
        }
    }
    out
}

fn midnight(now: Timestamp) -> Timestamp {
    let seconds = now.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(86_400)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookpath_domain::BusinessConfig;
    use bookpath_vendors::{Parsed, parse};
    use std::collections::BTreeSet;

    fn now() -> Timestamp {
        "2026-11-21T15:30:00Z".parse().unwrap()
    }

    #[test]
    fn the_configuration_loads() {
        let config = BusinessConfig::from_toml(CONFIG).unwrap();
        assert_eq!(config.session_types.len(), 1);
    }

    #[test]
    fn the_business_is_made_of_real_webhooks_of_every_sort() {
        let all = webhooks(now());
        assert!((250..900).contains(&all.len()), "{}", all.len());
        assert_eq!(all, webhooks(now()));
        assert!(all.iter().all(|webhook| webhook.arrived_at <= now()));
        let mut kinds = BTreeSet::new();
        for webhook in &all {
            match parse(Vendor::Calendly, webhook.body.to_string().as_bytes()) {
                Parsed::Known { delivery, .. } => kinds.insert(delivery.kind),
                other => panic!("{other:?}"),
            };
        }
        let kinds: Vec<_> = kinds.iter().map(String::as_str).collect();
        assert_eq!(
            kinds,
            [
                "invitee.canceled",
                "invitee.created",
                "invitee_no_show.created"
            ]
        );
        assert!(
            all.iter()
                .any(|webhook| !webhook.body["payload"]["old_invitee"].is_null())
        );
    }

    #[test]
    fn every_day_has_its_spend() {
        assert_eq!(ad_spend(now()).len(), usize::try_from(DAYS).unwrap() * 3);
    }
}
