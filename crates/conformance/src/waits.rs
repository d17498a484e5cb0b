//! The waits.

use bookpath_app::ports::Waits;
use futures::future::join_all;
use serde_json::json;

/// Starting a wait with the same id again starts nothing; similar ids are different waits. `started` counts the
/// executions.
pub async fn started_once(waits: &dyn Waits, started: impl AsyncFn() -> usize) {
    let input = |id: &str| json!({ "intent_id": id, "wait_seconds": 3600 });
    let ids = [
        "follow_up:https://api.calendly.com/a",
        "follow_up:https://api.calendly.com/b",
        "follow-up",
        &"x".repeat(200),
    ];
    for id in ids {
        waits.start(id, input(id)).await.unwrap();
    }
    for id in ids {
        waits.start(id, input(id)).await.unwrap();
    }
    let together = join_all((0..5).map(|_| waits.start("together", input("together")))).await;
    assert_eq!(together, vec![Ok(()); 5]);
    assert_eq!(started().await, 5);
}
