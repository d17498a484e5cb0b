//! What customers paid and got back: rows of the ledger in `silver.payments`, each once.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use jiff::Timestamp;

use crate::error::{LakeError, Result};
use crate::hash::hash64;
use crate::lake::{Lake, LakeRules};
use crate::plan;
use crate::refine::state::RefineState;
use crate::report::TableReport;
use crate::schema::Table;
use crate::time::NO_TIME;

/// One charge or refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// The ledger's entry id: a row with a known one is the same row.
    pub payment_id: String,
    /// Who paid, where that is known.
    pub contact_id: Option<String>,
    /// What was paid for.
    pub booking_id: String,
    /// `charge` or `refund`.
    pub kind: &'static str,
    /// Minor units of `currency`; negative is money given back.
    pub amount_minor: i64,
    /// ISO 4217 code, upper case.
    pub currency: String,
    /// The payment service's own time.
    pub occurred_at: Timestamp,
}

impl Lake {
    /// Records payments; those that the table has are left out.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn append_payments(
        &self,
        rows: &[PaymentRow],
        rules: &LakeRules,
        now: Timestamp,
    ) -> Result<TableReport> {
        let now_us = now.as_microsecond();
        let mut state = match plan::load::<RefineState>(&self.store).await? {
            Some(state) => state,
            None => RefineState::new(&rules.zone_name(), NO_TIME),
        };
        let mut report = TableReport {
            rows_read: rows.len() as u64,
            ..TableReport::default()
        };
        let mut fresh: BTreeMap<u64, &PaymentRow> = rows
            .iter()
            .map(|row| (hash64(&row.payment_id), row))
            .collect();
        let mut hashes: Vec<u64> = fresh.keys().copied().collect();
        for [known] in state.payment_ids.lookup(&self.store, &mut hashes).await? {
            fresh.remove(&known);
        }
        if fresh.is_empty() {
            return Ok(report);
        }
        let new: Vec<[u64; 1]> = fresh.keys().map(|hash| [*hash]).collect();
        let mut new_rows: Vec<&PaymentRow> = fresh.into_values().collect();
        new_rows
            .sort_by(|a, b| (a.occurred_at, &a.payment_id).cmp(&(b.occurred_at, &b.payment_id)));
        report.rows_written = new_rows.len() as u64;
        report.keys_recomputed = report.rows_written;
        report.commits = 1;
        let as_of = state.as_of;
        let commit = self
            .append(
                &mut state.payments,
                Table::Payments,
                &batch(&new_rows, now_us)?,
                (as_of, now_us),
            )
            .await?;
        self.put_all(
            state
                .payment_ids
                .add(&self.store, "state/payments", &new)
                .await?,
        )
        .await?;
        plan::save(&self.store, state, vec![commit]).await?;
        Ok(report)
    }

    /// The table and the ids in it, from its log.
    pub(super) async fn recover_payments(&self, state: &mut RefineState) -> Result<()> {
        state.payments = self.recover_table(Table::Payments).await?;
        let mut ids: Vec<[u64; 1]> = Vec::new();
        for file in &mut state.payments.files {
            let batch = crate::parquet_io::decode(
                self.store
                    .read(&format!("{}/{}", Table::Payments.path(), file.path))
                    .await?,
            )?;
            let damaged = || LakeError::state(Table::Payments.path(), "columns of another type");
            let column = batch.column(0).as_string_opt::<i32>().ok_or_else(damaged)?;
            ids.extend((0..column.len()).map(|row| [hash64(column.value(row))]));
            file.lo = 0;
        }
        let (known, object) = crate::runs::Runs::from_entries("state/payments", ids);
        self.put_all(object).await?;
        state.payment_ids = known;
        Ok(())
    }
}

fn batch(rows: &[&PaymentRow], now: i64) -> Result<RecordBatch> {
    let times = TimestampMicrosecondArray::from_iter_values(
        rows.iter().map(|r| r.occurred_at.as_microsecond()),
    )
    .with_timezone("UTC");
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(
            rows.iter().map(|r| &r.payment_id),
        )),
        Arc::new(StringArray::from_iter(
            rows.iter().map(|r| r.contact_id.as_deref()),
        )),
        Arc::new(StringArray::from_iter_values(
            rows.iter().map(|r| &r.booking_id),
        )),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.kind))),
        Arc::new(Int64Array::from_iter_values(
            rows.iter().map(|r| r.amount_minor),
        )),
        Arc::new(StringArray::from_iter_values(
            rows.iter().map(|r| &r.currency),
        )),
        Arc::new(times),
        Arc::new(TimestampMicrosecondArray::from_value(now, rows.len()).with_timezone("UTC")),
    ];
    Ok(RecordBatch::try_new(
        Table::Payments.arrow_schema(),
        columns,
    )?)
}
