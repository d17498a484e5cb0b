//! Where the demo's leads come from, and what that costs.

use fastrand::Rng;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::days::is_weekend;

/// One campaign of one channel.
#[derive(Debug)]
pub(super) struct Campaign {
    /// As in `bookpath.demo.toml`; what has spend is known there.
    channel: &'static str,
    /// The event type of its triage calls.
    pub(super) triage: &'static str,
    /// utm_source, utm_medium, utm_campaign.
    pub(super) utm: Option<[&'static str; 3]>,
    /// How many of the leads come from it, against the other campaigns that run.
    weight: u64,
    /// Days before the demo's present between which it runs.
    first_day_ago: i64,
    last_day_ago: i64,
    /// Cents of an ordinary day, from and to; nothing where it costs nothing.
    spend_minor: Option<(i64, i64)>,
    /// Of a hundred calls, how many their customers do not come to.
    pub(super) no_show_percent: u64,
}

const FACEBOOK_PAGE: &str = "d639ecd3-8718-4068-955a-436b10d72c78";
const YOUTUBE_PAGE: &str = "dbb4ec50-38cd-4bcd-bbff-efb7b5a6f098";
const TRIAGE: &str = "triage-call";
const ALWAYS: i64 = i64::MAX;

static CAMPAIGNS: [Campaign; 10] = [
    Campaign {
        channel: "facebook_paid_ads",
        triage: FACEBOOK_PAGE,
        utm: Some(["facebook", "paid_social", "lookalike_1pct"]),
        weight: 24,
        first_day_ago: ALWAYS,
        last_day_ago: 0,
        spend_minor: Some((9_500, 14_500)),
        no_show_percent: 17,
    },
    Campaign {
        channel: "facebook_paid_ads",
        triage: FACEBOOK_PAGE,
        utm: Some(["facebook", "paid_social", "retarget_warm"]),
        weight: 11,
        first_day_ago: ALWAYS,
        last_day_ago: 0,
        spend_minor: Some((2_400, 3_800)),
        no_show_percent: 8,
    },
    Campaign {
        channel: "youtube_paid_ads",
        triage: YOUTUBE_PAGE,
        utm: Some(["youtube", "video", "vsl_cold"]),
        weight: 15,
        first_day_ago: 240,
        last_day_ago: 0,
        spend_minor: Some((6_000, 9_500)),
        no_show_percent: 13,
    },
    Campaign {
        channel: "google_ads",
        triage: TRIAGE,
        utm: Some(["google", "cpc", "brand"]),
        weight: 11,
        first_day_ago: ALWAYS,
        last_day_ago: 0,
        spend_minor: Some((1_200, 2_000)),
        no_show_percent: 5,
    },
    Campaign {
        channel: "google_ads",
        triage: TRIAGE,
        utm: Some(["google", "cpc", "coach_near_me"]),
        weight: 9,
        first_day_ago: ALWAYS,
        last_day_ago: 0,
        spend_minor: Some((4_200, 6_000)),
        no_show_percent: 11,
    },
    // An experiment that was given up: many bookings, few who came.
    Campaign {
        channel: "tiktok_paid_ads",
        triage: TRIAGE,
        utm: Some(["tiktok", "paid_social", "hooks_test"]),
        weight: 16,
        first_day_ago: 128,
        last_day_ago: 66,
        spend_minor: Some((5_500, 8_000)),
        no_show_percent: 34,
    },
    Campaign {
        channel: "email",
        triage: TRIAGE,
        utm: Some(["newsletter", "email", "weekly"]),
        weight: 9,
        first_day_ago: ALWAYS,
        last_day_ago: 0,
        spend_minor: None,
        no_show_percent: 5,
    },
    Campaign {
        channel: "email",
        triage: TRIAGE,
        utm: Some(["newsletter", "email", "case_study"]),
        weight: 5,
        first_day_ago: 55,
        last_day_ago: 0,
        spend_minor: None,
        no_show_percent: 4,
    },
    Campaign {
        channel: "partners",
        triage: TRIAGE,
        utm: Some(["partner", "referral", "growth_guild"]),
        weight: 5,
        first_day_ago: 330,
        last_day_ago: 0,
        spend_minor: None,
        no_show_percent: 6,
    },
    Campaign {
        channel: "unknown",
        triage: TRIAGE,
        utm: None,
        weight: 6,
        first_day_ago: ALWAYS,
        last_day_ago: 0,
        spend_minor: None,
        no_show_percent: 10,
    },
];

impl Campaign {
    fn runs(&self, days_ago: i64) -> bool {
        (self.last_day_ago..=self.first_day_ago).contains(&days_ago)
    }
}

/// The campaign of a lead that comes so many days before the present.
pub(super) fn of_lead(rng: &mut Rng, days_ago: i64) -> &'static Campaign {
    let running = || CAMPAIGNS.iter().filter(|c| c.runs(days_ago));
    let mut place = rng.u64(0..running().map(|c| c.weight).sum());
    for campaign in running() {
        match place.checked_sub(campaign.weight) {
            Some(rest) => place = rest,
            None => return campaign,
        }
    }
    &CAMPAIGNS[0]
}

/// Campaigns that bring people back who know the business already.
const BRING_BACK: [&str; 3] = ["weekly", "brand", "retarget_warm"];

/// The campaign through which a lead of another one books again: half of them come back by themselves.
pub(super) fn of_return(rng: &mut Rng, first: &'static Campaign) -> &'static Campaign {
    if rng.bool() {
        return first;
    }
    named(BRING_BACK[rng.usize(0..BRING_BACK.len())])
}

/// The campaign of this `utm_campaign`.
pub(super) fn named(name: &str) -> &'static Campaign {
    let is_it = |campaign: &&Campaign| campaign.utm.is_some_and(|[_, _, own]| own == name);
    CAMPAIGNS.iter().find(is_it).unwrap_or(&CAMPAIGNS[0])
}

/// Days before the demo's present whose costs nobody has put in.
const WITHOUT_SPEND: [i64; 3] = [12, 13, 47];

/// What was spent on `day`, so many days before the present: a row for each campaign that ran and costs something.
/// Weekends cost less, and of three days nobody knows it.
pub(super) fn spend(rng: &mut Rng, day: Date, days_ago: i64) -> Vec<Value> {
    if WITHOUT_SPEND.contains(&days_ago) {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for campaign in CAMPAIGNS.iter().filter(|c| c.runs(days_ago)) {
        let Some((from, to)) = campaign.spend_minor else {
            continue;
        };
        let full = rng.i64(from..=to);
        let amount_minor = if is_weekend(day) { full * 3 / 5 } else { full };
        let name = campaign.utm.map(|[_, _, name]| name);
        rows.push(json!({
            "day": day, "channel": campaign.channel, "campaign": name, "amount_minor": amount_minor, "currency": "USD",
        }));
    }
    rows
}
