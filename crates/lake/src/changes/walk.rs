//! Run after run through the versions of the gold tables.

use std::collections::BTreeSet;

use bookpath_domain::numbers::causes::{Causes, Moment, News};
use bookpath_models::{Catalog, Model};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::moments::{self, Run};
use super::rows::{Differing, Moved};
use super::{Change, ChangesAsked};
use crate::error::{LakeError, Result};
use crate::history::gone;
use crate::lake::Lake;
use crate::table::commits::CommitTime;
use crate::table::{AS_OF, Table};
use crate::time::instant;

/// Runs that are compared; of more, every second, third, ... one.
const RUNS_MAX: usize = 60;
/// Commits that are looked at together.
const COMMITS: usize = 20;

/// The gold tables as they stood after a run, and what is still to come.
pub(super) struct Walk<'a> {
    lake: &'a Lake,
    asked: &'a ChangesAsked<'a>,
    tables: Vec<Followed>,
    /// The run at which the tables stand.
    run: Run,
    /// What was known after it, where that was needed.
    moment: Option<Moment>,
}

/// A table at a version.
struct Followed {
    model: &'static Model,
    /// `None` before it was made.
    table: Option<Table>,
    /// Commits that changed rows, oldest first.
    later: Vec<CommitTime>,
}

impl<'a> Walk<'a> {
    /// Stands at the instant that was asked for.
    pub(super) async fn begin(lake: &'a Lake, asked: &'a ChangesAsked<'a>) -> Result<Self> {
        let mut tables = Vec::new();
        let mut run = Run {
            at: None,
            as_of: Timestamp::UNIX_EPOCH,
        };
        for model in Catalog::get()?.tier("gold") {
            let newest = Table::open(lake, model).await?;
            let then = Table::open_at(lake, model, asked.since).await?;
            let version = then.version();
            if let Some(at) = changed_at(&newest, version).await?
                && run.at.is_none_or(|known| known < at)
            {
                run = run_of(&then, at).await?;
            }
            tables.push(Followed {
                model,
                later: later(&newest, version).await?,
                table: version.map(|_| then),
            });
        }
        Ok(Self {
            lake,
            asked,
            tables,
            run,
            moment: None,
        })
    }

    /// The instants of the runs to come, in order.
    pub(super) fn runs(&self) -> Vec<i64> {
        let commits = self.tables.iter().flat_map(|table| &table.later);
        let runs: BTreeSet<i64> = commits.map(|commit| commit.at_ms).collect();
        let step = runs.len().div_ceil(RUNS_MAX).max(1);
        let mut runs: Vec<i64> = runs.into_iter().rev().step_by(step).collect();
        runs.reverse();
        runs
    }

    /// Goes on to a run: what moved, by table and key.
    pub(super) async fn step(&mut self, at_ms: i64) -> Result<Vec<Change>> {
        let at = Timestamp::from_millisecond(at_ms).map_err(LakeError::internal)?;
        let mut run = Run {
            at: Some(at),
            as_of: self.run.as_of,
        };
        let mut found: Vec<(&'static Model, Vec<Moved>)> = Vec::new();
        for followed in &mut self.tables {
            let Some((table, changed_ms)) = followed.to(self.lake, at_ms).await? else {
                continue;
            };
            if changed_ms == at_ms {
                run = run_of(&table, at).await?;
            }
            let before = followed.table.replace(table);
            let after = followed
                .table
                .as_ref()
                .ok_or_else(|| LakeError::internal("no table"))?;
            let differing = Differing::between(before.as_ref(), after).await;
            let differing = differing.map_err(|error| gone(error, followed.model, at))?;
            if !differing.is_empty() {
                let moved = differing.values(followed.model).into_iter();
                let shown = moved.filter(|moved| self.asked.shows(followed.model, &moved.key));
                found.push((followed.model, shown.collect()));
            }
        }
        found.retain(|(_, moved)| !moved.is_empty());
        let changes = if found.is_empty() {
            self.moment = None;
            Vec::new()
        } else {
            self.named(found, run).await?
        };
        self.run = run;
        Ok(changes)
    }

    /// The values with what caused them.
    async fn named(
        &mut self,
        found: Vec<(&'static Model, Vec<Moved>)>,
        run: Run,
    ) -> Result<Vec<Change>> {
        let before = match self.moment.take() {
            Some(moment) => moment,
            None => moments::after(self.lake, self.asked, self.run).await?,
        };
        let after = moments::after(self.lake, self.asked, run).await?;
        let told = News::between(&before, &after);
        let at = run.at.unwrap_or(Timestamp::UNIX_EPOCH);
        let mut changes = Vec::new();
        for (model, moved) in found {
            let rules = &self.asked.rules.business;
            let causes = Causes::new(&model.name, &before, &after, &told, rules);
            changes.extend(moved.into_iter().map(|moved| Change {
                at,
                table: &model.name,
                cause: causes.of(&texts(model, &moved.key), &moved.column),
                key: moved.key,
                column: moved.column,
                from: moved.from,
                to: moved.to,
            }));
        }
        self.moment = Some(after);
        Ok(changes)
    }
}

impl ChangesAsked<'_> {
    /// Months of other users are none of the asker's business.
    fn shows(&self, model: &Model, key: &Map<String, Value>) -> bool {
        let Some(users) = self.users.filter(|_| model.name == "gold.kpi_monthly") else {
            return true;
        };
        let user = key.get("user_id").and_then(Value::as_str);
        user.is_some_and(|user| users.iter().any(|own| own == user))
    }
}

impl Followed {
    /// The table as it stood after this run and when it became so, if it is another one than before.
    async fn to(&mut self, lake: &Lake, at_ms: i64) -> Result<Option<(Table, i64)>> {
        let until = self.later.partition_point(|commit| commit.at_ms <= at_ms);
        let passed: Vec<CommitTime> = self.later.drain(..until).collect();
        match passed.last() {
            Some(commit) => {
                let table = Table::open_version(lake, self.model, commit.version).await;
                Ok(Some((table?, commit.at_ms)))
            }
            None => Ok(None),
        }
    }
}

/// The run that made a version of a table.
async fn run_of(table: &Table, at: Timestamp) -> Result<Run> {
    let as_of = table.transaction(AS_OF).await?;
    Ok(Run {
        at: Some(at),
        as_of: as_of.map_or(at, instant),
    })
}

/// When rows last changed up to a version, as far as the log still says.
async fn changed_at(newest: &Table, version: Option<i64>) -> Result<Option<Timestamp>> {
    let mut end = version.map_or(0, |version| version + 1);
    while end > 0 {
        let commits = newest.commits_before(end, COMMITS).await?;
        if let Some(commit) = commits.iter().find(|commit| commit.rows_changed) {
            return Ok(Timestamp::from_millisecond(commit.at_ms).ok());
        }
        let Some(oldest) = commits.last() else { break };
        end = oldest.version;
    }
    Ok(None)
}

/// Commits after `version` that changed rows, oldest first.
async fn later(newest: &Table, version: Option<i64>) -> Result<Vec<CommitTime>> {
    let end = newest.version().map_or(0, |version| version + 1);
    let first = version.map_or(0, |version| version + 1);
    let count = usize::try_from(end - first).unwrap_or(0);
    let mut commits = newest.commits_before(end, count).await?;
    commits.retain(|commit| commit.rows_changed);
    // By the clock, which another writer may have set otherwise.
    commits.sort_by_key(|commit| (commit.at_ms, commit.version));
    Ok(commits)
}

/// The values of a key in the order of its columns.
fn texts(model: &Model, key: &Map<String, Value>) -> Vec<Option<String>> {
    let text = |value: Option<&Value>| match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    let columns = model.spec.key.iter();
    columns.map(|column| text(key.get(column))).collect()
}
