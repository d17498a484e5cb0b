//! Rows to the 43 columns of `silver.invitees`.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Int32Array, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::datatypes::SchemaRef;

use crate::error::Result;
use crate::row::{Head, Rows, Texts, field};
use crate::time::{NO_TIME, Zone, Zones, day_name, year_month};

/// What turns facts into columns: zones, the run's instants, the schema.
#[derive(Debug)]
pub(crate) struct Encoder {
    pub(crate) schema: SchemaRef,
    pub(crate) zone: Zone,
    zones: Zones,
    as_of: i64,
    now: i64,
}

/// A row to encode with the chain it belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'a> {
    pub head: &'a Head,
    pub chain_id: &'a str,
}

/// Strings that are copied as they are: (field, bytes to expect a row).
const PLAIN: [(usize, usize); 21] = [
    (field::EMAIL, 24),
    (field::NAME, 16),
    (field::FIRST_NAME, 8),
    (field::LAST_NAME, 8),
    (field::TIMEZONE, 18),
    (field::PHONE, 12),
    (field::EVENT_NAME, 16),
    (field::EVENT_STATUS, 8),
    (field::EVENT_TYPE, 80),
    (field::LOCATION_TYPE, 12),
    (field::JOIN_URL, 56),
    (field::UTM_CAMPAIGN, 14),
    (field::UTM_SOURCE, 8),
    (field::UTM_MEDIUM, 12),
    (field::UTM_CONTENT, 10),
    (field::UTM_TERM, 12),
    (field::CHANNEL, 17),
    (field::EVENT_URI, 80),
    (field::HOST_EMAIL, 24),
    (field::HOST_NAME, 12),
    (field::RAW_SHA256, 0),
];

impl Encoder {
    /// `as_of` and `now` are microseconds.
    pub(crate) fn new(schema: SchemaRef, zone: Zone, as_of: i64, now: i64) -> Self {
        Self {
            schema,
            zone,
            zones: Zones::default(),
            as_of,
            now,
        }
    }

    /// The run's clock, microseconds.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    /// One batch of all members in the given order.
    pub(crate) fn batch(&mut self, rows: &Rows, members: &[Member<'_>]) -> Result<RecordBatch> {
        let texts: Vec<Texts<'_>> = members.iter().map(|m| rows.texts(m.head)).collect();
        let plain = |field: usize| -> ArrayRef {
            let bytes = PLAIN
                .iter()
                .find(|(f, _)| *f == field)
                .map_or(16, |(_, b)| *b);
            strings(texts.iter().map(|t| t[field]), texts.len(), bytes)
        };
        let times = |get: fn(&Head) -> i64| times(members.iter().map(|m| get(m.head)));
        let n = members.len();
        let days: Vec<(i32, i32)> = members
            .iter()
            .map(|m| self.zone.local(m.head.created))
            .map(|l| (l.days, l.hour))
            .collect();
        let months: Vec<(i32, i32)> = days.iter().map(|d| year_month(d.0)).collect();
        let attendance: Vec<_> = members
            .iter()
            .map(|m| m.head.attendance(self.as_of))
            .collect();
        let ints = |values: Vec<i32>| -> ArrayRef { Arc::new(Int32Array::from(values)) };
        let bools = |get: fn(&Head) -> bool| -> ArrayRef {
            Arc::new(BooleanArray::from_iter(
                members.iter().map(|m| Some(get(m.head))),
            ))
        };
        let created_local: Vec<_> = members
            .iter()
            .zip(&texts)
            .map(|(m, t)| self.zones.hour(t[field::TIMEZONE], m.head.created))
            .collect();
        let start_local: Vec<_> = members
            .iter()
            .zip(&texts)
            .map(|(m, t)| self.zones.hour(t[field::TIMEZONE], m.head.start))
            .collect();
        let columns: Vec<ArrayRef> = vec![
            strings(texts.iter().map(|t| t[field::URI]), n, 128),
            plain(field::EMAIL),
            plain(field::NAME),
            plain(field::FIRST_NAME),
            plain(field::LAST_NAME),
            strings(
                members.iter().map(|m| {
                    if m.head.canceled {
                        "canceled"
                    } else {
                        "active"
                    }
                }),
                n,
                8,
            ),
            plain(field::TIMEZONE),
            plain(field::PHONE),
            times(|h| h.created),
            times(|h| h.updated),
            bools(|h| h.canceled),
            bools(|h| h.rescheduled),
            plain(field::EVENT_NAME),
            plain(field::EVENT_STATUS),
            plain(field::EVENT_TYPE),
            times(|h| h.start),
            times(|h| h.end),
            times(|h| h.event_created),
            plain(field::LOCATION_TYPE),
            plain(field::JOIN_URL),
            plain(field::UTM_CAMPAIGN),
            plain(field::UTM_SOURCE),
            plain(field::UTM_MEDIUM),
            plain(field::UTM_CONTENT),
            plain(field::UTM_TERM),
            plain(field::CHANNEL),
            Arc::new(Date32Array::from_iter_values(days.iter().map(|d| d.0))),
            ints(months.iter().map(|m| m.0).collect()),
            ints(months.iter().map(|m| m.1).collect()),
            strings(days.iter().map(|d| day_name(d.0)), n, 8),
            ints(days.iter().map(|d| d.1).collect()),
            self::times(std::iter::repeat_n(self.now, n)),
            plain(field::EVENT_URI),
            plain(field::HOST_EMAIL),
            plain(field::HOST_NAME),
            strings(texts.iter().map(|t| t[field::OLD_INVITEE]), n, 16),
            strings(texts.iter().map(|t| t[field::NEW_INVITEE]), n, 16),
            strings(members.iter().map(|m| m.chain_id), n, 128),
            strings(attendance.iter().map(|a| a.0.as_str()), n, 10),
            strings(attendance.iter().map(|a| a.1.as_str()), n, 8),
            Arc::new(Int32Array::from(created_local)),
            Arc::new(Int32Array::from(start_local)),
            plain(field::RAW_SHA256),
        ];
        Ok(RecordBatch::try_new(self.schema.clone(), columns)?)
    }
}

/// A string column; empty values are NULL.
fn strings<'a>(values: impl Iterator<Item = &'a str>, rows: usize, bytes_each: usize) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(rows, rows * bytes_each);
    for value in values {
        if value.is_empty() {
            builder.append_null();
        } else {
            builder.append_value(value);
        }
    }
    let array: StringArray = builder.finish();
    Arc::new(array)
}

fn times(values: impl Iterator<Item = i64>) -> ArrayRef {
    let array: TimestampMicrosecondArray = values.map(|us| (us != NO_TIME).then_some(us)).collect();
    Arc::new(array.with_timezone("UTC"))
}
