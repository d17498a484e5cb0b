//! Bronze to silver: a run takes in objects, folds them into the stored rows, and follows the passing of time.

mod chains;
mod events;
pub(crate) mod heard;
mod invitees;
pub(crate) mod payments;
mod rebuild;
mod rejected;
pub(crate) mod spend;
mod told;

use futures::TryStreamExt as _;
use jiff::Timestamp;
use object_store::path::Path;

use crate::background::Background;
use crate::bronze::{BronzeReader, FOLDERS};
use crate::error::{LakeError, Result};
use crate::input::{BronzeObject, GoldInput, LakeRules, RunInput};
use crate::lake::{Lake, on_newest};
use crate::report::{RunReport, TableReport};
use crate::table::batch::{BatchBuilder, Cell};
use crate::table::rewrite::Rewrite;
use crate::table::{AS_OF, Table, ZONE};
use crate::time::days;
use bookpath_models::{Catalog, Model};
use invitees::Invitees;
use told::Told;

/// Application transaction: the last batch of bronze that was taken in.
const BATCH: &str = "bookpath.batch";

/// Years of `silver.calendar`.
const YEARS: std::ops::Range<i16> = 2000..2100;

impl Lake {
    /// Takes in a batch of bronze objects (or only the passing of time); exactly once per batch.
    ///
    /// # Errors
    /// [`LakeError::RulesChanged`] when the tables were built for another reporting zone; whatever the store refuses.
    pub async fn refine(&self, input: &RunInput<'_>) -> Result<RunReport> {
        on_newest(|| self.refine_once(input, true)).await
    }

    /// Replaces silver by what all of bronze says. Spend and payments that did not come through bronze stay.
    ///
    /// # Errors
    /// Whatever the store refuses; the tables then stay as they are.
    pub async fn rebuild_silver(
        &self,
        batch: i64,
        rules: &LakeRules,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<RunReport> {
        let objects = self.bronze_objects().await?;
        self.set_aside_other_releases().await?;
        let input = RunInput {
            batch,
            objects: &objects,
            rules,
            as_of,
            now,
        };
        let report = on_newest(|| self.refine_once(&input, false)).await?;
        self.note_zone(rules).await?;
        Ok(report)
    }

    /// Replaces silver and gold.
    ///
    /// # Errors
    /// As [`Self::rebuild_silver`] and [`Self::rebuild_gold`].
    pub async fn rebuild(&self, batch: i64, input: &GoldInput<'_>) -> Result<RunReport> {
        let GoldInput {
            rules, as_of, now, ..
        } = *input;
        let mut report = self.rebuild_silver(batch, rules, as_of, now).await?;
        report.merge(self.rebuild_gold(input).await?);
        Ok(report)
    }

    async fn bronze_objects(&self) -> Result<Vec<BronzeObject>> {
        let mut objects = Vec::new();
        for folder in FOLDERS {
            let folder = Path::from(format!("bronze/{folder}"));
            let listed = self.store.list(Some(&folder));
            objects.extend(
                listed
                    .map_ok(|meta| BronzeObject {
                        key: meta.location.to_string(),
                    })
                    .try_collect::<Vec<_>>()
                    .await?,
            );
        }
        Ok(objects)
    }

    async fn refine_once(&self, input: &RunInput<'_>, keep: bool) -> Result<RunReport> {
        let catalog = Catalog::get()?;
        let open = |name: &'static str| async move { Table::open(self, catalog.find(name)?).await };
        let (invitees, links, bookings, rejected, spend) = tokio::try_join!(
            open("silver.invitees"),
            open("silver.links"),
            open("silver.bookings"),
            open("silver.rejected"),
            open("silver.ad_spend"),
        )?;
        let zone = input.rules.zone_name();
        if keep && let Some(built) = invitees.property(ZONE).filter(|built| *built != zone) {
            return Err(LakeError::RulesChanged { built, asked: zone });
        }
        // A rebuild for another zone begins a new table: the zone is a property of the old one.
        let applied = if keep {
            invitees.transaction(BATCH).await?.unwrap_or(0)
        } else {
            0
        };
        let objects = if input.batch != 0 && input.batch <= applied {
            &[][..]
        } else {
            input.objects
        };
        let spend_applied = input.batch != 0
            && spend
                .transaction(BATCH)
                .await?
                .is_some_and(|n| input.batch <= n);
        // Most runs bring nothing for these tables; then they are not even opened.
        let told = if !keep || objects.iter().any(BronzeObject::tells_of_people) {
            Told::begin(self, keep).await?
        } else {
            Told::untouched()
        };
        let begin = |table: Table| Rewrite::begin(table, Some(&zone), keep);
        let mut silver = Silver {
            invitees: Invitees::begin(begin(invitees)?, begin(links)?, begin(bookings)?, input)
                .await?,
            rejected: begin(rejected)?,
            told,
            spend: Rewrite::begin(spend, Some(&zone), true)?,
            report: RunReport::default(),
            read: Read::default(),
        };
        silver
            .take_in(
                self,
                objects,
                input,
                SpendPolicy {
                    revise: keep,
                    skip: keep && spend_applied,
                },
            )
            .await?;
        silver.commit(self, input).await
    }
}

/// How imported spend is written.
#[derive(Debug, Clone, Copy)]
struct SpendPolicy {
    /// Whether it may replace what is known; when all of bronze is read again, what a person recorded stays.
    revise: bool,
    /// Whether the batch's spend is in already.
    skip: bool,
}

/// Rows read, for the report.
#[derive(Debug, Default)]
struct Read {
    events: u64,
    spend: u64,
}

/// The tables of a run.
struct Silver {
    invitees: Invitees,
    rejected: Rewrite,
    told: Told,
    spend: Rewrite,
    report: RunReport,
    read: Read,
}

impl Silver {
    async fn take_in(
        &mut self,
        lake: &Lake,
        objects: &[BronzeObject],
        input: &RunInput<'_>,
        policy: SpendPolicy,
    ) -> Result<()> {
        let now_us = input.now.as_microsecond();
        let reader = BronzeReader::new(&lake.store, objects, input.rules, now_us);
        let mut ahead = Background::begin(reader.next());
        while let Some((reader, chunk)) = ahead.end().await? {
            // The next chunk is read while this one goes in.
            ahead = Background::begin(reader.next());
            self.read.events += chunk.records;
            self.read.spend += chunk.spend.len() as u64;
            self.report.other_kinds += chunk.other_kinds;
            self.report.rejected += chunk.rejected.len() as u64;
            rejected::put(&mut self.rejected, &chunk.rejected, now_us).await?;
            if !policy.skip {
                spend::put(&mut self.spend, &chunk.spend, now_us, policy.revise).await?;
            }
            self.told.take_in(&chunk.told).await?;
            self.invitees.take_in(chunk.events).await?;
        }
        self.invitees.pass_time().await
    }

    async fn commit(mut self, lake: &Lake, input: &RunInput<'_>) -> Result<RunReport> {
        let now_ms = input.now.as_millisecond();
        let as_of = (AS_OF.to_owned(), input.as_of.as_microsecond());
        let run = |rewrite: &Rewrite, rows_read: u64, commits: u64| TableReport {
            rows_read,
            rows_written: rewrite.written,
            keys_recomputed: rewrite.written,
            commits,
            duration_ms: 0,
        };
        let mut tables = Vec::new();
        // The invitees come last: their transaction says that the batch is in.
        let mut transactions = vec![as_of.clone()];
        if input.batch != 0 {
            transactions.push((BATCH.to_owned(), input.batch));
        }
        let first = [
            (&mut self.rejected, 0),
            (&mut self.spend, self.read.spend),
            (&mut self.invitees.links, 0),
        ];
        for (rewrite, rows_read) in first.into_iter().chain(self.told.tables()) {
            let commits = rewrite.commit(transactions.clone(), now_ms, false).await?;
            tables.push((rewrite.table.model, run(rewrite, rows_read, commits)));
        }
        let invitees = &mut self.invitees.rows;
        let commits = invitees.commit(transactions, now_ms, false).await?;
        let changed = commits > 0;
        tables.push((
            invitees.table.model,
            run(invitees, self.read.events, commits),
        ));
        let source = invitees.table.version();
        let bookings = &mut self.invitees.bookings;
        let commits = bookings
            .commit(invitees::seen(source, as_of), now_ms, changed)
            .await?;
        tables.push((
            bookings.table.model,
            run(bookings, self.invitees.chains_recomputed, commits),
        ));
        if tables.iter().any(|(_, report)| report.commits > 0) {
            make_calendar(lake, now_ms).await?;
        }
        self.report.tables.extend(
            tables
                .into_iter()
                .map(|(model, report)| (model.name.as_str(), report)),
        );
        Ok(self.report)
    }
}

/// Writes `silver.calendar` once.
pub(super) async fn make_calendar(lake: &Lake, now_ms: i64) -> Result<()> {
    let model: &'static Model = Catalog::get()?.find("silver.calendar")?;
    let table = Table::open(lake, model).await?;
    if table.version().is_some_and(|v| v > 0) {
        return Ok(());
    }
    let mut rows = BatchBuilder::new(model);
    let first = jiff::civil::date(YEARS.start, 1, 1);
    for day in first
        .series(jiff::ToSpan::days(1))
        .take_while(|d| d.year() < YEARS.end)
    {
        rows.push(&[
            Cell::Date(days(day)),
            Cell::Text(&day.strftime("%Y-%m").to_string()),
        ])?;
    }
    let mut calendar = Rewrite::begin(table, None, true)?;
    calendar.apply(&rows.finish()?, &Default::default()).await?;
    calendar.commit(Vec::new(), now_ms, false).await?;
    Ok(())
}
