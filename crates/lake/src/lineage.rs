//! Following rows back: the bookings that a gold row counts, and rows by the keys that other rows name.

use std::collections::BTreeMap;

use datafusion::logical_expr::utils::{conjunction, disjunction};
use datafusion::logical_expr::{Expr, col, ident, lit};
use serde_json::{Map, Value};

use crate::error::{LakeError, Result};
use crate::lake::Lake;
use crate::question::{Comparison, Filter};
use crate::reader::{condition, json, literal};
use bookpath_app::ports::RowKey;
use bookpath_models::{Catalog, Model};

impl Lake {
    /// The rows of `silver.invitees` behind one gold row: all members of the chains that it counts.
    ///
    /// # Errors
    /// [`LakeError::Model`] if `name` is no table, [`LakeError::NotOfKey`] if it is not of gold or `key` names a column that is not of its key.
    pub async fn behind(
        &self,
        name: &str,
        key: &[(String, String)],
        limit: usize,
    ) -> Result<Vec<Map<String, Value>>> {
        let model = Catalog::get()?.find(name)?;
        let (invitees, bookings) = (
            Catalog::get()?.find("silver.invitees")?,
            Catalog::get()?.find("silver.bookings")?,
        );
        let context = self.session(&[invitees, bookings]).await?;
        let mut counted = context.table(bookings.name.as_str()).await?;
        for (column, value) in key {
            counted = counted.filter(condition_of_bookings(model, bookings, column, value)?)?;
        }
        let counted = counted.select(vec![ident("chain_id").alias("counted_chain")])?;
        let rows = context.table(invitees.name.as_str()).await?;
        let join = rows.join(
            counted,
            datafusion::common::JoinType::LeftSemi,
            &["chain_id"],
            &["counted_chain"],
            None,
        )?;
        let order = ["chain_id", "invitee_created_at", "invitee_uri"]
            .map(|c| col(c).sort(true, true))
            .to_vec();
        json(join.sort(order)?.limit(0, Some(limit))?).await
    }

    /// The rows of a table that have one of these keys, in key order, NULLs first.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a table or a column that does not exist; whatever the store refuses.
    pub async fn keyed(
        &self,
        name: &str,
        keys: &[RowKey],
        limit: usize,
    ) -> Result<Vec<Map<String, Value>>> {
        let model = Catalog::get()?.find(name)?;
        let Some(wanted) = any_of(model, keys)? else {
            return Ok(Vec::new());
        };
        let context = self.session(&[model]).await?;
        let frame = context.table(model.name.as_str()).await?;
        let order = model.spec.key.iter().map(|c| ident(c).sort(true, true));
        let frame = frame.filter(wanted)?.sort(order.collect())?;
        json(frame.limit(0, Some(limit))?).await
    }
}

/// What keys of one list share: their first column, and all that follows it.
type Shared<'a> = (&'a str, &'a [(String, String)]);

/// That a row has one of these keys. Keys that differ in their first column only become one list, so that thousands of them
/// are one condition.
fn any_of(model: &Model, keys: &[RowKey]) -> Result<Option<Expr>> {
    let mut lists: BTreeMap<Shared<'_>, Vec<&str>> = BTreeMap::new();
    for key in keys {
        if let Some(((column, value), rest)) = key.split_first() {
            lists.entry((column, rest)).or_default().push(value);
        }
    }
    let mut wanted = Vec::with_capacity(lists.len());
    for ((column, rest), values) in lists {
        let mut all = vec![one_of(model, column, &values)?];
        for (column, value) in rest {
            all.push(equal(model, column, value)?);
        }
        wanted.extend(conjunction(all));
    }
    Ok(disjunction(wanted))
}

/// That a column has one of these values.
fn one_of(model: &Model, column: &str, values: &[&str]) -> Result<Expr> {
    let some = values.iter().filter(|value| !value.is_empty());
    let some = some.map(|value| literal(model, column, value));
    let listed = ident(column).in_list(some.collect::<Result<_>>()?, false);
    Ok(if values.contains(&"") {
        listed.or(equal(model, column, "")?)
    } else {
        listed
    })
}

fn equal(model: &Model, column: &str, value: &str) -> Result<Expr> {
    let filter = Filter {
        column: column.to_owned(),
        comparison: Comparison::Equal,
        value: value.to_owned(),
    };
    condition(model, &filter)
}

/// What a key column of a gold table says about a booking.
fn condition_of_bookings(
    model: &Model,
    bookings: &Model,
    column: &str,
    value: &str,
) -> Result<Expr> {
    if !model.spec.key.iter().any(|c| c == column) || model.tier() != "gold" {
        return Err(LakeError::NotOfKey {
            table: model.name.clone(),
            column: column.to_owned(),
            key: model.spec.key.join(", "),
        });
    }
    let no_month = || LakeError::NoValue {
        column: column.to_owned(),
        value: value.to_owned(),
        what: "month",
    };
    let silver = match column {
        "channel" => "marketing_channel",
        "campaign" => "utm_campaign",
        "model" => return Ok(lit(value == "booking")),
        "month" => {
            let (year, month) = value.split_once('-').ok_or_else(no_month)?;
            let number = |text: &str| text.parse::<i32>().map_err(|_| no_month());
            return Ok(ident("booking_year")
                .eq(lit(number(year)?))
                .and(ident("booking_month").eq(lit(number(month)?))));
        }
        same => same,
    };
    equal(bookings, silver, value)
}
