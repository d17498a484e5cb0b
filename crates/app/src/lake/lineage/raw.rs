//! Where raw bodies are, by what they hash to.

use bookpath_domain::Vendor;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::inbox::delivery::DeliveryRow;
use crate::ports::{Expect, IndexKey, ItemKey, Store, StoreError, Write};

/// Where the raw body with a SHA-256 is, and where it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawRow {
    pub delivery_id: String,
    pub vendor: Vendor,
    pub received_at: Timestamp,
    pub raw_key: String,
    pub bronze_key: String,
}

impl RawRow {
    /// The place of a delivery's body; `bronze_key` is empty where it goes nowhere.
    pub(crate) fn of(row: &DeliveryRow, bronze_key: &str) -> Self {
        Self {
            delivery_id: row.delivery_id.clone(),
            vendor: row.vendor,
            received_at: row.received_at,
            raw_key: row.raw_key.clone(),
            bronze_key: bronze_key.to_owned(),
        }
    }

    /// Remembers the place of a raw body.
    ///
    /// # Errors
    /// As [`Write::put`].
    pub fn write(&self, sha256: &str) -> Result<Write, StoreError> {
        Write::put(raw_key(sha256), None::<IndexKey>, self, Expect::Any)
    }
}

fn raw_key(sha256: &str) -> ItemKey {
    ItemKey::new(format!("raw#{sha256}"), "row")
}

/// Forgets the place of a raw body, within another transaction.
#[must_use]
pub fn removal(sha256: &str) -> Write {
    Write::Delete {
        key: raw_key(sha256),
        expect: Expect::Any,
    }
}

/// The place of a raw body.
///
/// # Errors
/// As [`Store::get`].
pub async fn raw_row(store: &dyn Store, sha256: &str) -> Result<Option<RawRow>, StoreError> {
    store
        .get(&raw_key(sha256))
        .await?
        .map(|item| item.read())
        .transpose()
}
