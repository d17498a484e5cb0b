//! delta-rs, which the lake itself does not use, opens what it wrote: with and without checkpoints.

use std::sync::Arc;

use bookpath_lake::{Lake, PaymentRow, Table};
use object_store::local::LocalFileSystem;

use crate::Bench;
use crate::at;
use crate::simple::day;

fn payment(n: usize) -> PaymentRow {
    PaymentRow {
        payment_id: format!("charge:{n}"),
        contact_id: None,
        booking_id: "b".to_owned(),
        kind: "charge",
        amount_minor: 100,
        currency: "USD".to_owned(),
        occurred_at: at("2026-04-11T00:00:00Z"),
    }
}

#[tokio::test]
async fn delta_rs_reads_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
    let mut bench = Bench::on(store, "UTC");
    for run in 0..20 {
        let mut lines = day(run, 3);
        lines.push("{".to_owned());
        bench.run(&lines, at("2026-04-12T00:00:00Z")).await;
        // One that is known, and one that is new.
        let rows = [payment(run), payment(run + 1)];
        let report = bench
            .lake
            .append_payments(&rows, &bench.rules, at("2026-04-12T00:00:00Z"))
            .await
            .unwrap();
        assert_eq!(
            (report.rows_read, report.rows_written, report.commits),
            (2, if run == 0 { 2 } else { 1 }, 1)
        );
        let again = bench
            .lake
            .append_payments(&rows, &bench.rules, at("2026-04-13T00:00:00Z"))
            .await
            .unwrap();
        assert_eq!((again.rows_written, again.commits), (0, 0));
    }
    assert_eq!(bench.rows(Table::Payments).await.len(), 21);
    let lake = Lake::local(folder.path()).unwrap();
    for table in Table::ALL.into_iter().filter(|t| *t != Table::AdSpend) {
        let info = lake.table_info(table).await.unwrap();
        let url = lake.url().join(table.path()).unwrap();
        let opened = deltalake::open_table(url).await.unwrap();
        assert_eq!(
            opened.version().map(|v| i64::try_from(v).unwrap()),
            info.version,
            "{}",
            table.name()
        );
        assert_eq!(
            opened.get_file_uris().unwrap().count(),
            info.files,
            "{}",
            table.name()
        );
        let schema = opened.snapshot().unwrap().schema();
        let columns: Vec<String> = schema
            .fields()
            .map(|f| format!("{} {}", f.name(), f.data_type()))
            .collect();
        let wanted: Vec<String> = table
            .columns()
            .map(|(name, ty)| format!("{name} {ty}"))
            .collect();
        assert_eq!(columns, wanted, "{}", table.name());
    }
}
