//! `GET /api/customers`: contacts with what their calls add up to.

use axum::Json;
use axum::extract::{Path, Query, State, rejection::QueryRejection};
use axum::response::{IntoResponse, Response};
use bookpath_domain::people::person::{
    ANY_ALERT, Customer, CustomerDetail, CustomerFilter, HealthBand, NextCall, Order, customer,
    customers,
};
use bookpath_domain::people::resolved::ResolvedContact;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::contacts::judged::{Answer, judged};
use crate::csv_columns::columns;
use crate::csv_export::{CsvFile, csv_asked};
use crate::instants::Instants;
use crate::list::{Dated, List, limit, offset, page_of, sought_text};
use crate::match_key::match_key;
use crate::permission::{Allowed, Read};
use crate::row_types::row;
use crate::{Api, Problem};

/// Codes of the alerts, and `any` of them.
const ALERTS: [&str; 5] = [
    "am_change",
    "low_show_rate",
    "no_show_streak",
    "no_upcoming_calls",
    ANY_ALERT,
];

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_customers))
        .routes(routes!(get_customer))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// Whatever its case; any address of the person.
    #[param(format = "email")]
    email: Option<String>,
    /// Only those for whom this alert stands; `any` of them.
    #[param(pattern = "^(am_change|low_show_rate|no_show_streak|no_upcoming_calls|any)$")]
    alert: Option<String>,
    /// Only those of this account manager, by e-mail address.
    #[param(format = "email")]
    am: Option<String>,
    /// Only those with a call ahead, or without.
    #[param(pattern = "^(some|none)$")]
    next_call: Option<String>,
    /// Only those with a health score of 60 and more, between, or below 40.
    #[param(pattern = "^(good|fair|poor)$")]
    health: Option<String>,
    /// Only those with this text in their name or in an address, in letters of any case.
    #[param(max_length = 300)]
    q: Option<String>,
    /// By default `email`; with a leading `-` descending. Those without a value come last.
    #[param(pattern = "^-?(email|name|health_score|show_rate|last_call_date|next_call_date)$")]
    sort: Option<String>,
    /// Sums up at this instant instead of the last run's.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// From what was known at this instant; 409 `version_gone` when tables of that time are deleted.
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Timestamp>,
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

/// A customer's row.
#[derive(Debug, Serialize)]
struct CustomerRow {
    #[serde(flatten)]
    customer: Customer,
    /// The run that the row was last brought up to date by (S1-22).
    last_calendly_sync: Option<Timestamp>,
}

/// The columns of `gold.unified_customers` with what the lake keeps elsewhere.
fn described() -> ObjectBuilder {
    let text = |meaning: &str| {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some(meaning))
    };
    row("gold.unified_customers", &["as_of"])
        .property("name", text("The contact's name."))
        .required("name")
        .property(
            "crm_owner",
            text("Who looks after them in the CRM: the address of a team member, of anybody else the CRM's user (X9)."),
        )
        .required("crm_owner")
}

impl PartialSchema for CustomerRow {
    fn schema() -> RefOr<Schema> {
        RefOr::T(described().into())
    }
}

impl ToSchema for CustomerRow {}

/// The columns of the file, in the order in which a row has them.
fn csv_columns() -> Vec<String> {
    let mut columns = columns::<CustomerRow>();
    let own = |column: &String| ["name", "crm_owner"].contains(&column.as_str());
    let (own, table): (Vec<String>, Vec<String>) = columns.drain(..).partition(own);
    let (first, others) = table.split_at(table.len().min(2));
    [first, &own, others].concat()
}

const SHEET: CsvFile = CsvFile {
    name: "customers",
    days: &[],
    instants: &["last_call_date", "next_call_date", "last_calendly_sync"],
};

/// Contacts by e-mail, each once, also those without a booking. Columns that time changes are derived when asked (X13).
#[utoipa::path(
    get, path = "/api/customers", tag = "customers", params(Params),
    responses(
        (status = 200, description = "a page of contacts and their `total`; with format=csv all of them as text/csv", content((Dated<CustomerRow> = "application/json"), (String = "text/csv"))),
        (status = 409, description = "version_gone", body = Problem),
    )
)]
async fn get_customers(
    _: Allowed<Read>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let limit = limit(params.limit)?;
    let offset = offset(params.cursor.as_deref())?;
    let wanted = wanted(&params)?;
    let (order, descending) = order(params.sort.as_deref())?;
    let csv = csv_asked(params.format.as_deref())?;
    let judged = judged(&api, Instants::new(params.as_of, params.known_at)).await?;
    let found = customers(&judged.known.resolved, &wanted, order, descending);
    let row = |contact: &&ResolvedContact| CustomerRow {
        customer: Customer::from(*contact),
        last_calendly_sync: judged.last_run,
    };
    if csv {
        let rows = found.iter().map(row);
        return SHEET.objects(&api.rules.reporting_timezone, csv_columns(), rows);
    }
    let total = found.len();
    let (page, next_cursor) = page_of(found.iter(), limit, offset);
    let list = List {
        as_of: judged.as_of,
        lag_seconds: judged.lag_seconds,
        items: page.into_iter().map(row).collect(),
        next_cursor,
    };
    Ok(Json(list.counted(total).dated(&api.rules.reporting_timezone)).into_response())
}

fn wanted(params: &Params) -> Result<CustomerFilter, Problem> {
    let alert = params.alert.clone();
    if let Some(other) = alert.as_deref().filter(|code| !ALERTS.contains(code)) {
        let known = ALERTS.join(", ");
        let said = format!("`{other}` is no alert; there are {known}");
        return Err(Problem::invalid(said));
    }
    let next_call = match params.next_call.as_deref() {
        None => None,
        Some("some") => Some(NextCall::Some),
        Some("none") => Some(NextCall::None),
        Some(other) => {
            let said = format!("next_call is `{other}`; it must be some or none");
            return Err(Problem::invalid(said));
        }
    };
    let health = params.health.as_deref().map(|name| {
        let band = name.parse::<HealthBand>();
        band.map_err(|_| {
            Problem::invalid(format!("health is `{name}`; it must be good, fair or poor"))
        })
    });
    Ok(CustomerFilter {
        email: params.email.as_deref().map(match_key).transpose()?,
        alert,
        am: params.am.as_deref().map(match_key).transpose()?,
        next_call,
        health: health.transpose()?,
        text: sought_text(params.q.clone())?,
    })
}

fn order(sort: Option<&str>) -> Result<(Order, bool), Problem> {
    let Some(text) = sort else {
        return Ok((Order::default(), false));
    };
    let name = text.strip_prefix('-');
    let order = name.unwrap_or(text).parse();
    let order =
        order.map_err(|_| Problem::invalid(format!("`{text}` is no order of customers")))?;
    Ok((order, name.is_some()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OneParams {
    /// Sums up at this instant instead of the last run's.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// From what was known at this instant; 409 `version_gone` when tables of that time are deleted.
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Timestamp>,
}

/// A customer's row with what it rests on.
#[derive(Debug, Serialize)]
struct DetailRow {
    #[serde(flatten)]
    customer: CustomerDetail,
    last_calendly_sync: Option<Timestamp>,
}

/// What the columns of one customer rest on.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape of the document only")]
struct Behind {
    /// Each health factor with the calls that speak for it.
    factors: Vec<Factor>,
    /// Won revenue has reached the configured threshold (X15).
    high_value: bool,
    /// Minor units, over all deals that are won.
    won_revenue_minor: i64,
}

/// A health factor with the calls that it rests on.
#[derive(ToSchema)]
#[expect(dead_code, reason = "a shape of the document only")]
struct Factor {
    code: String,
    points: i32,
    /// Invitees of the calls that speak for it, the oldest first.
    calls: Vec<String>,
    /// Of the show rate: completed calls, and calls that are not upcoming.
    #[schema(required = true)]
    fraction: Option<Vec<u32>>,
    /// Start of the call that it measures from.
    #[schema(required = true, value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

impl PartialSchema for DetailRow {
    fn schema() -> RefOr<Schema> {
        let both = AllOfBuilder::new().item(described()).item(Behind::schema());
        RefOr::T(both.into())
    }
}

impl ToSchema for DetailRow {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Behind::schemas(schemas);
    }
}

/// One customer: the columns of the list, and the calls that each health factor rests on.
#[utoipa::path(
    get, path = "/api/customers/{contact_id}", tag = "customers",
    params(("contact_id" = String, Path, description = "id of a contact"), OneParams),
    responses((status = 200, description = "columns, factors and alerts", body = Answer<DetailRow>), (status = 409, description = "version_gone", body = Problem))
)]
async fn get_customer(
    _: Allowed<Read>,
    State(api): State<Api>,
    Path(id): Path<String>,
    params: Result<Query<OneParams>, QueryRejection>,
) -> Result<Json<Answer<DetailRow>>, Problem> {
    let Query(params) = params?;
    let judged = judged(&api, Instants::new(params.as_of, params.known_at)).await?;
    let resolved = &judged.known.resolved;
    let contact = resolved
        .contact(&id)
        .ok_or_else(|| Problem::not_found("there is no such contact"))?;
    Ok(Json(Answer {
        as_of: judged.as_of,
        lag_seconds: judged.lag_seconds,
        about: DetailRow {
            customer: customer(resolved, contact),
            last_calendly_sync: judged.last_run,
        },
    }))
}
