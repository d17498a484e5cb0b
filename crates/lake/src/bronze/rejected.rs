//! Records of bronze that could not become a row.

use std::borrow::Cow;

/// Bytes of a refused record that are kept.
const REJECTED_BYTES_MAX: usize = 65_536;

/// A record that could not become a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) reason: Cow<'static, str>,
    pub(crate) object: String,
    pub(crate) line: i32,
    pub(crate) record: String,
    pub(crate) raw_sha256: String,
}

/// What is kept of a refused record.
pub(super) fn refused(
    reason: impl Into<Cow<'static, str>>,
    key: &str,
    line: i32,
    record: &[u8],
    raw_sha256: String,
) -> Rejected {
    let text = String::from_utf8_lossy(record);
    let record = text[..text.floor_char_boundary(REJECTED_BYTES_MAX)].to_owned();
    Rejected {
        reason: reason.into(),
        object: key.to_owned(),
        line,
        record,
        raw_sha256,
    }
}
