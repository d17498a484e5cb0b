//! The second factor of a login, and sessions that nobody uses.

use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::stage::{ADMIN, Answer, Options, PASSWORD, Stage};

async fn login(stage: &Stage, code: Option<&str>) -> Answer {
    let body = json!({ "email": ADMIN, "password": PASSWORD, "code": code });
    stage.with_token("POST", "/api/auth/login", "", &body).await
}

/// What the authenticator app shows now.
async fn shown(stage: &Stage, secret: &str) -> String {
    let app = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap());
    let now = stage.now().await.as_second().unsigned_abs();
    app.build().unwrap().generate(now).to_string()
}

/// More than a step and the limits of tries later.
async fn later(stage: &Stage) {
    stage
        .post("/local/clock", &json!({ "advance_seconds": 1000 }))
        .await;
}

fn code(answer: &Answer) -> (u16, &str) {
    (
        answer.status,
        answer.body["code"].as_str().unwrap_or_default(),
    )
}

#[tokio::test]
async fn a_second_factor_is_asked_for_once_it_is_confirmed_and_its_codes_hold_once() {
    let stage = Stage::plain().await;
    let wrong = json!({ "current_password": "another password" });
    let answer = stage.post("/api/auth/totp", &wrong).await;
    assert_eq!(code(&answer), (409, "wrong_password"));
    let begin = json!({ "current_password": PASSWORD });
    let begun = stage.post("/api/auth/totp", &begin).await;
    assert_eq!(begun.status, 200, "{begun:?}");
    let secret = begun.body["secret"].as_str().unwrap().to_owned();
    let uri = begun.body["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Bookpath:"), "{uri}");
    assert_eq!(login(&stage, None).await.status, 200, "not confirmed yet");

    let confirm = async |code: &str| stage.post("/api/auth/totp", &json!({ "code": code })).await;
    assert_eq!(code(&confirm("000000").await), (409, "wrong_code"));
    let first = shown(&stage, &secret).await;
    let on = confirm(&first).await;
    assert_eq!(on.status, 200, "{on:?}");
    let recovery = on.body["recovery_codes"].as_array().unwrap().clone();
    assert_eq!(recovery.len(), 8);
    assert_eq!(stage.get("/api/auth/me").await.body["totp"], true);
    assert_eq!(
        code(&stage.post("/api/auth/totp", &begin).await),
        (409, "totp_on")
    );

    assert_eq!(code(&login(&stage, None).await), (401, "code_required"));
    let again = login(&stage, Some(&first)).await;
    assert_eq!(
        code(&again),
        (401, "wrong_credentials"),
        "it was used to confirm"
    );
    later(&stage).await;
    let next = shown(&stage, &secret).await;
    assert_eq!(login(&stage, Some(&next)).await.status, 200);
    assert_eq!(login(&stage, Some(&next)).await.status, 401);
    let spare = recovery[0].as_str().unwrap();
    assert_eq!(login(&stage, Some(spare)).await.status, 200);
    assert_eq!(login(&stage, Some(spare)).await.status, 401);

    later(&stage).await;
    let off = async |code: &str| {
        stage
            .post("/api/auth/totp/off", &json!({ "code": code }))
            .await
    };
    assert_eq!(code(&off(&next).await), (409, "wrong_code"));
    assert_eq!(off(recovery[1].as_str().unwrap()).await.status, 204);
    assert_eq!(login(&stage, None).await.status, 200);
    assert_eq!(code(&off("123456").await), (409, "totp_off"));
    let actions: Vec<String> = stage.get("/api/audit").await.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["action"].as_str().unwrap().to_owned())
        .collect();
    assert!(actions.contains(&"totp_on".to_owned()) && actions.contains(&"totp_off".to_owned()));
}

#[tokio::test]
async fn codes_are_not_guessed_and_an_admin_frees_a_colleague() {
    let stage = Stage::plain().await;
    let sam = json!({ "email": "sam@co.test", "role": "sales", "password": PASSWORD });
    let sam = stage.post("/api/users", &sam).await.body["id"].clone();
    let login = async |code: Option<&str>| {
        let body = json!({ "email": "sam@co.test", "password": PASSWORD, "code": code });
        stage.with_token("POST", "/api/auth/login", "", &body).await
    };
    let token = login(None).await.body["token"].clone();
    let token = token.as_str().unwrap();
    let as_sam = async |body: Value| {
        stage
            .with_token("POST", "/api/auth/totp", token, &body)
            .await
    };
    let begun = as_sam(json!({ "current_password": PASSWORD })).await;
    let secret = begun.body["secret"].as_str().unwrap().to_owned();
    let first = shown(&stage, &secret).await;
    assert_eq!(as_sam(json!({ "code": first })).await.status, 200);
    let mut answers = Vec::new();
    for minute in 0..4 {
        for guess in 0..3 {
            answers.push(login(Some(&format!("{minute}{guess}0000"))).await.status);
        }
        stage
            .post("/local/clock", &json!({ "advance_seconds": 61 }))
            .await;
    }
    // The right first code counts, too.
    assert_eq!(answers[..9], [401; 9]);
    assert_eq!(answers[9..], [429; 3]);
    let path = format!("/api/users/{}/totp", sam.as_str().unwrap());
    let refused = stage.with_token("DELETE", &path, token, &Value::Null).await;
    assert_eq!(refused.status, 403);
    let freed = stage
        .with_token("DELETE", &path, &stage.admin().await, &Value::Null)
        .await;
    assert_eq!(freed.status, 204);
    assert_eq!(login(None).await.status, 200);
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends() {
    let stage = Stage::start(Options {
        config: "[access]\nidle_minutes = 30\n".to_owned(),
        ..Options::default()
    })
    .await;
    let token = stage.login(ADMIN, PASSWORD).await.body["token"].clone();
    let token = token.as_str().unwrap();
    let me = async || {
        stage
            .with_token("GET", "/api/auth/me", token, &Value::Null)
            .await
    };
    let wait = async |seconds: i64| {
        let fresh = stage.login(ADMIN, PASSWORD).await.body["token"].clone();
        let body = json!({ "advance_seconds": seconds });
        stage
            .with_token("POST", "/local/clock", fresh.as_str().unwrap(), &body)
            .await;
    };
    assert_eq!(me().await.body["idle_seconds"], 1800);
    for _ in 0..3 {
        wait(29 * 60).await;
        assert_eq!(me().await.status, 200, "it is used");
    }
    wait(31 * 60).await;
    assert_eq!(code(&me().await), (401, "unauthenticated"));
}
