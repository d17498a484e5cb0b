//! Pages of rows in an order that the caller chose.

use datafusion::logical_expr::{SortExpr, ident};
use datafusion::prelude::DataFrame;

use crate::error::{LakeError, Result};
use crate::lake::Lake;
use crate::question::{Filter, Listed, Order, Question};
use crate::reader::{filtered, json, session_of};
use crate::table::Table;
use bookpath_models::Catalog;

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
        let tables = self.open_all(&[model]).await?;
        let question = Question::Rows {
            table: name.to_owned(),
            filters: filters.to_vec(),
            order: order.cloned(),
            page,
        };
        let versions = tables.iter().map(Table::identity).collect();
        let read = async {
            let context = session_of(&tables).await?;
            let frame = filtered(&context, model, filters).await?;
            let key: Vec<&str> = model.spec.key.iter().map(String::as_str).collect();
            listed(frame, &key, order, page).await
        };
        let rows = self.pages.get(question, versions, read).await;
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
