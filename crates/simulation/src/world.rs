//! A random history of bookings and a random way of delivering it.

use fastrand::Rng;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::Invitee;

/// A webhook and when it arrives.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub at: Timestamp,
    pub body: Value,
}

/// What happened, and in which order it is delivered.
#[derive(Debug, Clone)]
pub struct World {
    /// `bookpath.toml`
    pub config: String,
    pub zone: TimeZone,
    /// Every distinct body.
    pub facts: Vec<Value>,
    /// The facts shuffled, some of them repeated. In order of arrival most come soon and some days late.
    pub deliveries: Vec<Delivery>,
    /// Runs happen after these deliveries.
    pub runs_after: Vec<usize>,
    /// Instants of the runs, growing.
    pub as_of: &'static [&'static str],
}

const ZONES: [&str; 3] = ["UTC", "America/New_York", "Asia/Kolkata"];
const SOURCES: [Option<&str>; 4] = [Some("facebook"), Some("google"), Some("Email"), None];
const EVENT_TYPES: [&str; 3] = ["d639ecd3", "other", "podcast"];
const AS_OF: [&str; 4] = [
    "2026-03-02T00:00:00Z",
    "2026-03-08T12:00:00Z",
    "2026-03-20T00:00:00Z",
    "2026-03-31T00:00:00Z",
];

impl World {
    /// The world of a seed.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let zone = ZONES[rng.usize(..3)];
        // Some worlds lie in one month, others in a year.
        let apart_s = [100, 1_000][rng.usize(..2)];
        let mut facts = Vec::new();
        for booking in 0..3 + rng.usize(..10) {
            chain(&mut rng, booking, apart_s, &mut facts);
        }
        let mut delivered: Vec<&Value> = facts.iter().collect();
        for _ in 0..rng.usize(..facts.len()) {
            delivered.extend(facts.get(rng.usize(..facts.len())));
        }
        rng.shuffle(&mut delivered);
        let arrival = |body: &&Value| Delivery {
            at: happened(body) + delay(&mut rng),
            body: (*body).clone(),
        };
        let deliveries: Vec<Delivery> = delivered.iter().map(arrival).collect();
        let runs_after = (0..rng.usize(..4))
            .map(|_| rng.usize(..deliveries.len()))
            .collect();
        let config = format!(
            "reporting_timezone = \"{zone}\"\n[channels.event_types]\nd639ecd3 = \"facebook_paid_ads\"\npodcast = \"podcast\"\n\
             [[channels.utm_rules]]\nutm_source = \"google\"\nchannel = \"google\"\n[limits]\nwebhooks_per_second = 10000\n"
        );
        Self {
            config,
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
            facts,
            deliveries,
            runs_after,
            as_of: &AS_OF,
        }
    }
}

/// When the vendor posted it first.
fn happened(body: &Value) -> Timestamp {
    let at = text(body, "/created_at").and_then(|text| text.parse().ok());
    at.unwrap_or_default()
}

/// Most webhooks come at once, some after a night, some after a week of trouble.
fn delay(rng: &mut Rng) -> SignedDuration {
    let most_s = match rng.u8(..20) {
        0..12 => 60,
        12..17 => 6 * 3_600,
        _ => 10 * 86_400,
    };
    SignedDuration::from_secs(rng.i64(0..most_s))
}

/// One booking with one to three generations, perhaps canceled, marked or unmarked; some members of the
/// middle are never delivered, so that they are only named.
fn chain(rng: &mut Rng, booking: usize, apart_s: i64, facts: &mut Vec<Value>) {
    let generations = 1 + rng.usize(..3);
    let person = rng.usize(..6);
    let email = if rng.usize(..2) == 0 {
        format!("Lead{person}@Example.org")
    } else {
        format!("lead{person}@example.org")
    };
    let mut created = apart_s * rng.i64(0..20_000);
    let (source, event_type) = (SOURCES[rng.usize(..4)], EVENT_TYPES[rng.usize(..3)]);
    let mut members: Vec<Invitee> = Vec::new();
    for generation in 0..generations {
        let start = created + 3_600 * (12 + rng.i64(0..240));
        let mut invitee = Invitee::new(
            &format!("A{booking}-{generation}"),
            &format!("E{booking}-{generation}"),
            &at(created),
            &at(start),
            &at(start + 1_800),
        );
        invitee.email = email.clone();
        invitee.phone = format!("+1 222 333 44{person:02}");
        invitee.utm_source = source.map(str::to_owned);
        invitee.utm_campaign = booking.is_multiple_of(2).then(|| "spring".to_owned());
        invitee.event_type = event_type.to_owned();
        invitee.old = members.last().map(Invitee::uri);
        members.push(invitee);
        created += 600 + rng.i64(0..90_000);
    }
    let hidden = if generations == 3 && rng.usize(..3) == 0 {
        1
    } else {
        usize::MAX
    };
    for (n, invitee) in members.iter().enumerate().filter(|(n, _)| *n != hidden) {
        if rng.usize(..8) != 0 {
            facts.push(invitee.created());
        }
        if let Some(successor) = members.get(n + 1) {
            facts.push(invitee.canceled(&successor.created, Some(&successor.uri())));
        } else {
            last_member(rng, invitee, facts);
        }
    }
}

fn last_member(rng: &mut Rng, invitee: &Invitee, facts: &mut Vec<Value>) {
    let (created, start) = (offset(&invitee.created), offset(&invitee.start));
    match rng.usize(..5) {
        0 => facts.push(invitee.canceled(&at(created + 1_800), None)),
        1 => facts.push(invitee.canceled(&at(start + 60), None)),
        2 => facts.push(invitee.no_show(true, &at(start + 600))),
        3 => {
            facts.push(invitee.no_show(true, &at(start + 600)));
            facts.push(invitee.no_show(false, &at(start + 600 + 60 * rng.i64(0..2))));
        }
        _ => {}
    }
    // An invitee may be known only by its no-show marks or its cancellation.
    if facts.is_empty() {
        facts.push(invitee.created());
    }
}

/// 2026-02-20T00:00:00Z.
const BASE: i64 = 1_771_545_600;

fn at(offset_s: i64) -> String {
    let at = Timestamp::from_second(BASE + offset_s);
    at.unwrap_or_default().to_string()
}

/// The opposite of [`at`].
fn offset(text: &str) -> i64 {
    let at: Timestamp = text.parse().unwrap_or_default();
    at.as_second() - BASE
}

/// Reads a text of a fact.
pub(crate) fn text<'a>(fact: &'a Value, pointer: &str) -> Option<&'a str> {
    fact.pointer(pointer).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_one_world_and_another_seed_another_one() {
        let told = |seed| {
            let world = World::random(seed);
            let bodies = world.deliveries.iter().map(|d| (d.at, d.body.to_string()));
            (world.config.clone(), bodies.collect::<Vec<_>>())
        };
        assert_eq!(told(7), told(7));
        assert_ne!(told(7), told(8));
    }

    #[test]
    fn nothing_arrives_before_it_happened() {
        for seed in 0..50 {
            let world = World::random(seed);
            let all = world.deliveries.iter();
            assert!(all.clone().all(|d| d.at >= happened(&d.body)), "{seed}");
            assert!(
                all.clone()
                    .all(|d| happened(&d.body) > Timestamp::UNIX_EPOCH)
            );
            assert!(world.deliveries.len() >= world.facts.len());
        }
    }
}
