//! Checks that can fail a run: row counts, null keys, duplicate keys, freshness.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::error::Result;
use crate::lake::Lake;
use crate::schema::Table;

/// One check and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `row_count`, `null_keys`, `duplicate_keys` or `freshness`.
    pub name: &'static str,
    /// The table looked at.
    pub table: &'static str,
    /// Whether it holds.
    pub passed: bool,
    /// What was found, in one line.
    pub detail: String,
}

impl Lake {
    /// Checks `silver.invitees` as of `as_of`; the newest change may be `max_age` old.
    ///
    /// # Errors
    /// Whatever the store refuses. A check that does not hold is no error: the caller decides.
    pub async fn check_quality(
        &self,
        as_of: Timestamp,
        max_age: SignedDuration,
    ) -> Result<Vec<Check>> {
        let info = self.table_info(Table::Invitees).await?;
        let found = self
            .sql(
                "SELECT count(*) AS row_count, count(DISTINCT invitee_uri) AS keys, \
                 count(*) - count(invitee_uri) AS null_keys, max(invitee_updated_at) AS newest FROM silver.invitees",
            )
            .await?;
        let number = |name: &str| {
            found
                .first()
                .and_then(|r| r.get(name))
                .and_then(serde_json::Value::as_u64)
                .unwrap_or(0)
        };
        let (rows, keys, nulls) = (number("row_count"), number("keys"), number("null_keys"));
        let newest = found
            .first()
            .and_then(|r| r.get("newest"))
            .and_then(|v| v.as_str());
        let newest: Option<Timestamp> = newest.and_then(|t| t.parse().ok());
        let age = newest.map(|newest| as_of.duration_since(newest));
        let check = |name, passed, detail| Check {
            name,
            table: Table::Invitees.name(),
            passed,
            detail,
        };
        Ok(vec![
            check(
                "row_count",
                rows > 0 && rows == info.rows,
                format!("{rows} rows, {} in the log", info.rows),
            ),
            check(
                "null_keys",
                nulls == 0,
                format!("{nulls} rows without a key"),
            ),
            check(
                "duplicate_keys",
                rows == keys + nulls,
                format!("{} rows share a key", rows - keys - nulls),
            ),
            check(
                "freshness",
                age.is_some_and(|age| age <= max_age),
                age.map_or_else(
                    || "no rows".to_owned(),
                    |age| format!("the newest change is {age:#} old"),
                ),
            ),
        ])
    }
}
