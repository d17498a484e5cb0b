//! Every table's rows lead to what a vendor sent, in the demo's business.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::path_demo::Demo;
use crate::stage::cli;

/// A table, the columns of its key, and which of its rows are followed.
const TABLES: &[(&str, &[&str], &str)] = &[
    (
        "kpi_monthly",
        &["month", "user_id", "campaign"],
        "leads > 0",
    ),
    (
        "kpi_monthly",
        &["month", "user_id", "campaign"],
        "deals_won > 0",
    ),
    ("unified_customers", &["contact_id"], "email IS NOT NULL"),
    (
        "channel_attribution",
        &["month", "channel", "campaign", "model"],
        "model = 'linear'",
    ),
    (
        "channel_attribution",
        &["month", "channel", "campaign", "model"],
        "model = 'shapley'",
    ),
    (
        "channel_attribution",
        &["month", "channel", "campaign", "model"],
        "model = 'booking' AND touches > 0",
    ),
    (
        "cost_per_booking",
        &["booking_date", "channel", "campaign"],
        "bookings > 0",
    ),
    ("silver.contacts", &["contact_id"], "TRUE"),
    ("silver.touches", &["row_id"], "kind = 'form'"),
    ("silver.touches", &["row_id"], "kind <> 'form'"),
    ("silver.identity_edges", &["edge_id"], "evidence = 'seen'"),
    (
        "silver.attribution_credits",
        &["month", "channel", "campaign", "model"],
        "model = 'first'",
    ),
    ("silver.bookings", &["chain_id"], "TRUE"),
    ("silver.invitees", &["invitee_uri"], "TRUE"),
    ("silver.form_responses", &["token"], "TRUE"),
    ("silver.crm_leads", &["lead_id"], "TRUE"),
    ("silver.crm_contacts", &["crm_contact_id"], "TRUE"),
    ("silver.opportunities", &["opportunity_id"], "TRUE"),
    ("silver.calls", &["activity_id"], "TRUE"),
    ("silver.payments", &["payment_id"], "raw_sha256 IS NOT NULL"),
];

/// Follows two rows of every table, and hashes what the first object of each holds.
pub(crate) async fn rows_lead_to_what_was_sent(demo: &Demo, data: &Path) {
    for (table, key, which) in TABLES {
        let full = if table.contains('.') {
            (*table).to_owned()
        } else {
            format!("gold.{table}")
        };
        let columns = key.join(", ");
        let sql = format!("SELECT {columns} FROM {full} WHERE {which} ORDER BY {columns} LIMIT 2");
        let (code, stdout, stderr) = cli(data, &["query", &sql, "--json"]).await;
        assert_eq!(code, 0, "{sql}: {stderr}");
        let answer: Value = serde_json::from_str(&stdout).unwrap();
        let rows = answer["rows"].as_array().unwrap();
        assert!(!rows.is_empty(), "{sql}");
        for row in rows {
            leads_to_bytes(demo, table, key, row).await;
        }
    }
}

async fn leads_to_bytes(demo: &Demo, table: &str, key: &[&str], row: &Value) {
    let pairs = key.iter().map(|column| {
        let value = row[*column].as_str().unwrap_or_default();
        ("key", format!("{column}={value}"))
    });
    let url = reqwest::Url::parse_with_params("http://any/", pairs).unwrap();
    let path = format!("/api/lineage/{table}?{}", url.query().unwrap());
    let lineage = demo.get(&path).await;
    let objects = lineage["objects"].as_array().unwrap();
    let of_silver = lineage["silver"].as_array().unwrap();
    let Some(first) = objects.first() else {
        panic!("{path} leads to nothing: {lineage}");
    };
    for object in objects {
        let place = usize::try_from(object["row"].as_u64().unwrap()).unwrap();
        assert_eq!(object["table"], of_silver[place]["table"], "{path}");
        assert_eq!(object["sha256"], of_silver[place]["raw_sha256"], "{path}");
    }
    let sha256 = first["sha256"].as_str().unwrap();
    let bytes = demo.bytes(&format!("/api/raw/{sha256}")).await;
    assert_eq!(hex::encode(Sha256::digest(&bytes)), sha256, "{path}");
    if let Some(named) = names_the_row(of_silver, &bytes) {
        assert!(named, "{path}: the bytes say nothing of the row");
    }
}

/// Whether the bytes name what the row is named by; `None` where the row has no such column.
fn names_the_row(of_silver: &[Value], bytes: &[u8]) -> Option<bool> {
    let sent = of_silver.iter().find(|row| row["raw_sha256"].is_string())?;
    let columns = [
        "invitee_uri",
        "token",
        "opportunity_id",
        "crm_contact_id",
        "lead_id",
        "activity_id",
    ];
    let mut names = columns.iter().filter_map(|column| sent[*column].as_str());
    let name = names.next()?;
    Some(sent["table"] == "silver.payments" || String::from_utf8_lossy(bytes).contains(name))
}
