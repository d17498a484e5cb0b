//! The store port on one DynamoDB table: `pk`, `sk`, one sparse index, transactions with version conditions.
//!
//! Weaker than SQLite in two ways, both named in the port: the index may lag for a moment, and a stream record may
//! arrive although its writes did not hold. The table is the one of `infra/template.yaml`.

mod actions;
mod counters;
mod item;
mod plan;
mod query;
mod transact;

use std::collections::HashMap;
use std::error::Error;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bookpath_app::ports::{Commit, Item, ItemKey, LogEntry, Page, Query, Store, StoreError};
use futures::future::try_join_all;

use crate::Session;
use crate::failure::{code, line};
use counters::Shards;
use item::Attributes;

#[cfg(feature = "kinesis")]
pub(crate) use transact::back_off;

pub use item::{
    BODY, EXPIRES_AT, INDEX_NAME, INDEX_PARTITION, INDEX_SORT, PARTITION, SORT, VERSION,
};

/// Keys per BatchGetItem.
const GET_MAX: usize = 100;
/// Rounds in which DynamoDB may leave keys of one batch for later.
const GET_ROUNDS_MAX: u32 = 6;

/// The state table.
#[derive(Debug, Clone)]
pub struct StateTable {
    client: Client,
    table: String,
    shards: Shards,
    #[cfg(feature = "kinesis")]
    stream: Option<crate::EventStream>,
}

impl StateTable {
    /// The table of this name. Its commits can't carry stream records before [`Self::with_stream`].
    #[must_use]
    pub fn new(session: &Session, table: impl Into<String>) -> Self {
        Self {
            client: Client::new(session.shared()),
            table: table.into(),
            shards: Shards::default(),
            #[cfg(feature = "kinesis")]
            stream: None,
        }
    }

    /// The stream that the records of commits go to.
    #[cfg(feature = "kinesis")]
    #[must_use]
    pub fn with_stream(mut self, stream: crate::EventStream) -> Self {
        self.stream = Some(stream);
        self
    }

    #[cfg(feature = "kinesis")]
    async fn publish(&self, records: &[LogEntry]) -> Result<(), StoreError> {
        match &self.stream {
            _ if records.is_empty() => Ok(()),
            Some(stream) => stream.put(records).await,
            None => Err(StoreError::Refused("this process has no stream".to_owned())),
        }
    }

    #[cfg(not(feature = "kinesis"))]
    async fn publish(&self, records: &[LogEntry]) -> Result<(), StoreError> {
        if records.is_empty() {
            Ok(())
        } else {
            Err(StoreError::Refused("this process has no stream".to_owned()))
        }
    }

    /// The items under these keys, at most [`GET_MAX`], in any order: one BatchGetItem and what it left for later.
    async fn get_batch(&self, keys: Vec<Attributes>) -> Result<Vec<Attributes>, StoreError> {
        let mut found = Vec::with_capacity(keys.len());
        let mut left = keys;
        for round in 0..GET_ROUNDS_MAX {
            let asked = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .consistent_read(true)
                .build()
                .map_err(unfit)?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, asked)
                .send()
                .await
                .map_err(|error| failed(&error))?;
            let answered = answer.responses.unwrap_or_default();
            found.extend(answered.into_values().flatten());
            let rest = answer.unprocessed_keys.unwrap_or_default();
            left = rest.into_values().flat_map(|rest| rest.keys).collect();
            if left.is_empty() {
                return Ok(found);
            }
            transact::back_off(round).await;
        }
        Err(StoreError::Unavailable(
            "DynamoDB kept leaving keys of a batch for later".to_owned(),
        ))
    }
}

/// What DynamoDB calls invalid is a bug of ours; the rest passes, or an operator repairs it.
fn failed<E>(error: &SdkError<E, HttpResponse>) -> StoreError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match code(error) {
        Some("ValidationException" | "IdempotentParameterMismatchException") => {
            StoreError::Refused(line(error))
        }
        _ => StoreError::Unavailable(line(error)),
    }
}

/// A request that lacks a field: a bug of ours.
#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn unfit(error: aws_sdk_dynamodb::error::BuildError) -> StoreError {
    StoreError::Refused(error.to_string())
}

#[async_trait]
impl Store for StateTable {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(item::key(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failed(&error))?;
        answer.item.map(item::parse).transpose()
    }

    async fn get_many(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, StoreError> {
        let mut distinct = keys.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let batches = distinct
            .chunks(GET_MAX)
            .map(|keys| self.get_batch(keys.iter().map(item::key).collect()));
        let found = try_join_all(batches)
            .await?
            .into_iter()
            .flatten()
            .map(item::parse);
        let found: HashMap<ItemKey, Item> = found
            .map(|item| item.map(|item| (item.key.clone(), item)))
            .collect::<Result<_, _>>()?;
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn query(&self, query: &Query) -> Result<Page, StoreError> {
        query::run(self, query).await
    }

    /// The transaction and the records go out at the same time, so that the caller waits for one round trip.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        let Commit { writes, records } = commit;
        if writes.is_empty() {
            return self.publish(&records).await;
        }
        let plan = plan::Plan::new(writes)?;
        let (written, published) =
            futures::join!(transact::run(self, &plan), self.publish(&records));
        // Without the record it is not done, whatever became of the writes: a conflict alone would tell the caller that
        // its record is on the stream by an earlier commit, and that one may have lost its record in the same way.
        published.and(written)
    }

    async fn counters(&self) -> Result<Vec<(String, i64)>, StoreError> {
        counters::sum(self.get_batch(counters::keys()).await?)
    }

    async fn scan(&self, each: &mut (dyn FnMut(Item) + Send)) -> Result<(), StoreError> {
        let scan = self.client.scan().table_name(&self.table);
        let mut pages = scan.consistent_read(true).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed(&error))?;
            for attributes in page.items.unwrap_or_default() {
                // A shard of the counters has numbers in place of a body.
                if attributes.contains_key(BODY) {
                    each(item::parse(attributes)?);
                }
            }
        }
        Ok(())
    }
}
