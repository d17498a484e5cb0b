//! The object in which a row of silver was sent.

use serde::Serialize;
use serde_json::Value;

use super::{Tracer, raw_row};
use crate::lake::imported;
use crate::ports::{LakeFailure, ObjectError, Store, TableRow};

/// One object behind a silver row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Origin {
    /// Its table, `silver.invitees`.
    pub table: String,
    /// Its place among the rows of silver, from 0.
    pub row: usize,
    /// Of the row, where it names one; else empty.
    pub invitee_uri: String,
    /// `raw` for what our receiver took, `bronze` for what an import brought in.
    pub tier: &'static str,
    /// Key below the lake; `None` when the object is gone.
    pub key: Option<String>,
    pub sha256: Option<String>,
    pub delivery_id: Option<String>,
}

/// The objects of the rows, in their order. Posted spend has no object, because its row is the original; rows of people and
/// numbers have none, because they are made of other rows.
pub(super) async fn objects_of(
    tracer: &Tracer<'_>,
    silver: &[TableRow],
) -> Result<Vec<Origin>, LakeFailure> {
    let found = imported::find(tracer.objects, silver)
        .await
        .map_err(transient)?;
    let mut origins = Vec::with_capacity(silver.len());
    for (place, (row, found)) in silver.iter().zip(found).enumerate() {
        origins.extend(origin(tracer.store, place, row, found).await?);
    }
    Ok(origins)
}

async fn origin(
    store: &dyn Store,
    place: usize,
    row: &TableRow,
    found: Option<String>,
) -> Result<Option<Origin>, LakeFailure> {
    let text = |column: &str| row.get(column).and_then(Value::as_str);
    let table = text("table").unwrap_or_default();
    let mut origin = Origin {
        table: table.to_owned(),
        row: place,
        invitee_uri: text("invitee_uri").unwrap_or_default().to_owned(),
        tier: "raw",
        key: None,
        sha256: text("raw_sha256").map(str::to_owned),
        delivery_id: None,
    };
    if let Some(sha256) = &origin.sha256 {
        if let Some(known) = raw_row(store, sha256).await? {
            origin.delivery_id = Some(known.delivery_id);
            origin.key = Some(known.raw_key);
        }
        return Ok(Some(origin));
    }
    let key = match table {
        "silver.invitees" => found,
        "silver.rejected" => text("bronze_object").map(str::to_owned),
        _ => return Ok(None),
    };
    if let Some(key) = &key {
        let known = crate::bronze::register::find(store, key).await?;
        origin.sha256 = known.map(|row| row.sha256);
    }
    Ok(Some(Origin {
        tier: "bronze",
        key,
        ..origin
    }))
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn transient(error: ObjectError) -> LakeFailure {
    LakeFailure::Transient(error.to_string())
}
