//! Why numbers moved: each changed value of gold with the deliveries or the action that caused it.

use std::collections::{BTreeMap, HashMap};

use bookpath_domain::Vendor;
use bookpath_domain::numbers::month::Month;
use bookpath_domain::people::erasure::tombstone;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::inbox::delivery;
use crate::lake::lineage::raw_row;
use crate::people::directory;
use crate::ports::{
    ChangeCause, ChangesAsked, ChangesPlace, LakeEngine, LakeFailure, Store, StoreError,
    TableChange, TableChanges, TableRow, Telling,
};
use crate::privacy::tombstones;

/// Deliveries that are looked up for one value.
const DELIVERIES_MAX: usize = 50;

/// A value that changed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NumberChange {
    /// Clock of the run that changed it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `gold.bookings_trend`
    pub table: String,
    #[schema(value_type = Object)]
    pub key: TableRow,
    pub column: String,
    /// `null` also where the row is new.
    #[schema(value_type = Value)]
    pub from: Value,
    /// `null` also where the row is gone.
    #[schema(value_type = Value)]
    pub to: Value,
    pub cause: Cause,
}

/// What changed a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Cause {
    Delivery {
        /// The newest one.
        delivery_id: String,
        #[schema(value_type = String)]
        vendor: Vendor,
        /// The vendor's name of the event: `invitee.canceled`.
        kind: Option<String>,
        /// Earlier deliveries since the run before that moved it, too, newest first.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        others: Vec<String>,
    },
    Action {
        /// `time_passed`, `ad_spend_recorded`, `payment_recorded`, `people_decided` (a merge, or one that was taken back),
        /// `settings_changed` (users, or rules of the business), or `records_taken_in` for what came without a webhook.
        action: &'static str,
        /// `etl`, `admin`, `stripe`, `operator`; of a decision the admin's user id.
        actor: String,
    },
}

impl Cause {
    fn action(action: &'static str, actor: &str) -> Self {
        let actor = actor.to_owned();
        Self::Action { action, actor }
    }
}

/// Which changes are asked for.
#[derive(Debug, Clone, Copy)]
pub struct ChangesQuery<'a> {
    /// Changes of later runs only.
    pub since: Timestamp,
    /// Where the part before ended.
    pub from: Option<ChangesPlace>,
    /// Values that are looked for.
    pub limit: usize,
    /// Months of these users only; `None` is everybody's.
    pub users: Option<&'a [String]>,
    /// Corrections only: of rows about a day or month before this one that were there before.
    pub corrected_before: Option<Month>,
}

/// A part of the changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    pub found: Vec<NumberChange>,
    /// Where it goes on; `None` at the end.
    pub next: Option<ChangesPlace>,
}

/// What changed in gold, by time, table and key: as many values as were asked for, or fewer where these take too long
/// to find.
///
/// # Errors
/// [`LakeFailure::Gone`] when the tables of that time can't be read any more.
pub async fn changes(
    lake: &dyn LakeEngine,
    store: &dyn Store,
    asked: &ChangesQuery<'_>,
) -> Result<Changes, LakeFailure> {
    let since = asked.since;
    let first = asked.from.map_or(since, |place| place.since);
    tombstones::past_is_there(store, first).await?;
    let directory = directory(store).await?;
    let wanted = ChangesAsked {
        directory: &directory,
        from: asked.from.unwrap_or(ChangesPlace { since, skip: 0 }),
        limit: asked.limit,
        users: asked.users,
        corrected_before: asked.corrected_before,
    };
    let TableChanges { found, next } = lake.changes(&wanted).await?;
    // The tables hold people who were erased until they are built again.
    let veiled = tombstones::veiled(store, Some(since.min(wanted.from.since))).await?;
    let mut known = Deliveries::default();
    let mut changes = Vec::with_capacity(found.len());
    for mut change in found {
        for value in [&mut change.from, &mut change.to] {
            veil(value, &veiled);
        }
        let cause = match &change.cause {
            ChangeCause::Time => Cause::action("time_passed", "etl"),
            ChangeCause::Spend => Cause::action("ad_spend_recorded", "admin"),
            ChangeCause::Settings => Cause::action("settings_changed", "operator"),
            ChangeCause::Decision { actor } => Cause::action("people_decided", actor),
            ChangeCause::Told(told) => cause_of(store, told, &mut known).await?,
        };
        changes.push(named(change, cause));
    }
    Ok(Changes {
        found: changes,
        next,
    })
}

/// Puts what stands for an erased person in place of an address or id of theirs.
fn veil(value: &mut Value, veiled: &BTreeMap<String, String>) {
    if veiled.is_empty() {
        return;
    }
    if let Value::String(text) = value
        && let Some(anonymous) = veiled.get(&tombstone(text))
    {
        text.clone_from(anonymous);
    }
}

/// Deliveries by the SHA-256 of their bodies, with the instant at which each was received.
type Deliveries = HashMap<String, Option<(Timestamp, Cause)>>;

/// The newest of what was told, with the others; records of which no webhook is known come last.
async fn cause_of<'a>(
    store: &dyn Store,
    told: impl IntoIterator<Item = &'a Telling>,
    known: &mut Deliveries,
) -> Result<Cause, StoreError> {
    let mut payments = false;
    let mut found: Vec<(Timestamp, Cause)> = Vec::new();
    for telling in told {
        match telling {
            Telling::Payment { .. } => payments = true,
            Telling::Raw(sha256) if found.len() < DELIVERIES_MAX => {
                if !known.contains_key(sha256) {
                    known.insert(sha256.clone(), delivery_of(store, sha256).await?);
                }
                found.extend(known.get(sha256).cloned().flatten());
            }
            Telling::Raw(_) | Telling::Record => {}
        }
    }
    found.sort_by(|(one, _), (other, _)| other.cmp(one));
    let mut found = found.into_iter().map(|(_, cause)| cause);
    let Some(newest) = found.next() else {
        let (action, actor) = if payments {
            ("payment_recorded", "stripe")
        } else {
            ("records_taken_in", "etl")
        };
        return Ok(Cause::action(action, actor));
    };
    Ok(newest.with(found))
}

impl Cause {
    /// A delivery with others that moved the same value.
    fn with(mut self, more: impl Iterator<Item = Self>) -> Self {
        if let Self::Delivery { others, .. } = &mut self {
            others.extend(more.filter_map(|cause| match cause {
                Self::Delivery { delivery_id, .. } => Some(delivery_id),
                Self::Action { .. } => None,
            }));
        }
        self
    }
}

fn named(change: TableChange, cause: Cause) -> NumberChange {
    let TableChange {
        at,
        table,
        key,
        column,
        from,
        to,
        ..
    } = change;
    NumberChange {
        at,
        table,
        key,
        column,
        from,
        to,
        cause,
    }
}

async fn delivery_of(
    store: &dyn Store,
    sha256: &str,
) -> Result<Option<(Timestamp, Cause)>, StoreError> {
    let Some(raw) = raw_row(store, sha256).await? else {
        return Ok(None);
    };
    let found = delivery::find(store, &raw.delivery_id).await?;
    let cause = Cause::Delivery {
        delivery_id: raw.delivery_id,
        vendor: raw.vendor,
        kind: found.and_then(|(row, _)| row.kind),
        others: Vec::new(),
    };
    Ok(Some((raw.received_at, cause)))
}
