//! `/healthz` and the document of all routes.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn router() -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(healthz))
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

/// `GET /api/openapi.json`: the document, which is made of the handlers themselves.
pub(super) fn document_router(document: OpenApi) -> Router {
    Router::new().route("/api/openapi.json", get(serve_document)).with_state(Arc::new(document))
}

async fn serve_document(State(document): State<Arc<OpenApi>>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "public, max-age=60")], Json(document.as_ref().clone()))
}
