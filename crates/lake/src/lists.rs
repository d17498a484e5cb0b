//! Pages of rows in an order that the caller chose.

use datafusion::logical_expr::{SortExpr, ident};
use datafusion::prelude::DataFrame;
use serde_json::{Map, Value};

use crate::error::{LakeError, Result};
use crate::lake::Lake;
use crate::reader::{Filter, filtered, json};
use bookpath_models::Catalog;

/// By a column, rows without a value last. Rows that are equal in it stay in key order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Name of a column of the answer.
    pub column: String,
    /// The greatest first.
    pub descending: bool,
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The rows, by column.
    pub rows: Vec<Map<String, Value>>,
    /// Rows on all pages.
    pub total: usize,
    /// Names of the columns that a row has.
    pub columns: Vec<String>,
}

impl Lake {
    /// A page, `(limit, offset)`, of the rows of a table that meet all filters; by default in key order, NULLs first.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a table or a column that does not exist; [`LakeError::VersionGone`] of
    /// [`Lake::known_at`].
    pub async fn list(
        &self,
        name: &str,
        filters: &[Filter],
        order: Option<&Order>,
        page: (usize, usize),
    ) -> Result<Listed> {
        let model = Catalog::get()?.find(name)?;
        let context = self.session(&[model]).await?;
        let frame = filtered(&context, model, filters).await?;
        let key: Vec<&str> = model.spec.key.iter().map(String::as_str).collect();
        let rows = listed(frame, &key, order, page).await;
        rows.map_err(|error| self.read_failed(error, model))
    }
}

/// A page of a frame's rows, and how many rows there are.
pub(crate) async fn listed(
    frame: DataFrame,
    key: &[&str],
    order: Option<&Order>,
    (limit, offset): (usize, usize),
) -> Result<Listed> {
    if let Some(order) = order
        && !frame
            .schema()
            .has_column_with_unqualified_name(&order.column)
    {
        return Err(LakeError::Unknown {
            what: "column",
            name: order.column.clone(),
        });
    }
    let fields = frame.schema().fields().iter();
    let columns = fields.map(|field| field.name().clone()).collect();
    let total = frame.clone().count().await?;
    let by = order.map(|order| ident(&order.column).sort(!order.descending, false));
    let by_key = key.iter().map(|column| ident(*column).sort(true, true));
    let order: Vec<SortExpr> = by.into_iter().chain(by_key).collect();
    let sorted = if order.is_empty() {
        frame
    } else {
        frame.sort(order)?
    };
    let rows = json(sorted.limit(offset, Some(limit))?).await?;
    Ok(Listed {
        rows,
        total,
        columns,
    })
}
