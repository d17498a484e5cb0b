//! A random history of bookings and a random way of delivering it.

use serde_json::{Value, json};

use crate::calendly::Invitee;

/// What happened, and in which order it is delivered.
pub(super) struct World {
    pub(super) config: String,
    pub(super) zone: &'static str,
    /// Every distinct body.
    pub(super) facts: Vec<Value>,
    /// The facts shuffled, some of them repeated.
    pub(super) deliveries: Vec<Value>,
    /// Runs happen after these deliveries.
    pub(super) runs_after: Vec<usize>,
    /// Instants of the runs, growing.
    pub(super) as_of: &'static [&'static str],
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
    pub(super) fn random(seed: u64) -> Self {
        let mut rng = Rng(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xB00C_BA74);
        let zone = ZONES[rng.below(3)];
        let mut facts = Vec::new();
        for booking in 0..3 + rng.below(10) {
            chain(&mut rng, booking, &mut facts);
        }
        let mut deliveries = facts.clone();
        for _ in 0..rng.below(facts.len()) {
            deliveries.push(facts[rng.below(facts.len())].clone());
        }
        for n in (1..deliveries.len()).rev() {
            deliveries.swap(n, rng.below(n + 1));
        }
        let runs_after = (0..rng.below(4))
            .map(|_| rng.below(deliveries.len()))
            .collect();
        let config = format!(
            "reporting_timezone = \"{zone}\"\n[channels.event_types]\nd639ecd3 = \"facebook_paid_ads\"\npodcast = \"podcast\"\n\
             [[channels.utm_rules]]\nutm_source = \"google\"\nchannel = \"google\"\n[limits]\nwebhooks_per_second = 10000\n"
        );
        Self {
            config,
            zone,
            facts,
            deliveries,
            runs_after,
            as_of: &AS_OF,
        }
    }
}

/// One booking with one to three generations, perhaps canceled, marked or unmarked; some members of the
/// middle are never delivered, so that they are only named.
fn chain(rng: &mut Rng, booking: usize, facts: &mut Vec<Value>) {
    let generations = 1 + rng.below(3);
    let person = rng.below(6);
    let email = if rng.below(2) == 0 {
        format!("Lead{person}@Example.org")
    } else {
        format!("lead{person}@example.org")
    };
    let mut created = 1_000 * (rng.below(20_000) as i64);
    let (source, event_type) = (SOURCES[rng.below(4)], EVENT_TYPES[rng.below(3)]);
    let mut members: Vec<Invitee> = Vec::new();
    for generation in 0..generations {
        let start = created + 3_600 * (12 + rng.below(240) as i64);
        let mut invitee = Invitee::new(
            &format!("A{booking}-{generation}"),
            &format!("E{booking}-{generation}"),
            &at(created),
            &at(start),
            &at(start + 1_800),
        );
        invitee.email = email.clone();
        invitee.utm_source = source.map(str::to_owned);
        invitee.utm_campaign = booking.is_multiple_of(2).then(|| "spring".to_owned());
        invitee.event_type = event_type.to_owned();
        invitee.old = members.last().map(Invitee::uri);
        members.push(invitee);
        created += 600 + rng.below(90_000) as i64;
    }
    let hidden = if generations == 3 && rng.below(3) == 0 {
        1
    } else {
        usize::MAX
    };
    for (n, invitee) in members.iter().enumerate().filter(|(n, _)| *n != hidden) {
        if rng.below(8) != 0 {
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
    let created: jiff::Timestamp = invitee.created.parse().unwrap();
    let start: jiff::Timestamp = invitee.start.parse().unwrap();
    match rng.below(5) {
        0 => facts.push(invitee.canceled(&at(created.as_second() - BASE + 1_800), None)),
        1 => facts.push(invitee.canceled(&at(start.as_second() - BASE + 60), None)),
        2 => facts.push(invitee.no_show(true, &at(start.as_second() - BASE + 600))),
        3 => {
            facts.push(invitee.no_show(true, &at(start.as_second() - BASE + 600)));
            facts.push(invitee.no_show(
                false,
                &at(start.as_second() - BASE + 600 + rng.below(2) as i64 * 60),
            ));
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
    jiff::Timestamp::from_second(BASE + offset_s)
        .unwrap()
        .to_string()
}

struct Rng(u64);

impl Rng {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) % (bound.max(1) as u64)) as usize
    }
}

/// Reads a text of a fact.
pub(super) fn text<'a>(fact: &'a Value, pointer: &str) -> Option<&'a str> {
    fact.pointer(pointer)
        .filter(|v| **v != json!(null))
        .and_then(Value::as_str)
}
