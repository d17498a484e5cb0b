//! One SQL file per gold table, over small relations of exact sums.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::prelude::{SessionConfig, SessionContext};

use bookpath_domain::money::round;

use crate::error::Result;
use crate::schema::Table;

/// The query of a gold table.
pub(crate) const fn text(table: Table) -> &'static str {
    match table {
        Table::BookingTimeAnalysis => include_str!("../../sql/gold/booking_time_analysis.sql"),
        Table::BookingsTrend => include_str!("../../sql/gold/bookings_trend.sql"),
        Table::ChannelAttribution => include_str!("../../sql/gold/channel_attribution.sql"),
        Table::CostPerBooking => include_str!("../../sql/gold/cost_per_booking.sql"),
        Table::DailyBookingsBySource => include_str!("../../sql/gold/daily_bookings_by_source.sql"),
        Table::Invitees | Table::Rejected | Table::AdSpend | Table::Payments => "",
    }
}

/// A session with the exact arithmetic that the queries use; small inputs, so one partition.
pub(crate) fn context() -> SessionContext {
    let config = SessionConfig::new()
        .with_target_partitions(1)
        .with_information_schema(false);
    let context = SessionContext::new_with_config(config);
    register(&context);
    context
}

/// Adds `ratio2`, `percent2` and `div_round`: exact integer fractions, half away from zero, NULL over 0.
pub(crate) fn register(context: &SessionContext) {
    double(context, "ratio2", round::ratio2);
    double(context, "percent2", round::percent2);
    let types = vec![DataType::Int64, DataType::Int64];
    let run = |args: &[ColumnarValue]| {
        let pairs = pairs(args)?;
        let values: Int64Array = pairs
            .into_iter()
            .map(|p| p.and_then(|(n, d)| round::div_round(n.into(), d.into())))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(values) as ArrayRef))
    };
    context.register_udf(create_udf(
        "div_round",
        types,
        DataType::Int64,
        Volatility::Immutable,
        Arc::new(run),
    ));
}

fn double(context: &SessionContext, name: &str, of: fn(i128, i128) -> Option<f64>) {
    let types = vec![DataType::Int64, DataType::Int64];
    let run = move |args: &[ColumnarValue]| {
        let pairs = pairs(args)?;
        let values: Float64Array = pairs
            .into_iter()
            .map(|p| p.and_then(|(n, d)| of(n.into(), d.into())))
            .collect();
        Ok(ColumnarValue::Array(Arc::new(values) as ArrayRef))
    };
    context.register_udf(create_udf(
        name,
        types,
        DataType::Float64,
        Volatility::Immutable,
        Arc::new(run),
    ));
}

/// (numerator, denominator) of each row, `None` where either is NULL.
fn pairs(args: &[ColumnarValue]) -> std::result::Result<Vec<Option<(i64, i64)>>, DataFusionError> {
    let arrays = ColumnarValue::values_to_arrays(args)?;
    let [numerators, denominators] = arrays.as_slice() else {
        return Err(DataFusionError::Execution(
            "two arguments are wanted".to_owned(),
        ));
    };
    let long = |array: &ArrayRef| array.as_primitive_opt::<Int64Type>().cloned();
    let (Some(n), Some(d)) = (long(numerators), long(denominators)) else {
        return Err(DataFusionError::Execution(
            "64-bit integers are wanted".to_owned(),
        ));
    };
    Ok((0..n.len())
        .map(|i| (n.is_valid(i) && d.is_valid(i)).then(|| (n.value(i), d.value(i))))
        .collect())
}

/// Runs a table's query over its relations; the context can be used again.
pub(crate) async fn run(
    context: &SessionContext,
    table: Table,
    relations: Vec<(&'static str, RecordBatch)>,
) -> Result<RecordBatch> {
    let names: Vec<&str> = relations.iter().map(|(name, _)| *name).collect();
    for (name, batch) in relations {
        context.register_batch(name, batch)?;
    }
    let frame = context.sql(text(table)).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await?;
    for name in names {
        context.deregister_table(name)?;
    }
    Ok(concat_batches(&schema, &batches)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn fractions_are_exact() {
        let context = context();
        let frame =
            context.sql("SELECT ratio2(1, 8) a, ratio2(-5, 200) b, div_round(5, 2) c, percent2(1, 0) d, ratio2(NULL, 2) e").await.unwrap();
        let batch = frame.collect().await.unwrap().remove(0);
        let double = |i: usize| {
            batch
                .column(i)
                .as_primitive::<arrow::datatypes::Float64Type>()
                .value(0)
        };
        assert_eq!((double(0), double(1)), (0.13, -0.03));
        assert_eq!(batch.column(2).as_primitive::<Int64Type>().value(0), 3);
        assert!(batch.column(3).is_null(0) && batch.column(4).is_null(0));
    }
}
