//! Tests of who is who.

mod decided;
mod orders;
mod rules;

use super::{Decision, Node, Record, RecordKey, Verdict};
use crate::inbox::vendor::Vendor;
use crate::people::phone::Phone;
use crate::testing::at;

fn record(vendor: Vendor, kind: &str, id: &str) -> Record {
    Record::bare(RecordKey::new(vendor, kind, id), at("2026-03-01T10:00:00Z"))
}

fn invitee(id: &str, name: &str, email: &str, phone: &str) -> Record {
    with(record(Vendor::Calendly, "invitee", id), name, email, phone)
}

fn response(id: &str, name: &str, email: &str, phone: &str) -> Record {
    with(
        record(Vendor::Typeform, "form_response", id),
        name,
        email,
        phone,
    )
}

/// Several addresses and numbers are divided by blanks.
fn crm(id: &str, name: &str, emails: &str, phones: &str) -> Record {
    with(record(Vendor::Close, "contact", id), name, emails, phones)
}

fn with(mut record: Record, name: &str, emails: &str, phones: &str) -> Record {
    record.name = (!name.is_empty()).then(|| name.to_owned());
    record.emails = emails.split_whitespace().map(str::to_owned).collect();
    let phone = |text| Phone::parse(text, "US").unwrap();
    record.phones = phones.split_whitespace().map(phone).collect();
    record
}

fn decision(id: &str, verdict: Verdict) -> Decision {
    Decision {
        id: id.to_owned(),
        verdict,
        actor: "admin-1".to_owned(),
        at: at("2026-04-01T10:00:00Z"),
        reason: None,
        holders: Default::default(),
    }
}

fn email(text: &str) -> Node {
    Node::Email(text.to_owned())
}

fn merge(id: &str, into: &str, from: &str) -> Decision {
    let (into, from) = (email(into), email(from));
    decision(id, Verdict::Merge { into, from })
}

fn unmerge(id: &str, edge_id: &str) -> Decision {
    let edge_id = edge_id.to_owned();
    decision(id, Verdict::Unmerge { edge_id })
}

fn apart(id: &str, a: &str, b: &str) -> Decision {
    let (a, b) = (email(a), email(b));
    decision(id, Verdict::NotTheSame { a, b })
}
