//! What customers paid and got back: movements of the ledger in `silver.payments`, each once.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::error::Result;
use crate::lake::{Lake, on_newest};
use crate::report::TableReport;
use crate::table::Table;
use crate::table::batch::{BatchBuilder, Cell};
use crate::table::rewrite::Rewrite;
use bookpath_models::Catalog;

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
    /// The booking's newest invitee, where the calendar told of one.
    pub invitee_uri: Option<String>,
    /// The webhook that told it; `None` where only our own call or a sweep did.
    pub raw_sha256: Option<String>,
}

impl Lake {
    /// Records payments, and takes those out that turned out to be none. What the table has already changes nothing.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn append_payments(
        &self,
        payments: &[PaymentRow],
        gone: &[String],
        now: Timestamp,
    ) -> Result<TableReport> {
        on_newest(|| self.append_payments_once(payments, gone, now)).await
    }

    async fn append_payments_once(
        &self,
        payments: &[PaymentRow],
        gone: &[String],
        now: Timestamp,
    ) -> Result<TableReport> {
        let model = Catalog::get()?.find("silver.payments")?;
        let mut report = TableReport {
            rows_read: payments.len() as u64,
            ..TableReport::default()
        };
        if payments.is_empty() && gone.is_empty() {
            return Ok(report);
        }
        let mut rows = BatchBuilder::new(model);
        for payment in payments {
            rows.push(&[
                Cell::Text(&payment.payment_id),
                Cell::text(payment.contact_id.as_deref()),
                Cell::Text(&payment.booking_id),
                Cell::Text(payment.kind),
                Cell::Long(payment.amount_minor),
                Cell::Text(&payment.currency),
                Cell::Time(payment.occurred_at.as_microsecond()),
                Cell::Time(now.as_microsecond()),
                Cell::text(payment.invitee_uri.as_deref()),
                Cell::text(payment.raw_sha256.as_deref()),
            ])?;
        }
        let mut taken_out = BatchBuilder::new(model);
        for payment_id in gone {
            taken_out.push_named(&[("payment_id", Cell::Text(payment_id))])?;
        }
        let mut table = Rewrite::begin(Table::open(self, model).await?, None, true)?;
        let taken_out = table.comparer.key_set(&taken_out.finish()?)?;
        if !gone.is_empty() {
            // Their files are not those of the new rows.
            let gone: BTreeSet<String> = gone.iter().cloned().collect();
            table.load_holding("payment_id", &gone).await?;
        }
        table.apply(&rows.finish()?, &taken_out).await?;
        report.commits = table
            .commit(Vec::new(), now.as_millisecond(), false)
            .await?;
        report.rows_written = table.written;
        report.keys_recomputed = table.written;
        Ok(report)
    }
}
