//! Logins that are on. A token is good while its session is in the store, so ending a session ends its token at once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ports::{Expect, Item, ItemKey, Query, Store, StoreError, Write, all};

/// Sessions that are ended in one transaction.
pub(super) const WRITES_MAX: usize = 50;

/// One login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    pub session_id: String,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// The network that it was opened from: an IPv4 address, or the first 64 bits of an IPv6 address.
    pub network: String,
}

fn partition(user_id: &str) -> String {
    format!("sessions#{user_id}")
}

/// Where a session is stored.
pub(super) fn key(user_id: &str, session_id: &str) -> ItemKey {
    ItemKey::new(partition(user_id), session_id)
}

/// Stores a fresh session.
///
/// # Errors
/// As [`Write::put`].
pub(super) fn write(user_id: &str, session: &Session) -> Result<Write, StoreError> {
    let key = key(user_id, &session.session_id);
    Ok(Write::put(key, None, session, Expect::Absent)?.expiring(session.expires_at))
}

/// Ends a session.
pub(super) fn removal(user_id: &str, session_id: &str) -> Write {
    Write::Delete {
        key: key(user_id, session_id),
        expect: Expect::Any,
    }
}

/// The sessions of a user that are on at `now`, oldest first.
///
/// # Errors
/// As [`Store::query`].
pub async fn sessions(
    store: &dyn Store,
    user_id: &str,
    now: Timestamp,
) -> Result<Vec<Session>, StoreError> {
    let items = all(store, Query::prefix(partition(user_id), "", 1000)).await?;
    let mut sessions = items
        .iter()
        .map(Item::read)
        .collect::<Result<Vec<Session>, _>>()?;
    sessions.retain(|session| session.expires_at > now);
    sessions.sort_by_key(|session| session.created_at);
    Ok(sessions)
}
