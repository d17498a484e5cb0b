//! Other writers: engines that change the tables between two runs, and a second process at the same time.

use std::sync::Arc;

use bookpath_lake::{Lake, RunInput};
use deltalake::DeltaTable;
use deltalake::kernel::DataType;
use object_store::local::LocalFileSystem;

use crate::simple::{canceled, created, day, reschedule};
use crate::{Bench, assert_same, at};

/// A lake in a folder, which other programs can open.
fn on_disk(folder: &std::path::Path) -> Bench {
    let mut bench = Bench::new("UTC");
    bench.lake = Lake::local(folder).unwrap().with_file_rows(8);
    bench.store = Arc::new(LocalFileSystem::new_with_prefix(folder).unwrap());
    bench
}

async fn opened(folder: &std::path::Path, table: &str) -> DeltaTable {
    let root = url::Url::from_directory_path(folder.canonicalize().unwrap()).unwrap();
    deltalake::open_table(root.join(table).unwrap())
        .await
        .unwrap()
}

/// A table of gold that somebody damaged is right after the next run, or is made again alone.
#[tokio::test]
async fn gold_that_another_program_wrote_to_is_made_again() {
    let as_of = at("2026-04-12T00:00:00Z");
    let folder = tempfile::tempdir().unwrap();
    let mut bench = on_disk(folder.path());
    for run in 0..2 {
        bench.run(&day(run, 6), as_of).await;
    }
    let before = bench.all().await;
    let (trend, daily) = ("gold.bookings_trend", "gold.daily_bookings_by_source");
    let damage = async |name: &str| {
        let table = opened(folder.path(), &name.replace('.', "/")).await;
        table.delete().await.unwrap();
        assert!(bench.rows(name).await.is_empty());
    };
    damage(trend).await;
    let gold = bench.gold(as_of);
    let report = bench.lake.rebuild_table(trend, &gold).await.unwrap();
    let written = report.tables.iter().filter(|(_, run)| run.commits > 0);
    assert_eq!(written.map(|(name, _)| *name).collect::<Vec<_>>(), [trend]);
    for name in [trend, daily] {
        damage(name).await;
    }
    let table = opened(folder.path(), "gold/cost_per_booking").await;
    let update = table.update().with_update("bookings", "bookings + 1");
    update.await.unwrap();
    let report = bench.lake.compute(&gold).await.unwrap().report;
    let written = report.tables.iter().filter(|(_, run)| run.commits > 0);
    assert_eq!(
        written.map(|(name, _)| *name).collect::<Vec<_>>(),
        [trend, "gold.cost_per_booking", daily]
    );
    for (name, rows) in &before {
        assert_same("made again", name, &bench.rows(name).await, rows);
    }
    let report = bench.lake.compute(&gold).await.unwrap().report;
    assert!(report.tables.values().all(|table| table.commits == 0));
    let unknown = bench.lake.rebuild_table("gold.nothing", &gold).await;
    assert!(unknown.is_err());
}

/// Rows of ours would lack it, so the run says what to do.
#[tokio::test]
async fn a_column_that_another_program_added_is_gone_after_a_rebuild() {
    let as_of = at("2026-04-12T00:00:00Z");
    let folder = tempfile::tempdir().unwrap();
    let mut bench = on_disk(folder.path());
    bench.run(&day(0, 6), as_of).await;
    for name in ["silver/invitees", "gold/bookings_trend"] {
        let field = deltalake::kernel::StructField::nullable("note", DataType::STRING);
        let table = opened(folder.path(), name).await;
        table.add_columns().with_fields([field]).await.unwrap();
    }
    let lines = day(1, 6);
    let objects = bench.land(&lines).await;
    let refused = bench.etl(&objects, as_of).await.unwrap_err().to_string();
    assert!(refused.contains("`bookpath etl --rebuild`"), "{refused}");
    bench.rebuild(as_of).await;
    let mut other = Bench::new("UTC");
    other.run(&day(0, 6), as_of).await;
    other.run(&lines, as_of).await;
    for ((table, got), (_, wanted)) in bench.all().await.iter().zip(other.all().await) {
        assert_same("rebuilt", table, got, &wanted);
    }
}

#[tokio::test]
async fn what_another_engine_did_is_seen_by_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = on_disk(folder.path());
    let as_of = at("2026-04-12T00:00:00Z");
    for run in 0..3 {
        bench.run(&day(run, 6), as_of).await;
    }
    bench.run(&reschedule(), as_of).await;

    // Files put together differently are no news.
    let table = opened(folder.path(), "silver/invitees").await;
    table.optimize().await.unwrap();
    let table = opened(folder.path(), "silver/bookings").await;
    table.optimize().await.unwrap();
    assert!(bench.run(&[], as_of).await.is_empty());

    // A first member that is gone leaves its chain to the next one; gold follows.
    let table = opened(folder.path(), "silver/invitees").await;
    table
        .delete()
        .with_predicate("invitee_uri = 'A1'")
        .await
        .unwrap();
    let table = opened(folder.path(), "silver/invitees").await;
    let update = table
        .update()
        .with_predicate("invitee_uri = 'https://c.test/1/2'");
    update
        .with_update("marketing_channel", "'podcast'")
        .await
        .unwrap();
    bench.run(&[], as_of).await;
    let chains = bench
        .lake
        .sql("SELECT chain_id FROM silver.invitees WHERE invitee_uri = 'A2'")
        .await
        .unwrap();
    assert_eq!(chains[0]["chain_id"], "A2");
    let after = bench.all().await;
    bench.lake.rebuild_gold(&bench.gold(as_of)).await.unwrap();
    for ((table, got), (_, wanted)) in after.iter().zip(bench.all().await) {
        assert_same("after another writer", table, got, &wanted);
    }
    let query = "SELECT sum(bookings) AS n FROM gold.daily_bookings_by_source WHERE marketing_channel = 'podcast'";
    assert_eq!(bench.lake.sql(query).await.unwrap()[0]["n"], 1);
    assert!(bench.run(&[], as_of).await.is_empty());
}

#[tokio::test]
async fn two_processes_at_once_end_like_one_after_the_other() {
    let as_of = at("2026-04-12T00:00:00Z");
    let mut bench = Bench::new("UTC");
    bench.run(&day(0, 6), as_of).await;
    let mut undisturbed = Bench::new("UTC");
    for lines in [day(0, 6), day(1, 6), day(2, 6)] {
        undisturbed.run(&lines, as_of).await;
    }
    let (one, other) = (bench.land(&day(1, 6)).await, bench.land(&day(2, 6)).await);
    let second = Lake::new(bench.store.clone());
    let input = |batch, objects| RunInput {
        batch,
        objects,
        rules: &bench.rules,
        as_of,
        now: as_of,
    };
    let (first_input, second_input) = (input(2, &one), input(3, &other));
    let (a, b) = tokio::join!(
        bench.lake.refine(&first_input),
        second.refine(&second_input)
    );
    a.unwrap();
    b.unwrap();
    // The batch with the lower number may have come second; it counts as taken in then, so it is given again.
    bench.lake.refine(&input(4, &one)).await.unwrap();
    bench.lake.compute(&bench.gold(as_of)).await.unwrap();
    for ((table, got), (_, wanted)) in bench.all().await.iter().zip(undisturbed.all().await) {
        assert_same("two at once", table, got, &wanted);
    }
}

#[tokio::test]
async fn the_checks_of_the_models_hold_and_find_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = on_disk(folder.path());
    let as_of = at("2026-03-12T00:00:00Z");
    bench.run(&reschedule(), as_of).await;
    let month = jiff::SignedDuration::from_hours(24 * 30);
    let failed = |checks: Vec<bookpath_lake::Check>| -> Vec<String> {
        checks
            .into_iter()
            .filter(|c| !c.passed)
            .map(|c| format!("{} {}", c.table, c.name))
            .collect()
    };
    for tier in ["silver", "gold"] {
        let checks = bench.lake.check_quality(tier, as_of, month).await.unwrap();
        assert!(!checks.is_empty(), "{tier}");
        assert_eq!(failed(checks), Vec::<String>::new());
    }
    // A status that Calendly does not have is named (S1-26).
    let table = opened(folder.path(), "silver/invitees").await;
    let update = table.update().with_predicate("invitee_uri = 'A2'");
    update
        .with_update("event_status", "'exploded'")
        .with_update("invitee_status", "'odd'")
        .with_update("chain_id", "'gone'")
        .await
        .unwrap();
    assert_eq!(
        failed(
            bench
                .lake
                .check_quality("silver", as_of, jiff::SignedDuration::from_hours(1))
                .await
                .unwrap()
        ),
        [
            "silver.invitees accepted.event_status",
            "silver.invitees accepted.invitee_status",
            "silver.invitees freshness",
            "silver.invitees relation.chain_id"
        ]
    );
    // A show rate is a percentage (S1-27), a next call is to come (S1-28).
    let table = opened(folder.path(), "gold/unified_customers").await;
    let update = table.update().with_update("show_rate", "250");
    update.with_update("next_call_date", "as_of").await.unwrap();
    assert_eq!(
        failed(
            bench
                .lake
                .check_quality("gold", as_of, month)
                .await
                .unwrap()
        ),
        [
            "gold.unified_customers holds.next_call_is_to_come",
            "gold.unified_customers holds.show_rate_is_a_percentage"
        ]
    );
}

/// An older snapshot that comes late changes nothing, and a newer one only what it says.
#[tokio::test]
async fn the_newest_snapshot_wins_in_any_order() {
    let first = created(
        "U",
        "u@x.co",
        "2026-03-01T10:00:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    let last = canceled(first.clone(), "2026-03-05T10:00:00Z", None);
    for order in [[&first, &last], [&last, &first]] {
        let mut bench = Bench::new("UTC");
        for record in order {
            bench
                .run(&[record.to_string()], at("2026-03-06T00:00:00Z"))
                .await;
        }
        let rows = bench.rows("silver.invitees").await;
        assert_eq!(
            (rows.len(), &rows[0]["attendance"]),
            (1, &"canceled_early".into())
        );
    }
}
