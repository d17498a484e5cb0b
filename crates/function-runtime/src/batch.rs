//! Batches of the event sources, down to what the use cases read.

use aws_lambda_events::dynamodb::EventRecord;
use aws_lambda_events::kinesis::{KinesisEvent, KinesisEventRecord};
use aws_lambda_events::sns::SnsEvent;
use bookpath_app::ports::LogRecord;
use serde::Deserialize;
use serde_dynamo::AttributeValue;

/// Partition key of the state table.
const PARTITION: &str = "pk";

/// The records of a batch of the event stream, in their order.
#[must_use]
pub fn stream_records(batch: KinesisEvent) -> Vec<LogRecord> {
    let record = |entry: KinesisEventRecord| LogRecord {
        sequence: entry.kinesis.sequence_number,
        data: entry.kinesis.data.0,
    };
    batch.records.into_iter().map(record).collect()
}

/// The bodies of a topic's messages.
#[must_use]
pub fn topic_messages(batch: SnsEvent) -> Vec<String> {
    let records = batch.records.into_iter();
    records.map(|record| record.sns.message).collect()
}

/// Changes of the table, as its stream hands them over; or a schedule's call, which names none but may name an action.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct TableChanges {
    #[serde(rename = "Records", default)]
    records: Vec<EventRecord>,
    #[serde(default)]
    action: Option<String>,
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
        let item = |entry: &EventRecord| match entry.change.keys.get(PARTITION) {
            Some(AttributeValue::S(pk)) => {
                let sequence = entry.change.sequence_number.clone();
                Some((sequence.unwrap_or_default(), pk.clone()))
            }
            _ => None,
        };
        self.records.iter().filter_map(item).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_batch_of_the_stream_becomes_records_in_order() {
        let entry = |sequence: &str, data: &str| json!({ "eventSource": "aws:kinesis", "kinesis": { "partitionKey": "p", "sequenceNumber": sequence, "data": data, "approximateArrivalTimestamp": 1.5 } });
        let event = json!({ "Records": [entry("1", "eyJhIjoxfQ=="), entry("2", "bm8gcmVjb3Jk")] });
        let records = stream_records(serde_json::from_value(event).unwrap());
        assert_eq!(
            records[0],
            LogRecord {
                sequence: "1".to_owned(),
                data: br#"{"a":1}"#.to_vec()
            }
        );
        assert_eq!(
            (records[1].sequence.as_str(), records[1].data.as_slice()),
            ("2", b"no record".as_slice())
        );
    }

    #[test]
    fn changes_name_their_items_and_a_schedule_names_none() {
        let event = json!({ "Records": [
            { "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "us-west-1",
              "dynamodb": { "Keys": { "pk": { "S": "effect#a" }, "sk": { "S": "row" } }, "SequenceNumber": "5", "SizeBytes": 26, "StreamViewType": "KEYS_ONLY" } },
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
    fn a_topics_messages_come_out() {
        let event = json!({ "Records": [{ "EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "arn", "Sns": {
            "Type": "Notification", "MessageId": "m", "TopicArn": "arn", "Subject": null, "Message": "{\"messageBody\":\"Yes\"}",
            "Timestamp": "2026-03-01T10:00:00.000Z", "SignatureVersion": "1", "Signature": "s", "SigningCertUrl": "u", "UnsubscribeUrl": "u",
            "MessageAttributes": {} } }] });
        let batch = serde_json::from_value(event).unwrap();
        assert_eq!(topic_messages(batch), [r#"{"messageBody":"Yes"}"#]);
    }
}
