//! `serve` on the system's clock runs its schedules by itself.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::calendly::Invitee;
use crate::stage::{Options, Stage};

/// A run may take this long on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn news_reaches_gold_within_an_interval_and_a_missed_night_is_made_up_for() {
    let config = "[etl]\ninterval_seconds = 1\n".to_owned();
    let stage = Stage::start(Options {
        clock: "system",
        config,
        ..Options::default()
    })
    .await;
    let now = stage.now().await;
    let at = |hours: i64| (now + jiff::SignedDuration::from_hours(hours)).to_string();
    stage
        .calendly(&Invitee::new("S1", "S", &now.to_string(), &at(240), &at(241)).created())
        .await;
    let began = Instant::now();
    loop {
        let rows = stage.gold("daily_bookings_by_source").await;
        let told = stage.get("/api/ops").await.body["notifications"]
            .as_array()
            .map_or(0, Vec::len);
        if rows.len() == 1 && told == 1 {
            assert_eq!(rows[0]["bookings"], json!(1));
            break;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "rows {rows:?}, {told} notifications"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
