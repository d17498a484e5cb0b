//! From a number back to what a vendor sent: gold row, silver rows, raw objects.

use bookpath_domain::Vendor;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lake::imported;
use crate::ports::{
    Expect, IndexKey, ItemKey, LakeEngine, LakeFailure, ObjectError, ObjectStore, RowFilter, Store,
    StoreError, TableRow, Write,
};

/// Silver rows shown for one gold row.
const ROWS_MAX: usize = 1000;

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

/// One object behind a silver row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Origin {
    pub invitee_uri: String,
    /// `raw` for what our receiver took, `bronze` for what an import brought in.
    pub tier: &'static str,
    /// Key below the lake; `None` when the object is gone.
    pub key: Option<String>,
    pub sha256: Option<String>,
    pub delivery_id: Option<String>,
}

/// A gold row and everything behind it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Lineage {
    pub table: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    #[schema(value_type = Vec<Object>)]
    pub gold: Vec<TableRow>,
    #[schema(value_type = Vec<Object>)]
    pub silver: Vec<TableRow>,
    pub objects: Vec<Origin>,
}

/// Reads `COLUMN=VALUE` pairs; an empty value is NULL.
///
/// # Errors
/// [`LakeFailure::Refused`] names the pair that is none.
pub fn pairs<'a>(
    texts: impl Iterator<Item = &'a str>,
) -> Result<Vec<(String, String)>, LakeFailure> {
    let pair = |text: &str| -> Result<(String, String), LakeFailure> {
        let (column, value) = text
            .split_once('=')
            .ok_or_else(|| LakeFailure::Refused(format!("`{text}` is not COLUMN=VALUE")))?;
        Ok((column.to_owned(), value.to_owned()))
    };
    let pairs = texts.map(pair).collect::<Result<Vec<_>, _>>()?;
    if pairs.is_empty() {
        Err(LakeFailure::Refused(
            "no key: give COLUMN=VALUE of the table's key".to_owned(),
        ))
    } else {
        Ok(pairs)
    }
}

/// Follows the rows with this key back to their raw objects; rows of silver are their own way there.
///
/// # Errors
/// [`LakeFailure::Refused`] for a table or column that does not exist.
pub async fn trace(
    lake: &dyn LakeEngine,
    store: &dyn Store,
    objects: &dyn ObjectStore,
    table: &str,
    key: &[(String, String)],
) -> Result<Lineage, LakeFailure> {
    let filters: Vec<RowFilter> = key
        .iter()
        .map(|(column, value)| RowFilter::Equal {
            column: column.clone(),
            value: value.clone(),
        })
        .collect();
    let rows = lake.rows(table, &filters, ROWS_MAX, 0).await?;
    let (gold, silver) = if table.starts_with("silver.") {
        (Vec::new(), rows)
    } else {
        (rows, lake.behind(table, key, ROWS_MAX).await?)
    };
    let found = imported::find(objects, &silver).await.map_err(transient)?;
    let mut origins = Vec::with_capacity(silver.len());
    for (row, key) in silver.iter().zip(found) {
        origins.push(origin(store, row, key).await?);
    }
    Ok(Lineage {
        table: table.to_owned(),
        as_of: crate::lake::etl::as_of(store).await?,
        gold,
        silver,
        objects: origins,
    })
}

async fn origin(
    store: &dyn Store,
    row: &TableRow,
    found: Option<String>,
) -> Result<Origin, LakeFailure> {
    let text = |column: &str| row.get(column).and_then(Value::as_str);
    let invitee_uri = text("invitee_uri").unwrap_or_default().to_owned();
    if let Some(sha256) = text("raw_sha256") {
        let known = raw_row(store, sha256).await?;
        return Ok(Origin {
            invitee_uri,
            tier: "raw",
            delivery_id: known.as_ref().map(|raw| raw.delivery_id.clone()),
            key: known.map(|raw| raw.raw_key),
            sha256: Some(sha256.to_owned()),
        });
    }
    let sha256 = match &found {
        Some(key) => crate::bronze::register::find(store, key)
            .await?
            .map(|row| row.sha256),
        None => None,
    };
    Ok(Origin {
        invitee_uri,
        tier: "bronze",
        key: found,
        sha256,
        delivery_id: None,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn transient(error: ObjectError) -> LakeFailure {
    LakeFailure::Transient(error.to_string())
}
