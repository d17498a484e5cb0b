//! `GET /api/lineage/{table}`: from a number back to what a vendor sent.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use url::form_urlencoded;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::permission::{Allowed, Read};
use crate::{Api, Problem};
use bookpath_app::lake::lineage::{Lineage, pairs, trace};

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_lineage))
}

/// The silver rows and raw objects behind a gold row, or the raw objects behind rows of silver.
#[utoipa::path(
    get, path = "/api/lineage/{table}", tag = "lineage",
    params(
        ("table" = String, Path, description = "a gold table, or one of silver as `silver.invitees`"),
        ("key" = Vec<String>, Query, description = "COLUMN=VALUE of the table's key, repeated; an empty value is NULL"),
    ),
    responses((status = 401, body = Problem), (status = 403, body = Problem), (status = 200, body = Lineage), (status = 422, body = Problem), (status = 503, body = Problem))
)]
async fn get_lineage(
    _: Allowed<Read>,
    State(api): State<Api>,
    Path(table): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Lineage>, Problem> {
    let query = query.unwrap_or_default();
    let texts: Vec<String> = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name == "key")
        .map(|(_, value)| value.into_owned())
        .collect();
    // One `key` may hold several pairs, separated by commas.
    let key = pairs(texts.iter().flat_map(|text| text.split(',')))?;
    Ok(Json(
        trace(
            api.lake.as_ref(),
            api.store.as_ref(),
            api.objects.as_ref(),
            &table,
            &key,
        )
        .await?,
    ))
}
