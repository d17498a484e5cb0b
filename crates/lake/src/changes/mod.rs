//! Why numbers moved: the differences between two versions of the gold tables, each with what caused it.

mod moments;
mod rows;
mod walk;

use bookpath_domain::numbers::causes::Cause;
use bookpath_domain::people::sources::Directory;
use bookpath_models::Model;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::error::Result;
use crate::input::LakeRules;
use crate::lake::Lake;
use walk::Walk;

/// A value of a gold table that changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Clock of the run that changed it.
    pub at: Timestamp,
    pub table: &'static str,
    pub key: Map<String, Value>,
    pub column: String,
    /// NULL also where the row is new.
    pub from: Value,
    /// NULL also where the row is gone.
    pub to: Value,
    pub cause: Cause,
}

/// Which changes are asked for.
#[derive(Debug, Clone, Copy)]
pub struct ChangesAsked<'a> {
    pub rules: &'a LakeRules,
    /// What the app itself knows of people.
    pub directory: &'a Directory,
    pub since: Timestamp,
    /// Values that are looked for.
    pub limit: usize,
    /// Months of these users only; `None` is everybody's.
    pub users: Option<&'a [String]>,
}

impl Lake {
    /// What changed in the gold tables after `since`, by time, table and key; at most `limit` values.
    ///
    /// # Errors
    /// [`crate::LakeError::VersionGone`] when the tables of that time can't be read any more.
    pub async fn changes(&self, asked: &ChangesAsked<'_>) -> Result<Vec<Change>> {
        let mut walk = Walk::begin(self, asked).await?;
        let mut changes = Vec::new();
        for run in walk.runs() {
            changes.extend(walk.step(run).await?);
            if changes.len() >= asked.limit {
                break;
            }
        }
        changes.truncate(asked.limit);
        Ok(changes)
    }
}

/// The values of a row's key by column.
fn key_of(model: &Model, row: &Map<String, Value>) -> Map<String, Value> {
    let columns = model.spec.key.iter();
    columns
        .map(|c| (c.clone(), row.get(c).cloned().unwrap_or(Value::Null)))
        .collect()
}
