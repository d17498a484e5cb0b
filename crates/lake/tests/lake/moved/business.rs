//! A small business in which things happen from day to day.

use std::collections::BTreeSet;

use bookpath_domain::people::identity::{Decision, Node, Verdict};
use bookpath_lake::{BronzeObject, Change, Changes, ChangesAsked, PaymentRow, SpendRow};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::people::bench;
use crate::simple::{canceled, created};
use crate::told::{close, form};
use crate::{Bench, at};

pub(super) const START: &str = "2025-01-01T08:00:00Z";
pub(super) const DAYS: usize = 20;

/// What happens on a day.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Form {
        person: u8,
        source: u8,
    },
    Books {
        person: u8,
        source: u8,
        in_hours: u8,
    },
    Cancels {
        booking: u8,
    },
    /// A no-show mark is set, or taken back.
    Marks {
        booking: u8,
        set: bool,
    },
    Contact {
        person: u8,
        lead: u8,
    },
    Deal {
        deal: u8,
        lead: u8,
        value: i64,
        won: bool,
    },
    Missed {
        lead: u8,
        came: bool,
    },
    Pays {
        booking: u8,
        amount: i64,
    },
    Spend {
        source: u8,
        amount: i64,
    },
    Merge {
        into: u8,
        from: u8,
    },
}

fn event() -> impl Strategy<Value = Event> {
    let (person, source, lead) = (0..5_u8, 0..3_u8, 0..3_u8);
    prop_oneof![
        3 => (person.clone(), source.clone()).prop_map(|(person, source)| Event::Form { person, source }),
        4 => (person.clone(), source.clone(), 1..70_u8)
            .prop_map(|(person, source, in_hours)| Event::Books { person, source, in_hours }),
        1 => any::<u8>().prop_map(|booking| Event::Cancels { booking }),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(booking, set)| Event::Marks { booking, set }),
        2 => (person.clone(), lead.clone()).prop_map(|(person, lead)| Event::Contact { person, lead }),
        2 => (0..3_u8, lead.clone(), 1..900_i64, any::<bool>())
            .prop_map(|(deal, lead, value, won)| Event::Deal { deal, lead, value, won }),
        1 => (lead, any::<bool>()).prop_map(|(lead, came)| Event::Missed { lead, came }),
        1 => (any::<u8>(), -90..900_i64).prop_map(|(booking, amount)| Event::Pays { booking, amount }),
        1 => (source, 0..500_i64).prop_map(|(source, amount)| Event::Spend { source, amount }),
        1 => (person.clone(), person).prop_map(|(into, from)| Event::Merge { into, from }),
    ]
}

pub(super) fn days() -> impl Strategy<Value = Vec<Vec<Event>>> {
    prop::collection::vec(prop::collection::vec(event(), 0..4), DAYS)
}

const SOURCES: [&str; 3] = ["facebook", "google", "email"];

fn email(person: u8) -> String {
    format!("p{person}@acme.co")
}

/// The business as it goes on.
pub(super) struct Business {
    pub(super) bench: Bench,
    pub(super) now: Timestamp,
    bookings: Vec<Value>,
    events: usize,
    /// What was told since the last run that moved a number.
    pub(super) told: BTreeSet<String>,
    pub(super) paid: bool,
    pub(super) spent: bool,
    pub(super) decided: bool,
    /// The last run moved a number.
    pub(super) moved: bool,
}

fn deal_line(deal: u8, lead: u8, value: i64, won: bool, now: &str) -> String {
    let data = json!({ "lead_id": format!("lead_{lead}"), "user_id": "user_ann",
        "status_type": if won { "won" } else { "active" }, "value": value * 100,
        "value_currency": "USD", "date_won": won.then(|| now[..10].to_owned()) });
    close("opportunity", "updated", &format!("oppo_{deal}"), now, data)
}

fn meeting_line(n: usize, lead: u8, came: bool, now: &str) -> String {
    let data = json!({ "lead_id": format!("lead_{lead}"), "starts_at": now,
        "outcome_id": if came { "came" } else { "missed" } });
    close(
        "activity.meeting",
        "updated",
        &format!("acti_{n}"),
        now,
        data,
    )
}

impl Business {
    pub(super) fn new() -> Self {
        Self {
            bench: bench(),
            now: at(START),
            bookings: Vec::new(),
            events: 0,
            told: BTreeSet::new(),
            paid: false,
            spent: false,
            decided: false,
            moved: true,
        }
    }

    /// What happens comes in, and the run of the day follows.
    pub(super) async fn day(&mut self, events: &[Event]) {
        self.now += SignedDuration::from_hours(24);
        if self.moved {
            (self.paid, self.spent, self.decided) = (false, false, false);
            self.told.clear();
        }
        self.bench.batch += 1;
        let mut objects = Vec::new();
        for event in events {
            self.events += 1;
            if let Some((folder, line)) = self.happens(event).await {
                let line: Value = serde_json::from_str(&line).unwrap();
                self.told
                    .insert(line["raw_sha256"].as_str().unwrap().to_owned());
                let key = format!("bronze/{folder}/date=2025-01-01/{}.json", self.events);
                self.bench.put(&key, &line.to_string()).await;
                objects.push(BronzeObject { key });
            }
        }
        self.bench.etl(&objects, self.now).await.unwrap();
    }

    async fn happens(&mut self, event: &Event) -> Option<(&'static str, String)> {
        let (n, now) = (self.events, self.now.to_string());
        let source = |source: u8| SOURCES[usize::from(source)];
        match event {
            Event::Form {
                person,
                source: from,
            } => {
                let line = form(
                    &format!("tok{n}"),
                    Some(&now),
                    &email(*person),
                    source(*from),
                );
                Some(("typeform_responses", line))
            }
            Event::Books {
                person,
                source: from,
                in_hours,
            } => Some(self.books(*person, source(*from), *in_hours)),
            Event::Cancels { booking } => {
                let place = usize::from(*booking) % self.bookings.len().max(1);
                let mut record = canceled(self.bookings.get(place)?.clone(), &now, None);
                record["raw_sha256"] = json!(format!("raw-{n}"));
                Some(("calendly_events/channel=c", record.to_string()))
            }
            Event::Marks { booking, set } => self.marks(*booking, *set),
            Event::Contact { person, lead } => {
                let data = json!({ "lead_id": format!("lead_{lead}"), "name": format!("P {person}"),
                    "emails": [{ "email": email(*person) }], "date_created": now });
                let id = format!("cont_{person}");
                Some(("close_events", close("contact", "updated", &id, &now, data)))
            }
            Event::Deal {
                deal,
                lead,
                value,
                won,
            } => Some(("close_events", deal_line(*deal, *lead, *value, *won, &now))),
            Event::Missed { lead, came } => {
                Some(("close_events", meeting_line(n, *lead, *came, &now)))
            }
            Event::Pays { booking, amount } => {
                let place = usize::from(*booking) % self.bookings.len().max(1);
                let invitee = self.bookings.get(place)?["invitee_uri"]
                    .as_str()?
                    .to_owned();
                self.pay(invitee, *amount).await;
                None
            }
            Event::Spend { source: of, amount } => {
                self.spend(source(*of), *amount).await;
                None
            }
            Event::Merge { into, from } => {
                self.merge(*into, *from);
                None
            }
        }
    }

    /// The snapshot that comes with a mark is no newer than the one that is known.
    fn marks(&self, booking: u8, set: bool) -> Option<(&'static str, String)> {
        let place = usize::from(booking) % self.bookings.len().max(1);
        let mut record = self.bookings.get(place)?.clone();
        let (name, now) = (
            if set { "created" } else { "deleted" },
            &self.now.to_string(),
        );
        record["webhook_event"] = json!(format!("invitee_no_show.{name}"));
        record["webhook_created_at"] = json!(now);
        record["payload"]["no_show"] = json!(set.then(|| json!({ "created_at": now })));
        record["raw_sha256"] = json!(format!("raw-{}", self.events));
        Some(("calendly_events/channel=c", record.to_string()))
    }

    fn books(&mut self, person: u8, source: &str, in_hours: u8) -> (&'static str, String) {
        let (n, now) = (self.events, self.now.to_string());
        let start = self.now + SignedDuration::from_hours(i64::from(in_hours));
        let end = start + SignedDuration::from_mins(30);
        let name = if n.is_multiple_of(2) {
            "Triage call"
        } else {
            "Solution call"
        };
        let mut record = created(
            &format!("A{n}"),
            &email(person),
            &now,
            &start.to_string(),
            &end.to_string(),
        );
        record["event_name"] = json!(name);
        record["utm_source"] = json!(source);
        record["raw_sha256"] = json!(format!("raw-{n}"));
        self.bookings.push(record.clone());
        ("calendly_events/channel=c", record.to_string())
    }

    async fn pay(&mut self, invitee: String, amount_minor: i64) {
        self.paid = true;
        let payment = PaymentRow {
            payment_id: format!("pay_{}", self.events),
            contact_id: None,
            booking_id: "b".to_owned(),
            kind: if amount_minor < 0 { "refund" } else { "charge" },
            amount_minor,
            currency: "USD".to_owned(),
            occurred_at: self.now,
            invitee_uri: Some(invitee),
            raw_sha256: None,
        };
        let lake = &self.bench.lake;
        lake.append_payments(&[payment], &[], self.now)
            .await
            .unwrap();
    }

    async fn spend(&mut self, channel: &str, amount_minor: i64) {
        self.spent = true;
        let row = SpendRow {
            day: self.now.to_zoned(jiff::tz::TimeZone::UTC).date(),
            channel: channel.to_owned(),
            campaign: Some("BrandCampaign1".to_owned()),
            amount_minor,
            currency: "USD".to_owned(),
        };
        let (lake, rules) = (&self.bench.lake, &self.bench.rules);
        lake.append_ad_spend(&[row], rules, self.now).await.unwrap();
    }

    fn merge(&mut self, into: u8, from: u8) {
        self.decided = true;
        let node = |person| Node::Email(email(person));
        self.bench.directory.decisions.push(Decision {
            id: format!("d{}", self.events),
            verdict: Verdict::Merge {
                into: node(into),
                from: node(from),
            },
            actor: "admin".to_owned(),
            at: self.now,
            reason: None,
            holders: Default::default(),
        });
    }

    /// Everything that changed, in one part.
    pub(super) async fn changes(&self, since: Timestamp) -> Vec<Change> {
        let part = self.part((since, 0), 1_000_000, usize::MAX).await;
        assert_eq!(part.next, None);
        part.found
    }

    pub(super) async fn part(
        &self,
        (since, skip): (Timestamp, usize),
        limit: usize,
        rows_max: usize,
    ) -> Changes {
        let asked = ChangesAsked {
            rules: &self.bench.rules,
            directory: &self.bench.directory,
            since,
            skip,
            limit,
            rows_max,
            users: None,
            corrected_before: None,
        };
        self.bench.lake.changes(&asked).await.unwrap()
    }
}
