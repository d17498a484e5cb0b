//! `GET /api/attribution`: what channels or campaigns earned, by every model side by side.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse as _, Response};
use bookpath_app::ports::TableRow;
use bookpath_domain::money::round::percent2;
use bookpath_domain::numbers::attribution::{By, CONVERSION, Model, Options, PeriodRow, period};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::Current;
use super::credit::{Given, model};
use super::drills::Figures;
use super::figure::{Drill, Drills};
use super::href::Filters;
use crate::csv_columns::columns;
use crate::csv_export::{CsvFile, csv_asked};
use crate::instants::Instants;
use crate::permission::{Allowed, Read};
use crate::{Api, Problem};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Params {
    /// First day of the reporting zone, inclusive; by default the first that there is.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last day, inclusive.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// One model; by default every one.
    #[param(pattern = "^(first|last|linear|u|w|time_decay|markov|shapley|booking)$")]
    model: Option<String>,
    /// `channel` (default) or `campaign`.
    #[param(pattern = "^(channel|campaign)$")]
    by: Option<String>,
    /// Instead of the configured window: a touch counts at most so many days before the deal.
    #[param(maximum = 3650)]
    window_days: Option<u32>,
    /// Touches of the channel `direct` get nothing, unless the contact has no others.
    exclude_direct: Option<bool>,
    /// Follows contacts without a deal up to this instant instead of the last run's.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// From what was known at this instant; 409 `version_gone` when tables of that time are deleted.
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Timestamp>,
    /// `json` (default) or `csv`.
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
}

/// What a channel or campaign earned by a model.
#[derive(Debug, Serialize, ToSchema)]
struct Credited {
    model: &'static str,
    /// Where the answer is by channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    /// Where the answer is by campaign; `null` is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    campaign: Option<Option<String>>,
    /// Different touches that got a share.
    touches: i64,
    /// Deals won, of model `booking` bookings; six decimals.
    conversions_credit: f64,
    revenue_credit_minor: i64,
    cash_credit_minor: i64,
    /// Of the model's revenue, of model `booking` of its bookings; two decimals.
    share_percent: Option<f64>,
    /// Of the revenue, of model `booking` of the bookings.
    drill: Drill,
    /// Of each figure, by its name. Touches of Markov and Shapley are those of the month with the most and have none.
    #[schema(value_type = BTreeMap<String, Drill>)]
    drills: Drills,
}

/// The sum over all channels, which is the same for every model of deals.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Total {
    conversions_credit: f64,
    revenue_credit_minor: i64,
    cash_credit_minor: i64,
}

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Attribution {
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
    lag_seconds: Option<i64>,
    reporting_timezone: String,
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    by: &'static str,
    window_days: u32,
    half_life_days: u32,
    exclude_direct: bool,
    /// ISO 4217; `null` where there is no money.
    currency: Option<String>,
    rows: Vec<Credited>,
    #[schema(value_type = BTreeMap<String, Total>)]
    totals: BTreeMap<&'static str, Total>,
}

/// Credits of deals won, of their changes, of cash and refunds, each in the span of its own day.
#[utoipa::path(
    get, path = "/api/attribution", tag = "numbers", params(Params),
    responses(
        (status = 200, description = "rows by model; with format=csv as text/csv", content((Attribution = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, description = "version_gone", body = Problem), (status = 422, body = Problem), (status = 503, body = Problem),
    )
)]
pub(super) async fn get_attribution(
    _: Allowed<Read>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let csv = csv_asked(params.format.as_deref())?;
    let given = Given {
        from: params.from,
        to: params.to,
        by: params.by.as_deref(),
        window_days: params.window_days,
        exclude_direct: params.exclude_direct,
    };
    let options = given.options(&api.rules)?;
    let models = match params.model.as_deref() {
        Some(name) => vec![model(name)?],
        None => Model::all().to_vec(),
    };
    let current = Current::read(&api, Instants::new(params.as_of, params.known_at)).await?;
    let answer = answer(&current, &options, &models);
    if csv {
        let rows = answer.rows.iter();
        let rows = rows.filter_map(|row| csv_row(row, &answer));
        return SHEET.objects(&current.zone, csv_columns(), rows);
    }
    Ok(Json(answer).into_response())
}

fn answer(current: &Current, options: &Options, models: &[Model]) -> Attribution {
    let (mut rows, mut totals) = (Vec::new(), BTreeMap::new());
    let input = current.resolved.attribution_input();
    for model in models {
        let found = period(input, &current.zone, options, *model, current.today());
        let mut sum = PeriodRow::default();
        for row in found.values() {
            sum.conversions_micro += row.conversions_micro;
            sum.revenue_minor += row.revenue_minor;
            sum.cash_minor += row.cash_minor;
        }
        let total = Total {
            conversions_credit: conversions(sum.conversions_micro),
            revenue_credit_minor: sum.revenue_minor,
            cash_credit_minor: sum.cash_minor,
        };
        totals.insert((*model).into(), total);
        let shown = found
            .into_iter()
            .map(|(name, row)| credited(current, options, *model, name, &row, &sum));
        rows.extend(shown);
    }
    Attribution {
        as_of: current.as_of,
        lag_seconds: current.lag_seconds,
        reporting_timezone: current.zone_name(),
        from: options.days.from,
        to: options.days.to,
        by: options.by.into(),
        window_days: options.window_days,
        half_life_days: options.half_life_days,
        exclude_direct: options.exclude_direct,
        currency: current.resolved.currencies.main.clone(),
        rows,
        totals,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "millionths of conversions stay below 2^53"
)]
fn conversions(micro: i64) -> f64 {
    micro as f64 / CONVERSION as f64
}

fn credited(
    current: &Current,
    options: &Options,
    model: Model,
    name: Option<String>,
    row: &PeriodRow,
    sum: &PeriodRow,
) -> Credited {
    let of_bookings = model == Model::Booking;
    let share = if of_bookings {
        percent2(row.conversions_micro.into(), sum.conversions_micro.into())
    } else {
        percent2(row.revenue_minor.into(), sum.revenue_minor.into())
    };
    let figures = Figures {
        model,
        parts: row.parts,
        touches: (!model.is_of_months()).then_some(row.touches),
        conversions_micro: Some(row.conversions_micro),
        revenue_minor: row.revenue_minor,
        cash_minor: row.cash_minor,
    };
    let model: &'static str = model.into();
    let by: &'static str = options.by.into();
    let filters = Filters::default()
        .with("model", model)
        .with("by", by)
        .with(by, name.as_deref().unwrap_or_default())
        .maybe("from", options.days.from.as_ref())
        .maybe("to", options.days.to.as_ref())
        .with("window_days", &options.window_days)
        .with("exclude_direct", &options.exclude_direct)
        .with("as_of", &current.as_of)
        .maybe("known_at", current.known_at.as_ref());
    let (channel, campaign) = match options.by {
        By::Channel => (name, None),
        By::Campaign => (None, Some(name)),
    };
    Credited {
        model,
        channel,
        campaign,
        touches: row.touches,
        conversions_credit: conversions(row.conversions_micro),
        revenue_credit_minor: row.revenue_minor,
        cash_credit_minor: row.cash_minor,
        share_percent: share,
        drill: figures.main(&filters),
        drills: figures.all(&filters),
    }
}

const SHEET: CsvFile = CsvFile {
    name: "attribution",
    days: &["from", "to"],
    instants: &[],
};

/// The row without its links, with the span that it is of.
fn csv_columns() -> Vec<String> {
    let columns = columns::<Credited>().into_iter();
    let shown = columns.filter(|column| !column.starts_with("drill"));
    shown.chain(["from".to_owned(), "to".to_owned()]).collect()
}

fn csv_row(row: &Credited, answer: &Attribution) -> Option<TableRow> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(row) else {
        return None;
    };
    fields.remove("drill");
    fields.remove("drills");
    for (name, day) in [("from", answer.from), ("to", answer.to)] {
        fields.insert(name.to_owned(), day.map(|day| day.to_string()).into());
    }
    Some(fields)
}
