//! What the operators were told: each notification once, the newest of them in the store beside the topic.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ports::{
    CallError, Clock, Commit, Expect, Item, ItemKey, Query, Store, StoreError, Write,
};

/// How long it is known that the operators were told something.
const TOLD_DAYS: i64 = 90;
/// Notifications kept in the store.
const NOTIFICATIONS_MAX: usize = 200;

/// A message to the operators.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    pub at: Timestamp,
    pub subject: Option<String>,
    pub message: Value,
}

/// Keeps a notification under an id that starts with its instant, and the newest ones beside it.
///
/// # Errors
/// [`StoreError`].
pub async fn notify(
    store: &dyn Store,
    id: &str,
    notification: &Notification,
) -> Result<(), StoreError> {
    let mut writes = vec![Write::put(
        ItemKey::new("notifications", id),
        None,
        notification,
        Expect::Any,
    )?];
    let kept = Query {
        descending: true,
        ..Query::prefix("notifications", "", NOTIFICATIONS_MAX + 20)
    };
    let old = store
        .query(&kept)
        .await?
        .items
        .into_iter()
        .skip(NOTIFICATIONS_MAX);
    writes.extend(old.map(|item| Write::Delete {
        key: item.key,
        expect: Expect::Any,
    }));
    store.commit(Commit::new(writes)).await
}

/// Tells the operators once for each `id`: unless they were told, `deliver` runs, and [`notify`] keeps it. Two processes
/// that tell the same at the same moment may both be heard.
///
/// # Errors
/// Those of `deliver`; the store's are transient. The next try tells again.
pub async fn tell_once(
    store: &dyn Store,
    clock: &dyn Clock,
    id: &str,
    subject: &str,
    message: Value,
    deliver: impl Future<Output = Result<(), CallError>> + Send,
) -> Result<(), CallError> {
    let failed = |e: StoreError| CallError::transient(e.to_string());
    let told = ItemKey::new(format!("told#{id}"), "row");
    if store.get(&told).await.map_err(failed)?.is_some() {
        return Ok(());
    }
    deliver.await?;
    let at = clock.now();
    let notification = Notification {
        at,
        subject: Some(subject.to_owned()),
        message,
    };
    notify(store, &format!("{at:.6}#{id}"), &notification)
        .await
        .map_err(failed)?;
    let mark = Write::put(told, None, &at, Expect::Any).map_err(failed)?;
    let mark = mark.expiring(at + SignedDuration::from_hours(24 * TOLD_DAYS));
    store.commit(Commit::new(vec![mark])).await.map_err(failed)
}

/// The newest notifications, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn notifications(
    store: &dyn Store,
    limit: usize,
) -> Result<Vec<Notification>, StoreError> {
    let newest = Query {
        descending: true,
        ..Query::prefix("notifications", "", limit)
    };
    store
        .query(&newest)
        .await?
        .items
        .iter()
        .map(Item::read)
        .collect()
}
