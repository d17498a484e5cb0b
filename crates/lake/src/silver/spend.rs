//! What was spent on advertising: every revision in `silver.ad_spend`; the newest of a key counts.

use std::collections::HashMap;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{Date32Type, Int64Type};
use jiff::Timestamp;

use crate::error::{LakeError, Result};
use crate::input::LakeRules;
use crate::lake::{Lake, on_newest};
use crate::table::Table;
use crate::table::batch::{BatchBuilder, Cell};
use crate::table::rewrite::Rewrite;
use crate::table::rows::{Keys, column};
use crate::time::days;
use bookpath_models::Catalog;

/// One row of spend to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendRow {
    /// A day of the reporting zone.
    pub day: jiff::civil::Date,
    /// Marketing channel.
    pub channel: String,
    /// `None` for spend that belongs to no campaign.
    pub campaign: Option<String>,
    /// Minor units of `currency`.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// Result of recording the rows of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpendReport {
    /// Rows of the call.
    pub accepted: u64,
    /// Rows that gave a new revision.
    pub changed: u64,
    /// Rows that say what was known already.
    pub unchanged: u64,
}

impl Lake {
    /// Records spend: a new revision for each row that says something new.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn append_ad_spend(
        &self,
        spend: &[SpendRow],
        rules: &LakeRules,
        now: Timestamp,
    ) -> Result<SpendReport> {
        on_newest(|| async {
            let model = Catalog::get()?.find("silver.ad_spend")?;
            let mut table = Rewrite::begin(
                Table::open(self, model).await?,
                Some(&rules.zone_name()),
                true,
            )?;
            let report = put(&mut table, spend, now.as_microsecond(), true).await?;
            if table
                .commit(Vec::new(), now.as_millisecond(), false)
                .await?
                > 0
            {
                super::make_calendar(self, now.as_millisecond()).await?;
            }
            Ok(report)
        })
        .await
    }

    /// What [`Self::append_ad_spend`] would do with the rows now. Nothing is written.
    ///
    /// # Errors
    /// The store's, where the table can't be read.
    pub async fn preview_ad_spend(
        &self,
        spend: &[SpendRow],
        rules: &LakeRules,
    ) -> Result<SpendReport> {
        let model = Catalog::get()?.find("silver.ad_spend")?;
        let table = Table::open(self, model).await?;
        let mut table = Rewrite::begin(table, Some(&rules.zone_name()), true)?;
        let (report, _) = revise(&mut table, spend, 0, true).await?;
        Ok(report)
    }
}

/// Day, channel and campaign, which is empty where there is none.
type Key = (i32, String, String);

/// The newest revision of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Revision {
    number: i64,
    amount_minor: i64,
    currency: String,
}

/// Adds revisions. With `revise_known: false` a key that has a revision keeps it.
pub(super) async fn put(
    table: &mut Rewrite,
    spend: &[SpendRow],
    now_us: i64,
    revise_known: bool,
) -> Result<SpendReport> {
    if spend.is_empty() {
        return Ok(SpendReport::default());
    }
    let (report, rows) = revise(table, spend, now_us, revise_known).await?;
    if rows.rows() > 0 {
        table.apply(&rows.finish()?, &Keys::new()).await?;
    }
    Ok(report)
}

/// The revisions that the rows add to those of the table.
async fn revise(
    table: &mut Rewrite,
    spend: &[SpendRow],
    now_us: i64,
    revise_known: bool,
) -> Result<(SpendReport, BatchBuilder)> {
    let mut report = SpendReport {
        accepted: spend.len() as u64,
        ..SpendReport::default()
    };
    table.load_where(|_| true).await?;
    let mut known = newest(table)?;
    let mut rows = BatchBuilder::new(table.table.model);
    for row in spend {
        let key = (
            days(row.day),
            row.channel.clone(),
            row.campaign.clone().unwrap_or_default(),
        );
        let before = known.get(&key);
        let same = before
            .is_some_and(|b| b.amount_minor == row.amount_minor && b.currency == row.currency);
        if same || (before.is_some() && !revise_known) {
            report.unchanged += 1;
            continue;
        }
        report.changed += 1;
        let number = before.map_or(1, |b| b.number + 1);
        rows.push(&[
            Cell::Date(key.0),
            Cell::Text(&key.1),
            Cell::Text(&key.2),
            Cell::Long(row.amount_minor),
            Cell::Text(&row.currency),
            Cell::Long(number),
            Cell::Time(now_us),
        ])?;
        known.insert(
            key,
            Revision {
                number,
                amount_minor: row.amount_minor,
                currency: row.currency.clone(),
            },
        );
    }
    Ok((report, rows))
}

fn newest(table: &Rewrite) -> Result<HashMap<Key, Revision>> {
    let mut known: HashMap<Key, Revision> = HashMap::new();
    for batch in table.loaded() {
        for (key, revision) in revisions(batch)? {
            if known.get(&key).is_none_or(|k| k.number < revision.number) {
                known.insert(key, revision);
            }
        }
    }
    Ok(known)
}

fn revisions(batch: &RecordBatch) -> Result<Vec<(Key, Revision)>> {
    let column = |name: &str| column(batch, name);
    let text = |name: &str| Ok::<_, LakeError>(column(name)?.as_string::<i32>());
    let long = |name: &str| Ok::<_, LakeError>(column(name)?.as_primitive::<Int64Type>());
    let day = column("day")?.as_primitive::<Date32Type>();
    let (channel, campaign, currency) = (text("channel")?, text("campaign")?, text("currency")?);
    let (amount, number) = (long("amount_minor")?, long("revision")?);
    let read = |row: usize| {
        let campaign = if campaign.is_null(row) {
            ""
        } else {
            campaign.value(row)
        };
        let key = (
            day.value(row),
            channel.value(row).to_owned(),
            campaign.to_owned(),
        );
        let revision = Revision {
            number: number.value(row),
            amount_minor: amount.value(row),
            currency: currency.value(row).to_owned(),
        };
        (key, revision)
    };
    Ok((0..batch.num_rows()).map(read).collect())
}
