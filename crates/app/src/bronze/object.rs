//! A bronze object: the lines of one place, named by their content.

use jiff::civil::Date;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::inbox::delivery::DeliveryRow;
use crate::ports::ItemKey;

/// Where a line belongs: the folder of its kind, its channel, its arrival day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BronzeFolder {
    pub(super) folder: &'static str,
    pub(super) channel: Option<String>,
    pub(super) day: Date,
}

impl BronzeFolder {
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

/// What is escaped in the value of a partition.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'-')
    .remove(b'.')
    .remove(b' ');

/// A channel as a path part, percent-encoded as Hive's readers undo it.
fn partition_value(text: &str) -> String {
    // These two would be other folders.
    let set = if matches!(text, "." | "..") {
        NON_ALPHANUMERIC
    } else {
        ESCAPED
    };
    utf8_percent_encode(text, set).to_string()
}

/// A record as a line, and what will be known of its delivery.
#[derive(Debug)]
pub(super) struct PublishedRow {
    pub(super) line: String,
    /// Two rules name different channels for it (X21).
    pub(super) conflict: bool,
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
    pub(super) fn new(place: &BronzeFolder, entries: Vec<PublishedRow>) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_one_part_of_a_path_and_readers_get_it_back() {
        for (channel, part) in [
            ("facebook_paid_ads", "facebook_paid_ads"),
            ("face/book ads", "face%2Fbook ads"),
            ("50%", "50%25"),
            ("..", "%2E%2E"),
            ("a.b-c", "a.b-c"),
            ("café", "caf%C3%A9"),
            ("🎉=\n", "%F0%9F%8E%89%3D%0A"),
        ] {
            assert_eq!(partition_value(channel), part);
            let back = percent_encoding::percent_decode_str(part).decode_utf8();
            assert_eq!(back.unwrap(), channel);
        }
    }
}
