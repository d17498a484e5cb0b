//! The rows that are not the same in two versions of a table. Files that both versions name are not read.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use bookpath_models::Model;
use serde_json::{Map, Value};

use crate::error::Result;
use crate::reader;
use crate::table::rows::{Comparer, Keys};
use crate::table::{DataFile, Table};

/// Rows by key.
type Rows = BTreeMap<String, Map<String, Value>>;

/// Rows as they were and as they are, without those that are equal.
#[derive(Debug)]
pub(super) struct Differing {
    pub(super) before: RecordBatch,
    pub(super) after: RecordBatch,
    /// Rows that were read to find them.
    pub(super) read: usize,
}

/// A value that moved.
pub(super) struct Moved {
    pub(super) key: Map<String, Value>,
    pub(super) column: String,
    pub(super) from: Value,
    pub(super) to: Value,
    /// There was no such row before.
    pub(super) new_row: bool,
    /// The row is new or gone: its columns moved with it, whatever they are about.
    pub(super) whole_row: bool,
}

impl Differing {
    /// Compares some columns of two versions of a table, the key among them.
    pub(super) async fn between(before: &Table, after: &Table, schema: &SchemaRef) -> Result<Self> {
        let (then, now) = (before.files()?, after.files()?);
        let (old, new) = (paths(&then), paths(&now));
        let gone = then.iter().filter(|file| !new.contains(path(file)));
        let fresh = now.iter().filter(|file| !old.contains(path(file)));
        let gone = read(before, gone, schema).await?;
        let fresh = read(after, fresh, schema).await?;
        let comparer = Comparer::over(after.model, schema)?;
        let (was, is) = (comparer.by_key(&gone)?, comparer.by_key(&fresh)?);
        let same = is.iter().filter(|(key, row)| was.get(*key) == Some(row));
        let same: Keys = same.map(|(key, _)| key.clone()).collect();
        Ok(Self {
            before: comparer.select(&gone, &same, false)?,
            after: comparer.select(&fresh, &same, false)?,
            read: gone.num_rows() + fresh.num_rows(),
        })
    }

    /// The values that moved, by key and in the order of the columns.
    pub(super) fn values(&self, model: &Model) -> Result<Vec<Moved>> {
        let (before, after) = (by_key(model, &self.before)?, by_key(model, &self.after)?);
        let empty = Map::new();
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let columns = model.spec.columns.iter();
        let compared = columns.filter(|c| !c.volatile && !model.spec.key.contains(&c.name));
        let compared: Vec<&str> = compared.map(|c| c.name.as_str()).collect();
        let mut moved = Vec::new();
        for key in keys {
            let (old, new) = (before.get(key), after.get(key));
            let key = key_of(model, new.or(old).unwrap_or(&empty));
            let value = |row: Option<&Map<String, Value>>, column: &str| {
                row.and_then(|row| row.get(column))
                    .cloned()
                    .unwrap_or(Value::Null)
            };
            moved.extend(compared.iter().filter_map(|column| {
                let (from, to) = (value(old, column), value(new, column));
                (from != to).then(|| Moved {
                    key: key.clone(),
                    column: (*column).to_owned(),
                    from,
                    to,
                    new_row: old.is_none(),
                    whole_row: old.is_none() || new.is_none(),
                })
            }));
        }
        Ok(moved)
    }
}

fn by_key(model: &Model, batch: &RecordBatch) -> Result<Rows> {
    let rows = reader::json_of(std::slice::from_ref(batch))?.into_iter();
    Ok(rows
        .map(|row| (Value::Object(key_of(model, &row)).to_string(), row))
        .collect())
}

/// The values of a row's key by column.
fn key_of(model: &Model, row: &Map<String, Value>) -> Map<String, Value> {
    let columns = model.spec.key.iter();
    columns
        .map(|c| (c.clone(), row.get(c).cloned().unwrap_or(Value::Null)))
        .collect()
}

fn path(file: &DataFile) -> &str {
    &file.add.path
}

fn paths(files: &[DataFile]) -> HashSet<&str> {
    files.iter().map(path).collect()
}

async fn read(
    table: &Table,
    files: impl Iterator<Item = &DataFile>,
    schema: &SchemaRef,
) -> Result<RecordBatch> {
    let (model, store) = (table.model, table.inner.log_store());
    let mut batches = Vec::new();
    for file in files {
        batches.push(file.read(&store, model, schema).await?);
    }
    Ok(concat_batches(schema, &batches)?)
}
