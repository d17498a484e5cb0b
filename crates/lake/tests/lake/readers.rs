//! Any Delta reader opens the tables by their folder: with and without checkpoints, in protocol versions 1 and 2.

use std::sync::Arc;

use bookpath_lake::{Catalog, Lake, PaymentRow};
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
        invitee_uri: None,
        raw_sha256: None,
    }
}

#[tokio::test]
async fn delta_rs_reads_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new("UTC");
    bench.lake = Lake::local(folder.path()).unwrap();
    bench.store = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
    for run in 0..20 {
        let mut lines = day(run, 3);
        lines.push("{".to_owned());
        bench.run(&lines, at("2026-04-12T00:00:00Z")).await;
        // One that is known, and one that is new.
        let rows = [payment(run), payment(run + 1)];
        let report = bench
            .lake
            .append_payments(&rows, &[], at("2026-04-12T00:00:00Z"))
            .await
            .unwrap();
        assert_eq!(
            (report.rows_read, report.rows_written, report.commits),
            (2, if run == 0 { 2 } else { 1 }, 1)
        );
        let again = bench
            .lake
            .append_payments(&rows, &[], at("2026-04-13T00:00:00Z"))
            .await
            .unwrap();
        assert_eq!((again.rows_written, again.commits), (0, 0));
    }
    assert_eq!(bench.rows("silver.payments").await.len(), 21);
    assert_every_table_opens(&bench, folder.path()).await;
}

/// Every table opens by its folder, at the version and with the columns that the lake says.
async fn assert_every_table_opens(bench: &Bench, folder: &std::path::Path) {
    let root = url::Url::from_directory_path(folder.canonicalize().unwrap()).unwrap();
    for model in Catalog::get()
        .unwrap()
        .all()
        .filter(|m| m.name != "silver.ad_spend")
    {
        let info = bench.lake.table_info(&model.name).await.unwrap();
        if info.version.is_none() {
            continue;
        }
        let opened = deltalake::open_table(root.join(&model.path()).unwrap())
            .await
            .unwrap();
        assert_eq!(
            opened.version().map(|v| i64::try_from(v).unwrap()),
            info.version,
            "{}",
            model.name
        );
        assert_eq!(
            opened.get_file_uris().unwrap().count(),
            info.files,
            "{}",
            model.name
        );
        let protocol = opened.snapshot().unwrap().protocol();
        assert_eq!(
            (protocol.min_reader_version(), protocol.min_writer_version()),
            (1, 2),
            "{}",
            model.name
        );
        let schema = opened.snapshot().unwrap().schema();
        let columns: Vec<String> = schema
            .fields()
            .map(|f| format!("{} {}", f.name(), f.data_type()))
            .collect();
        let wanted: Vec<String> = model
            .spec
            .columns
            .iter()
            .map(|c| format!("{} {}", c.name, c.ty.delta()))
            .collect();
        assert_eq!(columns, wanted, "{}", model.name);
    }
}
