//! Routes behind API Gateway: the routers of `bookpath-app` as they are.

use axum::Router;
use axum::http::HeaderValue;
use bookpath_app::http::auth::CLIENT_IP;
use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};
use tower::ServiceBuilder;

/// Answers requests of the API until the service ends the process.
///
/// # Errors
/// The runtime's own.
pub async fn serve(router: Router) -> Result<(), crate::Error> {
    lambda_http::run(ServiceBuilder::new().map_request(note_caller).service(router)).await
}

/// Notes who calls, whatever a client says about itself.
fn note_caller(mut request: Request) -> Request {
    let ip = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.identity.source_ip.clone(),
        _ => None,
    };
    let value = ip.and_then(|ip| HeaderValue::from_str(&ip).ok());
    match value {
        Some(value) => request.headers_mut().insert(CLIENT_IP, value),
        None => request.headers_mut().remove(CLIENT_IP),
    };
    request
}
