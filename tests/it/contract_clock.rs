//! A set clock: the present for everything, moved only forward and only on request.

use serde_json::{Value, json};

use crate::support::{Site, parts};

#[tokio::test]
async fn time_stands_still_until_it_is_moved() {
    let site = Site::new();
    let server = site.serve(&["--clock", "2026-03-01T10:00:00Z"]);
    assert_eq!(server.read("/local/clock").await, json!({"now": "2026-03-01T10:00:00Z"}));
    assert_eq!(server.ask("/local/clock", json!({"advance_seconds": 90})).await, json!({"now": "2026-03-01T10:01:30Z"}));
    assert_eq!(server.ask("/local/clock", json!({"set": "2026-03-02T00:00:00Z"})).await["now"], "2026-03-02T00:00:00Z");
    for back in [json!({"set": "2026-03-01T23:59:59Z"}), json!({"advance_seconds": -1}), json!({}), json!({"now": 1})] {
        assert_eq!(parts(server.post("/local/clock", &[], back.to_string()).await).await.0, 422, "{back}");
    }
    assert_eq!(server.read("/local/clock").await["now"], "2026-03-02T00:00:00Z");
    // The schedules do not run by themselves under a set clock.
    let ops = server.read("/api/ops").await;
    assert_eq!((&ops["as_of"], &ops["notifications"]), (&Value::Null, &json!([])));
}

#[tokio::test]
async fn the_systems_clock_is_nobodys_to_move() {
    let site = Site::new();
    let server = site.serve(&[]);
    let (status, problem) = parts(server.post("/local/clock", &[], r#"{"advance_seconds":1}"#).await).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("system_clock")));
}

#[tokio::test]
async fn faults_are_there_only_when_asked_for() {
    let site = Site::new();
    let server = site.serve(&["--clock", "2026-03-01T10:00:00Z"]);
    assert_eq!(server.get("/local/faults").await.status(), 404);
}
