//! Deduplication: a delivery goes onto the stream once per meaning.

use bookpath_domain::Delivery;
use bookpath_domain::DeliveryStatus;
use bookpath_domain::Envelope;
use bookpath_domain::inbox::envelope::Origin;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::inbox::archive::Archived;
use crate::inbox::consumers::REACT;
use crate::inbox::dead_letters;
use crate::inbox::delivery::{self, DedupeRow, DeliveryRow};
use crate::inbox::found::{FoundBySync, HowItCame};
use crate::inbox::receipt::ReceiveError;
use crate::inbox::stores::Inbox;
use crate::ports::{Commit, Expect, Item, LogEntry, Rounds, StoreError, Write};

/// Contents kept per meaning. A vendor that re-uses a version more often than this is only counted.
const CONTENTS_MAX: usize = 16;

/// Whether the meaning was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Duplicate,
}

/// The stream record as it is written: the body is borrowed.
#[derive(Serialize)]
struct OutgoingRecord<'a> {
    #[serde(flatten)]
    envelope: &'a Envelope,
    body: &'a RawValue,
}

/// Publishes a delivery unless its meaning is known already.
///
/// Idempotency key: the delivery's dedupe key. The first try assumes that the meaning is new and reads
/// nothing; the store's condition tells. Where the stream is a service of its own, that try puts the record even if
/// the meaning is known: so a vendor's retry brings a record that was lost after its writes held.
///
/// # Errors
/// [`ReceiveError::Storage`].
pub(super) async fn dedupe(
    inbox: &Inbox,
    archived: &Archived,
    came: HowItCame,
    delivery: Delivery,
    content_sha256: &str,
    delivery_id: &str,
    body: &[u8],
) -> Result<Verdict, ReceiveError> {
    let dedupe = delivery::dedupe_key(&delivery.dedupe_key(archived.vendor));
    if body.trim_ascii().len() != body.len() {
        // The record carries the JSON without the white space around it, so only the raw object has every byte.
        inbox.objects.sync(&archived.raw_key).await?;
    }
    let mut arrival = Arrival {
        envelope: Envelope {
            delivery_id: delivery_id.to_owned(),
            vendor: archived.vendor,
            delivery,
            origin: came.origin,
            received_at: archived.received_at,
            raw_key: archived.raw_key.clone(),
            raw_sha256: archived.raw_sha256.clone(),
        },
        found: came.found,
        content_sha256,
        body,
        landed: false,
    };
    let mut known: Option<Item> = None;
    let mut rounds = Rounds::new("the delivery kept meeting others of the same meaning");
    loop {
        rounds.begin()?;
        let (commit, verdict) = match &known {
            None => (arrival.as_new(&dedupe)?, Verdict::Accepted),
            Some(item) => (arrival.as_repeated(item)?, Verdict::Duplicate),
        };
        let row = delivery::key(delivery_id);
        let own = commit
            .writes
            .iter()
            .position(|write| matches!(write, Write::Put { key, .. } if *key == row));
        match inbox.store.commit(commit).await {
            Ok(()) => return Ok(verdict),
            Err(StoreError::Conflict(place)) if Some(place) == own => arrival.landed = true,
            Err(StoreError::Conflict(_)) => known = inbox.store.get(&dedupe).await?,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Accepts an archived delivery again, by an operator's word. A delivery that failed is news to the business, so what it
/// asks for is done, if it is still wanted then. One that was accepted changes nothing, unless its record is a dead
/// letter of react: then the record is put back on the stream.
pub(super) async fn again(
    inbox: &Inbox,
    archived: &Archived,
    delivery: Delivery,
    content_sha256: &str,
    row: &DeliveryRow,
    body: &[u8],
) -> Result<Verdict, ReceiveError> {
    let dedupe = delivery::dedupe_key(&delivery.dedupe_key(archived.vendor));
    let count = Write::Count {
        counter: "replayed",
        by: 1,
    };
    if inbox.store.get(&dedupe).await?.is_some() {
        return known_again(inbox, row, &delivery.person_key, count).await;
    }
    let envelope = Envelope {
        delivery_id: row.delivery_id.clone(),
        vendor: archived.vendor,
        delivery,
        origin: Origin::Replay { with_effects: true },
        received_at: archived.received_at,
        raw_key: archived.raw_key.clone(),
        raw_sha256: archived.raw_sha256.clone(),
    };
    let known = DedupeRow {
        delivery_id: row.delivery_id.clone(),
        contents: vec![content_sha256.to_owned()],
        found: None,
    };
    let accepted = DeliveryRow {
        attempts: row.attempts,
        ..DeliveryRow::new(&envelope, DeliveryStatus::Received)
    };
    let writes = vec![
        Write::put(dedupe, None, &known, Expect::Absent)?,
        accepted.write(Expect::Any)?,
        count,
    ];
    let arrival = Arrival {
        envelope,
        found: None,
        content_sha256,
        body,
        landed: false,
    };
    let records = vec![arrival.record(&arrival.envelope)?];
    match inbox.store.commit(Commit { writes, records }).await {
        Ok(()) => Ok(Verdict::Accepted),
        Err(StoreError::Conflict(_)) => Ok(Verdict::Duplicate),
        Err(error) => Err(error.into()),
    }
}

/// The replay of a delivery that was accepted: its record is put back on the stream if it is a dead letter of react.
async fn known_again(
    inbox: &Inbox,
    row: &DeliveryRow,
    partition_key: &str,
    count: Write,
) -> Result<Verdict, ReceiveError> {
    let back = dead_letters::put_back(
        inbox.store.as_ref(),
        inbox.objects.as_ref(),
        REACT,
        &row.delivery_id,
        partition_key,
    )
    .await?;
    let verdict = if back.is_some() {
        Verdict::Accepted
    } else {
        Verdict::Duplicate
    };
    let mut commit = back.unwrap_or_default();
    commit.writes.push(count);
    inbox.store.commit(commit).await?;
    Ok(verdict)
}

struct Arrival<'a> {
    envelope: Envelope,
    found: Option<FoundBySync>,
    content_sha256: &'a str,
    body: &'a [u8],
    /// The stream was quicker than our writes: its reader has written the delivery's row already.
    landed: bool,
}

impl Arrival<'_> {
    fn as_new(&self, dedupe: &crate::ports::ItemKey) -> Result<Commit, StoreError> {
        let row = DedupeRow {
            delivery_id: self.envelope.delivery_id.clone(),
            contents: vec![self.content_sha256.to_owned()],
            found: self.found.clone(),
        };
        let mut writes = vec![Write::put(dedupe.clone(), None, &row, Expect::Absent)?];
        if !self.landed {
            writes.push(
                DeliveryRow::new(&self.envelope, DeliveryStatus::Received).write(Expect::Absent)?,
            );
        }
        writes.push(Write::Count {
            counter: "webhook_received",
            by: 1,
        });
        Ok(Commit {
            writes,
            records: vec![self.record(&self.envelope)?],
        })
    }

    /// The meaning is known. Another content under it still goes to the lake, which decides by content, so
    /// that every order of arrival ends in the same row.
    fn as_repeated(&self, known: &Item) -> Result<Commit, StoreError> {
        let mut dedupe: DedupeRow = known.read()?;
        let mut row = DeliveryRow::new(&self.envelope, DeliveryStatus::Duplicate);
        row.dedupe_key = None;
        let count = |counter| Write::Count { counter, by: 1 };
        let mut commit = Commit::new(vec![count("webhook_received"), count("webhook_duplicate")]);
        if !self.landed {
            commit.writes.push(row.write(Expect::Absent)?);
        }
        let seen = dedupe
            .contents
            .iter()
            .any(|content| content == self.content_sha256);
        if !seen && dedupe.contents.len() < CONTENTS_MAX {
            dedupe.contents.push(self.content_sha256.to_owned());
            commit.writes.push(Write::put(
                known.key.clone(),
                None,
                &dedupe,
                Expect::Version(known.version),
            )?);
            commit.writes.push(Write::Count {
                counter: "webhook_variant",
                by: 1,
            });
            let variant = Envelope {
                origin: Origin::Variant,
                ..self.envelope.clone()
            };
            commit.records.push(self.record(&variant)?);
        }
        Ok(commit)
    }

    fn record(&self, envelope: &Envelope) -> Result<LogEntry, StoreError> {
        let corrupt =
            |error: serde_json::Error| StoreError::Corrupt(format!("stream record: {error}"));
        let body: &RawValue = serde_json::from_slice(self.body).map_err(corrupt)?;
        let data = serde_json::to_vec(&OutgoingRecord { envelope, body }).map_err(corrupt)?;
        Ok(LogEntry {
            partition_key: envelope.delivery.person_key.clone(),
            data,
        })
    }
}
