//! Version and active files of a table from its log alone, for a rebuild without a usable state.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray};
use serde_json::Value;

use crate::delta::log::{DataFile, TableState};
use crate::error::{LakeError, Result};
use crate::parquet_io;
use crate::schema::Table;
use crate::store::Store;
use crate::time::NO_TIME;

/// Range of a recovered file: what it holds is not known, so the rebuild replaces it.
pub(crate) const UNPLACED: i64 = i64::MIN;

/// Replays the log from its newest checkpoint.
pub(crate) async fn table_state(store: &Store, table: Table) -> Result<TableState> {
    let folder = format!("{}/_delta_log", table.path());
    let mut commits = BTreeMap::new();
    let mut checkpoint: Option<(i64, String)> = None;
    for (key, _, _) in store.list(&folder).await? {
        let name = key.rsplit('/').next().unwrap_or_default().to_owned();
        if let Some(version) = name
            .strip_suffix(".checkpoint.parquet")
            .and_then(|v| v.parse().ok())
        {
            checkpoint = checkpoint.max(Some((version, key)));
        } else if let Some(version) = name
            .strip_suffix(".json")
            .and_then(|v| v.parse::<i64>().ok())
        {
            commits.insert(version, key);
        }
    }
    let mut state = TableState::default();
    let mut files: BTreeMap<String, DataFile> = BTreeMap::new();
    if let Some((version, key)) = checkpoint {
        state.version = version;
        let batch = parquet_io::decode(store.read(&key).await?)?;
        let rows = arrow_rows(&batch)?;
        for action in rows {
            apply(&action, &mut files, &mut state);
        }
    }
    let from = state.version + 1;
    for (version, key) in commits.range(from..) {
        let body = store.read(key).await?;
        for line in body.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
            let action: Value =
                serde_json::from_slice(line).map_err(|e| LakeError::state(key, e))?;
            apply(&action, &mut files, &mut state);
        }
        state.version = *version;
    }
    state.files = files.into_values().collect();
    Ok(state)
}

/// The `add` and `metaData` actions of a checkpoint, as the log would have them.
fn arrow_rows(batch: &arrow::array::RecordBatch) -> Result<Vec<Value>> {
    let structs = |name: &str| {
        batch
            .column_by_name(name)
            .and_then(|c| c.as_struct_opt())
            .ok_or_else(|| LakeError::internal("not a checkpoint"))
    };
    let (adds, metadata) = (structs("add")?, structs("metaData")?);
    let mut actions = Vec::new();
    for row in 0..batch.num_rows() {
        if adds.is_valid(row)
            && let Some(path) = adds
                .column_by_name("path")
                .and_then(|c| c.as_string_opt::<i32>())
        {
            let stats = adds
                .column_by_name("stats")
                .and_then(|c| c.as_string_opt::<i32>())
                .map(|s| s.value(row));
            actions.push(serde_json::json!({"add": {"path": path.value(row), "stats": stats}}));
        }
        if metadata.is_valid(row)
            && let Some(created) = metadata
                .column_by_name("createdTime")
                .and_then(|c| c.as_primitive_opt::<arrow::datatypes::Int64Type>())
        {
            actions.push(serde_json::json!({"metaData": {"createdTime": created.value(row)}}));
        }
    }
    Ok(actions)
}

fn apply(action: &Value, files: &mut BTreeMap<String, DataFile>, state: &mut TableState) {
    if let Some(add) = action.get("add") {
        let path = add["path"].as_str().unwrap_or_default().to_owned();
        let stats: Value = add["stats"]
            .as_str()
            .and_then(|s| serde_json::from_str(s).ok())
            .unwrap_or_default();
        let file = DataFile {
            path: path.clone(),
            bytes: add["size"].as_u64().unwrap_or(0),
            rows: stats["numRecords"].as_u64().unwrap_or(0),
            modified_ms: add["modificationTime"].as_i64().unwrap_or(0),
            lo: UNPLACED,
            hi: UNPLACED,
            next: NO_TIME,
        };
        files.insert(path, file);
    }
    if let Some(path) = action.get("remove").and_then(|r| r["path"].as_str()) {
        files.remove(path);
    }
    if let Some(created) = action
        .get("metaData")
        .and_then(|m| m["createdTime"].as_i64())
    {
        state.created_ms = created;
    }
}
