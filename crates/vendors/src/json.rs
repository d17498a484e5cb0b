//! Readers for fields of vendors' JSON.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The text at a path of object keys; `None` for anything that is not a non-empty text.
pub(crate) fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(value, path)?
        .as_str()
        .map(str::trim)
        .filter(|s| !s.is_empty())
}

/// The value at a path of object keys; `None` for null.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter()
        .try_fold(value, |v, key| v.get(key))
        .filter(|v| !v.is_null())
}

/// An instant as vendors write it: RFC 3339, or Close's local-less form, which is UTC.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        civil
            .to_zoned(TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    })
}

/// The instant at a path.
pub(crate) fn instant_at(value: &Value, path: &[&str]) -> Option<Timestamp> {
    instant(text(value, path)?)
}

/// SHA-256 of a value in canonical form: object keys sorted, no white space. Lower-case hex.
pub(crate) fn content_sha256(value: &Value) -> String {
    let mut text = Vec::with_capacity(4096);
    // Writing to memory does not fail; if it did, what was written until then would count.
    if write_canonical(value, &mut text).is_err() {
        debug_assert!(false, "a value is always JSON");
    }
    hex::encode(Sha256::digest(text))
}

/// Sorts keys itself: whether `serde_json`'s own map is sorted depends on features that other crates may
/// switch on.
fn write_canonical(value: &Value, out: &mut Vec<u8>) -> serde_json::Result<()> {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            out.push(b'{');
            for (name, member) in members {
                serde_json::to_writer(&mut *out, name)?;
                out.push(b':');
                write_canonical(member, out)?;
                out.push(b',');
            }
            out.push(b'}');
        }
        Value::Array(items) => {
            out.push(b'[');
            for item in items {
                write_canonical(item, out)?;
                out.push(b',');
            }
            out.push(b']');
        }
        scalar => serde_json::to_writer(out, scalar)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meaning_has_no_order_and_no_white_space() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":{"x":[1,2],"y":null}}"#).unwrap();
        let two: Value =
            serde_json::from_str("{ \"b\": {\"y\":null, \"x\":[1,2]},\n \"a\":1}").unwrap();
        let three: Value = serde_json::from_str(r#"{"a":1,"b":{"x":[2,1],"y":null}}"#).unwrap();
        assert_eq!(content_sha256(&one), content_sha256(&two));
        assert_ne!(content_sha256(&one), content_sha256(&three));
        // Stored hashes are compared with new ones: the text under the hash must stay what it was.
        let mut text = Vec::new();
        write_canonical(
            &serde_json::json!({ "b": [1, "\u{e4}\"\n", 2.5], "a": null }),
            &mut text,
        )
        .unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#"{"a":null,"b":[1,"ä\"\n",2.5,],}"#
        );
    }

    #[test]
    fn instants_of_every_vendor() {
        for text in [
            "2019-01-15T12:48:23.395000Z",
            "2019-01-15T12:48:23.395000",
            "2019-01-15T12:48:23.395+00:00",
        ] {
            assert_eq!(
                instant(text).map(Timestamp::as_millisecond),
                Some(1_547_556_503_395),
                "{text}"
            );
        }
        assert_eq!(instant("yesterday"), None);
    }
}
