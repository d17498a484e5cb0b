//! The ledger in `silver.payments`: each charge and refund once, also after the lake was deleted.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};
use crate::vendors::Vendors;

const NOON: &str = "2026-03-01T12:00:00Z";
const CONFIG: &str = r#"
[[session_types]]
id = "half"
name = "Half back"
event_type = "https://api.calendly.com/event_types/HALF1"
duration_minutes = 30
price_minor = 9999
currency = "usd"
refund_policy = { percent = 50 }
scheduling_url = "https://calendly.com/acme/half"
"#;
const COLUMNS: &str = "payment_id string, contact_id string, booking_id string, kind string, amount_minor long, currency string, \
    occurred_at timestamp, recorded_at timestamp, invitee_uri string, raw_sha256 string";

/// The table as two independent readers see it.
fn read(stage: &Stage) -> Value {
    let python = std::env::var("BOOKPATH_READER_PYTHON")
        .expect("BOOKPATH_READER_PYTHON: run through `make acceptance`");
    let script = Path::new("python/read_tables.py");
    let output = Command::new(python)
        .arg(script)
        .arg(stage.lake())
        .args(["--rows", "silver/payments"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tables: Value = serde_json::from_slice(&output.stdout).unwrap();
    tables["silver/payments"].clone()
}

fn event(id: &str, kind: &str, created: i64, object: &Value) -> Value {
    json!({ "id": id, "type": kind, "created": created, "data": { "object": object } })
}

/// A stage with a paid booking of the invitee.
async fn paid(a1: &Invitee) -> (Stage, Vendors) {
    let vendors = Vendors::start(NOON).await;
    let options = Options {
        clock: NOON,
        config: CONFIG.to_owned(),
        env: vendors.env(),
        ..Options::default()
    };
    let stage = Stage::start(options).await;
    stage.calendly(&a1.created()).await;
    stage.post("/local/drain", &json!({})).await;
    let session = vendors.stripe.sessions().remove(0);
    let paid = json!({ "id": session.id, "payment_intent": "pi_1", "payment_status": "paid", "amount_total": 9999, "currency": "usd" });
    // 12:01:00
    stage
        .stripe(&event(
            "evt_1",
            "checkout.session.completed",
            1_772_366_460,
            &paid,
        ))
        .await;
    (stage, vendors)
}

/// The table has the columns that the documents name.
fn has_its_columns(table: &Value) {
    let names = table["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| format!("{} {}", c[0].as_str().unwrap(), c[1].as_str().unwrap()));
    assert_eq!(names.collect::<Vec<_>>().join(", "), COLUMNS);
    let documented = std::fs::read_to_string(Path::new("../docs/DATA.md")).unwrap();
    assert!(
        COLUMNS
            .split(", ")
            .all(|pair| documented.contains(pair.split(' ').next().unwrap())),
        "docs/DATA.md names them"
    );
}

/// Kind, amount, booking and contact of every row, in order.
fn rows(table: &Value) -> Vec<(String, i64, String, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let rows = table["data"].as_array().unwrap().iter();
    let mut rows: Vec<_> = rows
        .map(|r| {
            (
                text(&r["kind"]),
                r["amount_minor"].as_i64().unwrap(),
                text(&r["booking_id"]),
                text(&r["contact_id"]),
            )
        })
        .collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn every_charge_and_refund_is_a_row_of_silver_payments() {
    let mut a1 = Invitee::new(
        "A1",
        "E1",
        NOON,
        "2026-03-10T15:00:00Z",
        "2026-03-10T16:00:00Z",
    );
    a1.event_type = "HALF1".to_owned();
    let (mut stage, _vendors) = paid(&a1).await;
    stage.etl(NOON).await;
    has_its_columns(&read(&stage));

    stage
        .calendly(&a1.canceled("2026-03-01T12:05:00Z", None))
        .await;
    let report = stage.etl("2026-03-01T13:00:00Z").await;
    assert_eq!(
        report["tables"]["silver.payments"]["rows_written"], 1,
        "{report}"
    );
    let booking = stage.get("/api/bookings").await.body["items"][0].clone();
    let customer = stage.get("/api/customers?email=jane@acme.co").await.body["items"][0].clone();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let (id, contact) = (text(&booking["booking_id"]), text(&customer["contact_id"]));
    let expected = vec![
        ("charge".to_owned(), 9999, id.clone(), contact.clone()),
        ("refund".to_owned(), -5000, id.clone(), contact.clone()),
    ];
    let table = read(&stage);
    assert_eq!(rows(&table), expected);
    let currencies = table["data"].as_array().unwrap().iter();
    let mut currencies = currencies.map(|row| &row["currency"]);
    assert!(currencies.all(|currency| currency == "USD"), "{table}");

    // A run without news commits nothing; a deleted lake is filled again.
    let again = stage.etl("2026-03-01T13:00:00Z").await;
    assert!(
        again["tables"]
            .get("silver.payments")
            .is_none_or(|t| t["commits"] == 0),
        "{again}"
    );
    for tier in ["silver", "gold"] {
        std::fs::remove_dir_all(stage.lake().join(tier)).unwrap();
    }
    stage.crash_and_restart().await;
    let rebuilt = stage
        .post(
            "/local/etl",
            &json!({ "as_of": "2026-03-01T13:00:00Z", "rebuild": true }),
        )
        .await;
    assert_eq!(rebuilt.status, 200, "{rebuilt:?}");
    assert_eq!(rows(&read(&stage)), expected);
}
