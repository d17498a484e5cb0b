//! A store that fails at any request: the next run repairs, and the tables are as if nothing had happened.

use crate::Bench;
use crate::assert_same;
use crate::at;
use crate::simple::{day, reschedule};
use crate::stores::Watched;

async fn story(store: std::sync::Arc<Watched>) -> Bench {
    let mut bench = Bench::on(store, "UTC");
    bench.run(&day(0, 5), at("2026-03-02T00:00:00Z")).await;
    bench
        .run(&[reschedule()[0].clone()], at("2026-03-03T00:00:00Z"))
        .await;
    bench
}

fn last() -> Vec<String> {
    let mut lines = day(1, 4);
    lines.extend(reschedule()[1..].iter().cloned());
    lines.push("{".to_owned());
    lines
}

#[tokio::test]
async fn a_retry_after_any_failed_request_ends_like_an_undisturbed_run() {
    let as_of = at("2026-04-12T00:00:00Z");
    let mut undisturbed = story(Watched::new(false)).await;
    undisturbed.run(&last(), as_of).await;
    let wanted = undisturbed.all().await;
    let before = Watched::new(false);
    let batch = story(before.clone()).await.batch;
    // Every fifth request; BOOKPATH_CRASH_STEP=1 tries all of them.
    let step = std::env::var("BOOKPATH_CRASH_STEP")
        .ok()
        .and_then(|n| n.parse().ok());
    for (n, fail_at) in (0_i64..).step_by(step.unwrap_or(5)).enumerate() {
        // Of neighbouring tries one request is lost on its way, the other's answer is.
        let after_effect = n % 2 == 1;
        let store = before.fork(after_effect);
        let mut bench = Bench::on(store.clone(), "UTC");
        bench.batch = batch;
        let objects = bench.land(&last()).await;
        store.arm(fail_at);
        let failed = bench.etl(&objects, as_of).await.is_err();
        let reached = i64::try_from(store.requests()).unwrap() > fail_at;
        store.arm(-1);
        bench.etl(&objects, as_of).await.unwrap();
        for ((table, wanted), (_, got)) in wanted.iter().zip(bench.all().await) {
            let what = format!("request {fail_at}, after effect {after_effect}");
            assert_same(&what, table, &got, wanted);
        }
        if !reached {
            assert!(!failed);
            assert!(fail_at > 20, "the run makes more requests than {fail_at}");
            break;
        }
    }
}

#[tokio::test]
async fn a_rebuild_goes_back_and_forth_in_time() {
    let as_of = at("2026-04-12T00:00:00Z");
    let store = Watched::new(false);
    let mut bench = story(store.clone()).await;
    bench.run(&last(), as_of).await;
    let row = bookpath_lake::SpendRow {
        day: "2026-03-01".parse().unwrap(),
        channel: "facebook_paid_ads".to_owned(),
        campaign: None,
        amount_minor: 1_000,
        currency: "USD".to_owned(),
    };
    bench
        .lake
        .append_ad_spend(&[row], &bench.rules, as_of)
        .await
        .unwrap();
    bench.run(&[], as_of).await;
    let wanted = bench.all().await;
    bench.rebuild(as_of).await;
    for ((table, wanted), (_, got)) in wanted.iter().zip(bench.all().await) {
        assert_same("rebuild", table, &got, wanted);
    }
    bench.rebuild(at("2026-03-20T00:00:00Z")).await;
    bench.rebuild(as_of).await;
    for ((table, wanted), (_, got)) in wanted.iter().zip(bench.all().await) {
        assert_same("there and back", table, &got, wanted);
    }
}
