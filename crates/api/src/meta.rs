//! `GET /api/meta`: what every page of the team needs to know before it shows a number.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bookpath_app::access::list_users;
use bookpath_app::inbox::delivery;
use bookpath_app::operators::maintenance::{Maintenance, planned};
use bookpath_app::ports::RowOrder;
use bookpath_domain::access::Role;
use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::list::freshness;
use crate::permission::{Administer, Allowed, Permission, Read, ReadAll};
use crate::{Api, Problem};

/// Users that are looked through for admins.
const USERS_MAX: usize = 1_000;
/// Of a day, `YYYY-MM`.
const MONTH_CHARS: usize = 7;
/// Admins that are named to whoever lacks a right.
const ADMINS_MAX: usize = 3;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_meta))
}

/// A table of the lake and the run that last changed it.
#[derive(Debug, Serialize, ToSchema)]
struct TableAge {
    table: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
}

/// The delivery that came last.
#[derive(Debug, Serialize, ToSchema)]
struct NewestDelivery {
    delivery_id: String,
    vendor: &'static str,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
}

/// What the caller may see.
#[derive(Debug, Serialize, ToSchema)]
struct Rights {
    #[schema(value_type = String)]
    role: Role,
    /// `all`, or `self` for who sees only their own figures per person.
    scope: &'static str,
    /// `read_all`: every customer's words; `administer`: everything.
    can: Vec<&'static str>,
}

/// The business and the age of its numbers.
#[derive(Debug, Serialize, ToSchema)]
struct Meta {
    #[schema(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    lag_seconds: Option<i64>,
    /// IANA name of the zone in which days and hours are counted.
    reporting_timezone: String,
    /// ISO 4217, of the session types.
    currencies: BTreeSet<String>,
    /// What every customer's health score begins with.
    health_base: i32,
    /// The first month with a booking or a figure, `YYYY-MM`; `null` before the first run.
    first_month: Option<String>,
    /// `null` before the first delivery.
    newest_delivery: Option<NewestDelivery>,
    tables: Vec<TableAge>,
    version: &'static str,
    /// The business is made up: `bookpath serve --demo`.
    demo: bool,
    me: Rights,
    /// When Bookpath will be worked on, until that is over; `null` where nothing is announced.
    maintenance: Option<Maintenance>,
    /// Whom to ask for a right.
    admins: Vec<String>,
}

/// The business and the age of its numbers. The `ETag` changes with the numbers, not with the time.
#[utoipa::path(
    get, path = "/api/meta", tag = "system",
    responses((status = 200, body = Meta), (status = 304, description = "nothing is newer"), (status = 401, body = Problem), (status = 403, body = Problem), (status = 503, body = Problem))
)]
async fn get_meta(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
    asked: HeaderMap,
) -> Result<Response, Problem> {
    let (as_of, lag_seconds) = freshness(&api).await?;
    let tables = api.lake.tables().await?;
    let (users, _) = list_users(api.store.as_ref(), USERS_MAX, None).await?;
    let admins = users
        .into_iter()
        .filter(|user| user.role == Role::Admin && !user.disabled)
        .map(|user| user.name.unwrap_or(user.email));
    let meta = Meta {
        as_of,
        lag_seconds,
        reporting_timezone: crate::list::zone_name(&api.rules.reporting_timezone),
        currencies: api
            .rules
            .session_types
            .iter()
            .map(|session| session.currency.clone())
            .collect(),
        tables: tables
            .into_iter()
            .map(|state| TableAge {
                table: state.table,
                as_of: state.as_of,
            })
            .collect(),
        health_base: api.rules.health_base,
        first_month: first_month(&api).await?,
        newest_delivery: newest_delivery(&api).await?,
        version: env!("CARGO_PKG_VERSION"),
        demo: api.demo,
        me: rights(caller.role),
        maintenance: planned(api.store.as_ref(), api.clock.now()).await?,
        admins: admins.take(ADMINS_MAX).collect(),
    };
    let tag = tag(&meta)?;
    if names_tag(&asked, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::ETAG, tag)], Json(meta)).into_response())
}

/// The month of the first row of the tables that tell of every booking and of every figure.
async fn first_month(api: &Api) -> Result<Option<String>, Problem> {
    let mut first: Option<String> = None;
    for (table, column) in [
        ("gold.bookings_trend", "booking_date"),
        ("gold.kpi_monthly", "month"),
    ] {
        let order = RowOrder {
            column: column.to_owned(),
            descending: false,
        };
        let found = api.lake.list(table, &[], Some(&order), (1, 0)).await?;
        let value = found.rows.first().and_then(|row| row.get(column)?.as_str());
        let month = value
            .and_then(|day| day.get(..MONTH_CHARS))
            .map(str::to_owned);
        first = first.into_iter().chain(month).min();
    }
    Ok(first)
}

async fn newest_delivery(api: &Api) -> Result<Option<NewestDelivery>, Problem> {
    let page = delivery::inbox(api.store.as_ref(), None, 1, None).await?;
    Ok(page.rows.into_iter().next().map(|row| NewestDelivery {
        delivery_id: row.delivery_id,
        vendor: row.vendor.as_str(),
        received_at: row.received_at,
    }))
}

fn rights(role: Role) -> Rights {
    let all = [
        ("read_all", ReadAll::ROLES),
        ("administer", Administer::ROLES),
    ];
    Rights {
        role,
        scope: if role == Role::Sales { "self" } else { "all" },
        can: all
            .into_iter()
            .filter_map(|(right, roles)| roles.contains(&role).then_some(right))
            .collect(),
    }
}

/// Whether `If-None-Match` names the tag: one of a list, also a weak one, or any (RFC 9110, 13.1.2).
#[must_use]
pub fn names_tag(asked: &HeaderMap, tag: &str) -> bool {
    let lists = asked.get_all(header::IF_NONE_MATCH).iter();
    let texts = lists.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}

/// A hash of everything but how long ago it was.
fn tag(meta: &Meta) -> Result<String, Problem> {
    let mut value = serde_json::to_value(meta).map_err(Problem::internal)?;
    if let Some(map) = value.as_object_mut() {
        map.remove("lag_seconds");
    }
    let hash = Sha256::digest(value.to_string());
    Ok(format!("\"{}\"", hex::encode(&hash[..8])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_named_alone_in_a_list_weakened_or_by_any() {
        let tag = "\"1a2b\"";
        for (asked, is_named) in [
            ("\"1a2b\"", true),
            ("W/\"1a2b\"", true),
            ("\"zz\", \"1a2b\"", true),
            ("*", true),
            ("\"1a2\"", false),
            ("1a2b", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, asked.parse().unwrap());
            assert_eq!(names_tag(&headers, tag), is_named, "{asked}");
        }
        assert!(!names_tag(&HeaderMap::new(), tag));
    }
}
