//! Which imported object a silver row came from.
//!
//! An imported record says nothing of its object, so the days on which it can have arrived are searched: each object once
//! for all rows, a window of it at a time, and no more bytes than a limit.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;

use crate::ports::{ObjectError, ObjectStore, TableRow};

/// Days after a record's own time in which its imported object is looked for.
const ARRIVAL_DAYS: i64 = 14;
/// Bytes of an object that are in memory at a time.
const WINDOW_BYTES: usize = 1 << 20;
/// Bytes that are read for one answer; what is not found by then has no object.
const SEARCH_BYTES_MAX: u64 = 512 << 20;

/// What a row's line holds: its invitee, and the second of its newest change.
struct ImportedLine {
    place: usize,
    invitee: String,
    second: String,
}

/// The object of each row, in their order; `None` for a row whose raw body is known, and for one that is not found.
pub(super) async fn find(
    objects: &dyn ObjectStore,
    rows: &[TableRow],
) -> Result<Vec<Option<String>>, ObjectError> {
    let mut found = vec![None; rows.len()];
    let mut left = SEARCH_BYTES_MAX;
    for ((day, channel), mut wanted) in by_day(rows) {
        let prefix = format!("bronze/calendly_events/channel={channel}/date={day}/");
        wanted.retain(|w| found[w.place].is_none());
        if wanted.is_empty() {
            continue;
        }
        for key in objects.list(&prefix).await? {
            for place in search(objects, &key, &wanted, &mut left).await? {
                found[place].get_or_insert_with(|| key.clone());
            }
        }
    }
    Ok(found)
}

/// The rows that are looked for, by the days and the channel in which they may lie; earlier days come first.
fn by_day(rows: &[TableRow]) -> BTreeMap<(Date, String), Vec<ImportedLine>> {
    let mut days: BTreeMap<(Date, String), Vec<ImportedLine>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let text = |column: &str| row.get(column).and_then(Value::as_str);
        let (Some(channel), Some(updated), None) = (
            text("marketing_channel"),
            text("invitee_updated_at"),
            text("raw_sha256"),
        ) else {
            continue;
        };
        let Some(first) = updated.get(..10).and_then(|day| day.parse::<Date>().ok()) else {
            continue;
        };
        let invitee = text("invitee_uri").unwrap_or_default();
        for offset in 0..=ARRIVAL_DAYS {
            let day = first.saturating_add(offset.days());
            days.entry((day, channel.to_owned()))
                .or_default()
                .push(ImportedLine {
                    place,
                    invitee: format!("\"invitee_uri\":\"{invitee}\""),
                    second: updated.get(..19).unwrap_or(updated).to_owned(),
                });
        }
    }
    days
}

/// The places of the rows that an object holds. Stops when `left` bytes were read.
async fn search(
    objects: &dyn ObjectStore,
    key: &str,
    wanted: &[ImportedLine],
    left: &mut u64,
) -> Result<BTreeSet<usize>, ObjectError> {
    let (mut places, mut rest, mut from) = (BTreeSet::new(), Vec::new(), 0);
    while *left > 0 && places.len() < wanted.len() {
        let window = objects.get_range(key, from, WINDOW_BYTES).await?;
        let ended = window.len() < WINDOW_BYTES;
        from += window.len() as u64;
        *left = left.saturating_sub(window.len() as u64);
        rest.extend(window);
        let whole = if ended {
            rest.len()
        } else {
            rest.iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |at| at + 1)
        };
        for line in rest[..whole].split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            let here = |w: &&ImportedLine| line.contains(&w.invitee) && line.contains(&w.second);
            places.extend(wanted.iter().filter(here).map(|w| w.place));
        }
        rest.drain(..whole);
        if ended {
            break;
        }
    }
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookpath_testkit::MemoryObjects;
    use serde_json::json;

    fn row(name: &str) -> TableRow {
        let row = json!({ "invitee_uri": name, "marketing_channel": "ads", "invitee_updated_at": "2026-03-01T10:00:00Z" });
        row.as_object().unwrap().clone()
    }

    fn line(name: &str, padding: usize) -> String {
        let padding = "x".repeat(padding);
        format!(
            "{{\"invitee_uri\":\"{name}\",\"updated_at\":\"2026-03-01T10:00:00Z\",\"p\":\"{padding}\"}}\n"
        )
    }

    #[tokio::test]
    async fn every_object_is_read_once_for_all_rows_and_in_parts() {
        let objects = MemoryObjects::default();
        let folder = "bronze/calendly_events/channel=ads";
        let early = format!("{folder}/date=2026-03-01/a.json");
        let late = format!("{folder}/date=2026-03-09/b.json");
        // The line of A2 lies across two windows.
        let large = line("other", WINDOW_BYTES - 200) + &line("A2", 300) + &line("A3", 10);
        objects
            .put(&early, line("A1", 10).as_bytes())
            .await
            .unwrap();
        objects.put(&late, large.as_bytes()).await.unwrap();
        let rows = [row("A1"), row("A2"), row("A3"), row("A4")];
        let found = find(&objects, &rows).await.unwrap();
        let expected = [
            Some(early.clone()),
            Some(late.clone()),
            Some(late.clone()),
            None,
        ];
        assert_eq!(found, expected);
        let read = objects.read();
        assert_eq!(read.iter().filter(|key| **key == early).count(), 1);
        assert_eq!(
            read.iter().filter(|key| **key == late).count(),
            2,
            "two windows"
        );
    }
}
