//! `GET /api/customers`: contacts with what their calls add up to.

use axum::Json;
use axum::extract::{Query, State, rejection::QueryRejection};
use bookpath_domain::people::email;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::list::{List, freshness, limit, offset};
use crate::permission::{Allowed, Read};
use crate::{Api, Problem};
use bookpath_app::people::customers::{Customer, customers};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_customers))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Params {
    /// Whatever its case.
    #[param(format = "email")]
    email: Option<String>,
    /// Sums up at this instant instead of the last run's.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// At most 1000, by default 200.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,9}$")]
    cursor: Option<String>,
}

/// Contacts by e-mail. Columns that time changes are derived when asked (X13).
#[utoipa::path(
    get, path = "/api/customers", tag = "customers", params(Params),
    responses((status = 401, body = Problem), (status = 403, body = Problem), (status = 200, description = "a page of contacts", body = List<Object>), (status = 422, body = Problem), (status = 503, body = Problem))
)]
async fn get_customers(
    _: Allowed<Read>,
    State(api): State<Api>,
    params: Result<Query<Params>, QueryRejection>,
) -> Result<Json<List<Customer>>, Problem> {
    let Query(params) = params?;
    let limit = limit(params.limit)?;
    let offset = offset(params.cursor.as_deref())?;
    let wanted = match &params.email {
        Some(text) => Some(
            email::normalize(text)
                .ok_or_else(|| Problem::invalid(format!("`{text}` is no e-mail address")))?,
        ),
        None => None,
    };
    let (last_run, lag_seconds) = freshness(&api).await?;
    let at = params.as_of.or(last_run).unwrap_or_else(|| api.clock.now());
    let mut items = customers(
        &*api.lake,
        wanted.as_deref(),
        limit + 1,
        offset,
        api.rules.health_base,
        at,
    )
    .await?;
    let next_cursor = (items.len() > limit).then(|| (offset + limit).to_string());
    items.truncate(limit);
    Ok(Json(List {
        as_of: params.as_of.or(last_run),
        lag_seconds,
        items,
        next_cursor,
    }))
}
