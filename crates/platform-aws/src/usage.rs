//! What a deployed stack has used, by the services' own meters in CloudWatch.
//!
//! The services count whatever happens and charge nothing for it; a counter of ours would be a write beside every write,
//! and would miss what we do not do ourselves: retries, the index, queries of analysts. The meters lag some minutes behind.

use std::collections::BTreeMap;

use std::error::Error;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, ScanBy};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bookpath_app::ports::MetersFailure;
use bookpath_domain::money::bill::Usage;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::Session;
use crate::failure::line;
use crate::table::INDEX_NAME;

/// How long CloudWatch keeps what it counted.
const KEPT: SignedDuration = SignedDuration::from_hours(455 * 24);
const DAY_S: i32 = 86_400;

fn failed<E>(error: SdkError<E, HttpResponse>) -> MetersFailure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    MetersFailure(line(&error))
}

/// What a stack consists of, by the names that its meters have.
#[derive(Debug, Clone, Deserialize)]
pub struct Resources {
    pub state_table: String,
    pub event_stream: String,
    pub api_name: String,
    pub api_stage: String,
    pub athena_workgroup: String,
    /// Memory in MB by the function's name.
    pub functions: BTreeMap<String, u32>,
    #[serde(flatten)]
    pub buckets: Buckets,
}

/// The tiers of the lake.
#[derive(Debug, Clone, Deserialize)]
pub struct Buckets {
    pub raw_bucket: String,
    pub bronze_bucket: String,
    pub silver_bucket: String,
    pub gold_bucket: String,
}

/// What was metered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    pub usage: Usage,
    /// Shards of the stream now.
    pub shards: i64,
}

/// What the stack has used since its stream was made, as far back as CloudWatch remembers. Texts are not in it: no
/// meter knows their parts.
///
/// Two meters are lower than the bill. Objects are counted by the day and while they exist, so what was deleted since
/// is missing; transitions are metered for all state machines of the account in the region.
///
/// # Errors
/// A service does not answer, or the caller may not ask (`cloudwatch:GetMetricData`, `kinesis:DescribeStreamSummary`).
pub async fn usage(
    session: &Session,
    stack: &Resources,
    now: Timestamp,
) -> Result<Used, MetersFailure> {
    let stream = describe(session, &stack.event_stream).await?;
    let meters = meters(stack);
    let read = read(session, &meters, stream.born.max(now - KEPT), now).await?;
    let hours = now
        .duration_since(stream.born)
        .as_secs()
        .max(0)
        .unsigned_abs()
        .div_ceil(3600);
    let shard_hours = i64::try_from(hours)
        .unwrap_or(i64::MAX)
        .saturating_mul(stream.shards);
    let mut usage = Usage {
        kinesis_shard_hours: shard_hours,
        ..Usage::default()
    };
    for (meter, series) in meters.iter().zip(&read) {
        meter.add(&mut usage, series);
    }
    Ok(Used {
        usage,
        shards: stream.shards,
    })
}

struct Stream {
    born: Timestamp,
    shards: i64,
}

async fn describe(session: &Session, stream: &str) -> Result<Stream, MetersFailure> {
    let client = aws_sdk_kinesis::Client::new(session.shared());
    let answer = client
        .describe_stream_summary()
        .stream_name(stream)
        .send()
        .await
        .map_err(failed)?;
    let summary = answer
        .stream_description_summary
        .ok_or_else(|| MetersFailure(format!("{stream} has no summary")))?;
    let born = Timestamp::from_nanosecond(summary.stream_creation_timestamp.as_nanos())
        .map_err(|e| MetersFailure(e.to_string()))?;
    Ok(Stream {
        born,
        shards: summary.open_shard_count.into(),
    })
}

/// The values of every meter by day, the newest first.
async fn read(
    session: &Session,
    meters: &[Meter],
    from: Timestamp,
    now: Timestamp,
) -> Result<Vec<Vec<f64>>, MetersFailure> {
    let client = aws_sdk_cloudwatch::Client::new(session.shared());
    let queries = meters.iter().enumerate();
    let mut pages = client
        .get_metric_data()
        .set_metric_data_queries(Some(
            queries.map(|(place, meter)| meter.query(place)).collect(),
        ))
        .start_time(DateTime::from_secs(from.as_second()))
        // Exclusive: the minute that has begun counts.
        .end_time(DateTime::from_secs(now.as_second() + 60))
        .scan_by(ScanBy::TimestampDescending)
        .into_paginator()
        .send();
    let mut read: Vec<Vec<f64>> = vec![Vec::new(); meters.len()];
    while let Some(page) = pages.next().await {
        for result in page
            .map_err(failed)?
            .metric_data_results
            .unwrap_or_default()
        {
            let id = result.id.unwrap_or_default();
            let place = id
                .strip_prefix('m')
                .and_then(|place| place.parse::<usize>().ok());
            let series = place
                .and_then(|place| read.get_mut(place))
                .ok_or_else(|| MetersFailure(format!("an unasked series {id}")))?;
            series.extend(result.values.unwrap_or_default());
        }
    }
    Ok(read)
}

/// Where a meter's value belongs.
#[derive(Debug, Clone, Copy)]
enum Line {
    Calls,
    /// Milliseconds of a function with so many MB.
    Milliseconds(u32),
    Transitions,
    Writes,
    Reads,
    Requests,
    Scanned,
    /// Objects that exist: the newest value and no sum.
    Objects,
}

/// One meter of one resource.
#[derive(Debug)]
struct Meter {
    line: Line,
    namespace: &'static str,
    name: &'static str,
    dimensions: Vec<(&'static str, String)>,
}

fn meter(
    line: Line,
    namespace: &'static str,
    name: &'static str,
    dimensions: &[(&'static str, &str)],
) -> Meter {
    let owned = |(name, value): &(&'static str, &str)| (*name, (*value).to_owned());
    Meter {
        line,
        namespace,
        name,
        dimensions: dimensions.iter().map(owned).collect(),
    }
}

fn meters(stack: &Resources) -> Vec<Meter> {
    let table = ("TableName", stack.state_table.as_str());
    let index = ("GlobalSecondaryIndexName", INDEX_NAME);
    let (write, read) = ("ConsumedWriteCapacityUnits", "ConsumedReadCapacityUnits");
    let api = [
        ("ApiName", stack.api_name.as_str()),
        ("Stage", stack.api_stage.as_str()),
    ];
    let transitions = [("ServiceMetric", "StateTransition")];
    let workgroup = [("WorkGroup", stack.athena_workgroup.as_str())];
    let mut meters = vec![
        meter(Line::Writes, "AWS/DynamoDB", write, &[table]),
        meter(Line::Writes, "AWS/DynamoDB", write, &[table, index]),
        meter(Line::Reads, "AWS/DynamoDB", read, &[table]),
        meter(Line::Reads, "AWS/DynamoDB", read, &[table, index]),
        meter(Line::Requests, "AWS/ApiGateway", "Count", &api),
        meter(
            Line::Transitions,
            "AWS/States",
            "ConsumedCapacity",
            &transitions,
        ),
        meter(Line::Scanned, "AWS/Athena", "ProcessedBytes", &workgroup),
    ];
    for (function, memory_mb) in &stack.functions {
        let of = [("FunctionName", function.as_str())];
        meters.push(meter(Line::Calls, "AWS/Lambda", "Invocations", &of));
        let milliseconds = Line::Milliseconds(*memory_mb);
        meters.push(meter(milliseconds, "AWS/Lambda", "Duration", &of));
    }
    let Buckets {
        raw_bucket,
        bronze_bucket,
        silver_bucket,
        gold_bucket,
    } = &stack.buckets;
    for bucket in [raw_bucket, bronze_bucket, silver_bucket, gold_bucket] {
        let all = ("StorageType", "AllStorageTypes");
        let of = [("BucketName", bucket.as_str()), all];
        meters.push(meter(Line::Objects, "AWS/S3", "NumberOfObjects", &of));
    }
    meters
}

impl Meter {
    fn query(&self, place: usize) -> MetricDataQuery {
        let dimension =
            |(name, value): &(&str, String)| Dimension::builder().name(*name).value(value).build();
        let metric = Metric::builder()
            .namespace(self.namespace)
            .metric_name(self.name)
            .set_dimensions(Some(self.dimensions.iter().map(dimension).collect()))
            .build();
        let stat = if matches!(self.line, Line::Objects) {
            "Average"
        } else {
            "Sum"
        };
        let stat = MetricStat::builder()
            .metric(metric)
            .period(DAY_S)
            .stat(stat)
            .build();
        MetricDataQuery::builder()
            .id(format!("m{place}"))
            .metric_stat(stat)
            .build()
    }

    fn add(&self, usage: &mut Usage, series: &[f64]) {
        let total = match self.line {
            Line::Objects => series.first().copied().unwrap_or_default(),
            _ => series.iter().sum(),
        };
        // A part of a unit is charged as a whole one.
        let whole = total.ceil() as i64;
        match self.line {
            Line::Calls => usage.lambda_requests += whole,
            Line::Milliseconds(mb) => usage.lambda_mb_ms += i128::from(whole) * i128::from(mb),
            Line::Transitions => usage.step_functions_transitions += whole,
            Line::Writes => usage.dynamodb_writes += whole,
            Line::Reads => usage.dynamodb_reads += whole,
            Line::Requests => usage.api_gateway_requests += whole,
            Line::Scanned => usage.athena_bytes_scanned += whole,
            Line::Objects => usage.s3_puts += whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stack() -> Resources {
        serde_json::from_value(json!({
            "state_table": "t", "event_stream": "s", "api_name": "a", "api_stage": "dev", "athena_workgroup": "w",
            "functions": { "f": 256, "g": 2048 }, "etl_arn": "another's",
            "raw_bucket": "raw", "bronze_bucket": "bronze", "silver_bucket": "silver", "gold_bucket": "gold",
        }))
        .unwrap()
    }

    #[test]
    fn days_add_up_and_objects_are_those_that_exist() {
        let mut usage = Usage::default();
        for meter in meters(&stack()) {
            meter.add(&mut usage, &[1.5, 10.0]);
        }
        let expected = Usage {
            lambda_requests: 2 * 12,
            lambda_mb_ms: 12 * (256 + 2048),
            step_functions_transitions: 12,
            dynamodb_writes: 2 * 12,
            dynamodb_reads: 2 * 12,
            s3_puts: 4 * 2,
            athena_bytes_scanned: 12,
            api_gateway_requests: 12,
            ..Usage::default()
        };
        assert_eq!(usage, expected);
        for meter in meters(&stack()) {
            meter.add(&mut usage, &[]);
        }
        assert_eq!(usage, expected);
    }

    #[test]
    fn a_meter_is_asked_for_by_all_of_its_dimensions() {
        let query = meters(&stack())[1].query(1);
        assert_eq!(query.id(), Some("m1"));
        let stat = query.metric_stat().unwrap();
        assert_eq!((stat.period(), stat.stat()), (Some(86_400), Some("Sum")));
        let metric = stat.metric().unwrap();
        assert_eq!(
            (metric.namespace(), metric.metric_name()),
            (Some("AWS/DynamoDB"), Some("ConsumedWriteCapacityUnits"))
        );
        let dimensions: Vec<_> = metric
            .dimensions()
            .iter()
            .map(|dimension| (dimension.name().unwrap(), dimension.value().unwrap()))
            .collect();
        let expected = [("TableName", "t"), ("GlobalSecondaryIndexName", INDEX_NAME)];
        assert_eq!(dimensions, expected);
    }
}
