//! The lines of a bronze object.

use serde_json::Value;

use super::rejected::{Rejected, refused};

/// A line that is JSON.
pub(super) struct Line<'a> {
    key: &'a str,
    number: i32,
    text: &'a [u8],
    pub(super) value: Value,
}

impl Line<'_> {
    /// What is kept of it if it can't be read.
    pub(super) fn refused(&self, reason: String) -> Rejected {
        let digest = raw_sha256(&self.value).to_owned();
        refused(reason, self.key, self.number, self.text, digest)
    }
}

/// The lines of an object that are JSON; the others are refused.
pub(super) fn parsed<'a>(
    key: &'a str,
    body: &'a [u8],
    rejected: &mut Vec<Rejected>,
) -> Vec<Line<'a>> {
    let mut found = Vec::new();
    for (number, text) in lines(body) {
        match serde_json::from_slice(text) {
            Ok(value) => found.push(Line {
                key,
                number,
                text,
                value,
            }),
            Err(_) => rejected.push(refused("invalid_json", key, number, text, String::new())),
        }
    }
    found
}

/// The digest of the raw body that a line is from; empty where it does not say.
pub(super) fn raw_sha256(line: &Value) -> &str {
    line.get("raw_sha256").and_then(Value::as_str).unwrap_or("")
}

/// The lines of an object with their numbers, from 1; empty ones are left out.
pub(super) fn lines(body: &[u8]) -> impl Iterator<Item = (i32, &[u8])> {
    let numbered = body.split(|b| *b == b'\n').enumerate();
    numbered
        .map(|(at, line)| (i32::try_from(at + 1).unwrap_or(i32::MAX), line.trim_ascii()))
        .filter(|(_, line)| !line.is_empty())
}
