//! What people who are not who they say can't do (docs/SECURITY.md): the anonymous doors, one by one.

use serde_json::{Value, json};

use crate::booking_world::{World, steps};
use crate::emulated;
use crate::stage::{ADMIN, Options, PASSWORD, Stage, cli, cli_with_input};

/// Posts as somebody without a login.
async fn anonymous(stage: &Stage, path: &str, body: &Value) -> (u16, Value) {
    let answer = stage
        .post_raw(path, &[], body.to_string().into_bytes())
        .await
        .unwrap();
    (answer.status, answer.body)
}

async fn cancel(stage: &Stage, booking: &Value) -> u16 {
    let path = format!(
        "/api/bookings/{}/cancel",
        booking["booking_id"].as_str().unwrap()
    );
    let token = booking["token"].as_str().unwrap();
    stage
        .with_token("POST", &path, token, &json!({}))
        .await
        .status
}

#[tokio::test]
async fn nobody_cancels_an_event_by_naming_it() {
    let world = World::start(false).await;
    let event = "https://api.calendly.com/scheduled_events/E1";
    for names in [
        json!({ "event_uri": event }),
        json!({ "invitee_uri": format!("{event}/invitees/somebody") }),
        json!({ "event_uri": event, "invitee_uri": format!("{event}/invitees/else") }),
    ] {
        let mut body = names.clone();
        body["session_type_id"] = json!("strategy");
        let (status, booking) = anonymous(&world.stage, "/api/bookings", &body).await;
        assert_eq!(status, 201, "{booking}");
        assert_eq!(cancel(&world.stage, &booking).await, 200);
        world.drain().await;
    }
    let counters = world.stage.get("/api/ops").await.body["counters"].clone();
    assert_eq!(counters["effects_calendly"], 0, "{counters}");
    assert!(world.vendors.calendly.canceled().is_empty());
}

#[tokio::test]
async fn a_cancellation_before_the_webhook_reaches_calendly_with_the_webhook() {
    let world = World::start(false).await;
    let booking = world.post().await;
    assert_eq!(world.act(&booking, "cancel").await.0, 200);
    world.drain().await;
    assert!(world.vendors.calendly.canceled().is_empty());
    world.stage.calendly(&world.a1.created()).await;
    world.drain().await;
    assert_eq!(world.vendors.calendly.canceled().len(), 1);
}

#[tokio::test]
async fn a_known_invitee_hands_out_one_token() {
    let world = World::start(false).await;
    let own = world.awaiting().await;
    let body = json!({ "session_type_id": "strategy", "invitee_uri": world.a1.uri() });
    for _ in 0..20 {
        let (status, answer) = anonymous(&world.stage, "/api/bookings", &body).await;
        assert_eq!(
            (status, &answer["code"], &answer["token"]),
            (409, &json!("booking_claimed"), &Value::Null)
        );
    }
    assert_eq!(world.view(&own).await["state"], "AWAITING_PAYMENT");
    // The page that holds the token may come again.
    let token = own["token"].as_str().unwrap();
    let again = world
        .stage
        .with_token("POST", "/api/bookings", token, &body)
        .await;
    assert_eq!(
        (again.status, &again.body["token"]),
        (200, &own["token"]),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_letters_link_pushes_out_no_token() {
    let world = World::start(false).await;
    let own = world.awaiting().await;
    for _ in 0..20 {
        let asked = json!({ "email": "jane@acme.co" });
        anonymous(&world.stage, "/api/bookings/recover", &asked).await;
    }
    assert_eq!(world.view(&own).await["state"], "AWAITING_PAYMENT");
    let letters = world.stage.get("/local/mail").await.body["letters"].clone();
    let letters: Vec<&Value> = letters
        .as_array()
        .unwrap()
        .iter()
        .filter(|l| l["subject"] == "Your bookings")
        .collect();
    assert_eq!(letters.len(), 3, "three letters in an hour are enough");
    let link = |letter: &Value| {
        let text = letter["body"].as_str().unwrap();
        let at = text.find("#token=").unwrap() + "#token=".len();
        text[at..at + 32].to_owned()
    };
    assert_eq!(link(letters[0]), link(letters[2]));
    let path = format!("/api/bookings/{}", own["booking_id"].as_str().unwrap());
    let opened = world
        .stage
        .with_token("GET", &path, &link(letters[0]), &Value::Null)
        .await;
    assert_eq!(opened.status, 200);
}

#[tokio::test]
async fn letters_go_to_proven_addresses_and_greet_with_names_only() {
    let world = World::start(false).await;
    // An address that nobody has proven.
    let body =
        json!({ "session_type_id": "strategy", "email": "victim@acme.co", "name": "Jane Doe" });
    let (_, booking) = anonymous(&world.stage, "/api/bookings", &body).await;
    cancel(&world.stage, &booking).await;
    anonymous(
        &world.stage,
        "/api/bookings/recover",
        &json!({ "email": "victim@acme.co" }),
    )
    .await;
    world.drain().await;
    let letters = world.stage.get("/local/mail").await.body["letters"].clone();
    assert_eq!(letters, json!([]));
    // A name that is none.
    for name in ["Win at https://evil.example", "evil.example", "a\nb"] {
        let body = json!({ "session_type_id": "strategy", "name": name });
        let (status, answer) = anonymous(&world.stage, "/api/bookings", &body).await;
        assert_eq!((status, &answer["code"]), (422, &json!("invalid_body")));
    }
    for mut webhook in [world.a1.created(), world.canceled("2026-03-01T12:05:00Z")] {
        webhook["payload"]["name"] = json!("https://evil.example wins");
        webhook["payload"]["first_name"] = json!("evil.example");
        world.stage.calendly(&webhook).await;
    }
    world.drain().await;
    let letters = world.stage.get("/local/mail").await.body["letters"].clone();
    assert_eq!(letters[0]["to"], "jane@acme.co", "{letters}");
    assert!(!letters.to_string().contains("evil"), "{letters}");
}

/// Calendly has told of no address, and an admin has opened the payment: whoever pays proves theirs.
#[tokio::test]
async fn whoever_pays_on_our_page_proves_an_address() {
    let world = World::start(false).await;
    let body = json!({ "session_type_id": "strategy", "email": "claimed@acme.co" });
    let (_, booking) = anonymous(&world.stage, "/api/bookings", &body).await;
    let id = booking["booking_id"].as_str().unwrap();
    let open = json!({ "to": "AWAITING_PAYMENT", "reason": "agreed by phone" });
    let path = format!("/api/bookings/{id}/override");
    assert_eq!(world.stage.post(&path, &open).await.status, 200);
    world.drain().await;
    let letters = async || world.stage.get("/local/mail").await.body["letters"].clone();
    for (session, amount, payer) in [
        ("cs_link".to_owned(), 100, "stranger@evil.example"),
        (world.open_session(), 15_000, "payer@acme.co"),
    ] {
        let object = json!({ "id": session, "payment_intent": format!("pi_{payer}"), "payment_status": "paid",
            "mode": "payment", "amount_total": amount, "currency": "usd", "client_reference_id": id,
            "customer_details": { "email": payer } });
        let event = json!({ "id": format!("evt_{payer}"), "type": "checkout.session.completed",
            "created": 1_772_366_460, "data": { "object": object } });
        assert_eq!(world.stage.stripe(&event).await.status, 200);
        world.drain().await;
        let sent = letters().await.to_string();
        assert!(
            !sent.contains("evil") && !sent.contains("claimed"),
            "{sent}"
        );
    }
    assert_eq!(cancel(&world.stage, &booking).await, 200);
    world.drain().await;
    let recover = json!({ "email": "payer@acme.co" });
    anonymous(&world.stage, "/api/bookings/recover", &recover).await;
    let sent = letters().await;
    assert_eq!(sent[0]["to"], "payer@acme.co", "{sent}");
    assert!(!sent.to_string().contains("evil"), "{sent}");
}

#[tokio::test]
async fn half_an_emoji_in_a_post_refuses_no_booking() {
    let world = World::start(false).await;
    let body =
        br#"{"session_type_id":"strategy","name":"So excited \ud83d","email":"jane@acme.co"}"#;
    let answer = world
        .stage
        .post_raw("/api/bookings", &[], body.to_vec())
        .await
        .unwrap();
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    let reason = br#"{"reason":"\ude00 sorry"}"#;
    let path = format!(
        "/api/bookings/{}/cancel",
        answer.body["booking_id"].as_str().unwrap()
    );
    let token = format!("Bearer {}", answer.body["token"].as_str().unwrap());
    let headers = [("Authorization", token)];
    let canceled = world
        .stage
        .post_raw(&path, &headers, reason.to_vec())
        .await
        .unwrap();
    assert_eq!(canceled.status, 200, "{:?}", canceled.body);
}

#[tokio::test]
async fn made_up_bookings_hide_no_stuck_one() {
    let mut world = World::start(false).await;
    let own = world.confirmed().await;
    world.vendors.calendly.refuse(4);
    world.act(&own, "cancel").await;
    world.drain().await;
    for n in 0..40 {
        let uri = format!("https://api.calendly.com/scheduled_events/X{n}/invitees/Y{n}");
        let body = json!({ "session_type_id": "strategy", "invitee_uri": uri });
        let (status, _) = anonymous(&world.stage, "/api/bookings", &body).await;
        assert_eq!(status, 201, "{n}");
    }
    world.advance(2 * 3600).await;
    world.sweep().await;
    let stuck: Vec<String> = world
        .alarms()
        .await
        .into_iter()
        .filter(|(code, _)| code == "booking_stuck")
        .map(|(_, subject)| subject)
        .collect();
    let id = own["booking_id"].as_str().unwrap().to_owned();
    assert!(stuck.contains(&id), "{stuck:?}");
    assert_eq!(stuck.len(), 2, "the made-up ones are one alarm: {stuck:?}");
}

#[tokio::test]
async fn refused_actions_do_not_grow_a_booking() {
    let world = World::start(false).await;
    let booking = world.post().await;
    assert_eq!(world.act(&booking, "cancel").await.0, 200);
    let path = format!(
        "/api/bookings/{}/cancel",
        booking["booking_id"].as_str().unwrap()
    );
    let long = json!({ "reason": "x".repeat(1000) });
    let token = booking["token"].as_str().unwrap();
    for _ in 0..29 {
        let answer = world.stage.with_token("POST", &path, token, &long).await;
        assert!(matches!(answer.status, 409 | 429), "{answer:?}");
    }
    let view = world.view(&booking).await;
    assert!(steps(&view).len() <= 34, "{}", steps(&view).len());
    assert!(
        view.to_string().len() < 20_000,
        "{}",
        view.to_string().len()
    );
}

#[tokio::test]
async fn an_account_has_a_limit_of_its_own_and_its_user_can_still_get_in() {
    let stage = Stage::plain().await;
    // The user's own network is known from here on; this first try came from one that was not, and counts.
    assert_eq!(stage.login(ADMIN, PASSWORD).await.status, 200);
    let mut refused = 0;
    for n in 0..24 {
        let from: std::net::IpAddr = format!("127.0.1.{}", n + 1).parse().unwrap();
        let client = reqwest::Client::builder()
            .local_address(Some(from))
            .build()
            .unwrap();
        let body = json!({ "email": ADMIN, "password": "a wrong password" });
        let answer = client
            .post(format!("{}/api/auth/login", stage.base))
            .json(&body)
            .send()
            .await
            .unwrap();
        refused += u32::from(answer.status().as_u16() == 429);
    }
    assert_eq!(
        refused, 5,
        "20 tries in 15 minutes from networks that are not known"
    );
    assert_eq!(stage.login(ADMIN, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn users_are_disabled_reset_and_logged_out_from_the_command_line() {
    let stage = Stage::start(Options {
        // The command line reads the system's clock.
        clock: "system",
        ..Options::default()
    })
    .await;
    let data = stage.dir.path().to_owned();
    let email = "sam@co.test";
    let add = ["users", "add", "--email", email, "--role", "sales"];
    assert_eq!(cli_with_input(&data, &add, PASSWORD).await.0, 0);
    let token = stage.login(email, PASSWORD).await.body["token"].clone();
    let me = async || {
        stage
            .with_token("GET", "/api/auth/me", token.as_str().unwrap(), &Value::Null)
            .await
            .status
    };
    assert_eq!(me().await, 200);
    let run = async |args: &[&str], line: &str| {
        let (first, last) = (["users"], ["--email", email, "--json"]);
        let args = [&first[..], args, &last[..]].concat();
        let (code, stdout, stderr) = cli_with_input(&data, &args, line).await;
        assert_eq!(code, 0, "{stderr}");
        serde_json::from_str::<Value>(&stdout).unwrap()
    };
    let listed = run(&["sessions"], "").await;
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(run(&["sessions", "--end"], "").await["ended"], 1);
    assert_eq!(me().await, 401);
    let made = run(&["reset"], "").await["password"].clone();
    assert_eq!(stage.login(email, PASSWORD).await.status, 401);
    assert_eq!(stage.login(email, made.as_str().unwrap()).await.status, 200);
    assert_eq!(run(&["disable"], "").await["disabled"], true);
    assert_eq!(stage.login(email, made.as_str().unwrap()).await.status, 401);
    assert_eq!(run(&["disable", "--undo"], "").await["disabled"], false);
    let (code, _, stderr) = cli(&data, &["users", "disable", "--email", "x@co.test"]).await;
    assert_eq!(
        (code, stderr.contains("no such user")),
        (1, true),
        "{stderr}"
    );
}

mod both {
    use super::*;

    /// A stage with a salesperson: the user's path, and their logins.
    struct Sam {
        stage: Stage,
        path: String,
    }

    impl Sam {
        async fn start() -> Self {
            let stage = Stage::plain().await;
            let body = json!({ "email": SAM, "role": "sales", "password": PASSWORD });
            let added = stage.post("/api/users", &body).await;
            let path = format!("/api/users/{}", added.body["id"].as_str().unwrap());
            Self { stage, path }
        }

        async fn login(&self, password: &str) -> String {
            let login = self.stage.login(SAM, password).await;
            login.body["token"].as_str().unwrap().to_owned()
        }

        async fn ask(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
            let answer = self.stage.with_token(method, path, token, body).await;
            (answer.status, answer.body)
        }

        async fn me(&self, token: &str) -> u16 {
            self.ask("GET", "/api/auth/me", token, &Value::Null).await.0
        }
    }

    const SAM: &str = "sam@co.test";

    #[tokio::test]
    async fn a_changed_password_ends_the_other_sessions() {
        let sam = Sam::start().await;
        let (first, second) = (sam.login(PASSWORD).await, sam.login(PASSWORD).await);
        let change = async |current: &str| {
            let body =
                json!({ "current_password": current, "new_password": "another good password" });
            sam.ask("POST", "/api/auth/password", &second, &body)
                .await
                .0
        };
        assert_eq!(change("a wrong password").await, 409);
        assert_eq!(change(PASSWORD).await, 204);
        assert_eq!((sam.me(&first).await, sam.me(&second).await), (401, 200));
    }

    #[tokio::test]
    async fn users_are_disabled_and_reset_and_sessions_end() {
        let sam = Sam::start().await;
        let admin = sam.stage.admin().await;
        let disable = async |path: &str, on: bool| {
            let body = json!({ "disabled": on });
            sam.ask("PATCH", path, &admin, &body).await
        };
        let first = sam.login(PASSWORD).await;
        let (status, user) = disable(&sam.path, true).await;
        assert_eq!((status, &user["disabled"]), (200, &json!(true)));
        assert_eq!(sam.me(&first).await, 401);
        disable(&sam.path, false).await;
        let path = format!("{}/reset", sam.path);
        let (_, reset) = sam.ask("POST", &path, &admin, &json!({})).await;
        let second = sam.login(reset["password"].as_str().unwrap()).await;
        let path = "/api/auth/sessions";
        let (_, on) = sam.ask("GET", path, &second, &Value::Null).await;
        assert_eq!(on["items"][0]["current"], true, "{on:?}");
        let (status, _) = sam.ask("DELETE", path, &second, &Value::Null).await;
        assert_eq!((status, sam.me(&second).await), (204, 401));
        // Nobody locks themselves out.
        let me = sam.stage.get("/api/auth/me").await.body;
        let own = format!("/api/users/{}", me["user"]["id"].as_str().unwrap());
        let (status, refused) = disable(&own, true).await;
        assert_eq!((status, &refused["code"]), (409, &json!("own_account")));
    }

    #[tokio::test]
    async fn every_answer_has_an_id_and_errors_name_nothing_of_the_inside() {
        let stage = Stage::plain().await;
        for (path, body) in [
            ("/healthz", None),
            ("/api/nowhere", None),
            ("/api/bookings", Some("7")),
            ("/api/bookings", Some("{")),
            ("/api/auth/login", Some("{\"email\":1}")),
            ("/api/bookings/x/cancel", Some("\"text\"")),
        ] {
            // On AWS the gateway itself answers for a path that no function serves: with its own id in the body and in
            // `x-amzn-requestid`. The emulator ignores the template's gateway responses.
            if path == "/api/nowhere" && emulated::selected() {
                continue;
            }
            let url = format!("{}{path}", stage.base);
            let request = match body {
                Some(body) => stage.client.post(&url).body(body),
                None => stage.client.get(&url),
            };
            let response = request
                .header("x-request-id", "a-client-s-own-name")
                .send()
                .await
                .unwrap();
            let id = response.headers()["x-request-id"]
                .to_str()
                .unwrap()
                .to_owned();
            assert!(!id.is_empty() && id != "a-client-s-own-name", "{id}");
            let status = response.status().as_u16();
            let text = response.text().await.unwrap();
            if status >= 400 {
                let problem: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(problem["request_id"], id, "{path} {text}");
                assert!(!text.contains("struct"), "{path} {text}");
            }
        }
    }
}
