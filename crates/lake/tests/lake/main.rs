//! Integration tests of the lake: one binary.

#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail like the tests")]
#![allow(clippy::disallowed_methods, reason = "a person may ask for more cases")]

mod crash;
mod currencies;
mod examples;
mod model;
mod moved;
mod past;
mod people;
mod periods;
mod readers;
mod requests;
mod simple;
mod stores;
mod told;
mod world;
mod worlds;
mod writers;

use std::sync::Arc;

use bookpath_domain::BusinessConfig;
use bookpath_domain::people::sources::Directory;
use bookpath_lake::{BronzeObject, Catalog, GoldInput, Lake, LakeRules, RunInput, RunReport};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use serde_json::{Map, Value};

pub(crate) type Row = Map<String, Value>;

/// A lake under test with its store.
pub(crate) struct Bench {
    pub store: Arc<dyn ObjectStore>,
    pub lake: Lake,
    pub rules: LakeRules,
    pub directory: Directory,
    batch: i64,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn rules(zone: &str) -> LakeRules {
    LakeRules::from(&BusinessConfig {
        reporting_timezone: TimeZone::get(zone).unwrap(),
        ..BusinessConfig::default()
    })
}

impl Bench {
    pub(crate) fn new(zone: &str) -> Self {
        Self::on(Arc::new(InMemory::new()), zone)
    }

    pub(crate) fn on(store: Arc<dyn ObjectStore>, zone: &str) -> Self {
        let lake = Lake::new(store.clone());
        Self {
            store,
            lake,
            rules: rules(zone),
            directory: Directory::default(),
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
        report.merge(self.lake.compute(&self.gold(as_of)).await?.report);
        Ok(report)
    }

    pub(crate) async fn rebuild(&self, as_of: Timestamp) {
        let input = self.gold(as_of);
        self.lake.rebuild(self.batch, &input).await.unwrap();
    }

    pub(crate) fn gold(&self, as_of: Timestamp) -> GoldInput<'_> {
        GoldInput {
            rules: &self.rules,
            directory: &self.directory,
            as_of,
            now: as_of,
        }
    }

    /// All rows of a table in key order, without what row equality leaves out.
    pub(crate) async fn rows(&self, table: &str) -> Vec<Row> {
        let mut rows = self.lake.head(table, &[], 1_000_000, 0).await.unwrap();
        for row in &mut rows {
            for column in [
                "as_of",
                "processed_at",
                "rejected_at",
                "recorded_at",
                "last_calendly_sync",
            ] {
                row.remove(column);
            }
        }
        rows
    }

    /// All tables, for comparing whole lakes.
    pub(crate) async fn all(&self) -> Vec<(&'static str, Vec<Row>)> {
        let mut all = Vec::new();
        for model in Catalog::get()
            .unwrap()
            .all()
            .filter(|m| m.name != "silver.calendar")
        {
            all.push((model.name.as_str(), self.rows(&model.name).await));
        }
        all
    }
}

/// Fails with the first differing row.
pub(crate) fn assert_same(what: &str, table: &str, got: &[Row], wanted: &[Row]) {
    for (at, (g, w)) in got.iter().zip(wanted).enumerate() {
        for (column, value) in w {
            assert_eq!(
                g.get(column),
                Some(value),
                "{what}: {} row {at} column {column}\n got {g:?}\nwant {w:?}",
                table
            );
        }
        assert_eq!(
            g.len(),
            w.len(),
            "{what}: {} row {at}\n got {g:?}\nwant {w:?}",
            table
        );
    }
    assert_eq!(
        got.len(),
        wanted.len(),
        "{what}: rows of {}\n got {got:#?}\nwant {wanted:#?}",
        table
    );
}
