//! Checkpoints: the whole table state in one Parquet object, so that readers need not replay the log.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow::json::ReaderBuilder;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde_json::{Value, json};

use crate::delta::log::{TableState, add, metadata, protocol};
use crate::error::Result;
use crate::schema::Table;
use crate::store::Store;

fn field(name: &str, ty: DataType) -> Field {
    Field::new(name, ty, true)
}

fn action(name: &str, fields: Vec<Field>) -> Field {
    field(name, DataType::Struct(fields.into()))
}

fn string_map(name: &str) -> Field {
    let entries: Fields = vec![
        Field::new("key", DataType::Utf8, false),
        field("value", DataType::Utf8),
    ]
    .into();
    let entry = Field::new("key_value", DataType::Struct(entries), false);
    field(name, DataType::Map(Arc::new(entry), false))
}

fn schema() -> Schema {
    use DataType::{Boolean, Int32, Int64, Utf8};
    let strings = || DataType::List(Arc::new(Field::new("element", Utf8, true)));
    Schema::new(vec![
        action(
            "txn",
            vec![
                field("appId", Utf8),
                field("version", Int64),
                field("lastUpdated", Int64),
            ],
        ),
        action(
            "add",
            vec![
                field("path", Utf8),
                string_map("partitionValues"),
                field("size", Int64),
                field("modificationTime", Int64),
                field("dataChange", Boolean),
                field("stats", Utf8),
                string_map("tags"),
            ],
        ),
        action(
            "remove",
            vec![
                field("path", Utf8),
                field("deletionTimestamp", Int64),
                field("dataChange", Boolean),
            ],
        ),
        action(
            "metaData",
            vec![
                field("id", Utf8),
                field("name", Utf8),
                field("description", Utf8),
                action(
                    "format",
                    vec![field("provider", Utf8), string_map("options")],
                ),
                field("schemaString", Utf8),
                field("partitionColumns", strings()),
                string_map("configuration"),
                field("createdTime", Int64),
            ],
        ),
        action(
            "protocol",
            vec![
                field("minReaderVersion", Int32),
                field("minWriterVersion", Int32),
            ],
        ),
    ])
}

/// The checkpoint of `state` at its version.
fn encode(table: Table, state: &TableState) -> Result<(Bytes, usize)> {
    let mut actions: Vec<Value> = vec![protocol(), metadata(table, state.created_ms)];
    if let Some((app, version)) = &state.txn {
        actions.push(
            json!({"txn": {"appId": app, "version": version, "lastUpdated": state.created_ms}}),
        );
    }
    for file in &state.files {
        let mut action = add(table, file);
        action["add"]["dataChange"] = json!(false);
        actions.push(action);
    }
    let schema = Arc::new(schema());
    let mut decoder = ReaderBuilder::new(schema.clone())
        .with_batch_size(actions.len())
        .build_decoder()?;
    decoder.serialize(&actions)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
    if let Some(batch) = decoder.flush()? {
        writer.write(&batch)?;
    }
    Ok((Bytes::from(writer.into_inner()?), actions.len()))
}

/// Writes the checkpoint of `state` and points readers to it: two requests.
pub(crate) async fn write(store: &Store, table: Table, state: &TableState) -> Result<()> {
    let (bytes, actions) = encode(table, state)?;
    let folder = format!("{}/_delta_log", table.path());
    store
        .put(
            &format!("{folder}/{:020}.checkpoint.parquet", state.version),
            bytes,
        )
        .await?;
    let pointer = json!({"version": state.version, "size": actions}).to_string();
    store
        .put(&format!("{folder}/_last_checkpoint"), Bytes::from(pointer))
        .await
}
