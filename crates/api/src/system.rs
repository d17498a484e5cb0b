//! `/healthz` and the document of all routes.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes; their state is the document.
pub(super) fn routes() -> OpenApiRouter<Arc<OpenApi>> {
    OpenApiRouter::new()
        .routes(routes!(healthz))
        .routes(routes!(get_document))
}

#[derive(Debug, Serialize, ToSchema)]
struct Health {
    status: &'static str,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "system", responses((status = 200, body = Health)))]
async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Every route, as made from the handlers themselves.
#[utoipa::path(get, path = "/api/openapi.json", tag = "system", responses((status = 200, description = "an OpenAPI 3.1 document", body = Object)))]
async fn get_document(State(document): State<Arc<OpenApi>>) -> impl IntoResponse {
    (
        [(header::CACHE_CONTROL, "public, max-age=60")],
        Json(document.as_ref().clone()),
    )
}
