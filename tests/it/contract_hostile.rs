//! Whatever a caller sends, in every parameter and every body of the document: the answer is one of ours, a refusal is
//! problem JSON with a code, nothing is a 5xx, and nothing that was there changes.

use std::time::Duration;

use reqwest::{Method, header};
use serde_json::{Map, Value, json};

use crate::calendly::Invitee;
use crate::stage::Stage;

/// Texts for any parameter.
fn texts() -> Vec<String> {
    let texts = [
        "' OR '1'='1",
        "'; DROP TABLE silver.invitees; --",
        "\" UNION SELECT * FROM gold.kpi_monthly --",
        "1) OR (SELECT count(*) FROM silver.contacts) > 0 --",
        "{{7*7}}${jndi:ldap://x.test/a}",
        "../../../../etc/passwd",
        "<script>alert(1)</script>",
        "\0",
        "a\r\nx-injected: 1",
        "\u{202e}gnp.exe\u{feff}",
        "İ\u{0301}\u{200d}👩‍👩‍👧‍👦ﬀ",
        "-1",
        "99999999999999999999999999",
        "1e309",
        "2026-02-30",
        "-009999-01-01T00:00:00Z",
        "+275760-09-13",
        "null",
        "",
    ];
    let mut texts: Vec<String> = texts.map(str::to_owned).to_vec();
    texts.push("a".repeat(5_000));
    texts
}

/// Values for any member of a body.
fn values() -> Vec<Value> {
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!("'; DROP TABLE silver.invitees; --"),
        json!("\u{0}\u{202e}ＮＵＬＬ"),
        json!([]),
        json!([null, {"a": 1}]),
        json!({}),
        deep,
        json!("x".repeat(20_000)),
    ]
}

/// Bodies that are no object at all.
fn bodies() -> Vec<Vec<u8>> {
    let deep = |open: &str, shut: &str| format!("{}{}", open.repeat(20_000), shut.repeat(20_000));
    vec![
        Vec::new(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\"x\"".to_vec(),
        b"1e999".to_vec(),
        b"{\"a\":1,\"a\":2}".to_vec(),
        b"\xff\xfe{}".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        deep("[", "]").into_bytes(),
        deep("{\"a\":", "}").replace(":}", ":1}").into_bytes(),
        vec![b'x'; 3_000_000],
    ]
}

/// Routes that end the caller's own login.
const LEAVES: [&str; 2] = ["POST /api/auth/logout", "DELETE /api/auth/sessions"];

struct Asker<'a> {
    stage: &'a Stage,
    token: String,
    asked: usize,
}

impl Asker<'_> {
    async fn ask(&mut self, method: &Method, path: &str, body: Option<(&str, Vec<u8>)>) {
        let url = format!("{}{path}", self.stage.base);
        let mut request = self
            .stage
            .client
            .request(method.clone(), url)
            .bearer_auth(&self.token)
            .timeout(Duration::from_secs(60));
        let large = body
            .as_ref()
            .is_some_and(|(_, body)| body.len() > 1_000_000);
        if large {
            // The server may shut this connection: the next request gets its own.
            request = request.header(header::CONNECTION, "close");
        }
        if let Some((kind, body)) = body {
            request = request.header(header::CONTENT_TYPE, kind).body(body);
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            // The server answers and shuts the connection while a body that is too large is still on its way.
            Err(error) if error.is_request() && large => return,
            Err(error) => panic!("{method} {path:.200}: {error}"),
        };
        self.asked += 1;
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let text = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
        let what = || format!("{method} {path:.300} is {status} {headers:?} {text:.500}");
        assert!(status < 500, "{}", what());
        assert!(headers.get("x-injected").is_none(), "{}", what());
        if status >= 400 {
            let kind = headers
                .get(header::CONTENT_TYPE)
                .map(|kind| kind.to_str().unwrap());
            assert_eq!(kind, Some("application/problem+json"), "{}", what());
            let problem: Value = serde_json::from_str(&text).unwrap();
            assert!(problem["code"].is_string(), "{}", what());
            assert_eq!(problem["status"], status, "{}", what());
            for inside in ["panicked", ".rs:", "silver.invitees_", "/home/"] {
                assert!(!text.contains(inside), "{}", what());
            }
        }
    }
}

fn encoded(text: &str) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let part = |byte: u8| {
        if safe(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(part).collect()
}

/// The path with something in the places of its parameters.
fn filled(path: &str, text: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.split('/') {
        let named = part.starts_with('{');
        parts.push(if named {
            encoded(text)
        } else {
            part.to_owned()
        });
    }
    parts.join("/")
}

/// A path that is right where the document says what may stand there.
fn plain(path: &str) -> String {
    path.replace("{fact}", "deals")
        .replace("{table}", "bookings_trend")
        .replace("{vendor}", "calendly")
        .replace(['{', '}'], "")
}

/// The schema, with what it refers to.
fn schema<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => &document["components"]["schemas"][name.rsplit('/').next().unwrap()],
        None => schema,
    }
}

async fn attack(
    asker: &mut Asker<'_>,
    document: &Value,
    method: &Method,
    path: &str,
    route: &Value,
) {
    let parameters = route["parameters"].as_array().cloned().unwrap_or_default();
    for text in texts() {
        if path.contains('{') && !text.is_empty() {
            asker.ask(method, &filled(path, &text), None).await;
        }
        for parameter in parameters.iter().filter(|p| p["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let path = format!("{}?{name}={}", plain(path), encoded(&text));
            asker.ask(method, &path, None).await;
        }
    }
    let twice = format!("{}?limit=1&limit=2&nobody=1&=&%FF=%FF", plain(path));
    asker.ask(method, &twice, None).await;
    let Some(content) = route["requestBody"]["content"].as_object() else {
        return;
    };
    for body in bodies() {
        for kind in ["application/json", "text/plain"] {
            asker
                .ask(method, &plain(path), Some((kind, body.clone())))
                .await;
        }
    }
    let Some(json) = content.get("application/json") else {
        return;
    };
    let members = schema(document, &json["schema"])["properties"].as_object();
    let names: Vec<&String> = members.into_iter().flat_map(Map::keys).collect();
    for value in values() {
        let all: Map<String, Value> = names
            .iter()
            .map(|n| ((*n).clone(), value.clone()))
            .collect();
        let one = names
            .iter()
            .map(|n| Map::from_iter([((*n).clone(), value.clone())]));
        for body in one.chain([all]) {
            let body = Value::Object(body).to_string().into_bytes();
            asker
                .ask(method, &plain(path), Some(("application/json", body)))
                .await;
        }
    }
}

#[tokio::test]
async fn nothing_that_is_sent_breaks_an_answer() {
    let stage = Stage::plain().await;
    let start = "2026-03-01T15:00:00Z";
    let end = "2026-03-01T15:30:00Z";
    let booking = Invitee::new("A1", "E1", "2026-02-28T23:00:00Z", start, end);
    assert_eq!(stage.calendly(&booking.created()).await.status, 200);
    stage.drain().await;
    stage.etl("2026-03-02T00:00:00Z").await;
    let before = stage.all_gold().await;
    let document = stage.get("/api/openapi.json").await.body;
    let token = stage.admin().await;
    let mut asker = Asker {
        stage: &stage,
        token,
        asked: 0,
    };
    for (path, routes) in document["paths"].as_object().unwrap() {
        for (method, route) in routes.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            if !LEAVES.contains(&format!("{method} {path}").as_str()) {
                attack(&mut asker, &document, &method, path, route).await;
            }
        }
    }
    assert!(asker.asked > 3_000, "{} requests", asker.asked);
    assert_eq!(stage.get("/healthz").await.status, 200);
    stage.drain().await;
    stage.etl("2026-03-02T00:00:00Z").await;
    assert_eq!(stage.all_gold().await, before);
}
