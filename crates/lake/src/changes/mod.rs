//! Why numbers moved: the differences between two versions of the gold tables, each with what caused it.

mod followed;
mod rows;
mod silver;
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
    /// Values of the first run after `since` that are left out.
    pub skip: usize,
    /// Values that are looked for.
    pub limit: usize,
    /// Rows of the tables that are read to compare runs. The run in which it is reached is the last one.
    pub rows_max: usize,
    /// Months of these users only; `None` is everybody's.
    pub users: Option<&'a [String]>,
}

/// A part of what changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// By time, table and key.
    pub found: Vec<Change>,
    /// The `since` and `skip` with which it goes on; `None` at the end.
    pub next: Option<(Timestamp, usize)>,
}

impl Lake {
    /// What changed in the gold tables after `since`, run by run: at most `limit` values, fewer where that takes more than
    /// `rows_max` rows.
    ///
    /// # Errors
    /// [`crate::LakeError::VersionGone`] when the tables of that time can't be read any more.
    pub async fn changes(&self, asked: &ChangesAsked<'_>) -> Result<Changes> {
        let mut walk = Walk::begin(self, asked).await?;
        let (mut found, mut since, mut skip) = (Vec::new(), asked.since, asked.skip);
        while let Some(at) = walk.next().await? {
            if found.len() >= asked.limit || walk.read() >= asked.rows_max {
                let next = Some((since, skip));
                return Ok(Changes { found, next });
            }
            let mut step = walk.step(at).await?;
            let (all, left) = (step.len(), asked.limit - found.len());
            step.narrow(skip, left);
            let taken = skip + step.len();
            found.extend(walk.named(step).await?);
            if taken < all {
                let next = Some((since, taken));
                return Ok(Changes { found, next });
            }
            (since, skip) = (at, 0);
        }
        Ok(Changes { found, next: None })
    }
}

/// The values of a row's key by column.
fn key_of(model: &Model, row: &Map<String, Value>) -> Map<String, Value> {
    let columns = model.spec.key.iter();
    columns
        .map(|c| (c.clone(), row.get(c).cloned().unwrap_or(Value::Null)))
        .collect()
}
