//! Rows that come after those around them: a row group of their own, put in their place when there are a few.

use bookpath_lake::{Layout, Table};
use futures::TryStreamExt;
use jiff::SignedDuration;
use object_store::ObjectStoreExt;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use crate::Bench;
use crate::at;
use crate::simple::{canceled, created};

fn booking(n: usize) -> Value {
    let time = format!("2026-03-{:02}T{:02}:30:00Z", 1 + n / 20, n % 20);
    created(
        &format!("https://c.test/{n}"),
        "jane@acme.co",
        &time,
        "2026-04-10T10:00:00Z",
        "2026-04-10T10:30:00Z",
    )
}

/// Rows of each row group of the file that the table's last commit wrote; a first run writes one for each day.
async fn groups(bench: &Bench) -> Vec<i64> {
    let objects: Vec<_> = bench
        .store
        .list(Some(&Table::Invitees.path().into()))
        .try_collect()
        .await
        .unwrap();
    let files = objects
        .into_iter()
        .map(|object| object.location)
        .filter(|path| path.as_ref().ends_with(".parquet"));
    let newest = files
        .max_by_key(|path| path.filename().unwrap()[..13].to_owned())
        .unwrap();
    let bytes = bench
        .store
        .get(&newest)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    SerializedFileReader::new(bytes)
        .unwrap()
        .metadata()
        .row_groups()
        .iter()
        .map(|group| group.num_rows())
        .collect()
}

async fn land(bench: &mut Bench, record: &Value) -> Vec<i64> {
    bench
        .run(&[record.to_string()], at("2026-04-01T00:00:00Z"))
        .await;
    groups(bench).await
}

#[tokio::test]
async fn late_rows_stay_beside_the_others_until_there_are_a_few_groups_of_them() {
    let mut bench = Bench::new("UTC");
    bench.lake = bench.lake.with_layout(Layout {
        late_groups_max: 2,
        recent_days: 60,
        ..Layout::default()
    });
    let late = [3, 11, 4, 40];
    let early: Vec<String> = (0..40)
        .filter(|n| !late.contains(n))
        .map(|n| booking(n).to_string())
        .collect();
    bench.run(&early, at("2026-04-01T00:00:00Z")).await;
    assert_eq!(groups(&bench).await, [17, 20]);
    assert_eq!(land(&mut bench, &booking(late[0])).await, [17, 20, 1]);
    assert_eq!(land(&mut bench, &booking(late[1])).await, [17, 20, 1, 1]);
    // A change finds its row wherever it lies, and leaves it there.
    assert_eq!(
        land(
            &mut bench,
            &canceled(booking(late[1]), "2026-03-20T00:00:00Z", None)
        )
        .await,
        [17, 20, 1, 1]
    );
    // A row that is known already changes nothing.
    assert_eq!(land(&mut bench, &booking(late[0])).await, [17, 20, 1, 1]);
    assert_eq!(land(&mut bench, &booking(late[2])).await, [20, 20]);
    assert_eq!(land(&mut bench, &booking(late[3])).await, [20, 20, 1]);
    assert_eq!(
        land(
            &mut bench,
            &canceled(booking(7), "2026-03-20T00:00:00Z", None)
        )
        .await,
        [20, 20, 1]
    );

    let rows = bench.rows(Table::Invitees).await;
    let status = |n: usize| {
        rows.iter()
            .find(|row| row["invitee_uri"] == format!("https://c.test/{n}"))
            .map(|row| row["invitee_status"].clone())
    };
    assert_eq!(rows.len(), 41);
    assert_eq!(
        (status(11), status(7), status(3)),
        (
            Some("canceled".into()),
            Some("canceled".into()),
            Some("active".into())
        )
    );
    let before = bench.all().await;
    bench.rebuild(at("2026-04-01T00:00:00Z")).await;
    assert_eq!(bench.all().await, before);
    assert_eq!(groups(&bench).await, [20, 20, 1]);
}

#[tokio::test]
async fn the_sweep_puts_late_rows_of_old_files_in_their_place() {
    let mut bench = Bench::new("UTC");
    bench.lake = bench.lake.with_layout(Layout {
        recent_rows: 20,
        ..Layout::default()
    });
    let as_of = at("2026-06-01T00:00:00Z");
    for from in [0, 20] {
        let lines: Vec<String> = (from..from + 20)
            .filter(|n| *n != 25)
            .map(|n| booking(n).to_string())
            .collect();
        bench.run(&lines, as_of).await;
    }
    bench.run(&[booking(25).to_string()], as_of).await;
    assert_eq!(groups(&bench).await, [19, 1]);
    let mut newest = booking(41);
    newest["invitee_created_at"] = "2026-05-20T10:00:00Z".into();
    bench.run(&[newest.to_string()], as_of).await;
    let before = bench.all().await;
    let report = bench
        .lake
        .maintain(as_of, SignedDuration::from_hours(24))
        .await
        .unwrap();
    assert_eq!(report.compacted_files, 2);
    assert_eq!(groups(&bench).await, [20, 20]);
    assert_eq!(bench.all().await, before);
    // The old rows are found where they are now.
    bench
        .run(
            &[canceled(booking(25), "2026-03-20T00:00:00Z", None).to_string()],
            as_of,
        )
        .await;
    assert_eq!(
        bench
            .rows(Table::Invitees)
            .await
            .iter()
            .filter(|row| row["invitee_status"] == "canceled")
            .count(),
        1
    );
}
