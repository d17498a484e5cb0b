//! The rows that are not the same in two versions of a table. Files that both versions name are not read.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use bookpath_models::Model;
use serde_json::{Map, Value};

use super::key_of;
use crate::error::Result;
use crate::reader;
use crate::schema::ArrowSchema as _;
use crate::table::rows::{Comparer, Keys};
use crate::table::{DataFile, Table};

/// Rows by key.
type Rows = BTreeMap<String, Map<String, Value>>;

/// Rows as they were and as they are, without those that are equal.
#[derive(Debug, Default)]
pub(super) struct Differing {
    before: Rows,
    after: Rows,
}

/// A value that moved.
pub(super) struct Moved {
    pub(super) key: Map<String, Value>,
    pub(super) column: String,
    pub(super) from: Value,
    pub(super) to: Value,
}

impl Differing {
    /// Compares two versions of a table; `None` is before it was made.
    pub(super) async fn between(before: Option<&Table>, after: &Table) -> Result<Self> {
        let files = |table: &Table| table.files();
        let (then, now) = (before.map(files).transpose()?, files(after)?);
        let then = then.unwrap_or_default();
        let (old, new) = (paths(&then), paths(&now));
        let gone = then.iter().filter(|file| !new.contains(path(file)));
        let fresh = now.iter().filter(|file| !old.contains(path(file)));
        let model = after.model;
        let gone = match before {
            Some(table) => read(table, gone).await?,
            None => RecordBatch::new_empty(model.schema()),
        };
        let fresh = read(after, fresh).await?;
        let comparer = Comparer::new(model)?;
        let (was, is) = (comparer.by_key(&gone)?, comparer.by_key(&fresh)?);
        let same = is.iter().filter(|(key, row)| was.get(*key) == Some(row));
        let same: Keys = same.map(|(key, _)| key.clone()).collect();
        let rows = |batch: &RecordBatch| -> Result<Rows> {
            let rows = reader::json_of(&[comparer.select(batch, &same, false)?])?;
            Ok(rows
                .into_iter()
                .map(|row| (Value::Object(key_of(model, &row)).to_string(), row))
                .collect())
        };
        Ok(Self {
            before: rows(&gone)?,
            after: rows(&fresh)?,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// The values that moved, by key and in the order of the columns.
    pub(super) fn values(&self, model: &Model) -> Vec<Moved> {
        let empty = Map::new();
        let keys: BTreeSet<&String> = self.before.keys().chain(self.after.keys()).collect();
        let columns = model.spec.columns.iter();
        let compared = columns.filter(|c| !c.volatile && !model.spec.key.contains(&c.name));
        let compared: Vec<&str> = compared.map(|c| c.name.as_str()).collect();
        let mut moved = Vec::new();
        for key in keys {
            let (old, new) = (self.before.get(key), self.after.get(key));
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
                })
            }));
        }
        moved
    }
}

fn path(file: &DataFile) -> &str {
    &file.add.path
}

fn paths(files: &[DataFile]) -> HashSet<&str> {
    files.iter().map(path).collect()
}

async fn read(table: &Table, files: impl Iterator<Item = &DataFile>) -> Result<RecordBatch> {
    let (model, store) = (table.model, table.inner.log_store());
    let mut batches = Vec::new();
    for file in files {
        batches.push(file.read(&store, model, &model.schema()).await?);
    }
    Ok(concat_batches(&model.schema(), &batches)?)
}
