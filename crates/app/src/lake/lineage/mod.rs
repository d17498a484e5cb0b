//! From a number back to what a vendor sent: gold row, silver rows, raw objects.

mod objects;
mod raw;

use std::collections::BTreeSet;

use bookpath_domain::BusinessConfig;
use bookpath_domain::numbers::opened::{Source, asks_people, made_of, named_by};
use bookpath_domain::numbers::team::Team;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

pub use objects::Origin;
pub use raw::{RawRow, raw_row, removal};

use crate::people::{Resolutions, rows};
use crate::ports::{LakeEngine, LakeFailure, ObjectStore, RowFilter, RowKey, Store, TableRow};

/// Silver rows shown for one gold row.
const ROWS_MAX: usize = 1000;

/// A row and everything behind it.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Lineage {
    pub table: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    #[schema(value_type = Vec<Object>)]
    pub gold: Vec<TableRow>,
    #[schema(value_type = Vec<Object>)]
    pub silver: Vec<TableRow>,
    /// The object in which each of these rows was sent, in their order. A row that is made of others, or was entered here,
    /// has none.
    pub objects: Vec<Origin>,
    /// Whether only the first rows are listed.
    pub truncated: bool,
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

/// What a row is followed through.
#[derive(Clone, Copy)]
pub struct Tracer<'a> {
    pub lake: &'a dyn LakeEngine,
    pub store: &'a dyn Store,
    pub objects: &'a dyn ObjectStore,
    pub resolutions: &'a Resolutions,
    pub rules: &'a BusinessConfig,
    pub now: Timestamp,
    /// The users whose deals are included.
    pub deals: Deals<'a>,
}

/// The users whose deals the caller may see (S3-104).
#[derive(Debug, Clone, Copy)]
pub enum Deals<'a> {
    All,
    /// Those of one member of the team; `user` is their key.
    Own {
        team: &'a Team,
        user: &'a str,
    },
}

impl Deals<'_> {
    /// Whether the row, which has the name of its table, may be seen.
    fn tells(self, row: &TableRow) -> bool {
        let Self::Own { team, user } = self else {
            return true;
        };
        let text = |column: &str| row.get(column).and_then(Value::as_str);
        let is_own = || text("user_id").and_then(|id| team.close_user(id)) == Some(user);
        text("table") != Some("silver.opportunities") || is_own()
    }
}

impl std::fmt::Debug for Tracer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracer").finish_non_exhaustive()
    }
}

impl Tracer<'_> {
    /// Follows the rows with this key back to their raw objects, whichever table they are of.
    ///
    /// # Errors
    /// [`LakeFailure::Refused`] for a table or column that does not exist.
    pub async fn trace(
        &self,
        table: &str,
        key: &[(String, String)],
    ) -> Result<Lineage, LakeFailure> {
        let asked_table = table;
        let table = full_name(table);
        let as_of = crate::lake::etl::as_of(self.store).await?;
        let filters: Vec<RowFilter> = key.iter().map(equal).collect();
        // One more than is told says that there are more.
        let mut asked = self.lake.rows(&table, &filters, ROWS_MAX + 1, 0).await?;
        let too_many = asked.len() > ROWS_MAX;
        asked.truncate(ROWS_MAX);
        let sources = self.sources(&table, &asked, as_of).await?;
        let mut silver: Vec<TableRow> = Vec::new();
        let is_silver = table.starts_with("silver.");
        if is_silver {
            silver.extend(asked.iter().map(|row| named(&table, row.clone())));
        } else if of_bookings(&table) {
            let behind = self.lake.behind(&table, key, ROWS_MAX + 1).await?;
            silver.extend(behind.into_iter().map(|row| named("silver.invitees", row)));
        }
        silver.extend(self.rows(sources).await?);
        silver.retain(|row| self.deals.tells(row));
        let truncated = too_many || silver.len() > ROWS_MAX;
        silver.truncate(ROWS_MAX);
        Ok(Lineage {
            table: asked_table.to_owned(),
            as_of,
            gold: if is_silver { Vec::new() } else { asked },
            objects: objects::objects_of(self, &silver).await?,
            silver,
            truncated,
        })
    }

    /// What the rows are made of; of people and numbers as the last run saw them.
    async fn sources(
        &self,
        table: &str,
        asked: &[TableRow],
        as_of: Option<Timestamp>,
    ) -> Result<BTreeSet<Source>, LakeFailure> {
        if asked.is_empty() || !asks_people(table) {
            let named = asked.iter().filter_map(|row| named_by(table, row));
            return Ok(named.collect());
        }
        let (sources, directory) = rows(self.store, self.lake, None).await?;
        let at = as_of.unwrap_or(self.now);
        let resolved = self
            .resolutions
            .resolve(&sources, directory, self.rules, at);
        let made = asked.iter();
        let made = made.flat_map(|row| made_of(table, row, &resolved, self.rules));
        Ok(made.collect())
    }

    /// The rows that the sources name, table by table; one more than are told, where there are more.
    async fn rows(&self, sources: BTreeSet<Source>) -> Result<Vec<TableRow>, LakeFailure> {
        let sources: Vec<Source> = sources.into_iter().collect();
        let mut found = Vec::new();
        for same in sources.chunk_by(|a, b| a.table == b.table) {
            let keys: Vec<RowKey> = same.iter().take(ROWS_MAX + 1).map(key_of).collect();
            let left = (ROWS_MAX + 1).saturating_sub(found.len());
            let rows = self.lake.keyed(same[0].table, &keys, left).await?;
            found.extend(rows.into_iter().map(|row| named(same[0].table, row)));
        }
        Ok(found)
    }
}

/// The name of a table with its tier: gold ones are named without it, too.
#[must_use]
pub fn full_name(table: &str) -> String {
    if table.contains('.') {
        table.to_owned()
    } else {
        format!("gold.{table}")
    }
}

/// The tables of gold whose rows count bookings, which the tables themselves follow.
fn of_bookings(table: &str) -> bool {
    !matches!(
        table,
        "gold.kpi_monthly" | "gold.unified_customers" | "gold.channel_attribution"
    )
}

fn equal((column, value): &(String, String)) -> RowFilter {
    RowFilter::Equal {
        column: column.clone(),
        value: value.clone(),
    }
}

fn key_of(source: &Source) -> RowKey {
    let pairs = source.key.iter();
    pairs
        .map(|(column, value)| ((*column).to_owned(), value.clone()))
        .collect()
}

/// The row with the name of its table, which comes first.
fn named(table: &str, row: TableRow) -> TableRow {
    let name = [("table".to_owned(), table.into())];
    name.into_iter().chain(row).collect()
}

#[cfg(test)]
mod tests {
    use bookpath_domain::config::{TeamMember, TeamRole};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_sees_no_deals_but_their_own() {
        let member = TeamMember {
            email: "ann@co.test".to_owned(),
            name: "Ann".to_owned(),
            role: TeamRole::Closer,
            close_user_id: Some("user_ann".to_owned()),
        };
        let team = Team::new(&[member], [("ann@co.test", "u-1")]);
        let ann = Deals::Own {
            team: &team,
            user: "u-1",
        };
        let row = |table: &str, user: Value| {
            let row = json!({ "table": table, "user_id": user });
            row.as_object().cloned().unwrap()
        };
        for (table, user, told) in [
            ("silver.opportunities", json!("user_ann"), true),
            ("silver.opportunities", json!("user_bob"), false),
            ("silver.opportunities", Value::Null, false),
            ("silver.invitees", Value::Null, true),
        ] {
            let row = row(table, user);
            assert_eq!(ann.tells(&row), told, "{row:?}");
            assert!(Deals::All.tells(&row));
        }
    }
}
