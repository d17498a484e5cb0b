//! `GET /api/marketing/{table}`: rows of the gold tables.

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::csv_export::{CsvFile, csv_asked};
use crate::instants::LakeMoment;
use crate::list::{Dated, List, TEXT_MAX, limit, offset};
use crate::numbers::{clock_of, days, of_attribution, of_costs, of_gold, of_period};
use crate::permission::{Allowed, Read};
use crate::row_types::{MarketingRow, TABLES};
use crate::{Api, Problem};
use bookpath_app::ports::{ClockOf, Period, PeriodBy, RowFilter, RowOrder, TablePage, TableRow};
use bookpath_models::Catalog;

/// The table whose periods can be narrowed to a channel.
const TIMED: &str = "booking_time_analysis";
/// Of its periods: how many rows of spend add up.
const SPEND_ROWS: &str = "spend_rows";
/// Whose figures of a period each open.
const COSTS: &str = "cost_per_booking";
/// Rows of a CSV file.
const CSV_ROWS_MAX: usize = 1_000_000;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_table))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// First day, inclusive. Attribution is monthly: the day's month counts. The rows of the analysis of times have no day of
    /// their own: with a bound they are made of the bookings of those days.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last day, inclusive.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// The rows as they stood at this instant; 409 `version_gone` when replaced files of that time are deleted.
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Timestamp>,
    /// Figures of the whole period for each of these instead of rows: distinct contacts, means and costs are of the
    /// period, no sums of days. `hour` is weekday and hour of the booking, `weekday` and `hour_of_day` are each alone: they
    /// are of the analysis of times, of all channels or of the one of `channel`. 422 for what the table can't be divided by.
    #[param(pattern = "^(channel|campaign|source|hour|weekday|hour_of_day|total)$")]
    group: Option<String>,
    /// Whose clock shows the weekday and hour of a booking: `reporting` (default) or with such a `group` `invitee`. Weekday and
    /// hour are null where the invitee's zone is unknown.
    #[param(pattern = "^(reporting|invitee)$")]
    zone: Option<String>,
    /// Only rows of this channel; empty is the rows without one. As the next three it is for rows: 422 with `group` (but
    /// see there), and where the table has no such column.
    #[param(max_length = 300)]
    channel: Option<String>,
    /// Only rows of this campaign.
    #[param(max_length = 300)]
    campaign: Option<String>,
    /// Only rows of this `utm_source`.
    #[param(max_length = 300)]
    source: Option<String>,
    /// Only rows of this model of attribution.
    #[param(max_length = 300)]
    model: Option<String>,
    /// A column of the answer; with a leading `-` descending. Rows without a value come last.
    #[param(pattern = "^-?[a-z0-9_]+$")]
    sort: Option<String>,
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

/// Rows of a gold table, by default in the order of its key, or with `group` the figures of a period. Each has `drill`, a
/// link to what it counts: bookings, or of attributed deals the touches with their shares. Rows of attribution and the
/// costs of a period have `drills`, too: such a link for each of their figures.
#[utoipa::path(
    get, path = "/api/marketing/{table}", tag = "marketing",
    params(("table" = String, Path, description = "one of the five gold tables", pattern = "^(booking_time_analysis|bookings_trend|channel_attribution|cost_per_booking|daily_bookings_by_source)$"), Params),
    responses(
        (status = 200, description = "a page of rows and their `total`; with format=csv all of them as text/csv", content((Dated<MarketingRow> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, description = "version_gone", body = Problem), (status = 422, body = Problem),
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
    let question = Question::new(name, column, &params)?;
    let csv = csv_asked(params.format.as_deref())?;
    let (limit, offset) = (limit(params.limit)?, offset(params.cursor.as_deref())?);
    let told = LakeMoment::at(&api, params.known_at).await?;
    if csv {
        let mut found = question.ask(&told, (CSV_ROWS_MAX, 0)).await?;
        found.columns.retain(|column| column != SPEND_ROWS);
        return sheet(name).objects(&api.rules.reporting_timezone, found.columns, found.rows);
    }
    let mut found = question.ask(&told, (limit, offset)).await?;
    question.open(&api, &told, &mut found.rows).await?;
    let list = List {
        as_of: told.last_run,
        lag_seconds: told.lag_seconds,
        items: found.rows,
        next_cursor: (found.total > offset + limit).then(|| (offset + limit).to_string()),
    };
    Ok(Json(
        list.counted(found.total)
            .dated(&api.rules.reporting_timezone),
    )
    .into_response())
}

/// A table as a file. Programs read its days under the table's own names; the header names the zone at the instant.
fn sheet(name: &'static str) -> CsvFile {
    CsvFile {
        name,
        days: &[],
        instants: &["as_of"],
    }
}

/// What a table is asked.
struct Question {
    name: &'static str,
    filters: Vec<RowFilter>,
    period: Option<Period>,
    order: Option<RowOrder>,
}

impl Question {
    fn new(name: &'static str, column: Option<&str>, params: &Params) -> Result<Self, Problem> {
        let clock = clock_of(params.zone.as_deref())?;
        let by = match params.group.as_deref() {
            Some(by) => Some(group(by, clock)?),
            None if name == TIMED && (params.from.is_some() || params.to.is_some()) => {
                Some(PeriodBy::Slot)
            }
            None => None,
        };
        if clock == ClockOf::Invitee && !by.is_some_and(is_timed) {
            let detail = "zone is for the groups hour, weekday and hour_of_day";
            return Err(Problem::invalid(detail));
        }
        let mut filters = equal(name, params)?;
        let days = days(params.from, params.to)?;
        let period = by.map(|by| Period {
            from: days.from,
            to: days.to,
            by,
            channel: params.channel.clone().filter(|_| name == TIMED),
        });
        match &period {
            None => filters.extend(bounds(column, params)),
            Some(period) => {
                let narrowed = usize::from(period.channel.is_some());
                if filters.len() > narrowed {
                    let detail = "a period is not narrowed by a channel, campaign, source or model: it has a figure for each";
                    return Err(Problem::invalid(detail));
                }
                filters.clear();
            }
        }
        let order = params.sort.as_deref().map(order);
        Ok(Self {
            name,
            filters,
            period,
            order,
        })
    }

    async fn ask(&self, told: &LakeMoment, page: (usize, usize)) -> Result<TablePage, Problem> {
        let table = format!("gold.{}", self.name);
        let order = self.order.as_ref();
        let found = match &self.period {
            Some(period) => told.lake.period(&table, period, order, page).await,
            None => told.lake.list(&table, &self.filters, order, page).await,
        };
        Ok(found?)
    }

    /// Adds what opens behind each row, and behind each figure of attribution and of a period's costs.
    async fn open(
        &self,
        api: &Api,
        told: &LakeMoment,
        rows: &mut [TableRow],
    ) -> Result<(), Problem> {
        let period = self.period.as_ref();
        if self.name == "channel_attribution" {
            let opened = of_attribution(api, told, period, rows).await?;
            for (row, opened) in rows.iter_mut().zip(opened) {
                let Some(opened) = opened else { continue };
                add(row, "drill", &opened.drill)?;
                add(row, "drills", &opened.drills)?;
            }
            return Ok(());
        }
        for row in rows {
            let drill = match period {
                Some(period) => of_period(period, row, told.known_at),
                None => of_gold(self.name, row, told.known_at),
            };
            if let Some(drill) = drill {
                add(row, "drill", &drill)?;
            }
            if let Some(period) = period.filter(|_| self.name == COSTS) {
                let drills = of_costs(period, row, told.known_at);
                // What the links count; it is no figure of its own.
                row.shift_remove(SPEND_ROWS);
                add(row, "drills", &drills)?;
            }
        }
        Ok(())
    }
}

fn add(row: &mut TableRow, name: &str, value: &impl Serialize) -> Result<(), Problem> {
    let value = serde_json::to_value(value).map_err(Problem::internal)?;
    row.insert(name.to_owned(), value);
    Ok(())
}

fn group(name: &str, clock: ClockOf) -> Result<PeriodBy, Problem> {
    match name {
        "channel" => Ok(PeriodBy::Channel),
        "campaign" => Ok(PeriodBy::Campaign),
        "source" => Ok(PeriodBy::Source),
        "hour" => Ok(PeriodBy::Hour(clock)),
        "weekday" => Ok(PeriodBy::Weekday(clock)),
        "hour_of_day" => Ok(PeriodBy::HourOfDay(clock)),
        "total" => Ok(PeriodBy::Total),
        other => Err(Problem::invalid(format!(
            "group is `{other}`; it must be channel, campaign, source, hour, weekday, hour_of_day or total"
        ))),
    }
}

const fn is_timed(by: PeriodBy) -> bool {
    matches!(
        by,
        PeriodBy::Hour(_) | PeriodBy::Weekday(_) | PeriodBy::HourOfDay(_)
    )
}

fn order(text: &str) -> RowOrder {
    let descending = text.strip_prefix('-');
    RowOrder {
        column: descending.unwrap_or(text).to_owned(),
        descending: descending.is_some(),
    }
}

/// The rows of one channel, campaign, source or model.
fn equal(table: &str, params: &Params) -> Result<Vec<RowFilter>, Problem> {
    let columns = Catalog::get().map_err(Problem::internal)?;
    let columns = columns.find(&format!("gold.{table}"));
    let columns = &columns.map_err(Problem::internal)?.spec.columns;
    let asked: [(&str, &[&str], &Option<String>); 4] = [
        (
            "channel",
            &["channel", "marketing_channel"],
            &params.channel,
        ),
        ("campaign", &["campaign"], &params.campaign),
        ("source", &["utm_source"], &params.source),
        ("model", &["model"], &params.model),
    ];
    let mut filters = Vec::new();
    for (name, candidates, value) in asked {
        let Some(value) = value else { continue };
        if value.chars().count() > TEXT_MAX {
            let detail = format!("{name} has more than {TEXT_MAX} characters");
            return Err(Problem::invalid(detail));
        }
        let column = columns
            .iter()
            .find(|column| candidates.contains(&column.name.as_str()))
            .ok_or_else(|| Problem::invalid(format!("{table} has no {name}")))?;
        filters.push(RowFilter::Equal {
            column: column.name.clone(),
            value: value.clone(),
        });
    }
    Ok(filters)
}

/// The rows of these days, by the column that has the day or the month. The analysis of times has none, and with a day it is
/// asked for a period.
fn bounds(column: Option<&str>, params: &Params) -> Vec<RowFilter> {
    let Some(column) = column else {
        return Vec::new();
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
    from.into_iter().chain(to).collect()
}
