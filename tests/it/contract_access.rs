//! Who may call what: every route of the document, for every role.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::stage::{ADMIN, Options, PASSWORD, Stage, cli, cli_with_input};

const SALES: &str = "sam@co.test";
const VIEWER: &str = "vera@co.test";

/// Everybody, also without a login; a booking is opened by its own token, and everybody has their own account.
const PUBLIC: [&str; 21] = [
    "POST /api/webhooks/{vendor}",
    "POST /webhook",
    "POST /api/auth/login",
    "GET /api/session-types",
    "POST /api/bookings",
    "POST /api/bookings/recover",
    "POST /api/bookings/session",
    "GET /healthz",
    "GET /api/openapi.json",
    "GET /api/bookings/{id}",
    "POST /api/bookings/{id}/pay",
    "POST /api/bookings/{id}/cancel",
    "POST /api/bookings/{id}/reschedule",
    "POST /api/bookings/{id}/scheduling-link",
    "POST /api/auth/logout",
    "GET /api/auth/me",
    "POST /api/auth/password",
    "GET /api/auth/sessions",
    "DELETE /api/auth/sessions",
    "POST /api/auth/totp",
    "POST /api/auth/totp/off",
];
/// Every role.
const READ: [&str; 12] = [
    "GET /api/meta",
    "GET /api/changes",
    "GET /api/versions",
    "GET /api/metrics",
    "GET /api/metrics/series",
    "GET /api/attribution",
    "GET /api/rows/{fact}",
    "GET /api/marketing/{table}",
    "GET /api/customers",
    "GET /api/customers/{contact_id}",
    "GET /api/contacts/{id}",
    "GET /api/lineage/{table}",
];
/// Admins and viewers.
const READ_ALL: [&str; 6] = [
    "GET /api/contacts",
    "GET /api/conversations",
    "GET /api/conversations/{phone}",
    "GET /api/messages/metrics",
    "GET /api/messages/what-if",
    "GET /api/bookings/metrics",
];

async fn stage_with_users() -> (Stage, BTreeMap<&'static str, String>) {
    let stage = Stage::plain().await;
    let mut tokens = BTreeMap::new();
    for (role, email) in [("sales", SALES), ("viewer", VIEWER)] {
        let added = stage
            .post(
                "/api/users",
                &json!({ "email": email, "role": role, "password": PASSWORD }),
            )
            .await;
        assert_eq!(added.status, 201, "{added:?}");
        let login = stage.login(email, PASSWORD).await;
        assert_eq!(
            (login.status, &login.body["user"]["role"]),
            (200, &json!(role))
        );
        tokens.insert(role, login.body["token"].as_str().unwrap().to_owned());
    }
    let login = stage.login(ADMIN, PASSWORD).await;
    tokens.insert("admin", login.body["token"].as_str().unwrap().to_owned());
    (stage, tokens)
}

#[tokio::test]
async fn the_sixth_try_of_a_minute_is_refused_whatever_it_says() {
    let stage = Stage::plain().await;
    for n in 0..5 {
        assert_eq!(
            stage
                .login(
                    if n % 2 == 0 { ADMIN } else { "nobody@co.test" },
                    "wrong password 1"
                )
                .await
                .status,
            401
        );
    }
    let sixth = stage.login(ADMIN, PASSWORD).await;
    assert_eq!(
        (sixth.status, &sixth.body["code"]),
        (429, &json!("too_many_logins"))
    );
    assert_eq!(
        stage
            .client
            .post(format!("{}/local/clock", stage.base))
            .json(&json!({ "advance_seconds": 60 }))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(stage.login(ADMIN, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_login_ends_after_eight_hours_or_by_logging_out() {
    let stage = Stage::plain().await;
    let me = async |token: &str| {
        stage
            .with_token("GET", "/api/auth/me", token, &Value::Null)
            .await
            .status
    };
    let first = stage.login(ADMIN, PASSWORD).await.body["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let second = stage.login(ADMIN, PASSWORD).await.body["token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!((me(&first).await, me(&second).await), (200, 200));
    assert_eq!(
        stage
            .with_token("POST", "/api/auth/logout", &first, &json!({}))
            .await
            .status,
        204
    );
    assert_eq!((me(&first).await, me(&second).await), (401, 200));
    for (advance, status) in [(8 * 3600 - 1, 200), (1, 401)] {
        stage
            .client
            .post(format!("{}/local/clock", stage.base))
            .json(&json!({ "advance_seconds": advance }))
            .send()
            .await
            .unwrap();
        assert_eq!(me(&second).await, status);
    }
}

#[tokio::test]
async fn users_are_added_before_the_first_start_and_weak_passwords_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("new");
    std::fs::create_dir(&data).unwrap();
    let add = async |email: &str, role: &str, password: &str| {
        cli_with_input(
            &data,
            &["users", "add", "--email", email, "--role", role, "--json"],
            password,
        )
        .await
    };
    let (code, stdout, _) = add("First@Co.test", "admin", PASSWORD).await;
    assert_eq!(code, 0);
    assert_eq!(
        serde_json::from_str::<Value>(&stdout).unwrap()["email"],
        "first@co.test"
    );
    for (email, role, password, code, named) in [
        ("first@co.test", "viewer", PASSWORD, 1, "there is a user"),
        ("b@co.test", "viewer", "short", 1, "shorter than 12"),
        ("b@co.test", "viewer", "Password12345!", 1, "tries first"),
        ("nobody", "viewer", PASSWORD, 1, "no e-mail address"),
        ("b@co.test", "owner", PASSWORD, 2, "no role"),
    ] {
        let (exit, _, stderr) = add(email, role, password).await;
        assert_eq!(exit, code, "{stderr}");
        assert!(stderr.contains(named), "{stderr}");
    }
    let (_, listed, _) = cli(&data, &["users", "list", "--json"]).await;
    assert_eq!(
        serde_json::from_str::<Value>(&listed).unwrap()["users"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let stored = std::fs::read(data.join("bookpath.db")).unwrap();
    assert!(
        !stored
            .windows(PASSWORD.len())
            .any(|w| w == PASSWORD.as_bytes()),
        "the password lies in the store"
    );
}

#[tokio::test]
async fn an_old_signing_key_still_opens_what_it_signed() {
    let (old, new) = ("o".repeat(32), "n".repeat(32));
    let start = async |keys: String| {
        Stage::start(Options {
            env: vec![("JWT_SECRET", keys)],
            ..Options::default()
        })
        .await
    };
    let stage = start(old.clone()).await;
    let token = stage.login(ADMIN, PASSWORD).await.body["token"]
        .as_str()
        .unwrap()
        .to_owned();
    for (keys, status) in [(format!("{new},{old}"), 200), (new.clone(), 401)] {
        let (_beside, base) = stage.beside_with(vec![("JWT_SECRET", keys)]).await;
        let answer = stage
            .client
            .get(format!("{base}/api/auth/me"))
            .bearer_auth(&token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
}

/// `/local` asks for no login, so it is there for programs of this machine and no one else.
#[tokio::test]
async fn local_routes_are_for_this_machine_alone() {
    let stage = Stage::plain().await;
    let ask = async |headers: &[(&str, String)]| {
        let answer = stage
            .post_raw("/local/sweep", headers, b"{}".to_vec())
            .await;
        let answer = answer.unwrap();
        (answer.status, answer.body["code"].clone())
    };
    assert_eq!(ask(&[]).await.0, 200);
    let own = stage.base.clone();
    assert_eq!(ask(&[("origin", own)]).await.0, 200);
    for (name, value, code) in [
        ("origin", "https://evil.test", "cross_site"),
        ("sec-fetch-site", "cross-site", "cross_site"),
        ("host", "evil.test:8000", "forbidden"),
    ] {
        let refused = ask(&[(name, value.to_owned())]).await;
        assert_eq!(refused, (403, json!(code)), "{name}");
    }
}

mod both {
    use super::*;

    #[tokio::test]
    async fn every_route_knows_who_may_call_it() {
        let (stage, tokens) = stage_with_users().await;
        let document = stage.get("/api/openapi.json").await.body;
        let mut walked = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods
                .as_object()
                .unwrap()
                .keys()
                .map(|m| m.to_uppercase())
            {
                let route = format!("{method} {path}");
                if PUBLIC.contains(&route.as_str()) {
                    continue;
                }
                let concrete = path
                    .replace("{table}", "bookings_trend")
                    .replace("{fact}", "leads")
                    .replace("{phone}", "%2B12223334444")
                    .replace("{id}", "none")
                    .replace("{delivery_id}", "none");
                let body = if method == "GET" {
                    Value::Null
                } else {
                    json!({})
                };
                assert_eq!(
                    stage.with_token(&method, &concrete, "", &body).await.status,
                    401,
                    "{route}"
                );
                for (role, token) in &tokens {
                    let allowed = match *role {
                        "admin" => true,
                        "viewer" => {
                            READ.contains(&route.as_str()) || READ_ALL.contains(&route.as_str())
                        }
                        _ => READ.contains(&route.as_str()),
                    };
                    let status = stage
                        .with_token(&method, &concrete, token, &body)
                        .await
                        .status;
                    assert_eq!(status != 403, allowed, "{route} {role}: {status}");
                    assert_ne!(status, 401, "{route} {role}");
                }
                walked += 1;
            }
        }
        assert!(walked >= 14, "{walked}");
    }

    /// The status of a change that a browser with this cookie asks for, with further headers.
    async fn spends(stage: &Stage, cookie: &str, headers: &[(&'static str, String)]) -> u16 {
        let mut request = stage
            .client
            .post(format!("{}/api/ad-spend", stage.base))
            .header("cookie", cookie)
            .json(&json!([]));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.send().await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn the_cookie_is_for_this_site_and_for_no_script() {
        let stage = Stage::plain().await;
        let body = json!({ "email": ADMIN, "password": PASSWORD });
        let response = stage
            .client
            .post(format!("{}/api/auth/login", stage.base))
            .json(&body)
            .send()
            .await
            .unwrap();
        let cookie = response.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .to_owned();
        for flag in [
            "bookpath_session=",
            "HttpOnly",
            "Secure",
            "SameSite=Strict",
            "Path=/",
            "Max-Age=28800",
        ] {
            assert!(cookie.contains(flag), "{flag}: {cookie}");
        }
        let pair = cookie.split(';').next().unwrap().to_owned();
        let host = stage
            .base
            .trim_start_matches("http://")
            .split('/')
            .next()
            .unwrap()
            .to_owned();
        let spend = async |headers: &[(&'static str, String)]| spends(&stage, &pair, headers).await;
        assert_eq!(spend(&[]).await, 403);
        assert_eq!(
            spend(&[("origin", "https://evil.test".to_owned())]).await,
            403
        );
        assert_eq!(
            spend(&[("sec-fetch-site", "cross-site".to_owned())]).await,
            403
        );
        assert_eq!(spend(&[("origin", format!("http://{host}"))]).await, 200);
        assert_eq!(
            spend(&[("sec-fetch-site", "same-origin".to_owned())]).await,
            200
        );
        let read = stage
            .client
            .get(format!("{}/api/auth/me", stage.base))
            .header("cookie", &pair)
            .send()
            .await
            .unwrap();
        assert_eq!(read.status(), 200);
    }

    #[tokio::test]
    async fn the_audit_trail_names_who_did_what() {
        let (stage, _) = stage_with_users().await;
        stage.login(ADMIN, "a wrong password").await;
        // S3-113
        for format in ["csv", "%63sv"] {
            let path = format!("/api/contacts?format={format}&email=a@b.c");
            assert_eq!(stage.get(&path).await.status, 200, "{path}");
        }
        let items = stage.get("/api/audit").await.body["items"].clone();
        let actions: Vec<&str> = items
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|i| i["action"].as_str())
            .collect();
        for action in ["user_added", "login", "login_failed", "file_exported"] {
            assert!(actions.contains(&action), "{actions:?}");
        }
        assert!(
            !items.to_string().contains(SALES),
            "an address is in the trail"
        );
        let files = actions.iter().filter(|action| **action == "file_exported");
        assert_eq!(files.count(), 2);
        assert!(!items.to_string().contains("a@b.c"), "{items}");
    }

    #[tokio::test]
    async fn a_user_who_does_not_exist_is_not_found() {
        let (stage, _) = stage_with_users().await;
        let admin = stage.admin().await;
        for path in ["/api/users/nobody/sessions", "/api/users/nobody/totp"] {
            let answer = stage.with_token("DELETE", path, &admin, &Value::Null).await;
            assert_eq!(answer.status, 404, "{path}");
        }
    }
}
