//! A small business, made from nothing but a date: the same day gives the same business.
//!
//! Until two weeks ago it kept its bookings in Calendly alone; what happened then comes in as Calendly's history. Since
//! then it is live: customers get texts and answer them, and strategy sessions are paid.

mod booking;
mod campaigns;
mod days;
mod happening;
mod people;
mod placed;
mod sales;
mod story;

use bookpath_domain::Vendor;
use fastrand::Rng;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use days::is_weekend;
pub use happening::{Happening, What};
pub use sales::FORM;
use story::Teller;

/// The demo's `bookpath.toml`.
pub const CONFIG: &str = include_str!("../../assets/bookpath.demo.toml");

/// Days of the business before its present.
const DAYS: i64 = 425;
/// Days before its present since when it is live.
const LIVE_DAYS: i64 = 14;

/// On the last working day that is at least so many days before its present, Calendly's webhooks did not come.
const OUTAGE: i64 = 5;
/// Hours of that day from which on they did not, and when the sync found out.
const OUTAGE_HOURS: (i64, i64) = (7, 20);

/// The demo's admin.
pub const EMAIL: &str = "demo@bookpath.test";
/// The customer of whom the demo has everything: from her form to a part refund.
pub const PRIYA: &str = "priya@patel.example";

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

/// The business up to an instant. Everything is in the order in which it happens.
#[derive(Debug, Clone, PartialEq)]
pub struct Business {
    /// What Calendly, Typeform and Close know of the time before the business was live.
    pub history: Vec<Happening>,
    pub live_from: Timestamp,
    /// When the numbers were computed last: what happens later is news.
    pub last_night: Timestamp,
    /// What happens from `live_from` on.
    pub live: Vec<Happening>,
    /// Rows for `POST /api/ad-spend`: what each campaign cost on each day that is over.
    pub spend: Vec<Value>,
}

/// The business up to `now`; its days are those of `zone`.
#[must_use]
pub fn business(now: Timestamp, zone: &TimeZone) -> Business {
    let today = now.to_zoned(zone.clone()).date();
    let opens = |days_ago: i64| {
        let day = today.saturating_sub(jiff::Span::new().days(days_ago));
        let midnight = day.to_zoned(zone.clone());
        (day, midnight.map_or(now, |at| at.timestamp()))
    };
    let live_from = opens(LIVE_DAYS).1;
    let (mut told, mut spend, mut leads) = (Vec::new(), Vec::new(), 0);
    for days_ago in (0..=DAYS).rev() {
        let (day, midnight) = opens(days_ago);
        // A day keeps its content while it moves into the past: only its place in the campaigns' plan changes.
        let mut rng = Rng::with_seed(u64::try_from(DAYS - days_ago).unwrap_or(0));
        if days_ago > 0 {
            spend.extend(campaigns::spend(&mut rng, day, days_ago));
        }
        // More on weekdays, and more as the business grows.
        let full = 1 + (DAYS - days_ago) / 140 + rng.i64(0..=3);
        let mut teller = Teller {
            rng: &mut rng,
            live_from,
            zone,
            told: Vec::new(),
        };
        for _ in 0..if is_weekend(day) { full * 2 / 5 } else { full } {
            teller.lead(leads, midnight, days_ago);
            leads += 1;
        }
        told.extend(teller.told);
    }
    let last_night = opens(0).1;
    told.extend(placed::all(now, last_night, zone));
    let out = (OUTAGE..LIVE_DAYS)
        .map(opens)
        .find(|(day, _)| !is_weekend(*day));
    if let Some((_, midnight)) = out {
        outage(&mut told, midnight);
    }
    told.retain(|happening| happening.at <= now);
    told.sort_by_key(|happening| happening.at);
    let live = told.split_off(told.partition_point(|happening| happening.at < live_from));
    Business {
        history: told,
        live_from,
        last_night,
        live,
        spend,
    }
}

/// What Calendly sends of triage calls on the day that begins at `midnight` is lost, until a sync asks for it.
fn outage(told: &mut Vec<Happening>, midnight: Timestamp) {
    let [from, to] =
        [OUTAGE_HOURS.0, OUTAGE_HOURS.1].map(|hour| midnight + SignedDuration::from_hours(hour));
    for happening in told.iter_mut().filter(|h| from <= h.at && h.at < to) {
        if let What::Calendly { body } = &happening.what
            && booking::is_of_triage(body)
        {
            happening.what = What::CalendlyUnheard { body: body.clone() };
        }
    }
    let what = What::CalendlySync;
    told.push(Happening { at: to, what });
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookpath_domain::BusinessConfig;
    use bookpath_vendors::close::facts::{self, Change, OpportunityStatus};
    use bookpath_vendors::{Parsed, parse};
    use std::collections::{BTreeMap, BTreeSet};

    fn example() -> Business {
        let rules = BusinessConfig::from_toml(CONFIG).unwrap();
        business(
            "2026-11-21T15:30:00Z".parse().unwrap(),
            &rules.reporting_timezone,
        )
    }

    fn bodies(business: &Business) -> impl Iterator<Item = &Value> {
        let all = business.history.iter().chain(&business.live);
        all.filter_map(|happening| match &happening.what {
            What::Calendly { body } | What::CalendlyUnheard { body } => Some(body),
            _ => None,
        })
    }

    #[test]
    fn the_configuration_loads() {
        let config = BusinessConfig::from_toml(CONFIG).unwrap();
        assert_eq!(config.session_types.len(), 1);
    }

    #[test]
    fn the_same_day_gives_the_same_business_in_order() {
        let business = example();
        assert_eq!(business, example());
        for part in [&business.history, &business.live] {
            assert!(part.is_sorted_by_key(|happening| happening.at));
        }
        assert!(business.history.iter().all(|h| h.at < business.live_from));
        let of_vendors = |h: &Happening| {
            matches!(
                h.what,
                What::Calendly { .. } | What::Typeform { .. } | What::Close { .. }
            )
        };
        assert!(business.history.iter().all(of_vendors));
    }

    #[test]
    fn every_webhook_is_a_real_one_and_every_sort_is_there() {
        let business = example();
        let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
        for body in bodies(&business) {
            match parse(Vendor::Calendly, body.to_string().as_bytes()) {
                Parsed::Known { delivery, .. } => *kinds.entry(delivery.kind).or_default() += 1,
                other => panic!("{other:?}"),
            };
        }
        let names: Vec<&str> = kinds.keys().map(String::as_str).collect();
        let expected = [
            "invitee.canceled",
            "invitee.created",
            "invitee_no_show.created",
        ];
        assert_eq!(names, expected);
        assert!(
            (1_700..2_100).contains(&kinds["invitee.created"]),
            "{kinds:?}"
        );
        let live: BTreeSet<_> = business
            .live
            .iter()
            .map(|h| format!("{:?}", std::mem::discriminant(&h.what)))
            .collect();
        assert_eq!(live.len(), 13, "{live:?}");
    }

    #[test]
    fn form_and_crm_tell_of_leads_deals_owners_and_second_addresses() {
        let business = example();
        let all = business.history.iter().chain(&business.live);
        let (mut forms, mut second, mut won, mut owners) = (0, 0, 0, BTreeSet::new());
        for happening in all {
            match &happening.what {
                What::Typeform { body } => {
                    let read = bookpath_vendors::typeform::response(body, "US").unwrap();
                    assert!(read.email.is_some() && read.phone.is_some() && !read.partial);
                    assert_eq!(read.form_id.as_deref(), Some(FORM));
                    forms += 1;
                }
                What::Close { body } => {
                    let record = facts::records(body, "US").unwrap().remove(0);
                    match record.change {
                        Change::Contact(contact) => second += usize::from(contact.emails.len() > 1),
                        Change::Opportunity(deal) if deal.status == OpportunityStatus::Won => {
                            assert!(
                                deal.cash_minor("cf_cash").is_some() && deal.date_won.is_some()
                            );
                            owners.extend(deal.user_id);
                            won += 1;
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        assert!((600..900).contains(&forms), "{forms}");
        assert!(second > 100 && won > 80, "{second} {won}");
        // Three closers, and somebody who has left the team.
        assert_eq!(owners.len(), 4);
    }

    /// Two people never share an address, a number or a name, so their conversations stay their own, and nobody takes them
    /// for one but for the two pairs that are placed.
    #[test]
    fn every_lead_is_somebody_else() {
        let business = example();
        let text = |body: &Value, name: &str| body["payload"][name].as_str().unwrap().to_owned();
        let (mut phones, mut names) = (BTreeMap::new(), BTreeMap::new());
        let is_placed = |body: &Value| text(body, "uri").contains("demo-9");
        for body in bodies(&business).filter(|body| !is_placed(body)) {
            let email = text(body, "email");
            for (known, value) in [(&mut phones, "text_reminder_number"), (&mut names, "name")] {
                let known = known
                    .entry(text(body, value))
                    .or_insert_with(|| email.clone());
                assert_eq!(*known, email);
            }
        }
        assert!((1_000..1_400).contains(&phones.len()), "{}", phones.len());
    }

    #[test]
    fn a_call_begins_after_it_is_booked_and_ends_after_it_begins() {
        for body in bodies(&example()) {
            let event = &body["payload"]["scheduled_event"];
            let at = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
            assert!(at(&body["payload"]["created_at"]) < at(&event["start_time"]));
            assert!(at(&event["start_time"]) < at(&event["end_time"]));
        }
    }

    #[test]
    fn every_day_that_is_over_has_its_spend_but_for_three() {
        let spend = example().spend;
        let days: BTreeSet<&str> = spend.iter().filter_map(|row| row["day"].as_str()).collect();
        assert_eq!(days.len(), usize::try_from(DAYS - 3).unwrap());
    }
}
