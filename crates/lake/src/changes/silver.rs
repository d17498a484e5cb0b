//! What was known of people and money after each run, and what the next one had of news.

use std::sync::Arc;

use bookpath_domain::numbers::causes::Moment;
use bookpath_domain::people::related::{Between, Changed, Related};
use bookpath_domain::people::sources::{Directory, Sources};
use futures::future::try_join_all;
use jiff::Timestamp;

use super::asked::ChangesAsked;
use super::followed::Followed;
use super::rows::Differing;
use crate::error::{LakeError, Result};
use crate::history::gone;
use crate::lake::Lake;
use crate::sources::{self, TABLES};
use crate::table::Table;

/// A run: its clock, and the instant that it answers for. `at` is `None` before the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) at: Option<Timestamp>,
    pub(super) as_of: Timestamp,
}

/// The rows of silver as they stood after a run.
pub(super) struct Silver<'a> {
    asked: &'a ChangesAsked<'a>,
    /// In the order of [`TABLES`].
    tables: Vec<Followed>,
    rows: Related,
    /// Rows that were read since the beginning.
    pub(super) read: usize,
}

impl<'a> Silver<'a> {
    /// Reads all rows as they stood after a run.
    pub(super) async fn after(lake: &Lake, asked: &'a ChangesAsked<'a>, run: Run) -> Result<Self> {
        // The last run before the instant that was asked for may be long ago, and its files deleted: then what was known
        // at that instant, which is at least as much.
        let read = match Self::read(lake, asked, run.at).await {
            Err(LakeError::VersionGone { .. }) if run.at.is_some_and(|at| at < asked.since) => {
                Self::read(lake, asked, Some(asked.since)).await
            }
            read => read,
        };
        let (tables, rows) = read?;
        Ok(Self {
            asked,
            tables,
            rows: Related::new(rows, &asked.directory.decisions),
            read: 0,
        })
    }

    async fn read(
        lake: &Lake,
        asked: &ChangesAsked<'_>,
        at: Option<Timestamp>,
    ) -> Result<(Vec<Followed>, Arc<Sources>)> {
        let past = at.map_or_else(|| lake.clone(), |at| lake.known_at(at));
        let models = sources::models()?.into_iter();
        let tables = models.map(|model| Followed::at(&past, model, at));
        let tables = try_join_all(tables).await?;
        let rows = match at {
            Some(_) => {
                let then: Vec<Table> = tables.iter().map(|table| table.table.clone()).collect();
                past.read_tables(&then, asked.rules).await?.sources
            }
            None => Arc::default(),
        };
        Ok((tables, rows))
    }

    /// Goes on to another run whose news nobody asks about.
    pub(super) async fn pass(&mut self, run: Run) -> Result<()> {
        let changed = self.changed(run).await?;
        self.rows.apply(changed);
        Ok(())
    }

    /// Goes on from one run to the next: what was known of all whom its news touch, after each of them. Users and rules are
    /// those of the present.
    pub(super) async fn moments(&mut self, before: Run, after: Run) -> Result<[Moment; 2]> {
        let changed = self.changed(after).await?;
        let known = [before, after].map(|run| known(self.asked.directory, run));
        let between = Between {
            before: &known[0],
            after: &known[1],
            as_of: [before.as_of, after.as_of],
        };
        let touched = self.rows.touched(changed, &between);
        Ok(Moment::both(touched, &between, &self.asked.rules.business))
    }

    async fn changed(&mut self, run: Run) -> Result<Changed> {
        let at = run.at.unwrap_or_default();
        let country = &self.asked.rules.business.default_country;
        let mut changed = Changed::default();
        for (place, followed) in self.tables.iter_mut().enumerate() {
            let Some(passed) = followed.pass(at.as_millisecond()).await? else {
                continue;
            };
            let table = &followed.table;
            let schema = sources::schema_of(place, table.model)?;
            let differing = Differing::between(&passed.before, table, &schema).await;
            let differing = differing.map_err(|error| gone(error, table.model, at))?;
            self.read += differing.read;
            if TABLES[place] == sources::SPEND {
                changed.spend = Some(sources::spend(table).await?);
                continue;
            }
            sources::put(place, &differing.before, country, &mut changed.gone)?;
            sources::put(place, &differing.after, country, &mut changed.fresh)?;
        }
        Ok(changed)
    }
}

/// What the app knew of people after a run.
fn known(directory: &Directory, run: Run) -> Directory {
    let decisions = directory.decisions.iter();
    let decisions = decisions.filter(|decision| run.at.is_some_and(|at| decision.at <= at));
    Directory {
        decisions: decisions.cloned().collect(),
        users: directory.users.clone(),
    }
}
