//! A newcomer's first steps: `serve --demo` on an empty folder, and the command line beside it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

use crate::calendly::Invitee;
use crate::demo_lineage::rows_lead_to_what_was_sent;
use crate::stage::{Stage, cli, command};

const NOW: &str = "2026-11-21T15:30:00Z";

pub(crate) struct Demo {
    child: Child,
    base: String,
    token: String,
    client: reqwest::Client,
}

impl Demo {
    async fn start(dir: &Path) -> Self {
        let mut child = command(dir)
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--clock", NOW])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut login, mut base) = (None, None);
        while base.is_none() {
            let line = lines.next_line().await.unwrap().expect("serve ended");
            if let Some(rest) = line.strip_prefix("demo login ") {
                let (email, password) = rest.split_once(" password ").unwrap();
                login = Some(json!({ "email": email, "password": password }));
            }
            base = line.strip_prefix("listening on ").map(str::to_owned);
        }
        let (base, client) = (base.unwrap(), reqwest::Client::new());
        let answer = client
            .post(format!("{base}/api/auth/login"))
            .json(&login.unwrap())
            .send()
            .await
            .unwrap();
        let body: Value = answer.json().await.unwrap();
        let token = body["token"].as_str().unwrap().to_owned();
        Self {
            child,
            base,
            token,
            client,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        serde_json::from_slice(&self.bytes(path).await).unwrap()
    }

    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        let request = self.client.get(format!("{}{path}", self.base));
        let answer = request.bearer_auth(&self.token).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.bytes().await.unwrap().to_vec()
    }

    async fn items(&self, path: &str) -> Vec<Value> {
        self.get(path).await["items"].as_array().unwrap().clone()
    }
}

fn names(items: &[Value], key: &str) -> BTreeSet<String> {
    let texts = items.iter().filter_map(|item| item[key].as_str());
    texts.map(str::to_owned).collect()
}

/// One click logs in, and what can be booked leads to the demo's own calendar.
async fn pages_are_ready(demo: &Demo) {
    let logins = demo.get("/local/demo").await["logins"].clone();
    let roles: Vec<&str> = logins
        .as_array()
        .unwrap()
        .iter()
        .map(|login| login["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["admin", "sales", "viewer"]);
    let page = demo.items("/api/session-types").await[0]["scheduling_url"].clone();
    assert!(
        page.as_str().unwrap().starts_with(&demo.base),
        "the demo's calendar is its own: {page}"
    );
}

#[tokio::test]
async fn the_demo_is_a_business_that_every_command_can_read() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut demo = Demo::start(&data).await;
    pages_are_ready(&demo).await;
    // The rules lie where every command finds them, so a run beside `serve` finds the tables as it expects them.
    let rules = std::fs::read_to_string(data.join("bookpath.toml")).unwrap();
    assert!(rules.contains("America/New_York"));
    let (code, stdout, stderr) = cli(&data, &["etl", "--as-of", NOW]).await;
    assert_eq!(code, 0, "{stdout}{stderr}");

    let costs = demo
        .items("/api/marketing/cost_per_booking?limit=1000")
        .await;
    let channels = names(&costs, "channel");
    for channel in [
        "email",
        "facebook_paid_ads",
        "google_ads",
        "youtube_paid_ads",
    ] {
        assert!(channels.contains(channel), "{channels:?}");
    }
    assert_eq!(
        names(&costs, "spend_status"),
        ["known", "missing"].map(str::to_owned).into()
    );
    let days = demo.items("/api/marketing/bookings_trend?limit=1000").await;
    assert!((380..=426).contains(&days.len()), "{}", days.len());

    let bookings = demo.items("/api/bookings?limit=1000").await;
    let states = names(&bookings, "state");
    for state in ["CONFIRMED", "COMPLETED", "NO_SHOW", "CANCELLED"] {
        assert!(states.contains(state), "{states:?}");
    }
    let paid = bookings.iter().filter(|b| b["amount_minor"] == 15_000);
    let payments: BTreeSet<&str> = paid.filter_map(|b| b["payment_status"].as_str()).collect();
    assert!(payments.len() > 1, "{payments:?}");

    let texts = demo.get("/local/sms").await["messages"].clone();
    let texts = texts.as_array().unwrap();
    let have = |intent: &str, state: &str, reason: Value| {
        texts
            .iter()
            .any(|t| t["intent"] == intent && t["state"] == state && t["reason"] == reason)
    };
    assert!(have("confirmation", "sent", Value::Null));
    assert!(have("follow_up", "sent", Value::Null));
    assert!(have("follow_up", "suppressed", json!("responded")));
    assert!(have("reminder_24h", "sent", Value::Null));
    // Nobody is texted about what was booked before the business was live.
    assert!(have(
        "confirmation",
        "suppressed",
        json!("skipped_stale_backfill")
    ));

    rows_lead_to_what_was_sent(&demo, &data).await;

    // Started again, it goes on with what it has.
    demo.child.kill().await.unwrap();
    let again = Demo::start(&data).await;
    let counted = again.items("/api/bookings?limit=1000").await;
    assert_eq!(counted.len(), bookings.len());
}

#[tokio::test]
async fn the_demos_business_stays_out_of_a_folder_that_holds_another() {
    let stage = Stage::plain().await;
    let (created, start, end) = (
        "2026-02-28T22:30:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    let invitee = Invitee::new("A1", "E1", created, start, end);
    stage.calendly(&invitee.created()).await;
    stage.drain().await;
    let demo = Demo::start(stage.dir.path()).await;
    assert_eq!(demo.items("/api/bookings").await.len(), 1);
    assert_eq!(
        std::fs::read_to_string(stage.dir.path().join("bookpath.toml")).unwrap(),
        ""
    );
}
