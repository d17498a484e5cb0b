//! A store that fails at any request: the next run repairs, and the tables are as if nothing had happened.

use crate::simple::{day, reschedule};
use crate::stores::Watched;
use crate::{Bench, assert_same, at};

async fn story(store: std::sync::Arc<Watched>) -> Bench {
    let mut bench = Bench::on(store, "UTC");
    bench.run(&day(0, 5), at("2026-03-02T00:00:00Z")).await;
    bench.run(&[reschedule()[0].clone()], at("2026-03-03T00:00:00Z")).await;
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
    for after_effect in [false, true] {
        for fail_at in 0.. {
            let store = Watched::new(after_effect);
            let mut bench = story(store.clone()).await;
            let objects = bench.land(&last()).await;
            store.arm(fail_at);
            let failed = bench.etl(&objects, as_of).await.is_err();
            let reached = i64::try_from(store.requests()).unwrap() > fail_at;
            store.arm(-1);
            bench.etl(&objects, as_of).await.unwrap();
            for ((table, wanted), (_, got)) in wanted.iter().zip(bench.all().await) {
                assert_same(&format!("request {fail_at}, after effect {after_effect}"), *table, &got, wanted);
            }
            assert!(bench.etl(&objects, as_of).await.unwrap().is_empty());
            if !reached {
                assert!(!failed);
                assert!(fail_at > 20, "the run makes more requests than {fail_at}");
                break;
            }
        }
    }
}
