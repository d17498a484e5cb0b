//! Run after run through the versions of the gold tables.

use bookpath_domain::numbers::causes::{Causes, News};
use bookpath_domain::numbers::month::Month;
use bookpath_models::{Catalog, Model};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::asked::{Change, ChangesAsked};
use super::followed::Followed;
use super::rows::{Differing, Moved};
use super::silver::{Run, Silver};
use crate::error::{LakeError, Result};
use crate::history::gone;
use crate::lake::Lake;
use crate::schema::ArrowSchema as _;
use crate::time::instant;

/// The gold tables as they stood after a run.
pub(super) struct Walk<'a> {
    lake: &'a Lake,
    asked: &'a ChangesAsked<'a>,
    tables: Vec<Followed>,
    /// The run at which the tables stand.
    run: Run,
    /// What was known after a run up to this one, where that was needed.
    silver: Option<Silver<'a>>,
    /// Rows of gold that were read.
    read: usize,
}

/// What a run moved, by table and key.
pub(super) struct Step {
    before: Run,
    after: Run,
    moved: Vec<(&'static Model, Moved)>,
}

impl Step {
    /// Values that moved.
    pub(super) fn len(&self) -> usize {
        self.moved.len()
    }

    /// Leaves some of the values out, and all beyond some more.
    pub(super) fn narrow(&mut self, skip: usize, take: usize) {
        self.moved.drain(..skip.min(self.moved.len()));
        self.moved.truncate(take);
    }
}

impl<'a> Walk<'a> {
    /// Stands at the instant that was asked for.
    pub(super) async fn begin(lake: &'a Lake, asked: &'a ChangesAsked<'a>) -> Result<Self> {
        let models = Catalog::get()?.tier("gold");
        let tables = models.map(|model| Followed::at(lake, model, Some(asked.since)));
        let tables = try_join_all(tables).await?;
        let mut run = Run {
            at: None,
            as_of: Timestamp::UNIX_EPOCH,
        };
        for table in &tables {
            let Some((at_ms, as_of)) = table.last().await? else {
                continue;
            };
            let at = Timestamp::from_millisecond(at_ms).map_err(LakeError::internal)?;
            if run.at.is_none_or(|known| known < at) {
                run = Run {
                    at: Some(at),
                    as_of: as_of.map_or(at, instant),
                };
            }
        }
        Ok(Self {
            lake,
            asked,
            tables,
            run,
            silver: None,
            read: 0,
        })
    }

    /// The clock of the next run.
    pub(super) async fn next(&mut self) -> Result<Option<Timestamp>> {
        let mut next: Option<i64> = None;
        for table in &mut self.tables {
            let at = table.next().await?.map(|commit| commit.at_ms);
            next = next.into_iter().chain(at).min();
        }
        let at = next.map(Timestamp::from_millisecond);
        at.transpose().map_err(LakeError::internal)
    }

    /// Rows that were read to compare runs.
    pub(super) fn read(&self) -> usize {
        self.read + self.silver.as_ref().map_or(0, |silver| silver.read)
    }

    /// Goes on to the run of this clock.
    pub(super) async fn step(&mut self, at: Timestamp) -> Result<Step> {
        let before = self.run;
        let mut moved = Vec::new();
        self.run.at = Some(at);
        for followed in &mut self.tables {
            let Some(passed) = followed.pass(at.as_millisecond()).await? else {
                continue;
            };
            self.run.as_of = passed.commit.as_of.map_or(self.run.as_of, instant);
            let (table, model) = (&followed.table, followed.table.model);
            let differing = Differing::between(&passed.before, table, &model.schema()).await;
            let differing = differing.map_err(|error| gone(error, model, at))?;
            self.read += differing.read;
            let values = differing.values(model)?.into_iter();
            let shown = values.filter(|moved| self.asked.shows(model, moved));
            moved.extend(shown.map(|moved| (model, moved)));
        }
        Ok(Step {
            before,
            after: self.run,
            moved,
        })
    }

    /// The values with what caused them.
    pub(super) async fn named(&mut self, step: Step) -> Result<Vec<Change>> {
        if step.moved.is_empty() {
            return Ok(Vec::new());
        }
        let silver = match &mut self.silver {
            Some(silver) => {
                silver.pass(step.before).await?;
                silver
            }
            none => none.insert(Silver::after(self.lake, self.asked, step.before).await?),
        };
        let [before, after] = silver.moments(step.before, step.after).await?;
        let told = News::between(&before, &after);
        let at = step.after.at.unwrap_or_default();
        let rules = &self.asked.rules.business;
        let mut changes = Vec::with_capacity(step.moved.len());
        let mut of_table: Option<(&'static Model, Causes<'_>)> = None;
        for (model, moved) in step.moved {
            let causes = match &of_table {
                Some((known, causes)) if known.name == model.name => causes,
                _ => {
                    let causes = Causes::new(&model.name, &before, &after, &told, rules);
                    &of_table.insert((model, causes)).1
                }
            };
            let key = texts(model, &moved.key);
            changes.push(Change {
                at,
                table: &model.name,
                cause: causes.of(&key, &moved.column, moved.whole_row),
                key: moved.key,
                column: moved.column,
                from: moved.from,
                to: moved.to,
            });
        }
        Ok(changes)
    }
}

/// Columns of a key that say which day or month its row is about.
const DATED: [&str; 2] = ["month", "booking_date"];

impl ChangesAsked<'_> {
    fn shows(&self, model: &Model, moved: &Moved) -> bool {
        self.may_see(model, &moved.key) && self.corrected_before.is_none_or(|m| corrects(m, moved))
    }

    /// Whether the caller may see a row: rows of the key figures only of their own users.
    fn may_see(&self, model: &Model, key: &Map<String, Value>) -> bool {
        let Some(users) = self.users.filter(|_| model.name == "gold.kpi_monthly") else {
            return true;
        };
        let user = key.get("user_id").and_then(Value::as_str);
        user.is_some_and(|user| users.iter().any(|own| own == user))
    }
}

/// The row is about a time before the month, and was there before.
fn corrects(month: Month, moved: &Moved) -> bool {
    let mut dated = DATED
        .iter()
        .filter_map(|column| moved.key.get(*column)?.as_str());
    // A day of the month is written after the month itself: `2026-03` < `2026-03-01`.
    !moved.new_row && dated.any(|time| time < month.to_string().as_str())
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
