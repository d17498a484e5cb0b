//! Time travel: the tables as they stood at an instant, by the clock of the runs.

use std::sync::Arc;

use bookpath_lake::{Catalog, Lake, LakeError};
use jiff::SignedDuration;
use object_store::local::LocalFileSystem;

use crate::simple::day;
use crate::{Bench, at};

const TREND: &str = "gold.bookings_trend";

#[tokio::test]
async fn rows_are_read_as_they_stood_until_the_upkeep_deletes_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new("UTC");
    bench.lake = Lake::local(folder.path()).unwrap();
    bench.store = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
    let runs: Vec<_> = (2..6)
        .map(|d| at(&format!("2026-03-{:02}T00:00:00Z", d * 2)))
        .collect();
    let mut shown = Vec::new();
    for (n, as_of) in runs.iter().enumerate() {
        bench.run(&day(n, 5), *as_of).await;
        shown.push(bench.lake.head(TREND, &[], 1000, 0).await.unwrap());
    }
    assert!(shown.windows(2).all(|pair| pair[0] != pair[1]));

    let then = async |at| bench.lake.known_at(at).head(TREND, &[], 1000, 0).await;
    let second = SignedDuration::from_secs(1);
    assert!(then(runs[0] - second).await.unwrap().is_empty());
    for (n, as_of) in runs.iter().enumerate() {
        assert_eq!(then(*as_of).await.unwrap(), shown[n], "run {n}");
        assert_eq!(
            then(*as_of + second).await.unwrap(),
            shown[n],
            "after run {n}"
        );
    }

    let moments = bench.lake.moments(None, 3).await.unwrap();
    let instants: Vec<_> = moments.iter().map(|moment| moment.at).collect();
    assert_eq!(instants, [runs[3], runs[2], runs[1]]);
    assert!(moments[0].tables.contains_key(TREND), "{moments:?}");
    let older = bench.lake.moments(Some(runs[1]), 9).await.unwrap();
    assert_eq!(older.len(), 1);

    bench
        .lake
        .maintain(runs[3], SignedDuration::ZERO)
        .await
        .unwrap();
    assert_eq!(then(runs[3]).await.unwrap(), shown[3]);
    let gone = then(runs[0]).await.unwrap_err();
    assert!(matches!(gone, LakeError::VersionGone { .. }), "{gone:?}");
}

/// A lake of another process on the same folder.
fn neighbour(folder: &std::path::Path) -> Lake {
    Lake::local(folder).unwrap()
}

/// Every file of the tables, as the disk has it.
fn files(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.join("silver"), folder.join("gold")];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found
}

#[tokio::test]
async fn without_its_past_a_lake_goes_on_and_nothing_of_before_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new("UTC");
    bench.lake = Lake::local(folder.path()).unwrap();
    bench.store = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
    let days: Vec<_> = (2..14)
        .map(|d| at(&format!("2026-03-{:02}T00:00:00Z", d * 2)))
        .collect();
    for (n, as_of) in days[..11].iter().enumerate() {
        bench.run(&day(n, 5), *as_of).await;
    }
    let reader = neighbour(folder.path());
    let shown = reader.head(TREND, &[], 1000, 0).await.unwrap();
    let before = files(folder.path()).len();
    // It has read the logs of which another process deletes the most.
    let past = reader.known_at(days[9]).head(TREND, &[], 1000, 0).await;
    assert!(!past.unwrap().is_empty());
    assert_eq!(reader.moments(None, 50).await.unwrap().len(), 11);

    assert!(bench.lake.drop_history(days[10]).await.unwrap() > 0);
    let left = files(folder.path());
    assert!(left.len() < before, "{before} files, then {left:?}");
    // Of each log only the last entry is left, beside the checkpoint that holds all before.
    for model in Catalog::get().unwrap().all() {
        let log = format!("{}/_delta_log/", model.path());
        let entries = left.iter().filter(|f| f.starts_with(&log));
        let entries: Vec<_> = entries.filter(|f| f.ends_with(".json")).collect();
        assert!(entries.len() <= 1, "{entries:?}");
    }
    assert_eq!(reader.head(TREND, &[], 1000, 0).await.unwrap(), shown);
    for lake in [&bench.lake, &reader, &neighbour(folder.path())] {
        let now = lake
            .known_at(days[10])
            .head(TREND, &[], 1000, 0)
            .await
            .unwrap();
        assert_eq!(now, shown);
        let gone = lake
            .known_at(days[9])
            .head(TREND, &[], 1000, 0)
            .await
            .unwrap_err();
        assert!(matches!(gone, LakeError::VersionGone { .. }), "{gone:?}");
    }
    assert_eq!(bench.lake.drop_history(days[10]).await.unwrap(), 0);

    bench.run(&day(11, 5), days[11]).await;
    let mut whole = Bench::new("UTC");
    for (n, as_of) in days.iter().enumerate() {
        whole.run(&day(n, 5), *as_of).await;
    }
    assert_eq!(bench.all().await, whole.all().await);
}

#[tokio::test]
async fn a_search_looks_into_every_value_of_every_row() {
    let mut bench = Bench::new("UTC");
    bench.run(&day(0, 5), at("2026-03-03T00:00:00Z")).await;
    let holds = |text: &'static str| {
        move |bytes: &[u8]| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        }
    };
    let found = bench
        .lake
        .search(&holds("lead7@example.com"))
        .await
        .unwrap();
    assert!(found.hits >= 2 && found.tables > found.hits, "{found:?}");
    let rows = bench.lake.table_info("silver.invitees").await.unwrap().rows;
    assert!(found.rows >= rows, "{found:?}");
    let nobody = bench
        .lake
        .search(&holds("nobody@example.com"))
        .await
        .unwrap();
    assert_eq!((nobody.hits, nobody.rows), (0, found.rows));
}
