//! `/healthz` and the document of all routes.

use std::sync::{Arc, OnceLock};

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Problem;

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

/// The document, set once every route is known.
pub(super) type Document = Arc<OnceLock<OpenApi>>;

/// The route of the document itself.
pub(super) fn document_router(document: Document) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(get_document)).with_state(document)
}

/// Every route, as made from the handlers themselves.
#[utoipa::path(get, path = "/api/openapi.json", tag = "system", responses((status = 200, description = "an OpenAPI 3.1 document", body = Object)))]
async fn get_document(State(document): State<Document>) -> Result<impl IntoResponse, Problem> {
    let document = document.get().ok_or_else(|| Problem::unavailable("the process is starting"))?;
    Ok(([(header::CACHE_CONTROL, "public, max-age=60")], Json(document.clone())))
}
