//! Integration tests of the lake: one binary.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like the tests")]

mod crash;
mod examples;
mod late;
mod model;
mod readers;
mod requests;
mod simple;
mod stores;
mod world;
mod worlds;

use std::sync::Arc;

use bookpath_lake::{BronzeObject, Lake, LakeRules, RunInput, RunReport, Table};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use serde_json::{Map, Value};
use url::Url;

pub(crate) type Row = Map<String, Value>;

/// A lake under test with its store.
pub(crate) struct Bench {
    pub store: Arc<dyn ObjectStore>,
    pub lake: Lake,
    pub rules: LakeRules,
    batch: i64,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn rules(zone: &str) -> LakeRules {
    LakeRules {
        reporting_timezone: TimeZone::get(zone).unwrap(),
    }
}

impl Bench {
    pub(crate) fn new(zone: &str) -> Self {
        Self::on(Arc::new(InMemory::new()), zone)
    }

    pub(crate) fn on(store: Arc<dyn ObjectStore>, zone: &str) -> Self {
        let lake = Lake::new(store.clone(), Url::parse("memory://lake/").unwrap());
        Self {
            store,
            lake,
            rules: rules(zone),
            batch: 0,
        }
    }

    pub(crate) async fn put(&self, key: &str, body: &str) {
        self.store
            .put(&Path::from(key), PutPayload::from(body.to_owned()))
            .await
            .unwrap();
    }

    /// Puts records into one new object and refines it.
    pub(crate) async fn land(&mut self, lines: &[String]) -> Vec<BronzeObject> {
        self.batch += 1;
        if lines.is_empty() {
            return Vec::new();
        }
        let key = format!(
            "bronze/calendly_events/channel=c/date=2026-03-01/{:06}.ndjson",
            self.batch
        );
        self.put(&key, &lines.join("\n")).await;
        vec![BronzeObject { key }]
    }

    pub(crate) async fn run(&mut self, lines: &[String], as_of: Timestamp) -> RunReport {
        let objects = self.land(lines).await;
        self.etl(&objects, as_of).await.unwrap()
    }

    /// Refine and compute as one.
    pub(crate) async fn etl(
        &self,
        objects: &[BronzeObject],
        as_of: Timestamp,
    ) -> bookpath_lake::Result<RunReport> {
        let input = RunInput {
            batch: self.batch,
            objects,
            rules: &self.rules,
            as_of,
            now: as_of,
        };
        let mut report = self.lake.refine(&input).await?;
        report.merge(self.lake.compute(&self.rules, as_of, as_of).await?);
        Ok(report)
    }

    pub(crate) async fn rebuild(&self, as_of: Timestamp) {
        self.lake
            .rebuild(self.batch, &self.rules, as_of, as_of)
            .await
            .unwrap();
    }

    /// All rows of a table in key order, without what row equality leaves out.
    pub(crate) async fn rows(&self, table: Table) -> Vec<Row> {
        let mut rows = self.lake.head(table, &[], 1_000_000, 0).await.unwrap();
        for row in &mut rows {
            for column in ["as_of", "processed_at", "rejected_at", "recorded_at"] {
                row.remove(column);
            }
        }
        rows
    }

    /// All tables, for comparing whole lakes.
    pub(crate) async fn all(&self) -> Vec<(Table, Vec<Row>)> {
        let mut all = Vec::new();
        for table in Table::ALL {
            all.push((table, self.rows(table).await));
        }
        all
    }
}

/// Fails with the first differing row.
pub(crate) fn assert_same(what: &str, table: Table, got: &[Row], wanted: &[Row]) {
    for (at, (g, w)) in got.iter().zip(wanted).enumerate() {
        for (column, value) in w {
            assert_eq!(
                g.get(column),
                Some(value),
                "{what}: {} row {at} column {column}\n got {g:?}\nwant {w:?}",
                table.name()
            );
        }
        assert_eq!(
            g.len(),
            w.len(),
            "{what}: {} row {at}\n got {g:?}\nwant {w:?}",
            table.name()
        );
    }
    assert_eq!(
        got.len(),
        wanted.len(),
        "{what}: rows of {}\n got {got:#?}\nwant {wanted:#?}",
        table.name()
    );
}
