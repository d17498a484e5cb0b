//! Rows of `silver.rejected`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray};

use crate::error::Result;
use crate::refine::read::Rejected;
use crate::schema::Table;

/// The rows for refused records. `now` is in microseconds.
pub(crate) fn batch(rejected: &[Rejected], now: i64) -> Result<RecordBatch> {
    let digest = |r: &Rejected| (!r.raw_sha256.is_empty()).then(|| r.raw_sha256.clone());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(
            rejected.iter().map(|r| r.reason),
        )),
        Arc::new(StringArray::from_iter_values(
            rejected.iter().map(|r| &r.object),
        )),
        Arc::new(Int32Array::from_iter_values(
            rejected.iter().map(|r| r.line),
        )),
        Arc::new(StringArray::from_iter_values(
            rejected.iter().map(|r| &r.record),
        )),
        Arc::new(StringArray::from_iter(rejected.iter().map(digest))),
        Arc::new(TimestampMicrosecondArray::from_value(now, rejected.len()).with_timezone("UTC")),
    ];
    Ok(RecordBatch::try_new(
        Table::Rejected.arrow_schema(),
        columns,
    )?)
}
