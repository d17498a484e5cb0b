//! One person out of many records: which name, address, telephone and source is shown, and what is not.
//!
//! Nothing is dropped: values that are not shown stay listed with their record (S3-36).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::identity::{Contact, Node, Record, RecordKey};
use crate::inbox::vendor::Vendor;

/// A value with the record that it comes from.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sourced {
    #[debug(skip)]
    pub value: String,
    pub record: RecordKey,
    /// When the record came to be.
    pub at: Timestamp,
}

/// A value that is not shown, because another record's value ranks higher.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// `name`, `email`, `phone` or `source`.
    pub field: &'static str,
    #[serde(flatten)]
    pub value: Sourced,
    /// The record whose value is shown.
    pub won_by: RecordKey,
}

/// One arrival of a person: a form, a booking, or the source that the CRM keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    pub record: RecordKey,
    pub at: Timestamp,
    /// `utm_source`; of a CRM lead its source field.
    pub source: Option<String>,
}

/// The fields of a contact that several records may fill.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Merged {
    #[debug(skip)]
    pub name: Option<String>,
    /// Given and family name, where the name has two words or more (S3-30).
    #[debug(skip)]
    pub first_name: Option<String>,
    #[debug(skip)]
    pub last_name: Option<String>,
    /// Further spellings and names.
    #[debug(skip)]
    pub aliases: Vec<String>,
    /// All addresses, the primary one first (S3-31).
    #[debug(skip)]
    pub emails: Vec<String>,
    /// All numbers in E.164, the primary one first (S3-32).
    #[debug(skip)]
    pub phones: Vec<String>,
    pub original_source: Option<String>,
    pub latest_source: Option<String>,
    pub close_source: Option<String>,
    pub first_contact_date: Option<Timestamp>,
    /// By field, in the order in which they lost.
    pub lost: Vec<Lost>,
}

/// The fields of a contact, from its records and arrivals in any order.
#[must_use]
pub fn merge(contact: &Contact, records: &[Record], arrivals: &[Arrival]) -> Merged {
    let members: Vec<&Record> = contact.members(records).collect();
    let names = ranked(
        &members,
        |r| r.name.iter().map(|n| tidy(n)).collect(),
        by_vendor,
    );
    let emails = ranked(
        &members,
        |r| r.emails.clone(),
        |r| by_age(r, &contact.anchor),
    );
    let phones = |r: &Record| r.phones.iter().map(|p| p.as_str().to_owned()).collect();
    let phones = ranked(&members, phones, by_crm);
    let (sources, latest, close) = sources(arrivals);
    let first_contact_date = members
        .iter()
        .map(|record| record.seen_at)
        .chain(arrivals.iter().map(|arrival| arrival.at))
        .min();
    let name = names.first().map(|n| n.value.clone());
    let (first_name, last_name) = name.as_deref().map(halves).unwrap_or_default();
    let fields = [
        ("name", &names),
        ("email", &emails),
        ("phone", &phones),
        ("source", &sources),
    ];
    Merged {
        first_name,
        last_name,
        aliases: values(&names).into_iter().skip(1).collect(),
        emails: emails_first(&contact.anchor, &emails),
        phones: values(&phones),
        original_source: sources.first().map(|s| s.value.clone()),
        latest_source: latest,
        close_source: close,
        first_contact_date,
        lost: fields.into_iter().flat_map(lost).collect(),
        name,
    }
}

fn values(ranked: &[Sourced]) -> Vec<String> {
    ranked.iter().map(|s| s.value.clone()).collect()
}

fn emails_first(anchor: &Node, ranked: &[Sourced]) -> Vec<String> {
    let mut emails = values(ranked);
    if let Node::Email(primary) = anchor {
        emails.sort_by_key(|email| email != primary);
    }
    emails
}

fn lost((field, ranked): (&'static str, &Vec<Sourced>)) -> Vec<Lost> {
    let Some((winner, others)) = ranked.split_first() else {
        return Vec::new();
    };
    let lost = |value: &Sourced| Lost {
        field,
        value: value.clone(),
        won_by: winner.record.clone(),
    };
    others.iter().map(lost).collect()
}

/// The distinct values of the records, by rank and, within one, by place in the record and name.
///
/// A value that several records have stands at the best of their places. Case and accents of a name
/// make another spelling, but not another value.
fn ranked<K: Ord>(
    members: &[&Record],
    values_of: impl Fn(&Record) -> Vec<String>,
    rank: impl Fn(&Record) -> K,
) -> Vec<Sourced> {
    let mut all: Vec<(K, usize, Sourced)> = Vec::new();
    for record in members {
        for (place, value) in values_of(record).into_iter().enumerate() {
            let sourced = Sourced {
                value,
                record: record.key.clone(),
                at: record.seen_at,
            };
            all.push((rank(record), place, sourced));
        }
    }
    all.sort_by(|a, b| (&a.0, a.1, &a.2.record).cmp(&(&b.0, b.1, &b.2.record)));
    let mut seen = BTreeSet::new();
    let mut distinct = all.into_iter().map(|(.., sourced)| sourced);
    let mut out = Vec::new();
    for sourced in &mut distinct {
        if !sourced.value.is_empty() && seen.insert(sourced.value.to_lowercase()) {
            out.push(sourced);
        }
    }
    out
}

/// Newest first.
fn newest(record: &Record) -> std::cmp::Reverse<Timestamp> {
    std::cmp::Reverse(record.version_at)
}

/// Close before Typeform before Calendly before the others (S3-30).
fn by_vendor(record: &Record) -> (u8, std::cmp::Reverse<Timestamp>) {
    let rank = match record.key.vendor {
        Vendor::Close => 0,
        Vendor::Typeform => 1,
        Vendor::Calendly => 2,
        Vendor::Stripe => 3,
        Vendor::Sms => 4,
    };
    (rank, newest(record))
}

/// The record with the main address first, then the oldest.
fn by_age(record: &Record, anchor: &Node) -> (bool, Timestamp) {
    let main = matches!(anchor, Node::Email(email) if record.emails.contains(email));
    (!main, record.seen_at)
}

/// The CRM's number before the one that was given last (S3-32). A booking's or form's was given when it was made, whatever
/// became of it later.
fn by_crm(record: &Record) -> (bool, std::cmp::Reverse<Timestamp>) {
    match record.is_crm_contact() {
        true => (false, newest(record)),
        false => (true, std::cmp::Reverse(record.seen_at)),
    }
}

/// Sources in the order in which they may be the original one: the first of a form, else the first of
/// any other arrival (S3-33); then the latest one, and the one that the CRM keeps.
fn sources(arrivals: &[Arrival]) -> (Vec<Sourced>, Option<String>, Option<String>) {
    let known = |arrival: &Arrival| {
        let value = arrival.source.as_deref().map(str::trim)?;
        (!value.is_empty()).then(|| Sourced {
            value: value.to_owned(),
            record: arrival.record.clone(),
            at: arrival.at,
        })
    };
    let mut all: Vec<Sourced> = arrivals.iter().filter_map(known).collect();
    let vendor = |s: &Sourced| s.record.vendor;
    all.sort_by(|a, b| (a.at, &a.record).cmp(&(b.at, &b.record)));
    let close = all.iter().rfind(|s| vendor(s) == Vendor::Close);
    let close = close.map(|s| s.value.clone());
    let mut arrived: Vec<Sourced> = all
        .into_iter()
        .filter(|s| vendor(s) != Vendor::Close)
        .collect();
    let latest = arrived.last().map(|s| s.value.clone());
    arrived.sort_by_key(|s| vendor(s) != Vendor::Typeform);
    let mut seen = BTreeSet::new();
    arrived.retain(|s| seen.insert(s.value.to_lowercase()));
    (arrived, latest, close)
}

/// The words with one blank between them.
fn tidy(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn halves(name: &str) -> (Option<String>, Option<String>) {
    match name.split_once(' ') {
        Some((first, last)) => (Some(first.to_owned()), Some(last.to_owned())),
        None => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::identity::resolve;
    use crate::people::phone::Phone;
    use crate::testing::at;

    fn record(vendor: Vendor, id: &str, day: &str, name: &str, phone: &str) -> Record {
        let kind = if vendor == Vendor::Close {
            "contact"
        } else {
            "form"
        };
        let mut record = Record::bare(
            RecordKey::new(vendor, kind, id),
            at(&format!("{day}T00:00:00Z")),
        );
        record.name = Some(name.to_owned());
        record.emails = vec!["jane@acme.co".to_owned()];
        record.phones = Phone::parse(phone, "US").into_iter().collect();
        record
    }

    fn arrival(vendor: Vendor, day: &str, source: &str) -> Arrival {
        Arrival {
            record: RecordKey::new(vendor, "x", day),
            at: at(&format!("{day}T00:00:00Z")),
            source: Some(source.to_owned()),
        }
    }

    #[test]
    fn the_crm_names_and_calls_and_the_rest_stays_visible() {
        let mut crm = record(
            Vendor::Close,
            "c",
            "2026-01-03",
            "Jane A. Doe",
            "+12223330003",
        );
        crm.emails.push("jane@home.example".to_owned());
        let records = [
            record(
                Vendor::Calendly,
                "i",
                "2026-01-01",
                "jane  doe",
                "+12223330001",
            ),
            record(
                Vendor::Typeform,
                "t",
                "2026-01-02",
                "Jane Doe",
                "+12223330002",
            ),
            crm,
            record(Vendor::Calendly, "j", "2026-01-09", "Janie", "+12223330009"),
        ];
        let people = resolve(&records, &[]);
        let merged = merge(&people.contacts[0], &records, &[]);
        assert_eq!(merged.name.as_deref(), Some("Jane A. Doe"));
        assert_eq!(merged.last_name.as_deref(), Some("A. Doe"));
        assert_eq!(merged.aliases, ["Jane Doe", "Janie"]);
        assert_eq!(merged.emails, ["jane@acme.co", "jane@home.example"]);
        let phones = [
            "+12223330003",
            "+12223330009",
            "+12223330002",
            "+12223330001",
        ];
        assert_eq!(merged.phones, phones);
        assert_eq!(merged.first_contact_date, Some(records[0].seen_at));
        let lost: Vec<(&str, &str)> = merged
            .lost
            .iter()
            .map(|l| (l.field, l.value.record.id.as_str()))
            .collect();
        let expected = [
            ("name", "t"),
            ("name", "j"),
            ("email", "c"),
            ("phone", "j"),
            ("phone", "t"),
            ("phone", "i"),
        ];
        assert_eq!(lost, expected);
        assert!(
            merged
                .lost
                .iter()
                .all(|l| l.field == "email" || l.won_by.id == "c")
        );
    }

    #[test]
    fn without_the_crm_the_latest_number_is_called() {
        let records = [
            record(Vendor::Calendly, "i", "2026-01-01", "", "+12223330001"),
            record(Vendor::Typeform, "t", "2026-01-02", "", "+12223330002"),
        ];
        let people = resolve(&records, &[]);
        let merged = merge(&people.contacts[0], &records, &[]);
        assert_eq!(merged.phones, ["+12223330002", "+12223330001"]);
        assert_eq!((merged.name, merged.aliases.len()), (None, 0));
    }

    #[test]
    fn the_original_source_is_the_first_form_with_one() {
        let records = [record(Vendor::Calendly, "i", "2026-01-01", "", "")];
        let people = resolve(&records, &[]);
        let sources = |arrivals: &[Arrival]| {
            let merged = merge(&people.contacts[0], &records, arrivals);
            let texts = [
                merged.original_source,
                merged.latest_source,
                merged.close_source,
            ];
            texts.map(Option::unwrap_or_default)
        };
        let google = arrival(Vendor::Calendly, "2026-01-01", "google");
        let meta = arrival(Vendor::Typeform, "2026-01-02", "meta");
        let news = arrival(Vendor::Calendly, "2026-01-03", "news");
        let crm = arrival(Vendor::Close, "2026-01-04", "Referral");
        let all = [news.clone(), crm, meta, google.clone()];
        assert_eq!(sources(&all), ["meta", "news", "Referral"]);
        assert_eq!(sources(&[news, google]), ["google", "news", ""]);
        assert_eq!(sources(&[]), ["", "", ""]);
    }
}
