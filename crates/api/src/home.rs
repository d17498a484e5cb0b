//! The first page: one file, its style and its script, until the web application replaces it.

use axum::Router;
use axum::http::header;
use axum::routing::get;

const PAGE: &str = include_str!("../assets/home.html");
const STYLE: &str = include_str!("../assets/home.css");
const SCRIPT: &str = include_str!("../assets/home.js");

pub(super) fn router() -> Router {
    Router::new()
        .route(
            "/",
            get(async || ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], PAGE)),
        )
        .route(
            "/home.css",
            get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)),
        )
        .route(
            "/home.js",
            get(async || {
                (
                    [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
                    SCRIPT,
                )
            }),
        )
}
