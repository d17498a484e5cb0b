//! `GET /api/marketing/{table}`: rows of the gold tables.

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::csv_export::to_csv;
use crate::list::{List, freshness, limit, offset};
use crate::permission::{Allowed, Read};
use crate::{Api, Problem};
use bookpath_app::ports::{RowFilter, TableRow};

/// The tables of this route and the column that `from` and `to` bound.
const TABLES: [(&str, Option<&str>); 5] = [
    ("booking_time_analysis", None),
    ("bookings_trend", Some("booking_date")),
    ("channel_attribution", Some("month")),
    ("cost_per_booking", Some("booking_date")),
    ("daily_bookings_by_source", Some("booking_date")),
];
/// Rows of a CSV file.
const CSV_ROWS_MAX: usize = 1_000_000;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_table))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// First day, inclusive. Attribution is monthly: the day's month counts.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last day, inclusive.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// `json` (default) or `csv`; a CSV file has all rows.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,9}$")]
    cursor: Option<String>,
}

/// Rows of a gold table, in the order of its key.
#[utoipa::path(
    get, path = "/api/marketing/{table}", tag = "marketing",
    params(("table" = String, Path, description = "one of the five gold tables", pattern = "^(booking_time_analysis|bookings_trend|channel_attribution|cost_per_booking|daily_bookings_by_source)$"), Params),
    responses(
        (status = 200, description = "a page of rows; with format=csv all of them as text/csv", content((List<Object> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem),
        (status = 503, body = Problem),
    )
)]
async fn get_table(
    _: Allowed<Read>,
    State(api): State<Api>,
    Path(table): Path<String>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let (name, column) = TABLES
        .into_iter()
        .find(|(name, _)| *name == table)
        .ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "unknown_table",
                format!("no table is called `{table}`"),
            )
        })?;
    let filters = bounds(name, column, &params)?;
    let table = format!("gold.{name}");
    match params.format.as_deref() {
        None | Some("json") => page(&api, &table, &filters, &params)
            .await
            .map(|list| Json(list).into_response()),
        Some("csv") => {
            let rows = api.lake.rows(&table, &filters, CSV_ROWS_MAX, 0).await?;
            let name = format!("attachment; filename=\"{name}.csv\"");
            let file = to_csv(&rows).map_err(Problem::internal)?;
            Ok((
                [
                    (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                    (header::CONTENT_DISPOSITION, name),
                ],
                file,
            )
                .into_response())
        }
        Some(other) => Err(Problem::invalid(format!(
            "format is `{other}`; it must be json or csv"
        ))),
    }
}

fn bounds(table: &str, column: Option<&str>, params: &Params) -> Result<Vec<RowFilter>, Problem> {
    let (Some(column), true) = (column, params.from.is_some() || params.to.is_some()) else {
        if params.from.is_some() || params.to.is_some() {
            return Err(Problem::invalid(format!(
                "{table} has no dates, so it takes neither from nor to"
            )));
        }
        return Ok(Vec::new());
    };
    let value = |day: Date| {
        if column == "month" {
            day.strftime("%Y-%m").to_string()
        } else {
            day.to_string()
        }
    };
    let from = params.from.map(|day| RowFilter::From {
        column: column.to_owned(),
        value: value(day),
    });
    let to = params.to.map(|day| RowFilter::To {
        column: column.to_owned(),
        value: value(day),
    });
    Ok(from.into_iter().chain(to).collect())
}

async fn page(
    api: &Api,
    table: &str,
    filters: &[RowFilter],
    params: &Params,
) -> Result<List<TableRow>, Problem> {
    let limit = limit(params.limit)?;
    let offset = offset(params.cursor.as_deref())?;
    let (as_of, lag_seconds) = freshness(api).await?;
    let mut items = api.lake.rows(table, filters, limit + 1, offset).await?;
    let next_cursor = (items.len() > limit).then(|| (offset + limit).to_string());
    items.truncate(limit);
    Ok(List {
        as_of,
        lag_seconds,
        items,
        next_cursor,
    })
}
