//! An item as DynamoDB keeps it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use bookpath_app::ports::{IndexKey, Item, ItemKey, StoreError};

/// Partition key.
pub const PARTITION: &str = "pk";
/// Sort key.
pub const SORT: &str = "sk";
/// Version of the item.
pub const VERSION: &str = "item_version";
/// The body, JSON as text.
pub const BODY: &str = "item_body";
/// Unix seconds after which DynamoDB may remove the item.
pub const EXPIRES_AT: &str = "expires_at";
/// The one index.
pub const INDEX_NAME: &str = "gsi1";
/// Partition key of the index.
pub const INDEX_PARTITION: &str = "gsi1pk";
/// Sort key of the index: the item's index sort key, then its own key, so that ties have an order.
pub const INDEX_SORT: &str = "gsi1sk";

/// Between the parts of an index sort key. No key holds it, and it sorts before everything that one holds.
pub(super) const SEPARATOR: char = '\u{1f}';

pub(super) type Attributes = HashMap<String, AttributeValue>;

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn key(key: &ItemKey) -> Attributes {
    HashMap::from([
        (PARTITION.to_owned(), text(&key.pk)),
        (SORT.to_owned(), text(&key.sk)),
    ])
}

pub(super) fn index_sort(sort: &str, key: &ItemKey) -> String {
    format!("{sort}{SEPARATOR}{}{SEPARATOR}{}", key.pk, key.sk)
}

pub(super) fn parse(mut attributes: Attributes) -> Result<Item, StoreError> {
    let mut take = |name: &str| match attributes.remove(name) {
        Some(AttributeValue::S(text) | AttributeValue::N(text)) => Some(text),
        _ => None,
    };
    let (pk, sk) = (
        take(PARTITION).unwrap_or_default(),
        take(SORT).unwrap_or_default(),
    );
    let (version, body) = (take(VERSION).and_then(|text| text.parse().ok()), take(BODY));
    let index = take(INDEX_PARTITION)
        .zip(take(INDEX_SORT))
        .map(|(partition, sort)| IndexKey {
            sort: sort.split(SEPARATOR).next().unwrap_or_default().to_owned(),
            partition,
        });
    match (version, body) {
        (Some(version), Some(body)) => Ok(Item {
            key: ItemKey { pk, sk },
            version,
            index,
            body,
        }),
        _ => Err(StoreError::Corrupt(format!(
            "{pk}/{sk} has no version or no body"
        ))),
    }
}
