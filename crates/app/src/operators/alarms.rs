//! Alarms that stand: what somebody must look at, from when it was noticed until it is over (`GET /api/ops`).
//!
//! One item per (code, subject). Raising a standing alarm again keeps its first instant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ports::{Commit, Expect, Item, ItemKey, Query, Store, StoreError, Write, all};

/// The code of a text whose outcome is lost.
pub const TEXT_UNKNOWN: &str = "text_unknown";

const PK: &str = "alarms";
/// Subjects are names of things, not texts.
const SUBJECT_CHARS_MAX: usize = 200;

/// One standing alarm, as `GET /api/ops` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Alarm {
    /// What kind of trouble: stable, for programs.
    pub code: String,
    /// What it is about: the id of a booking, an effect, a text.
    pub subject: String,
    #[schema(value_type = String, format = DateTime)]
    pub raised_at: Timestamp,
    /// One line for people, without personal data.
    pub detail: String,
}

impl Alarm {
    /// An alarm that is noticed now.
    #[must_use]
    pub fn new(code: &str, subject: &str, raised_at: Timestamp, detail: impl Into<String>) -> Self {
        let subject = subject.chars().take(SUBJECT_CHARS_MAX).collect();
        Self {
            code: code.to_owned(),
            subject,
            raised_at,
            detail: detail.into(),
        }
    }

    fn key(&self) -> ItemKey {
        key(&self.code, &self.subject)
    }

    /// Raises it, within another transaction.
    ///
    /// # Errors
    /// As [`Write::put`].
    pub fn raise(&self) -> Result<Write, StoreError> {
        Write::put(self.key(), None, self, Expect::Any)
    }
}

fn key(code: &str, subject: &str) -> ItemKey {
    let subject: String = subject.chars().take(SUBJECT_CHARS_MAX).collect();
    ItemKey::new(PK, format!("{code}#{subject}"))
}

/// An instant as a detail tells it: `2026-12-01 17:00 UTC`.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A number of things: `1 try`, `3 tries`.
#[must_use]
pub fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Ends an alarm, within another transaction; one that does not stand is no error.
#[must_use]
pub fn end(code: &str, subject: &str) -> Write {
    Write::Delete {
        key: key(code, subject),
        expect: Expect::Any,
    }
}

/// Every standing alarm, oldest first.
///
/// # Errors
/// As [`Store::query`].
pub async fn standing(store: &dyn Store) -> Result<Vec<Alarm>, StoreError> {
    let items = all(store, Query::prefix(PK, "", 1000)).await?;
    let mut alarms = items
        .iter()
        .map(Item::read)
        .collect::<Result<Vec<Alarm>, _>>()?;
    alarms.sort_by(|a, b| {
        (a.raised_at, &a.code, &a.subject).cmp(&(b.raised_at, &b.code, &b.subject))
    });
    Ok(alarms)
}

/// What a look at the world changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Settled {
    pub raised: usize,
    pub ended: usize,
}

/// Writes per commit: a transaction of DynamoDB takes 100.
const WRITES_MAX: usize = 50;

/// Makes the standing alarms of these codes exactly `found`: new ones are raised, those that are over end.
///
/// # Errors
/// [`StoreError`].
pub async fn settle(
    store: &dyn Store,
    codes: &[&str],
    found: &[Alarm],
) -> Result<Settled, StoreError> {
    let known = standing(store).await?;
    let same = |a: &Alarm, b: &Alarm| a.code == b.code && a.subject == b.subject;
    let fresh: Vec<&Alarm> = found
        .iter()
        .filter(|a| !known.iter().any(|k| same(a, k)))
        .collect();
    let over: Vec<&Alarm> = known
        .iter()
        .filter(|k| codes.contains(&k.code.as_str()) && !found.iter().any(|a| same(a, k)))
        .collect();
    let mut writes = fresh
        .iter()
        .map(|alarm| alarm.raise())
        .collect::<Result<Vec<Write>, _>>()?;
    writes.extend(over.iter().map(|alarm| end(&alarm.code, &alarm.subject)));
    for alarm in &fresh {
        tracing::warn!(
            code = alarm.code,
            subject = alarm.subject,
            detail = alarm.detail,
            "an alarm is raised"
        );
    }
    for chunk in writes.chunks(WRITES_MAX) {
        store.commit(Commit::new(chunk.to_vec())).await?;
    }
    Ok(Settled {
        raised: fresh.len(),
        ended: over.len(),
    })
}
