//! Queries and the catalog. The emulator reads JSON and Parquet, not Delta: the SQL over the lake's own tables is
//! proven by the embedded engine and by the translations.

use std::time::Duration;

use bookpath_app::ports::ObjectStore as _;
use bookpath_platform_aws::athena::catalog::{CatalogTable, Registration};
use bookpath_platform_aws::athena::{Athena, AthenaSettings, QueryError};
use bookpath_platform_aws::{S3Objects, Session};
use serde_json::json;

use crate::account;

/// A database of its own with a bucket for results.
async fn open(session: &Session) -> (AthenaSettings, String) {
    let name = account::bucket().await;
    let results = aws_sdk_athena::types::ResultConfiguration::builder()
        .output_location(format!("s3://{name}/results/"))
        .build();
    let configuration = aws_sdk_athena::types::WorkGroupConfiguration::builder()
        .result_configuration(results)
        .build();
    let client = aws_sdk_athena::Client::new(session.shared());
    client
        .create_work_group()
        .name(&name)
        .configuration(configuration)
        .send()
        .await
        .unwrap();
    let database = name.replace('-', "_");
    account::json(
        "glue",
        "AWSGlue.CreateDatabase",
        json!({ "DatabaseInput": { "Name": database } }),
    )
    .await;
    (AthenaSettings::new(&name, database), name)
}

/// 2,500 rows, more than two pages.
async fn numbers(session: &Session, settings: &AthenaSettings, bucket: &str) {
    let objects = S3Objects::new(session).route("numbers/", bucket);
    let line = |n: i64| {
        let ratio = (n % 2 == 0).then_some(0.5);
        json!({ "n": n, "name": format!("row {n}"), "ratio": ratio, "ok": n % 2 == 0, "day": "2026-03-01" }).to_string()
    };
    let lines: Vec<String> = (0..2500).map(line).collect();
    objects
        .put("numbers/part.json", lines.join("\n").as_bytes())
        .await
        .unwrap();
    let athena = Athena::new(session, settings.clone());
    let ddl = format!(
        "CREATE EXTERNAL TABLE IF NOT EXISTS numbers (n bigint, name string, ratio double, ok boolean, day date) \
         ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://{bucket}/numbers/'"
    );
    let answer = athena.query(&ddl).await.unwrap();
    assert_eq!((answer.rows.len(), answer.cost_usd_micros), (0, 0));
}

#[tokio::test]
async fn answers_are_paged_typed_and_bounded() {
    let session = account::session();
    let (settings, bucket) = open(&session).await;
    numbers(&session, &settings, &bucket).await;
    let sql = "SELECT n, name, ratio, ok, day FROM numbers ORDER BY n";
    let answer = Athena::new(&session, settings.clone())
        .query(sql)
        .await
        .unwrap();
    assert_eq!(answer.columns, ["n", "name", "ratio", "ok", "day"]);
    assert_eq!((answer.rows.len(), answer.more), (2500, false));
    assert_eq!(
        serde_json::Value::Object(answer.rows[2499].clone()),
        json!({ "n": 2499, "name": "row 2499", "ratio": null, "ok": false, "day": "2026-03-01" })
    );
    assert_eq!(answer.rows[2].get("ratio"), Some(&json!(0.5)));
    let numbers: Vec<_> = answer
        .rows
        .iter()
        .map(|row| row["n"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, (0..2500).collect::<Vec<_>>());

    for (rows_max, left) in [
        (1, true),
        (1000, true),
        (1001, true),
        (2499, true),
        (2500, false),
    ] {
        let bounded = Athena::new(
            &session,
            AthenaSettings {
                rows_max,
                ..settings.clone()
            },
        )
        .query(sql)
        .await
        .unwrap();
        assert_eq!((bounded.rows.len(), bounded.more), (rows_max, left));
    }
}

#[tokio::test]
async fn a_wrong_query_is_refused_and_a_slow_one_stopped() {
    let session = account::session();
    let (settings, _) = open(&session).await;
    let athena = Athena::new(&session, settings.clone());
    assert!(matches!(
        athena.query("SELECT nothing FROM nowhere").await,
        Err(QueryError::Refused(_))
    ));

    // A second or so: the emulator says that a query is cancelled, and computes it to its end.
    let long =
        "SELECT count(*) FROM range(1500000) a, range(1000) b WHERE a.range % 7 = b.range % 5";
    let limit = Duration::from_millis(200);
    let impatient = Athena::new(
        &session,
        AthenaSettings {
            timeout: limit,
            ..settings
        },
    );
    let running = impatient.start(long, None).await.unwrap();
    let id = running.id().to_owned();
    assert_eq!(running.answer().await, Err(QueryError::TimedOut(limit)));
    assert_eq!(ended(&session, &id).await, "CANCELLED");

    let running = athena.start(long, None).await.unwrap();
    let id = running.id().to_owned();
    athena.cancel(&id).await.unwrap();
    assert_eq!(running.answer().await, Err(QueryError::Cancelled));
    // Whoever drops the future does not want the answer.
    let running = athena.start(long, None).await.unwrap();
    let id = running.id().to_owned();
    drop(running);
    assert_eq!(ended(&session, &id).await, "CANCELLED");
}

async fn ended(session: &Session, id: &str) -> String {
    let client = aws_sdk_athena::Client::new(session.shared());
    let stopped = async {
        loop {
            let execution = client
                .get_query_execution()
                .query_execution_id(id)
                .send()
                .await
                .unwrap()
                .query_execution
                .unwrap();
            let state = execution
                .status
                .and_then(|status| status.state)
                .unwrap()
                .to_string();
            if !["QUEUED", "RUNNING"].contains(&state.as_str()) {
                return state;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), stopped)
        .await
        .expect("the query goes on")
}

#[tokio::test]
async fn tables_are_registered_once_and_follow_their_place() {
    let session = account::session();
    let (settings, bucket) = open(&session).await;
    let athena = Athena::new(&session, settings);
    let table = |name: &str, place: &str| CatalogTable {
        name: name.to_owned(),
        location: format!("s3://{bucket}/{place}/"),
    };
    let tables = [
        table("silver.invitees", "silver/invitees"),
        table("gold.bookings_trend", "gold/bookings_trend"),
    ];
    let done = |published: Vec<(String, Registration)>| {
        published
            .into_iter()
            .map(|(_, registration)| registration)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        done(athena.publish(&tables).await.unwrap()),
        [Registration::Created; 2]
    );
    assert_eq!(
        done(athena.publish(&tables).await.unwrap()),
        [Registration::Unchanged; 2]
    );
    let moved = [
        table("silver.invitees", "elsewhere/invitees"),
        tables[1].clone(),
    ];
    assert_eq!(
        done(athena.publish(&moved).await.unwrap()),
        [Registration::Moved, Registration::Unchanged]
    );
    assert_eq!(
        done(athena.publish(&moved).await.unwrap()),
        [Registration::Unchanged; 2]
    );
}
