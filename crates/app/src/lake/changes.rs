//! Why numbers moved: each changed value of gold with the delivery or the action that caused it.

use std::collections::HashMap;

use bookpath_domain::Vendor;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::inbox::delivery;
use crate::lake::lineage::raw_row;
use crate::ports::{
    ChangeCause, LakeEngine, LakeFailure, Store, StoreError, TableChange, TableRow,
};

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
        delivery_id: String,
        #[schema(value_type = String)]
        vendor: Vendor,
        /// The vendor's name of the event: `invitee.canceled`.
        kind: Option<String>,
    },
    Action {
        /// `time_passed`, `ad_spend_recorded`, or `records_taken_in` for an import and for people.
        action: &'static str,
        actor: &'static str,
    },
}

impl Cause {
    const fn action(action: &'static str, actor: &'static str) -> Self {
        Self::Action { action, actor }
    }
}

/// What changed in gold after `since`, by time, table and key; at most `limit` values.
///
/// # Errors
/// [`LakeFailure::Gone`] when the tables of that time can't be read any more.
pub async fn changes(
    lake: &dyn LakeEngine,
    store: &dyn Store,
    since: Timestamp,
    limit: usize,
) -> Result<Vec<NumberChange>, LakeFailure> {
    let found = lake.changes(since, limit).await?;
    let mut known = Deliveries::default();
    let mut changes = Vec::with_capacity(found.len());
    for change in found {
        let cause = match &change.cause {
            ChangeCause::Time => Cause::action("time_passed", "etl"),
            ChangeCause::Spend => Cause::action("ad_spend_recorded", "admin"),
            ChangeCause::Records => Cause::action("records_taken_in", "etl"),
            ChangeCause::Raw(raws) => cause_of(store, raws, change.after, &mut known).await?,
        };
        changes.push(told(change, cause));
    }
    Ok(changes)
}

/// Deliveries by the SHA-256 of their bodies, with the instant at which each was received.
type Deliveries = HashMap<String, Option<(Timestamp, Cause)>>;

/// The newest of these webhooks that came after `after`; else time passed for their bookings.
async fn cause_of(
    store: &dyn Store,
    raws: &[String],
    after: Timestamp,
    known: &mut Deliveries,
) -> Result<Cause, StoreError> {
    let mut newest: Option<(Timestamp, Cause)> = None;
    for sha256 in raws {
        if !known.contains_key(sha256) {
            known.insert(sha256.clone(), delivery_of(store, sha256).await?);
        }
        let Some((at, cause)) = known.get(sha256).and_then(Option::as_ref) else {
            return Ok(Cause::action("records_taken_in", "etl"));
        };
        if *at >= after && newest.as_ref().is_none_or(|(other, _)| at > other) {
            newest = Some((*at, cause.clone()));
        }
    }
    let time = || Cause::action("time_passed", "etl");
    Ok(newest.map_or_else(time, |(_, cause)| cause))
}

fn told(change: TableChange, cause: Cause) -> NumberChange {
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
    };
    Ok(Some((raw.received_at, cause)))
}
