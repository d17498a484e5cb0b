//! Silver to gold: five tables, by touched keys, equal to a rebuild row for row.

pub(crate) mod contacts;
pub(crate) mod measures;
mod merge;
mod relations;
pub(crate) mod sql;
pub(crate) mod state;

use std::collections::BTreeSet;

use crate::changes::ChangeSet;
use crate::delta::log::Edit;
use crate::delta::recover::UNPLACED;
use crate::error::{LakeError, Result};
use crate::lake::{Lake, LakeRules};
use crate::plan;
use crate::refine::state::{RefineState, Spend, changes_key};
use crate::report::{RunReport, TableReport};
use crate::schema::Table;
use crate::time::instant;
use measures::{Deltas, Months, Touched};
use state::{ComputeState, month_of};

/// The tables of this step.
pub(crate) const TABLES: [Table; 5] = [
    Table::BookingTimeAnalysis,
    Table::BookingsTrend,
    Table::ChannelAttribution,
    Table::CostPerBooking,
    Table::DailyBookingsBySource,
];

impl Lake {
    /// Applies to gold whatever refine changed since the last call. Nothing is committed when nothing changed.
    ///
    /// # Errors
    /// [`LakeError::AsOfWentBack`] and whatever the store refuses; a retry finishes what was begun.
    pub async fn compute(
        &self,
        rules: &LakeRules,
        as_of: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> Result<RunReport> {
        let (as_of, now) = (as_of.as_microsecond(), now.as_microsecond());
        let state = plan::load::<ComputeState>(&self.store)
            .await?
            .unwrap_or_default();
        let Some(refine) = plan::load::<RefineState>(&self.store).await? else {
            return Ok(report());
        };
        let reset = refine.reset > state.applied;
        if as_of < state.as_of && !reset {
            return Err(LakeError::AsOfWentBack {
                asked: instant(as_of),
                last: instant(state.as_of),
            });
        }
        self.apply_changes(state, &refine, rules, (as_of, now))
            .await
    }

    /// Everything from bronze again: [`Self::rebuild_silver`], then [`Self::rebuild_gold`].
    ///
    /// # Errors
    /// As those two.
    pub async fn rebuild(
        &self,
        batch: i64,
        rules: &LakeRules,
        as_of: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> Result<RunReport> {
        let mut report = self.rebuild_silver(batch, rules, as_of, now).await?;
        report.merge(self.rebuild_gold(rules, as_of, now).await?);
        Ok(report)
    }

    /// Computes gold again from the facts of the last [`Lake::rebuild_silver`]; the sums of earlier runs are dropped.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn rebuild_gold(
        &self,
        rules: &LakeRules,
        as_of: jiff::Timestamp,
        now: jiff::Timestamp,
    ) -> Result<RunReport> {
        let (as_of, now) = (as_of.as_microsecond(), now.as_microsecond());
        let mut state = match plan::load::<ComputeState>(&self.store).await {
            Ok(state) => state.unwrap_or_default(),
            Err(LakeError::State { .. } | LakeError::ForeignCommit { .. }) => {
                ComputeState::default()
            }
            Err(e) => return Err(e),
        };
        for table in TABLES {
            let known = state.tables.get(table.name()).map_or(-1, |t| t.version);
            if known < 0 {
                state
                    .tables
                    .insert(table.name().to_owned(), self.recover_table(table).await?);
            }
        }
        let Some(refine) = plan::load::<RefineState>(&self.store).await? else {
            return Ok(report());
        };
        state.applied = refine.reset.saturating_sub(1);
        self.apply_changes(state, &refine, rules, (as_of, now))
            .await
    }

    async fn apply_changes(
        &self,
        mut state: ComputeState,
        refine: &RefineState,
        rules: &LakeRules,
        (as_of, now): (i64, i64),
    ) -> Result<RunReport> {
        let reset = refine.reset > state.applied;
        let mut report = report();
        if refine.changes <= state.applied && refine.spend_change <= state.spend_change {
            return Ok(report);
        }
        let old = reset.then(|| forget(&mut state));
        let mut deltas = Deltas::default();
        let mut read = 0;
        for number in state.applied.max(refine.reset.saturating_sub(1)) + 1..=refine.changes {
            let key = changes_key(number);
            let set = ChangeSet::decode(&key, &self.store.read(&key).await?)?;
            read += set.len() as u64;
            deltas.add(&set);
        }
        let spent: Vec<&Spend> = refine
            .spend
            .iter()
            .filter(|s| s.change > state.spend_change)
            .collect();
        read += spent.len() as u64;
        let mut zone = rules.zone();
        let mut put = Vec::new();
        let signed = std::mem::take(&mut deltas.contacts);
        let people = state
            .contacts
            .apply(&self.store, refine, signed, &mut zone, &mut put)
            .await?;
        self.store.put_many(put).await?;
        let days = deltas
            .daily
            .keys()
            .map(|k| k.0)
            .chain(people.values().map(|p| p.0))
            .chain(spent.iter().map(|s| s.day));
        let touched_months: BTreeSet<i32> = days.map(month_of).collect();
        let mut months = Months::default();
        for month in &touched_months {
            months.load(&self.store, &state, *month).await?;
        }
        let changed_months: BTreeSet<i32> = deltas
            .daily
            .keys()
            .map(|k| month_of(k.0))
            .chain(people.values().map(|p| month_of(p.0)))
            .collect();
        let mut touched = measures::apply(&mut state, &mut months, deltas, people)?;
        for spend in spent {
            touched
                .costs
                .insert((spend.day, spend.channel.clone(), spend.campaign.clone()));
            touched.attribution.insert((
                month_of(spend.day),
                spend.channel.clone(),
                spend.campaign.clone(),
            ));
        }
        if let Some(old) = old {
            self.touch_all(&mut touched, &old).await?;
        }
        months
            .save(&self.store, &mut state, &changed_months)
            .await?;
        let mut commits = Vec::new();
        let context = sql::context();
        for work in relations::work(&state, &months, &touched, &refine.spend)? {
            let table = work.table;
            let keys = work.keys.num_rows() as u64;
            let answer = sql::run(&context, table, work.relations).await?;
            let entry = state.tables.entry(table.name().to_owned()).or_default();
            let mut merged =
                merge::merge(&self.store, table, entry, &answer, &work.keys, (as_of, now)).await?;
            merged.remove.extend(
                entry
                    .files
                    .iter()
                    .filter(|f| f.lo == UNPLACED)
                    .map(|f| f.path.clone()),
            );
            let mut counts = TableReport {
                rows_read: read,
                rows_written: merged.rows_written,
                keys_recomputed: keys,
                ..TableReport::default()
            };
            if !merged.add.is_empty() || !merged.remove.is_empty() {
                let mut add = Vec::with_capacity(merged.add.len());
                for (file, bytes) in merged.add {
                    self.store
                        .put(&format!("{}/{}", table.path(), file.path), bytes)
                        .await?;
                    add.push(file);
                }
                let txn = i64::try_from(refine.changes)
                    .ok()
                    .map(|n| ("bookpath-compute".to_owned(), n));
                let edit = Edit {
                    add,
                    remove: merged.remove,
                    txn,
                    operation: "MERGE",
                };
                commits.push(entry.commit(table, edit, as_of, now));
                counts.commits = 1;
            }
            report.tables.insert(table.name(), counts);
        }
        state.applied = refine.changes;
        state.spend_change = refine.spend_change;
        state.as_of = as_of;
        plan::save(&self.store, state, commits).await?;
        Ok(report)
    }

    /// After a reset every key that was there before is touched, so that what is gone is deleted.
    async fn touch_all(&self, touched: &mut Touched, old: &ComputeState) -> Result<()> {
        touched.hours.extend(old.hourly.keys().cloned());
        touched.range_before = measures::day_range(old);
        let mut months = Months::default();
        for month in old.months.keys() {
            months.load(&self.store, old, *month).await?;
        }
        for (day, channel, campaign, source) in months.loaded.values().flat_map(|m| m.daily.keys())
        {
            touched
                .costs
                .insert((*day, channel.clone(), campaign.clone()));
            touched
                .attribution
                .insert((month_of(*day), channel.clone(), campaign.clone()));
            touched
                .people
                .insert((*day, source.clone(), channel.clone()));
        }
        if let Some((first, last)) = touched.range_before {
            touched.days.extend(first..=last);
        }
        Ok(())
    }
}

/// Empties the sums and returns them; the tables stay.
fn forget(state: &mut ComputeState) -> ComputeState {
    let fresh = ComputeState {
        tables: state.tables.clone(),
        applied: state.applied,
        as_of: state.as_of,
        ..ComputeState::default()
    };
    std::mem::replace(state, fresh)
}

/// A report that names every gold table.
fn report() -> RunReport {
    let mut report = RunReport::default();
    for table in TABLES {
        report.tables.insert(table.name(), TableReport::default());
    }
    report
}
