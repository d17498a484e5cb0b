//! A bronze object: the lines of one place, named by their content.

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::inbox::delivery::DeliveryRow;
use crate::ports::ItemKey;

/// Where a line belongs: the folder of its kind, its channel, its arrival day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) folder: &'static str,
    pub(super) channel: Option<String>,
    pub(super) day: Date,
}

impl Place {
    fn key(&self, name: &str) -> String {
        let channel = self
            .channel
            .as_ref()
            .map(|c| format!("channel={}/", partition_value(c)))
            .unwrap_or_default();
        format!(
            "bronze/{}/{channel}date={}/{name}.json",
            self.folder, self.day
        )
    }
}

/// A channel as a path part: Hive's escaping of what a path can't hold.
fn partition_value(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ');
    text.chars()
        .map(|c| {
            if plain(c) && text != "." && text != ".." {
                c.to_string()
            } else {
                format!("%{:02X}", u32::from(c))
            }
        })
        .collect()
}

/// A record as a line, and what will be known of its delivery.
#[derive(Debug)]
pub(super) struct PublishedRow {
    pub(super) line: String,
    pub(super) row: DeliveryRow,
    pub(super) sequence: String,
    /// Where its meaning is remembered; `None` for what comes past the receiver's dedupe.
    pub(super) meaning: Option<ItemKey>,
}

/// The lines of one place as an object.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) key: String,
    /// Lower-case hex.
    pub(super) sha256: String,
    pub(super) bytes: Vec<u8>,
    pub(super) entries: Vec<PublishedRow>,
}

impl Object {
    pub(super) fn of(place: &Place, entries: Vec<PublishedRow>) -> Self {
        let mut lines: Vec<&str> = entries.iter().map(|entry| entry.line.as_str()).collect();
        lines.sort_unstable();
        let mut bytes = lines.join("\n").into_bytes();
        bytes.push(b'\n');
        let sha256 = hex::encode(Sha256::digest(&bytes));
        Self {
            key: place.key(&sha256),
            sha256,
            bytes,
            entries,
        }
    }
}
