//! Reading the tables: rows as JSON, and SQL.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::json::WriterBuilder;
use arrow::json::writer::JsonArray;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::{Expr, cast, ident, lit};
use datafusion::prelude::{DataFrame, SessionContext};
use futures::future::try_join_all;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::error::{LakeError, Result};
use crate::gold;
use crate::lake::Lake;
use crate::question::{Comparison, Filter};
use crate::session;
use crate::table::{AS_OF, Table};
use crate::time::instant;
use bookpath_models::{Catalog, ColumnType, Model};

/// A table as of its last commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableInfo {
    /// Delta version, `None` before the table was made.
    pub version: Option<i64>,
    /// `as_of` of the run that made the newest rows.
    pub as_of: Option<Timestamp>,
    /// Rows.
    pub rows: u64,
    /// Data files.
    pub files: usize,
}

impl Lake {
    /// Version, instant and size of a table.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a name that is no table's; whatever the store refuses.
    pub async fn table_info(&self, name: &str) -> Result<TableInfo> {
        let table = Table::open(self, Catalog::get()?.find(name)?).await?;
        let files = table.files()?;
        Ok(TableInfo {
            version: table.version(),
            as_of: table.transaction(AS_OF).await?.map(instant),
            rows: files.iter().map(|f| f.rows.unwrap_or(0) as u64).sum(),
            files: files.len(),
        })
    }

    /// Rows of a table that meet all filters, in key order, NULLs first.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a table or a column that does not exist; [`LakeError::VersionGone`] of
    /// [`Lake::known_at`].
    pub async fn head(
        &self,
        name: &str,
        filters: &[Filter],
        limit: usize,
        offset: usize,
    ) -> Result<Vec<Map<String, Value>>> {
        let model = Catalog::get()?.find(name)?;
        let context = self.session(&[model]).await?;
        let rows = page(&context, model, filters, limit, offset).await;
        rows.map_err(|error| self.read_failed(error, model))
    }

    /// Runs a query over `silver.*` and `gold.*`.
    ///
    /// # Errors
    /// [`LakeError::Query`] for what DataFusion refuses.
    pub async fn sql(&self, query: &str) -> Result<Vec<Map<String, Value>>> {
        json(self.whole_session().await?.sql(query).await?).await
    }

    /// The first rows of a query as a person types it: it can read the tables, and nothing else of this machine.
    ///
    /// # Errors
    /// As [`Self::sql`]; also for a statement that is no query.
    pub async fn ask(&self, query: &str, rows_max: usize) -> Result<Vec<Map<String, Value>>> {
        let queries_only = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let frame = self
            .whole_session()
            .await?
            .sql_with_options(query, queries_only)
            .await?;
        json(frame.limit(0, Some(rows_max))?).await
    }

    /// Runs a query and gives its Arrow batches.
    ///
    /// # Errors
    /// As [`Self::sql`].
    pub async fn sql_batches(&self, query: &str) -> Result<Vec<RecordBatch>> {
        Ok(self
            .whole_session()
            .await?
            .sql(query)
            .await?
            .collect()
            .await?)
    }

    async fn whole_session(&self) -> Result<SessionContext> {
        self.session(&Catalog::get()?.all().collect::<Vec<_>>())
            .await
    }

    /// A session with these tables.
    pub(crate) async fn session(&self, models: &[&'static Model]) -> Result<SessionContext> {
        session_of(&self.open_all(models).await?).await
    }

    /// These tables, each once, by name.
    pub(crate) async fn open_all(&self, models: &[&'static Model]) -> Result<Vec<Table>> {
        let models: BTreeMap<&str, &'static Model> =
            models.iter().map(|m| (m.name.as_str(), *m)).collect();
        try_join_all(models.values().map(|model| Table::open(self, model))).await
    }
}

/// A session with these tables.
pub(crate) async fn session_of(tables: &[Table]) -> Result<SessionContext> {
    let context = session::context()?;
    for table in tables {
        gold::register(&context, table).await?;
    }
    Ok(context)
}

/// The rows of a session's table that meet all filters.
pub(crate) async fn filtered(
    context: &SessionContext,
    model: &Model,
    filters: &[Filter],
) -> Result<DataFrame> {
    let mut frame = context.table(model.name.as_str()).await?;
    for filter in filters {
        frame = frame.filter(condition(model, filter)?)?;
    }
    Ok(frame)
}

/// A page of a session's table, in key order.
pub(crate) async fn page(
    context: &SessionContext,
    model: &Model,
    filters: &[Filter],
    limit: usize,
    offset: usize,
) -> Result<Vec<Map<String, Value>>> {
    let frame = filtered(context, model, filters).await?;
    let key = model.spec.key.iter();
    let order = key.map(|c| ident(c).sort(true, true)).collect();
    json(frame.sort(order)?.limit(offset, Some(limit))?).await
}

/// A value in the notation of its column.
pub(crate) fn literal(model: &Model, column: &str, text: &str) -> Result<Expr> {
    let ty = model.column(column).map(|column| column.ty);
    let ty = ty.ok_or_else(|| LakeError::NoColumn {
        table: model.name.clone(),
        column: column.to_owned(),
        key: model.spec.key.join(", "),
    })?;
    if !(text.is_empty() || fits(ty, text)) {
        return Err(LakeError::NoValue {
            column: column.to_owned(),
            value: text.to_owned(),
            what: kind(ty),
        });
    }
    Ok(cast(lit(text), crate::schema::arrow(ty)))
}

pub(crate) fn condition(model: &Model, filter: &Filter) -> Result<Expr> {
    let value = literal(model, &filter.column, &filter.value)?;
    let column = ident(&filter.column);
    Ok(match filter.comparison {
        Comparison::Equal if filter.value.is_empty() => column.is_null(),
        Comparison::Equal => column.eq(value),
        Comparison::From => column.gt_eq(value),
        Comparison::To => column.lt_eq(value),
    })
}

/// Whether a text can be a value of a column of this type.
fn fits(ty: ColumnType, text: &str) -> bool {
    match ty {
        ColumnType::String => true,
        ColumnType::Date => text.parse::<jiff::civil::Date>().is_ok(),
        ColumnType::Timestamp => text.parse::<Timestamp>().is_ok(),
        ColumnType::Boolean => text.parse::<bool>().is_ok(),
        ColumnType::Integer => text.parse::<i32>().is_ok(),
        ColumnType::Long => text.parse::<i64>().is_ok(),
        ColumnType::Double => text.parse::<f64>().is_ok(),
        ColumnType::Texts | ColumnType::Factors => false,
    }
}

/// A value of this type, for people.
const fn kind(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::String => "text",
        ColumnType::Date => "day (YYYY-MM-DD)",
        ColumnType::Timestamp => "instant (RFC 3339)",
        ColumnType::Boolean => "truth value (true or false)",
        ColumnType::Integer | ColumnType::Long => "whole number",
        ColumnType::Double => "number",
        ColumnType::Texts | ColumnType::Factors => "value that rows can be found by",
    }
}

pub(crate) async fn json(frame: DataFrame) -> Result<Vec<Map<String, Value>>> {
    json_of(&frame.collect().await?)
}

/// Rows of batches by column, NULLs included.
pub(crate) fn json_of(batches: &[RecordBatch]) -> Result<Vec<Map<String, Value>>> {
    let mut writer = WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, JsonArray>(Vec::new());
    writer.write_batches(&batches.iter().collect::<Vec<_>>())?;
    writer.finish()?;
    let bytes = writer.into_inner();
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&bytes).map_err(LakeError::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_its_column_cannot_have_is_refused_in_words() {
        let model = Catalog::get().unwrap().find("gold.bookings_trend").unwrap();
        let asked = |column: &str, value: &str| {
            let filter = Filter {
                column: column.to_owned(),
                comparison: Comparison::Equal,
                value: value.to_owned(),
            };
            condition(model, &filter).map_err(|error| error.to_string())
        };
        for (column, value, words) in [
            (
                "booking_date",
                "notadate",
                "booking_date: `notadate` is no day (YYYY-MM-DD)",
            ),
            ("bookings", "1.5", "bookings: `1.5` is no whole number"),
            (
                "as_of",
                "yesterday",
                "as_of: `yesterday` is no instant (RFC 3339)",
            ),
        ] {
            assert_eq!(asked(column, value).unwrap_err(), words);
        }
        for (column, value) in [
            ("booking_date", "2026-03-01"),
            ("booking_date", ""),
            ("bookings", "-3"),
            ("as_of", "2026-03-01T00:00:00Z"),
        ] {
            assert!(asked(column, value).is_ok(), "{column} {value}");
        }
    }
}
