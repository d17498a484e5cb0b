//! `GET /api/lineage/{table}`: from a number back to what a vendor sent.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use url::form_urlencoded;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::instants::Instants;
use crate::numbers::Current;
use crate::permission::{Allowed, Read};
use crate::{Api, Problem};
use bookpath_app::lake::lineage::{Deals, Lineage, Tracer, full_name, pairs};
use bookpath_app::numbers::{Refused, scope};
use bookpath_domain::access::Role;
use bookpath_domain::numbers::opened::asks_people;
use bookpath_models::Catalog;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_lineage))
}

/// The silver rows and raw objects behind a gold row, or the raw objects behind rows of silver. Sales users see no deals
/// but their own.
#[utoipa::path(
    get, path = "/api/lineage/{table}", tag = "lineage",
    params(
        ("table" = String, Path, description = "a gold table, or one of silver as `silver.invitees`"),
        ("key" = Vec<String>, Query, description = "COLUMN=VALUE of the table's key, repeated, or several in one `key` separated by commas; an empty value is NULL"),
    ),
    responses((status = 401, body = Problem), (status = 403, body = Problem), (status = 200, body = Lineage), (status = 404, description = "unknown_table", body = Problem), (status = 422, body = Problem), (status = 503, body = Problem))
)]
async fn get_lineage(
    Allowed(caller, _): Allowed<Read>,
    State(api): State<Api>,
    Path(table): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Lineage>, Problem> {
    let query = query.unwrap_or_default();
    let texts: Vec<String> = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name == "key")
        .map(|(_, value)| value.into_owned())
        .collect();
    let parts = match texts.as_slice() {
        [one] => several(one, &table),
        each => each.iter().map(String::as_str).collect(),
    };
    let key = pairs(parts.into_iter())?;
    let full = full_name(&table);
    let catalog = Catalog::get().map_err(Problem::internal)?;
    catalog.find(&full).map_err(|unknown| {
        Problem::new(StatusCode::NOT_FOUND, "unknown_table", unknown.to_string())
    })?;
    let alone = caller.role == Role::Sales;
    let mut own: Option<(Current, String)> = None;
    if asks_people(&full) || alone {
        // Resolves everybody on a thread of its own, so that the tracer finds it done.
        let current = Current::read(&api, Instants::default()).await?;
        if alone {
            let user = scope(&caller, None, &current.resolved, &current.directory)?.user;
            own = Some((current, user));
        }
    }
    if let Some((_, user)) = &own
        && full == "gold.kpi_monthly"
    {
        only_own(user, &key)?;
    }
    let deals = own
        .as_ref()
        .map_or(Deals::All, |(current, user)| Deals::Own {
            team: &current.resolved.team,
            user,
        });
    let tracer = Tracer {
        lake: api.lake.as_ref(),
        store: api.store.as_ref(),
        objects: api.objects.as_ref(),
        resolutions: &api.resolutions,
        rules: &api.rules,
        now: api.clock.now(),
        deals,
    };
    Ok(Json(tracer.trace(&table, &key).await?))
}

/// Sales users follow the months of their own row only.
fn only_own(own: &str, key: &[(String, String)]) -> Result<(), Problem> {
    let user = key.iter().find(|(column, _)| column == "user_id");
    match user {
        Some((_, user)) if own == user => Ok(()),
        _ => Err(Refused::NotOwn.into()),
    }
}

/// The pairs of a `key` that holds several, separated by commas. A comma that no column of the table follows belongs to
/// the value before it.
fn several<'a>(text: &'a str, table: &str) -> Vec<&'a str> {
    let model = Catalog::get().and_then(|catalog| catalog.find(table)).ok();
    let begins = |rest: &str| {
        let name = rest.split_once('=').map_or(rest, |(name, _)| name);
        model.is_none_or(|model| model.column(name).is_some())
    };
    let mut parts = Vec::new();
    let mut from = 0;
    for (comma, _) in text.match_indices(',') {
        if begins(&text[comma + 1..]) {
            parts.push(&text[from..comma]);
            from = comma + 1;
        }
    }
    parts.push(&text[from..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_within_a_value_divides_nothing() {
        for (text, parts) in [
            (
                "booking_date=2026-03-01,channel=google",
                &["booking_date=2026-03-01", "channel=google"][..],
            ),
            (
                "campaign=5\" banner, wide",
                &["campaign=5\" banner, wide"][..],
            ),
            (
                "campaign=a,b=c,,channel=x,",
                &["campaign=a,b=c,", "channel=x,"],
            ),
        ] {
            assert_eq!(several(text, "cost_per_booking"), parts, "{text}");
        }
        assert_eq!(several("id=1,x=2", "no_such_table"), ["id=1", "x=2"]);
    }
}
