//! The command line: exit codes, sentences for people, JSON for programs.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Stage, cli};

#[tokio::test]
async fn wrong_usage_is_2() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["sing"][..],
        &["etl", "--as-of", "yesterday"],
        &["etl", "--table", "bookings_trend"],
        &["etl", "--rebuild", "--table", "no_such_table"],
        &["simulate", "--seeds", "0"],
        &["simulate", "--seed", "first"],
        &["simulate", "--target", "aws"],
        &["serve", "--listen", "0.0.0.0:8080"],
        &["serve", "--clock", "noon"],
        &["lineage", "bookings_trend"],
        &["lineage", "bookings_trend", "colour=red"],
        &["lineage", "bookings_trend", "booking_date"],
        &["replay", "--day", "2026-02-30"],
        &["replay", "--day", "2026-02-01", "--vendor", "hubspot"],
    ] {
        let (code, stdout, _) = cli(dir.path(), args).await;
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
    }
}

#[tokio::test]
async fn failure_is_1_with_one_line() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &["import", "--from", "nowhere"][..],
        &["import", "--from", "."],
    ] {
        let (code, stdout, stderr) = cli(dir.path(), args).await;
        assert_eq!(
            (code, stdout.as_str(), stderr.trim().lines().count()),
            (1, "", 1),
            "{args:?}: {stderr}"
        );
    }
}

#[tokio::test]
async fn a_fault_of_the_configuration_is_a_sentence_with_line_and_key() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("bookpath.toml");
    for (text, sentence) in [
        (
            "[sms]\nreminder_24h = \"yes\"\n",
            "line 2: `sms.reminder_24h` is the text \"yes\", but must be true or false",
        ),
        (
            "default_country = \"USA\"\n",
            "line 1: `default_country` is `USA`, but must be a two-letter country code",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let (code, stdout, stderr) = cli(dir.path(), &["etl"]).await;
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        assert!(stderr.trim_end().ends_with(sentence), "{stderr}");
    }
}

#[tokio::test]
async fn a_simulation_is_repeated_by_its_seed_and_leaves_the_data_alone() {
    let dir = tempfile::tempdir().unwrap();
    let played = async || {
        let args = ["simulate", "--seeds", "1", "--seed", "0", "--json"];
        let (code, stdout, _) = cli(dir.path(), &args).await;
        assert_eq!(code, 0, "{stdout}");
        serde_json::from_str::<Value>(&stdout).unwrap()
    };
    let report = played().await;
    assert_eq!(report["passed"], 1, "{report}");
    assert_eq!(report["failed"], serde_json::json!([]));
    assert_eq!(report["first_seed"], 0);
    assert!(report["faults"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(played().await, report);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn one_table_is_made_again() {
    let stage = Stage::plain().await;
    let (created, start, end) = (
        "2026-02-28T22:30:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    let invitee = Invitee::new("A1", "E1", created, start, end);
    stage.calendly(&invitee.created()).await;
    stage.etl("2026-03-01T00:00:00Z").await;
    let before = stage.all_gold().await;
    for (table, read) in [
        ("bookings_trend", [0, 1, 0]),
        ("gold.daily_bookings_by_source", [0, 0, 1]),
        // It comes out equal, so gold has nothing to follow.
        ("silver.invitees", [1, 0, 0]),
    ] {
        let as_of = "2026-03-01T00:00:00Z";
        let args = ["etl", "--rebuild", "--table", table, "--as-of", as_of];
        let report = stage.cli_json(&args).await;
        let names = [
            "silver.invitees",
            "gold.bookings_trend",
            "gold.daily_bookings_by_source",
        ];
        let got = names.map(|name| report["tables"][name]["rows_read"].as_i64().unwrap());
        assert_eq!(got, read, "{table}: {report}");
    }
    assert_eq!(stage.all_gold().await, before);
}

#[tokio::test]
async fn people_get_tables_and_sentences() {
    let stage = Stage::plain().await;
    let (created, start, end) = (
        "2026-02-28T22:30:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    let invitee = Invitee::new("A1", "E1", created, start, end);
    stage.calendly(&invitee.created()).await;
    stage.drain().await;
    let words = async |args: &[&str]| -> String {
        let (code, stdout, stderr) = stage.cli(args).await;
        assert_eq!(code, 0, "{args:?}: {stderr}");
        let json: Result<Value, _> = serde_json::from_str(&stdout);
        assert!(json.is_err(), "{args:?}: {stdout}");
        stdout
    };
    let etl = words(&["etl", "--as-of", "2026-03-01T00:00:00Z"]).await;
    assert!(etl.starts_with("table "), "{etl}");
    assert!(etl.contains("\nsilver.invitees "), "{etl}");
    let query = "SELECT booking_date, bookings FROM gold.bookings_trend";
    assert_eq!(
        words(&["query", query]).await,
        "booking_date  bookings\n\
         2026-02-28           1\n\
         \n\
         1 row.\n"
    );
    let lineage = words(&["lineage", "bookings_trend", "booking_date=2026-02-28"]).await;
    assert!(
        lineage.contains("It stands on 1 row of silver, sent in 1 object:"),
        "{lineage}"
    );
    assert!(lineage.contains("raw/calendly/2026-03-01/"), "{lineage}");
    let bill = words(&["bill", "--appointments", "1000"]).await;
    assert!(
        bill.contains("A month with 1000 appointments costs "),
        "{bill}"
    );
    let users = words(&["users", "list"]).await;
    assert!(users.contains("\n1 user."), "{users}");
    let replay = words(&["replay", "--day", "2026-03-01"]).await;
    assert!(replay.starts_with("1 delivery of 2026-03-01 "), "{replay}");
    let what_if = words(&["sms", "what-if", "--wait", "15m,60m"]).await;
    assert!(what_if.contains("\nwait "), "{what_if}");
}

#[tokio::test]
async fn maintenance_that_is_announced_is_told_to_every_page_of_the_team() {
    let stage = Stage::plain().await;
    let (from, until) = ("2100-03-07T22:00:00Z", "2100-03-07T23:00:00Z");
    let announce = [
        "maintenance",
        "announce",
        "--from",
        from,
        "--until",
        until,
        "--text",
        " A new release. ",
    ];
    let notice = json!({ "from": from, "until": until, "text": "A new release." });
    assert_eq!(stage.cli_json(&announce).await, notice);
    assert_eq!(stage.get("/api/meta").await.body["maintenance"], notice);
    let shown = stage.cli_json(&["maintenance", "show"]).await;
    assert_eq!(shown["maintenance"], notice);
    let (code, _, stderr) = stage
        .cli(&[
            "maintenance",
            "announce",
            "--from",
            until,
            "--until",
            from,
            "--text",
            "x",
        ])
        .await;
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.contains("--until must be later than --from"),
        "{stderr}"
    );
    let gone = stage.cli_json(&["maintenance", "withdraw"]).await;
    assert_eq!(gone["withdrawn"], true);
    assert_eq!(
        stage.get("/api/meta").await.body["maintenance"],
        Value::Null
    );
    let audit = stage.get("/api/audit").await.body;
    let actions: Vec<&Value> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["action"])
        .take(2)
        .collect();
    assert_eq!(actions, ["maintenance_withdrawn", "maintenance_announced"]);
}

#[tokio::test]
async fn a_lineage_of_what_is_not_there_says_what_there_is() {
    let stage = Stage::plain().await;
    for (table, key, sentence) in [
        ("nope", "a=b", "gold has no table `nope`; it has "),
        (
            "bookings_trend",
            "colour=red",
            "gold.bookings_trend has no column `colour`; its key is booking_date",
        ),
    ] {
        let (code, _, stderr) = stage.cli(&["lineage", table, key]).await;
        assert_eq!(code, 2, "{stderr}");
        assert!(
            stderr.starts_with(&format!("bookpath: {sentence}")),
            "{stderr}"
        );
    }
}

#[tokio::test]
async fn an_error_of_the_query_has_no_names_of_rust_types() {
    let stage = Stage::plain().await;
    for (sql, sentence) in [
        ("SELECT 1 FORM t s", "Expected: end of statement, found: "),
        (
            "SELECT * FROM gold.nothing",
            "gold has no table `nothing`; it has ",
        ),
    ] {
        let (code, _, stderr) = stage.cli(&["query", sql]).await;
        assert_eq!(code, 2, "{stderr}");
        assert!(
            stderr.starts_with(&format!("bookpath: {sentence}")),
            "{stderr}"
        );
    }
}

#[tokio::test]
async fn the_doctor_names_what_is_missing_and_what_does_not_work() {
    let dir = tempfile::tempdir().unwrap();
    let args = &["doctor", "--listen", "127.0.0.1:0"][..];
    let (code, stdout, stderr) = cli(dir.path(), args).await;
    assert_eq!(code, 0, "{stdout}{stderr}");
    for part in [
        "there is no bookpath.toml",
        "users add --email E --role admin",
        "set STRIPE_API_KEY",
        "127.0.0.1:0 is free",
    ] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
    std::fs::write(dir.path().join("bookpath.toml"), "colour = 1\n").unwrap();
    let (code, stdout, stderr) = cli(dir.path(), &[args, &["--json"]].concat()).await;
    assert_eq!((code, stderr.trim().lines().count()), (1, 1), "{stderr}");
    let found: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(found["ok"], false);
    assert_eq!(found["checks"][0]["status"], "fault");
    assert!(
        found["checks"][0]["found"]
            .as_str()
            .unwrap()
            .contains("`colour` is unknown")
    );
}
