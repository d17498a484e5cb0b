//! The records of a batch by the person that they are of.
//!
//! Late records of people who were erased are among them: what they say of a booking that is kept, such as its cancellation,
//! is done without the person, so that whoever paid gets their money back (X60).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use bookpath_domain::people::anonymize::Anonymizer;
use bookpath_domain::{BusinessConfig, StreamRecord, Vendor};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::to_raw_value;

use crate::ports::LogRecord;
use crate::privacy::tombstones;

/// A record that is reacted to.
#[derive(Debug)]
pub(super) struct Taken<'a> {
    pub(super) record: Cow<'a, LogRecord>,
    /// It is of somebody who was erased, and tells nothing of them any more: only bookings that are there change.
    pub(super) late: bool,
}

/// The records of a batch by person, in their order. Of those of `erased` people only texts and what may change a booking
/// stay.
pub(super) fn by_person<'a>(
    batch: &'a [LogRecord],
    erased: &BTreeSet<String>,
    rules: &BusinessConfig,
) -> BTreeMap<String, Vec<Taken<'a>>> {
    let mut people: BTreeMap<String, Vec<Taken<'_>>> = BTreeMap::new();
    for record in batch {
        let taken = if erased.contains(&record.sequence) {
            late(record, rules)
        } else {
            Some(Taken {
                record: Cow::Borrowed(record),
                late: false,
            })
        };
        people.entry(person_of(record)).or_default().extend(taken);
    }
    people
}

#[derive(Deserialize)]
struct Person {
    person_key: String,
}

fn person_of(record: &LogRecord) -> String {
    serde_json::from_slice::<Person>(&record.data).map_or_else(|_| String::new(), |p| p.person_key)
}

fn late<'a>(record: &'a LogRecord, rules: &BusinessConfig) -> Option<Taken<'a>> {
    let mut stream: StreamRecord = serde_json::from_slice(&record.data).ok()?;
    match stream.envelope.vendor {
        // A text is always heard: a STOP protects a number whoever holds it, and react keeps nothing of who has no conversation.
        Vendor::Sms => Some(Taken {
            record: Cow::Borrowed(record),
            late: false,
        }),
        Vendor::Calendly | Vendor::Stripe => {
            let subject = tombstones::named(&stream, rules);
            let mut body: Value = serde_json::from_str(stream.body.get()).ok()?;
            Anonymizer::new(&subject).anonymize(&mut body);
            stream.body = to_raw_value(&body).ok()?;
            stream.envelope.delivery.person_key = subject.anonymous();
            let record = LogRecord {
                sequence: record.sequence.clone(),
                data: serde_json::to_vec(&stream).ok()?,
            };
            Some(Taken {
                record: Cow::Owned(record),
                late: true,
            })
        }
        Vendor::Close | Vendor::Typeform => None,
    }
}
