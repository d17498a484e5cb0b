//! The checks of the nightly run, as the models state them: keys, NULLs, accepted values, relations, conditions, freshness.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Result;
use crate::lake::Lake;
use crate::reader::json;
use bookpath_models::{Catalog, Model, ModelError};

/// One check and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `row_count`, `null_keys`, `duplicate_keys`, `freshness`, `not_null.COLUMN`, `accepted.COLUMN`,
    /// `relation.COLUMN`, `holds.NAME`.
    pub name: String,
    /// The table looked at.
    pub table: String,
    /// Whether it holds.
    pub passed: bool,
    /// What was found, in one line.
    pub detail: String,
}

impl Lake {
    /// Checks every table of `tier` that exists, as of `as_of`; the newest fact of a table with a freshness check may be `max_age`
    /// old.
    ///
    /// # Errors
    /// Whatever the store refuses. A check that does not hold is no error: the caller decides.
    pub async fn check_quality(
        &self,
        tier: &str,
        as_of: Timestamp,
        max_age: SignedDuration,
    ) -> Result<Vec<Check>> {
        let mut checks = Vec::new();
        for model in Catalog::get()?.tier(tier) {
            let info = self.table_info(&model.name).await?;
            if info.version.is_none() {
                continue;
            }
            let session = self.session(&[model]).await?;
            let found = json(session.sql(&counts(model)).await?).await?;
            let row = found.first().cloned().unwrap_or_default();
            checks.extend(of_counts(model, &row, info.rows));
            if let Some(column) = &model.spec.tests.fresh {
                checks.push(freshness(model, column, &row, as_of, max_age));
            }
            for (column, target) in &model.spec.tests.relations {
                checks.push(self.relation(model, column, target).await?);
            }
        }
        Ok(checks)
    }

    async fn relation(&self, model: &'static Model, column: &str, target: &str) -> Result<Check> {
        let (table, other) = target.rsplit_once('.').ok_or_else(|| ModelError::Wrong {
            name: model.name.clone(),
            reason: format!("`{target}` is not TABLE.COLUMN"),
        })?;
        let query = format!(
            "SELECT count(*) AS lost FROM {} AS own LEFT ANTI JOIN {table} AS other ON own.\"{column}\" = other.\"{other}\" \
             WHERE own.\"{column}\" IS NOT NULL",
            model.name
        );
        let session = self.session(&[model, Catalog::get()?.find(table)?]).await?;
        let found = json(session.sql(&query).await?).await?;
        let lost = found.first().map_or(0, |row| number(row, "lost"));
        Ok(check(
            model,
            format!("relation.{column}"),
            lost == 0,
            format!("{lost} values that {target} lacks"),
        ))
    }
}

/// One query for everything that can be counted in one pass.
fn counts(model: &Model) -> String {
    let tests = &model.spec.tests;
    let key: Vec<String> = model.spec.key.iter().map(|c| format!("\"{c}\"")).collect();
    let mut inner = vec![format!(
        "count(*) OVER (PARTITION BY {}) AS copies",
        key.join(", ")
    )];
    let mut columns = vec![
        "count(*) AS row_count".to_owned(),
        "max(copies) AS copies".to_owned(),
    ];
    let mut count = |wrong: &str, name: String| {
        inner.push(format!("CASE WHEN {wrong} THEN 1 ELSE 0 END AS \"{name}\""));
        columns.push(format!("sum(\"{name}\") AS \"{name}\""));
    };
    for column in &tests.not_null {
        count(&format!("\"{column}\" IS NULL"), format!("null {column}"));
    }
    for (column, values) in &tests.accepted {
        let values: Vec<String> = values.iter().map(|value| format!("'{value}'")).collect();
        let odd = format!("\"{column}\" NOT IN ({})", values.join(", "));
        count(&odd, format!("odd {column}"));
    }
    for (name, condition) in &tests.holds {
        count(&format!("NOT ({condition})"), format!("broken {name}"));
    }
    if let Some(column) = &tests.fresh {
        inner.push(format!("\"{column}\""));
        columns.push(format!("max(\"{column}\") AS newest"));
    }
    format!(
        "SELECT {} FROM (SELECT {} FROM {}) AS counted",
        columns.join(", "),
        inner.join(", "),
        model.name
    )
}

fn of_counts(model: &Model, row: &Map<String, Value>, rows_in_log: u64) -> Vec<Check> {
    let rows = number(row, "row_count");
    let copies = number(row, "copies");
    let mut checks = vec![
        check(
            model,
            "row_count".to_owned(),
            rows == rows_in_log,
            format!("{rows} rows, {rows_in_log} in the log"),
        ),
        check(
            model,
            "duplicate_keys".to_owned(),
            copies <= 1,
            format!("up to {copies} rows share a key"),
        ),
    ];
    for column in &model.spec.tests.not_null {
        let nulls = number(row, &format!("null {column}"));
        let name = if model.spec.key.contains(column) {
            format!("null_keys.{column}")
        } else {
            format!("not_null.{column}")
        };
        checks.push(check(
            model,
            name,
            nulls == 0,
            format!("{nulls} rows without {column}"),
        ));
    }
    for column in model.spec.tests.accepted.keys() {
        let odd = number(row, &format!("odd {column}"));
        checks.push(check(
            model,
            format!("accepted.{column}"),
            odd == 0,
            format!("{odd} values that are not accepted"),
        ));
    }
    for (name, condition) in &model.spec.tests.holds {
        let broken = number(row, &format!("broken {name}"));
        checks.push(check(
            model,
            format!("holds.{name}"),
            broken == 0,
            format!("{broken} rows without {condition}"),
        ));
    }
    checks
}

fn freshness(
    model: &Model,
    column: &str,
    row: &Map<String, Value>,
    as_of: Timestamp,
    max_age: SignedDuration,
) -> Check {
    let newest: Option<Timestamp> = row
        .get("newest")
        .and_then(Value::as_str)
        .and_then(|t| t.parse().ok());
    let age = newest.map(|newest| as_of.duration_since(newest));
    let detail = age.map_or_else(
        || "no rows".to_owned(),
        |age| format!("the newest {column} is {age:#} old"),
    );
    check(
        model,
        "freshness".to_owned(),
        age.is_none_or(|age| age <= max_age),
        detail,
    )
}

fn number(row: &Map<String, Value>, name: &str) -> u64 {
    row.get(name).and_then(Value::as_u64).unwrap_or(0)
}

fn check(model: &Model, name: String, passed: bool, detail: String) -> Check {
    Check {
        name,
        table: model.name.clone(),
        passed,
        detail,
    }
}
