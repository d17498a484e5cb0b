//! Batches of the event sources, down to what the use cases read, and the answer in part.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bookpath_app::ports::LogRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Records of the event stream, as the service hands them over.
#[derive(Debug, Clone, Deserialize)]
pub struct KinesisBatch {
    #[serde(rename = "Records")]
    records: Vec<KinesisEntry>,
}

#[derive(Debug, Clone, Deserialize)]
struct KinesisEntry {
    kinesis: KinesisRecord,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KinesisRecord {
    sequence_number: String,
    data: String,
}

impl KinesisBatch {
    /// The records in their order. Data that is no base64 is handed on as it is: the use case buries it with its reason.
    #[must_use]
    pub fn records(self) -> Vec<LogRecord> {
        let record = |entry: KinesisEntry| {
            let data = STANDARD
                .decode(&entry.kinesis.data)
                .unwrap_or_else(|_| entry.kinesis.data.into_bytes());
            LogRecord {
                sequence: entry.kinesis.sequence_number,
                data,
            }
        };
        self.records.into_iter().map(record).collect()
    }
}

/// What the event source is told: the records to hand over again. From the lowest of them on it hands over everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchAnswer {
    batch_item_failures: Vec<ItemFailure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemFailure {
    item_identifier: String,
}

impl BatchAnswer {
    /// An answer that asks for these records again; none: all of the batch is done.
    #[must_use]
    pub fn again(sequences: Vec<String>) -> Self {
        Self {
            batch_item_failures: sequences
                .into_iter()
                .map(|item_identifier| ItemFailure { item_identifier })
                .collect(),
        }
    }
}

/// Changes of the table, as its stream hands them over; or a schedule's call, which names none but may name an action.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct TableChanges {
    #[serde(rename = "Records", default)]
    records: Vec<TableEntry>,
    #[serde(default)]
    action: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct TableEntry {
    dynamodb: TableRecord,
}

#[derive(Debug, Clone, Deserialize)]
struct TableRecord {
    #[serde(rename = "Keys")]
    keys: Value,
    #[serde(rename = "SequenceNumber")]
    sequence_number: String,
}

impl TableChanges {
    /// What a schedule asks for.
    #[must_use]
    pub fn action(&self) -> Option<&str> {
        self.action.as_deref()
    }

    /// (sequence, partition key) of every changed item, in order.
    #[must_use]
    pub fn items(&self) -> Vec<(String, String)> {
        let item = |entry: &TableEntry| {
            let pk = entry
                .dynamodb
                .keys
                .pointer("/pk/S")
                .and_then(Value::as_str)?;
            Some((entry.dynamodb.sequence_number.clone(), pk.to_owned()))
        };
        self.records.iter().filter_map(item).collect()
    }
}

/// Messages of a topic.
#[derive(Debug, Clone, Deserialize)]
pub struct SnsBatch {
    #[serde(rename = "Records")]
    records: Vec<SnsEntry>,
}

#[derive(Clone, Deserialize)]
struct SnsEntry {
    #[serde(rename = "Sns")]
    sns: SnsMessage,
}

/// Customers' words and numbers: never shown.
impl std::fmt::Debug for SnsEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SnsEntry")
    }
}

#[derive(Clone, Deserialize)]
struct SnsMessage {
    #[serde(rename = "Message")]
    message: String,
}

impl SnsBatch {
    /// The messages' bodies.
    #[must_use]
    pub fn messages(self) -> Vec<String> {
        self.records
            .into_iter()
            .map(|entry| entry.sns.message)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_batch_of_the_stream_becomes_records_in_order() {
        let entry = |sequence: &str, data: &str| json!({ "eventSource": "aws:kinesis", "kinesis": { "partitionKey": "p", "sequenceNumber": sequence, "data": data, "approximateArrivalTimestamp": 1.5 } });
        let event = json!({ "Records": [entry("1", "eyJhIjoxfQ=="), entry("2", "%%")] });
        let records = serde_json::from_value::<KinesisBatch>(event)
            .unwrap()
            .records();
        assert_eq!(
            records[0],
            LogRecord {
                sequence: "1".to_owned(),
                data: br#"{"a":1}"#.to_vec()
            }
        );
        assert_eq!(records[1].data, b"%%");
    }

    #[test]
    fn the_answer_has_the_service_s_names() {
        let answer = BatchAnswer::again(vec!["7".to_owned()]);
        assert_eq!(
            serde_json::to_value(answer).unwrap(),
            json!({ "batchItemFailures": [{ "itemIdentifier": "7" }] })
        );
        assert_eq!(
            serde_json::to_value(BatchAnswer::default()).unwrap(),
            json!({ "batchItemFailures": [] })
        );
    }

    #[test]
    fn changes_name_their_items_and_a_schedule_names_none() {
        let event = json!({ "Records": [
            { "eventName": "INSERT", "dynamodb": { "Keys": { "pk": { "S": "effect#a" }, "sk": { "S": "row" } }, "SequenceNumber": "5", "StreamViewType": "KEYS_ONLY" } },
        ] });
        let changes: TableChanges = serde_json::from_value(event).unwrap();
        assert_eq!(changes.items(), [("5".to_owned(), "effect#a".to_owned())]);
        assert_eq!(changes.action(), None);
        assert!(
            serde_json::from_value::<TableChanges>(json!({}))
                .unwrap()
                .items()
                .is_empty()
        );
        assert_eq!(
            serde_json::from_value::<TableChanges>(json!({ "action": "sweep" }))
                .unwrap()
                .action(),
            Some("sweep")
        );
    }

    #[test]
    fn a_topic_s_messages_come_out_and_are_never_shown() {
        let event = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "MessageId": "m", "Message": "{\"messageBody\":\"Yes\"}" } }] });
        let batch: SnsBatch = serde_json::from_value(event).unwrap();
        assert!(!format!("{batch:?}").contains("Yes"));
        assert_eq!(batch.messages(), [r#"{"messageBody":"Yes"}"#]);
    }
}
