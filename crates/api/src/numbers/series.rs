//! `GET /api/metrics/series`: key figures month by month.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::numbers::Month;
use bookpath_app::ports::TableRow;
use bookpath_domain::numbers::kpi::{KEYS, Key, key};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::Current;
use super::figure::{KeyFigure, KeyFigures, Shown};
use super::question::{Given, Question};
use crate::csv_export::{CsvFile, csv_asked};
use crate::instants::Instants;
use crate::list::{Dated, List};
use crate::permission::{Allowed, Read};
use crate::{Api, Problem};

/// Months of an answer.
const MONTHS_MAX: usize = 60;
/// Months of an answer, unless the caller says otherwise.
const MONTHS_DEFAULT: usize = 12;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// Names of key figures, separated by commas; by default all.
    #[param(pattern = "^[a-z0-9_]+(,[a-z0-9_]+)*$")]
    keys: Option<String>,
    /// First month, `YYYY-MM`; by default a year before the last one.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    from: Option<String>,
    /// Last month; by default that of the answer. At most 60 months.
    #[param(pattern = "^[0-9]{4}-(0[1-9]|1[0-2])$")]
    to: Option<String>,
    /// As of `/api/metrics`.
    user: Option<String>,
    /// As of `/api/metrics`.
    #[param(max_length = 500)]
    campaign: Option<String>,
    /// As of `/api/metrics`.
    #[param(pattern = "^(period|cohort)$")]
    mode: Option<String>,
    /// Judges at this instant instead of the last run's.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// From what was known at this instant; 409 `version_gone` when tables of that time are deleted.
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Timestamp>,
    /// `json` (default) or `csv`.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
}

/// The figures of a month.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MonthFigures {
    month: String,
    #[schema(value_type = BTreeMap<String, KeyFigure>)]
    metrics: KeyFigures,
}

/// Key figures of consecutive months, the earliest first.
#[utoipa::path(
    get, path = "/api/metrics/series", tag = "numbers", params(Params),
    responses(
        (status = 200, description = "all months on one page; with format=csv as text/csv", content((Dated<MonthFigures> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, description = "no such user", body = Problem), (status = 409, description = "version_gone", body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
pub(super) async fn get_series(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let (keys, csv) = (
        keys(params.keys.as_deref())?,
        csv_asked(params.format.as_deref())?,
    );
    let current = Current::read(&api, Instants::new(params.as_of, params.known_at)).await?;
    let months = months(&params, &current)?;
    let mut items = Vec::with_capacity(months.len());
    for month in months {
        let month = month.to_string();
        let given = Given {
            month: Some(&month),
            user: params.user.as_deref(),
            mode: params.mode.as_deref(),
            campaign: params.campaign.as_deref(),
            until: None,
        };
        let asked = Question::new(given, &caller, &current)?;
        let counts = api
            .resolutions
            .counts(&current.resolved, &api.rules, &asked.query);
        let filters = asked.filters(&asked.asked.user, &current);
        let shown = Shown {
            counts: &counts,
            filters: &filters,
            currency: current.resolved.currencies.main.as_deref(),
        };
        let total = counts.total();
        let figures = keys
            .iter()
            .map(|key| (key.key, shown.one(key, &total, None)));
        let metrics = figures.collect();
        items.push(MonthFigures { month, metrics });
    }
    if csv {
        let rows: Vec<TableRow> = items.iter().map(|item| csv_row(item, &keys)).collect();
        return SHEET.objects(&current.zone, Vec::new(), rows);
    }
    let list = List {
        as_of: Some(current.as_of),
        lag_seconds: current.lag_seconds,
        items,
        next_cursor: None,
    };
    Ok(Json(list.counted_from(None).dated(&current.zone)).into_response())
}

const SHEET: CsvFile = CsvFile {
    name: "metrics_series",
    days: &["month"],
    instants: &[],
};

fn keys(text: Option<&str>) -> Result<Vec<&'static Key>, Problem> {
    let Some(text) = text else {
        return Ok(KEYS.iter().collect());
    };
    let known = |name: &str| {
        key(name).ok_or_else(|| Problem::invalid(format!("no key figure is called `{name}`")))
    };
    text.split(',').map(known).collect()
}

fn months(params: &Params, current: &Current) -> Result<Vec<Month>, Problem> {
    let month = |text: &str| {
        let read = text.parse::<Month>();
        read.map_err(|_| Problem::invalid(format!("`{text}` is no month; it must be YYYY-MM")))
    };
    let to = params.to.as_deref().map(month).transpose()?;
    let to = to.unwrap_or_else(|| Month::containing(current.today()));
    let from = match params.from.as_deref() {
        Some(text) => month(text)?,
        None => (1..MONTHS_DEFAULT).fold(to, |month, _| month.previous()),
    };
    let mut months = Vec::new();
    let mut next = from;
    while next <= to {
        if months.len() == MONTHS_MAX {
            return Err(Problem::invalid(format!("more than {MONTHS_MAX} months")));
        }
        months.push(next);
        next = next.next();
    }
    Ok(months)
}

/// A column for each key.
fn csv_row(item: &MonthFigures, keys: &[&'static Key]) -> TableRow {
    let month = ("month".to_owned(), Value::from(item.month.clone()));
    let values = keys.iter().map(|key| {
        let value = item.metrics.get(key.key).and_then(KeyFigure::json_value);
        (key.key.to_owned(), value.unwrap_or_default())
    });
    [month].into_iter().chain(values).collect()
}
