//! Records that could not become rows.

use crate::bronze::rejected::Rejected;
use crate::error::Result;
use crate::table::batch::{BatchBuilder, Cell};
use crate::table::rewrite::Rewrite;
use crate::table::rows::Keys;

/// Puts refused records in; the same line of the same object is there once.
pub(super) async fn put(table: &mut Rewrite, records: &[Rejected], now_us: i64) -> Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let mut rows = BatchBuilder::new(table.table.model);
    for record in records {
        rows.push(&[
            Cell::Text(&record.reason),
            Cell::Text(&record.object),
            Cell::Int(record.line),
            Cell::Text(&record.record),
            Cell::Text(&record.raw_sha256),
            Cell::Time(now_us),
        ])?;
    }
    table.apply(&rows.finish()?, &Keys::new()).await
}
