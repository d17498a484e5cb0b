//! The naive model: what silver and gold must hold, told simply from all records at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Row;

/// A folded invitee.
#[derive(Clone)]
struct Invitee {
    record: Value,
    digest: String,
    marked: Option<Timestamp>,
    unmarked: Option<Timestamp>,
    /// The newest mark or end of one, with the digest of the webhook that told of it.
    told: Option<(Timestamp, Option<String>)>,
}

fn text(record: &Value, key: &str) -> Option<String> {
    record[key]
        .as_str()
        .filter(|t| !t.is_empty())
        .map(str::to_owned)
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(|t| t.parse().ok())
}

impl Invitee {
    fn uri(&self) -> String {
        text(&self.record, "invitee_uri").unwrap()
    }

    fn time(&self, key: &str) -> Timestamp {
        time(&self.record[key]).unwrap()
    }

    fn canceled(&self) -> bool {
        self.record["invitee_status"] == "canceled"
    }

    fn rank(&self) -> (Timestamp, bool, bool, String) {
        (
            self.time("invitee_updated_at"),
            self.canceled(),
            self.record["payload"]["no_show"].is_object(),
            self.digest.clone(),
        )
    }

    fn attendance(&self, as_of: Timestamp) -> (&'static str, &'static str) {
        let (start, end) = (self.time("event_start_time"), self.time("event_end_time"));
        if self.canceled() {
            let when = time(&self.record["payload"]["cancellation"]["created_at"])
                .unwrap_or(self.time("invitee_updated_at"));
            return (
                if when >= start {
                    "canceled_late"
                } else {
                    "canceled_early"
                },
                "calendly",
            );
        }
        let in_force = self.marked.is_some() && self.marked > self.unmarked;
        if in_force && start <= as_of {
            return ("no_show", "calendly");
        }
        if end <= as_of {
            return (
                "attended",
                if self.unmarked.is_some() && !in_force {
                    "calendly"
                } else {
                    "default"
                },
            );
        }
        ("pending", "default")
    }

    fn names(&self) -> Vec<String> {
        ["old_invitee", "new_invitee"]
            .iter()
            .filter_map(|k| text(&self.record["payload"], k))
            .collect()
    }
}

/// Newest snapshot of each invitee, by uri.
fn fold(records: &[String]) -> BTreeMap<String, Invitee> {
    let mut rows: BTreeMap<String, Invitee> = BTreeMap::new();
    for line in records {
        let record: Value = serde_json::from_str(line).unwrap();
        let payload = serde_json::value::RawValue::from_string(payload_text(line)).unwrap();
        let digest = text(&record, "raw_sha256")
            .unwrap_or_else(|| hex::encode(Sha256::digest(payload.get())));
        let (mut marked, mut unmarked) = (None, None);
        let hook = record["webhook_event"].as_str().unwrap();
        if hook == "invitee_no_show.deleted" {
            unmarked = time(&record["webhook_created_at"]);
        } else if hook == "invitee_no_show.created" || record["payload"]["no_show"].is_object() {
            marked = time(&record["payload"]["no_show"]["created_at"])
                .or(time(&record["webhook_created_at"]));
        }
        let told = marked.max(unmarked);
        let new = Invitee {
            told: told.map(|at| (at, text(&record, "raw_sha256"))),
            record,
            digest,
            marked,
            unmarked,
        };
        let known = rows.entry(new.uri()).or_insert_with(|| new.clone());
        let (marked, unmarked) = (
            known.marked.max(new.marked),
            known.unmarked.max(new.unmarked),
        );
        let told = known.told.clone().max(new.told.clone());
        if new.rank() > known.rank() {
            *known = new;
        }
        (known.marked, known.unmarked, known.told) = (marked, unmarked, told);
    }
    rows
}

fn payload_text(line: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Outer<'a> {
        #[serde(borrow)]
        payload: &'a serde_json::value::RawValue,
    }
    serde_json::from_str::<Outer<'_>>(line)
        .unwrap()
        .payload
        .get()
        .to_owned()
}

/// Members of each chain, oldest first.
fn chains(rows: &BTreeMap<String, Invitee>) -> Vec<Vec<&Invitee>> {
    let mut label: BTreeMap<String, String> = BTreeMap::new();
    for (uri, row) in rows {
        label.entry(uri.clone()).or_insert_with(|| uri.clone());
        for name in row.names() {
            label.entry(name.clone()).or_insert(name);
        }
    }
    loop {
        let mut changed = false;
        for (uri, row) in rows {
            for name in row.names() {
                let least = label[uri].clone().min(label[&name].clone());
                for who in [uri, &name] {
                    if label[who] != least {
                        label.insert(who.clone(), least.clone());
                        changed = true;
                    }
                }
            }
        }
        if !changed {
            break;
        }
    }
    let mut groups: BTreeMap<String, Vec<&Invitee>> = BTreeMap::new();
    for (uri, row) in rows {
        groups.entry(label[uri].clone()).or_default().push(row);
    }
    let mut chains: Vec<_> = groups.into_values().collect();
    for chain in &mut chains {
        chain.sort_by_key(|i| (i.time("invitee_created_at"), i.uri()));
    }
    chains
}

/// Two decimals, half away from zero.
pub(crate) fn ratio(n: i128, d: i128) -> Value {
    if d == 0 {
        return Value::Null;
    }
    let hundredths = (2 * 100 * n.abs() + d.abs()) / (2 * d.abs()) * n.signum() * d.signum();
    json!(hundredths as f64 / 100.0)
}

pub(crate) fn whole(n: Option<i64>, d: i64) -> Value {
    match n {
        Some(n) if d != 0 => json!((2 * n.abs() + d) / (2 * d) * n.signum()),
        _ => Value::Null,
    }
}

pub(crate) fn row(value: Value) -> Row {
    value.as_object().unwrap().clone()
}

fn utc(t: Timestamp) -> Value {
    json!(t.to_string())
}

pub(crate) struct Spend {
    pub day: Date,
    pub channel: String,
    pub campaign: Option<String>,
    pub amount_minor: i64,
}

/// What the tables must hold.
pub(crate) struct Model {
    pub invitees: Vec<Row>,
    pub time_analysis: Vec<Row>,
    pub trend: Vec<Row>,
    pub attribution: Vec<Row>,
    pub cost: Vec<Row>,
    pub by_source: Vec<Row>,
}

/// One booking as gold counts it.
struct Booking {
    date: Date,
    hour: i8,
    channel: String,
    campaign: Option<String>,
    source: Option<String>,
    contact: String,
    order: (Timestamp, String),
    lead_us: i128,
    outcome: &'static str,
}

pub(crate) fn model(
    records: &[String],
    spend: &[Spend],
    zone: &TimeZone,
    as_of: Timestamp,
) -> Model {
    let rows = fold(records);
    let chains = chains(&rows);
    let mut invitees = Vec::new();
    let mut bookings = Vec::new();
    for chain in &chains {
        let (first, newest) = (chain[0], chain[chain.len() - 1]);
        for member in chain {
            invitees.push(silver(member, &first.uri(), zone, as_of));
        }
        let local = first.time("invitee_created_at").to_zoned(zone.clone());
        let kind = newest.attendance(as_of).0;
        let outcome = match kind {
            "canceled_early" | "canceled_late" if newest.record["invitee_rescheduled"] == true => {
                "superseded"
            }
            "canceled_early" | "canceled_late" => "canceled",
            other => other,
        };
        let lead = newest.time("event_start_time").as_microsecond()
            - first.time("invitee_created_at").as_microsecond();
        bookings.push(Booking {
            date: local.date(),
            hour: local.hour(),
            channel: text(&first.record, "marketing_channel")
                .unwrap_or_else(|| "unknown".to_owned()),
            campaign: text(&first.record, "utm_campaign"),
            source: text(&first.record, "utm_source"),
            contact: first.record["invitee_email"]
                .as_str()
                .unwrap()
                .trim()
                .to_lowercase(),
            order: (first.time("invitee_created_at"), first.uri()),
            lead_us: lead.into(),
            outcome,
        });
    }
    invitees.sort_by_key(|r| r["invitee_uri"].as_str().unwrap().to_owned());
    Model {
        invitees,
        time_analysis: time_analysis(&bookings),
        trend: trend(&bookings),
        attribution: attribution(&bookings, spend),
        cost: cost(&bookings, spend),
        by_source: by_source(&bookings),
    }
}

fn silver(i: &Invitee, chain_id: &str, zone: &TimeZone, as_of: Timestamp) -> Row {
    let r = &i.record;
    let created = i.time("invitee_created_at");
    let local = created.to_zoned(zone.clone());
    let own = text(r, "invitee_timezone").and_then(|z| TimeZone::get(&z).ok());
    let hour = |t: Timestamp| own.clone().map(|z| t.to_zoned(z).hour());
    let weekday = own.clone();
    let weekday = weekday.map(|z| created.to_zoned(z).strftime("%A").to_string());
    let (attendance, source) = i.attendance(as_of);
    let mut out = Row::new();
    for key in [
        "invitee_uri",
        "invitee_name",
        "invitee_first_name",
        "invitee_last_name",
        "invitee_status",
        "invitee_timezone",
        "invitee_phone",
        "event_name",
        "event_status",
        "event_type",
        "location_type",
        "location_join_url",
        "utm_campaign",
        "utm_source",
        "utm_medium",
        "utm_content",
        "utm_term",
        "raw_sha256",
    ] {
        out.insert(key.to_owned(), json!(text(r, key)));
    }
    let mark = i.told.as_ref().and_then(|(_, digest)| digest.as_ref());
    out.insert("mark_sha256".to_owned(), json!(mark));
    for key in [
        "invitee_created_at",
        "invitee_updated_at",
        "event_start_time",
        "event_end_time",
        "event_created_at",
    ] {
        out.insert(key.to_owned(), utc(i.time(key)));
    }
    let changed = time(&r["payload"]["scheduled_event"]["updated_at"]);
    out.insert(
        "event_updated_at".to_owned(),
        json!(changed.map(|at| at.to_string())),
    );
    let email = r["invitee_email"].as_str().unwrap().trim().to_lowercase();
    out.extend(row(json!({
        "invitee_email": email, "invitee_canceled": i.canceled(), "invitee_rescheduled": r["invitee_rescheduled"] == true,
        "marketing_channel": text(r, "marketing_channel").unwrap_or_else(|| "unknown".to_owned()),
        "booking_date": local.date().to_string(), "booking_year": local.year(), "booking_month": local.month(),
        "booking_day_of_week": local.strftime("%A").to_string(), "booking_hour": local.hour(),
        "event_uri": text(&r["payload"], "event"), "host_email": "h@c.test", "host_name": "H",
        "old_invitee_uri": text(&r["payload"], "old_invitee"), "new_invitee_uri": text(&r["payload"], "new_invitee"),
        "chain_id": chain_id, "attendance": attendance, "attendance_source": source,
        "booking_day_of_week_local": weekday, "booking_hour_local": hour(created), "event_hour_local": hour(i.time("event_start_time")),
    })));
    out
}

fn count(bookings: &[&Booking], outcome: &str) -> usize {
    bookings.iter().filter(|b| b.outcome == outcome).count()
}

fn group<K: Ord>(bookings: &[Booking], key: impl Fn(&Booking) -> K) -> BTreeMap<K, Vec<&Booking>> {
    let mut groups: BTreeMap<K, Vec<&Booking>> = BTreeMap::new();
    for booking in bookings {
        groups.entry(key(booking)).or_default().push(booking);
    }
    groups
}

fn time_analysis(bookings: &[Booking]) -> Vec<Row> {
    let groups = group(bookings, |b| {
        (b.date.strftime("%A").to_string(), b.hour, b.channel.clone())
    });
    let rows = groups.into_iter().map(|((day, hour, channel), b)| {
        let lead: i128 = b.iter().map(|b| b.lead_us).sum();
        row(json!({
            "booking_day_of_week": day, "booking_hour": hour, "marketing_channel": channel, "bookings": b.len(),
            "canceled": count(&b, "canceled"), "attended": count(&b, "attended"), "no_show": count(&b, "no_show"),
            "avg_lead_hours": ratio(lead, b.len() as i128 * 3_600_000_000),
        }))
    });
    rows.collect()
}

fn trend(bookings: &[Booking]) -> Vec<Row> {
    let by_day = group(bookings, |b| b.date);
    let (Some(first), Some(last)) = (by_day.keys().next(), by_day.keys().last()) else {
        return Vec::new();
    };
    let on = |d: Date| by_day.get(&d).map_or(0, |b| b.len() as i128);
    let mut rows = Vec::new();
    let mut day = *first;
    while day <= *last {
        let sum = |n: i64| {
            (0..n)
                .map(|i| on(day.checked_sub(i.days()).unwrap()))
                .sum::<i128>()
        };
        let base = on(day.checked_sub(7.days()).unwrap());
        rows.push(row(json!({
            "booking_date": day.to_string(), "bookings": on(day) as i64, "bookings_7d_avg": ratio(sum(7), 7),
            "bookings_28d_avg": ratio(sum(28), 28), "wow_change_pct": ratio(100 * (on(day) - base), base),
        })));
        day = day.tomorrow().unwrap();
    }
    rows
}

fn attribution(bookings: &[Booking], spend: &[Spend]) -> Vec<Row> {
    let month = |d: Date| d.strftime("%Y-%m").to_string();
    let groups = group(bookings, |b| {
        (month(b.date), b.channel.clone(), b.campaign.clone())
    });
    let mut keys: BTreeSet<_> = groups.keys().cloned().collect();
    keys.extend(
        spend
            .iter()
            .map(|s| (month(s.day), s.channel.clone(), s.campaign.clone())),
    );
    let rows = keys.into_iter().map(|key| {
        let touches = groups.get(&key).map_or(0, Vec::len);
        let mine: Vec<i64> =
            spend.iter().filter(|s| (month(s.day), s.channel.clone(), s.campaign.clone()) == key).map(|s| s.amount_minor).collect();
        let cost = (!mine.is_empty()).then(|| mine.iter().sum::<i64>());
        row(json!({
            "month": key.0, "channel": key.1, "campaign": key.2, "model": "booking", "touches": touches, "conversions_credit": touches as f64,
            "revenue_credit_minor": 0, "cash_credit_minor": 0, "cost_minor": cost, "roas": ratio(0, cost.unwrap_or(0).into()),
            "currency": null, "cost_currency": cost.map(|_| "USD"),
        }))
    });
    rows.collect()
}

fn cost(bookings: &[Booking], spend: &[Spend]) -> Vec<Row> {
    let groups = group(bookings, |b| {
        (b.date, b.channel.clone(), b.campaign.clone())
    });
    let mut keys: BTreeSet<_> = groups.keys().cloned().collect();
    keys.extend(
        spend
            .iter()
            .map(|s| (s.day, s.channel.clone(), s.campaign.clone())),
    );
    let rows = keys.into_iter().map(|key| {
        let b = groups.get(&key).cloned().unwrap_or_default();
        let amount = spend.iter().find(|s| (s.day, &s.channel, &s.campaign) == (key.0, &key.1, &key.2)).map(|s| s.amount_minor);
        let attended = count(&b, "attended") as i64;
        row(json!({
            "booking_date": key.0.to_string(), "channel": key.1, "campaign": key.2, "spend_minor": amount, "bookings": b.len(), "attended": attended,
            "cost_per_booking_minor": whole(amount, b.len() as i64), "cost_per_attended_minor": whole(amount, attended),
            "spend_status": if amount.is_some() { "known" } else { "missing" }, "currency": amount.map(|_| "USD"),
        }))
    });
    rows.collect()
}

fn by_source(bookings: &[Booking]) -> Vec<Row> {
    let key = |b: &Booking| (b.date, b.source.clone(), b.channel.clone());
    let mut first: BTreeMap<&str, &Booking> = BTreeMap::new();
    for booking in bookings {
        let known = first.entry(&booking.contact).or_insert(booking);
        if booking.order < known.order {
            *known = booking;
        }
    }
    let rows = group(bookings, key).into_iter().map(|(k, b)| {
        let unique: BTreeSet<&str> = b.iter().map(|b| b.contact.as_str()).collect();
        let first_time = first.values().filter(|b| key(b) == k).count();
        row(json!({
            "booking_date": k.0.to_string(), "utm_source": k.1, "marketing_channel": k.2, "bookings": b.len(),
            "unique_contacts": unique.len(), "first_time_contacts": first_time,
        }))
    });
    rows.collect()
}
