//! Somebody is forgotten: nothing of them is left, their numbers are, and nothing brings them back.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Answer, Options, Stage, files};

/// How Jane is written in Calendly's bodies, and how the tables keep her.
const TRACES: [&str; 6] = [
    "jane@acme.co",
    "jane%40acme.co",
    "222-333-4444",
    "222 333 4444",
    "2223334444",
    "Jane Doe",
];
const AT: &str = "2026-03-01T12:00:00Z";

fn jane() -> Invitee {
    Invitee::new(
        "A1",
        "E1",
        "2026-03-01T11:59:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    )
}

fn bob() -> Invitee {
    Invitee {
        email: "bob@other.test".to_owned(),
        ..Invitee::new(
            "B1",
            "E2",
            "2026-03-01T11:58:00Z",
            "2026-03-11T15:00:00Z",
            "2026-03-11T15:30:00Z",
        )
    }
}

async fn known() -> Stage {
    let options = Options {
        clock: AT,
        ..Options::default()
    };
    let stage = Stage::start(options).await;
    let mut bob = bob().created();
    bob["payload"]["name"] = json!("Bob Other");
    bob["payload"]["text_reminder_number"] = json!("+1 555 010 9999");
    bob["payload"]["questions_and_answers"] = json!([]);
    for body in [jane().created(), bob] {
        assert_eq!(stage.calendly(&body).await.status, 200);
    }
    stage.drain().await;
    stage.etl(AT).await;
    stage
}

async fn forget(stage: &Stage, query: &str) -> Answer {
    let path = format!("/api/contacts/jane@acme.co/forget{query}");
    let admin = stage.admin().await;
    stage
        .with_token("DELETE", &path, &admin, &Value::Null)
        .await
}

mod both {
    use super::*;

    #[tokio::test]
    async fn a_forgotten_person_leaves_numbers_and_does_not_come_back() {
        let stage = known().await;
        let before = stage.all_gold().await;
        let preview = forget(&stage, "?dry_run=true").await;
        assert_eq!(preview.status, 200, "{preview:?}");
        let hits = preview.body["scan"]["hits"].as_u64().unwrap();
        assert!(hits >= 4, "{preview:?}");
        assert_eq!(stage.all_gold().await, before);

        let report = forget(&stage, "").await;
        assert_eq!(report.status, 200, "{report:?}");
        stage.etl(AT).await;
        assert_eq!(forget(&stage, "").await.status, 404);
        assert_eq!(stage.all_gold().await, before);
        for prefix in ["raw/", "bronze/"] {
            for (key, text) in stage.objects(prefix).await {
                let named = TRACES.iter().find(|trace| text.contains(**trace));
                assert_eq!(named, None, "{key}");
            }
        }
        assert_eq!(stage.past("raw/").await, []);

        let mut late = jane().created();
        late["payload"]["updated_at"] = json!("2026-03-01T12:30:00.000000Z");
        stage.calendly(&late).await;
        stage.drain().await;
        stage.etl("2026-03-01T13:00:00Z").await;
        // The function that emptied it may not delete versions; the nightly run does.
        stage.upkeep("2026-03-01T13:00:00Z").await;
        assert_eq!(stage.past("raw/").await, []);
        let skipped = stage.get("/api/inbox?status=skipped_erased").await;
        assert_eq!(skipped.body["items"].as_array().unwrap().len(), 2);
        assert_eq!(stage.all_gold().await, before);
        assert_eq!(forget(&stage, "").await.status, 404);
    }
}

/// Every file of the folder in which a trace of Jane is written out.
fn traces(stage: &Stage) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    for file in files(stage.dir.path()) {
        let text = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&text).to_lowercase();
        let named = TRACES.iter().filter(|t| text.contains(&t.to_lowercase()));
        found.extend(named.map(|trace| (file.display().to_string(), *trace)));
    }
    found
}

async fn in_parquet(stage: &Stage) -> Value {
    let script = "python/search_parquet.py";
    let python = std::env::var("BOOKPATH_READER_PYTHON").expect("BOOKPATH_READER_PYTHON");
    let output = tokio::process::Command::new(python)
        .arg(script)
        .arg(stage.lake())
        .args(TRACES)
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn no_file_of_the_data_folder_holds_a_forgotten_person() {
    let stage = known().await;
    assert!(traces(&stage).len() > 4);
    assert_ne!(in_parquet(&stage).await["found"], json!([]));
    let report = forget(&stage, "").await.body;
    let scan = &report["scan"];
    assert_eq!(
        (&scan["hits"], &report["rebuild_due"]),
        (&json!(0), &json!(false)),
        "{report}"
    );
    for counted in ["objects", "rows", "items"] {
        assert!(scan[counted].as_u64().unwrap() > 0, "{report}");
    }
    assert!(
        report["erased"]["log_records"].as_u64().unwrap() > 0,
        "{report}"
    );
    assert_eq!(traces(&stage), []);
    let parquet = in_parquet(&stage).await;
    assert!(parquet["files"].as_u64().unwrap() > 0);
    assert_eq!(parquet["found"], json!([]));
}

#[tokio::test]
async fn the_command_leaves_nothing_either() {
    let stage = known().await;
    let before = stage.all_gold().await;
    let report = stage.cli_json(&["forget", "--email", "JANE@acme.co"]).await;
    assert_eq!(report["scan"]["hits"], 0, "{report}");
    assert_eq!(in_parquet(&stage).await["found"], json!([]));
    assert_eq!(stage.all_gold().await, before);
    assert_eq!(traces(&stage), []);
}

/// What an admin decided about somebody names them, too, and is part of the tables.
#[tokio::test]
async fn who_was_merged_leaves_nothing_either() {
    let stage = known().await;
    let merge = json!({ "into": "bob@other.test", "from": "jane@acme.co", "reason": "jane@acme.co called from 222-333-4444" });
    let merged = stage.post("/api/contacts/merge", &merge).await;
    assert_eq!(merged.status, 200, "{merged:?}");
    stage.etl(AT).await;
    let report = stage.cli_json(&["forget", "--email", "jane@acme.co"]).await;
    assert_eq!(report["erased"]["decisions"], 1, "{report}");
    assert_eq!(report["scan"]["hits"], 0, "{report}");
    stage.etl("2026-03-01T13:00:00Z").await;
    assert_eq!(in_parquet(&stage).await["found"], json!([]));
    assert_eq!(traces(&stage), []);
    let before = stage
        .get("/api/customers?known_at=2026-03-01T11:59:30Z")
        .await;
    assert_eq!(
        (before.status, &before.body["code"]),
        (409, &json!("version_gone")),
        "nobody asks how it stood before: {before:?}"
    );
}
