//! Routes behind API Gateway: the routers of `bookpath-app` as they are.
//!
//! In: the proxy event of a REST API. Out: its proxy answer. An event is read once, and of it only what a route may ask
//! for; the stage is no part of a route.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bookpath_app::http::auth::CLIENT_IP;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use tower::ServiceExt as _;
use url::Url;

use crate::error::FunctionError;
use crate::run::run;

/// Answers requests of the API until the service ends the process.
///
/// # Errors
/// The runtime's own.
pub async fn serve(router: Router) -> Result<(), crate::Error> {
    // The runtime would remember the path to every member that it reads, in case that one is wrong.
    run(async |event: Box<RawValue>| answer(&router, event.get()).await).await
}

async fn answer(router: &Router, event: &str) -> Result<ProxyAnswer, FunctionError> {
    let event: ProxyEvent = serde_json::from_str(event).map_err(|e| FunctionError::invalid(format!("no event of API Gateway: {e}")))?;
    let response = router.clone().oneshot(event.request()?).await.unwrap_or_else(|never| match never {});
    ProxyAnswer::of(response).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyEvent {
    http_method: String,
    path: String,
    headers: Option<BTreeMap<String, String>>,
    multi_value_headers: Option<BTreeMap<String, Vec<String>>>,
    query_string_parameters: Option<BTreeMap<String, String>>,
    multi_value_query_string_parameters: Option<BTreeMap<String, Vec<String>>>,
    request_context: RequestContext,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct RequestContext {
    identity: Option<Identity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    source_ip: Option<String>,
}

impl ProxyEvent {
    fn request(self) -> Result<Request<Body>, FunctionError> {
        let invalid = |what: &str, e: &dyn std::fmt::Display| FunctionError::invalid(format!("the event's {what} can't be used: {e}"));
        let query = every(self.multi_value_query_string_parameters, self.query_string_parameters);
        // The host is not looked at: an address needs one to be read as a browser reads it.
        let mut url = Url::parse(&format!("http://api{}", self.path)).map_err(|e| invalid("path", &e))?;
        url.set_query(None);
        if query.values().any(|values| !values.is_empty()) {
            let mut pairs = url.query_pairs_mut();
            for (name, values) in &query {
                pairs.extend_pairs(values.iter().map(|value| (name, value)));
            }
        }
        let body = match self.body {
            Some(text) if self.is_base64_encoded => STANDARD.decode(text).map_err(|e| invalid("body", &e))?,
            Some(text) => text.into_bytes(),
            None => Vec::new(),
        };
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = Method::from_bytes(self.http_method.as_bytes()).map_err(|e| invalid("method", &e))?;
        *request.uri_mut() = url[url::Position::BeforePath..].parse().map_err(|e| invalid("path", &e))?;
        *request.headers_mut() = header_map(every(self.multi_value_headers, self.headers));
        // Who calls is what the gateway says, whatever a client says about itself.
        request.headers_mut().remove(CLIENT_IP);
        let ip = self.request_context.identity.and_then(|identity| identity.source_ip);
        if let Some(ip) = ip.and_then(|ip| HeaderValue::from_str(&ip).ok()) {
            request.headers_mut().insert(CLIENT_IP, ip);
        }
        Ok(request)
    }
}

/// All values of every name; the event has the last one of each once more, by itself.
fn every(many: Option<BTreeMap<String, Vec<String>>>, single: Option<BTreeMap<String, String>>) -> BTreeMap<String, Vec<String>> {
    many.unwrap_or_else(|| single.unwrap_or_default().into_iter().map(|(name, value)| (name, vec![value])).collect())
}

/// What can't be a header is none: no route asks for it.
fn header_map(headers: BTreeMap<String, Vec<String>>) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, values) in headers {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
        for value in values.into_iter().filter_map(|value| HeaderValue::try_from(value).ok()) {
            map.append(name.clone(), value);
        }
    }
    map
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProxyAnswer {
    status_code: u16,
    #[serde(serialize_with = "every_value")]
    multi_value_headers: HeaderMap,
    body: String,
    is_base64_encoded: bool,
}

impl ProxyAnswer {
    async fn of(response: Response<Body>) -> Result<Self, FunctionError> {
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(|e| FunctionError::transient(format!("the answer broke off: {e}")))?;
        let (body, is_base64_encoded) = match String::from_utf8(body.into()) {
            Ok(text) => (text, false),
            Err(binary) => (STANDARD.encode(binary.as_bytes()), true),
        };
        Ok(Self { status_code: head.status.as_u16(), multi_value_headers: head.headers, body, is_base64_encoded })
    }
}

fn every_value<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    let values = |name| headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect::<Vec<_>>();
    serializer.collect_map(headers.keys().map(|name| (name.as_str(), values(name))))
}

#[cfg(test)]
mod tests {
    use axum::extract::Query;
    use axum::http::{StatusCode, Uri};
    use axum::routing::{any, get};
    use serde_json::{Value, json};

    use super::*;

    fn event(path: &str, changed: Value) -> String {
        let mut event: Value = serde_json::from_str(include_str!("../../../infra/events/api-health.json")).unwrap();
        event["path"] = path.into();
        for (name, value) in changed.as_object().unwrap() {
            event[name] = value.clone();
        }
        event.to_string()
    }

    fn request(path: &str, changed: Value) -> Request<Body> {
        serde_json::from_str::<ProxyEvent>(&event(path, changed)).unwrap().request().unwrap()
    }

    #[tokio::test]
    async fn a_route_sees_the_request_as_it_was_sent() {
        let router = Router::new().route(
            "/api/{name}",
            any(async |method: Method, uri: Uri, Query(query): Query<Vec<(String, String)>>, headers: HeaderMap, body: String| {
                let ip = headers.get(CLIENT_IP).and_then(|ip| ip.to_str().ok()).map(str::to_owned);
                let accepted: Vec<_> = headers.get_all("accept").iter().map(|value| value.to_str().unwrap().to_owned()).collect();
                axum::Json(json!([method.as_str(), uri.path(), query, ip, accepted, body]))
            }),
        );
        let sent = json!({
            "httpMethod": "POST",
            "headers": { "Accept": "b" },
            "multiValueHeaders": { "Accept": ["a", "b"], CLIENT_IP: ["1.2.3.4"], "not a name": ["x"] },
            "queryStringParameters": { "q": "2" },
            "multiValueQueryStringParameters": { "q": ["1 &=ä+%", "2"], "z": [""] },
            "body": "{\"ä\":\"\\\"\"}",
        });
        let answered = answer(&router, &event("/api/a%2Fb c", sent)).await.unwrap();
        let expected =
            json!(["POST", "/api/a%2Fb%20c", [["q", "1 &=ä+%"], ["q", "2"], ["z", ""]], "203.0.113.7", ["a", "b"], "{\"ä\":\"\\\"\"}"]);
        assert_eq!((answered.status_code, serde_json::from_str::<Value>(&answered.body).unwrap()), (200, expected));
    }

    #[test]
    fn what_an_event_may_leave_out_and_what_it_may_encode() {
        let bare =
            json!({ "multiValueHeaders": null, "headers": { "a": "1" }, "queryStringParameters": { "q": "1" }, "requestContext": {} });
        let request = request("/x?y", bare);
        assert_eq!((request.uri().to_string().as_str(), request.headers()["a"].as_bytes()), ("/x?q=1", b"1".as_slice()));
        assert_eq!(request.headers().get(CLIENT_IP), None);
        let event: ProxyEvent = serde_json::from_str(&event("/", json!({ "body": "%%", "isBase64Encoded": true }))).unwrap();
        assert_eq!(event.request().unwrap_err().error_type, "ValidationError");
    }

    #[tokio::test]
    async fn a_body_may_come_in_base64() {
        let request = request("/", json!({ "body": "AP8=", "isBase64Encoded": true }));
        assert_eq!(to_bytes(request.into_body(), 9).await.unwrap().as_ref(), [0, 255]);
    }

    #[tokio::test]
    async fn answers_have_the_gateway_s_names() {
        let cookies = [("set-cookie", "a"), ("set-cookie", "b")];
        let router = Router::new()
            .route("/text", get(async move || (StatusCode::CREATED, axum::response::AppendHeaders(cookies), "ä")))
            .route("/bytes", get(async || vec![0_u8, 255]));
        let text = serde_json::to_value(answer(&router, &event("/text", json!({}))).await.unwrap()).unwrap();
        assert_eq!((&text["statusCode"], &text["body"], &text["isBase64Encoded"]), (&json!(201), &json!("ä"), &json!(false)));
        assert_eq!(text["multiValueHeaders"]["set-cookie"], json!(["a", "b"]));
        let bytes = answer(&router, &event("/bytes", json!({}))).await.unwrap();
        assert_eq!((bytes.body.as_str(), bytes.is_base64_encoded), ("AP8=", true));
        assert_eq!(answer(&router, &event("/none", json!({}))).await.unwrap().status_code, 404);
        assert_eq!(answer(&router, "{}").await.unwrap_err().error_type, "ValidationError");
    }
}
