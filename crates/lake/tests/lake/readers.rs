//! delta-rs, which the lake itself does not use, opens what it wrote: with and without checkpoints.

use std::sync::Arc;

use bookpath_lake::{Lake, Table};
use object_store::local::LocalFileSystem;

use crate::simple::day;
use crate::{Bench, at};

#[tokio::test]
async fn delta_rs_reads_every_table() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
    let mut bench = Bench::on(store, "UTC");
    for run in 0..20 {
        let mut lines = day(run, 3);
        lines.push("{".to_owned());
        bench.run(&lines, at("2026-04-12T00:00:00Z")).await;
    }
    let lake = Lake::local(folder.path()).unwrap();
    for table in Table::ALL.into_iter().filter(|t| *t != Table::AdSpend) {
        let info = lake.table_info(table).await.unwrap();
        let url = lake.url().join(table.path()).unwrap();
        let opened = deltalake::open_table(url).await.unwrap();
        assert_eq!(opened.version().map(|v| i64::try_from(v).unwrap()), info.version, "{}", table.name());
        assert_eq!(opened.get_file_uris().unwrap().count(), info.files, "{}", table.name());
        let schema = opened.snapshot().unwrap().schema();
        let columns: Vec<String> = schema.fields().map(|f| format!("{} {}", f.name(), f.data_type())).collect();
        let wanted: Vec<String> = table.columns().map(|(name, ty)| format!("{name} {ty}")).collect();
        assert_eq!(columns, wanted, "{}", table.name());
    }
}
