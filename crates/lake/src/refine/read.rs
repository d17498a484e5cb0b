//! Bronze objects to records: which lines are rows, which are refused, which are not for silver.

use crate::record::{Parsed, Reject, parse_line, raw_sha256};
use crate::row::{Rows, cut};

/// Bytes of a refused line that are kept.
const REJECTED_RECORD_BYTES_MAX: usize = 65_536;

/// A line that did not become a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub reason: &'static str,
    pub object: String,
    /// 1-based.
    pub line: i32,
    pub record: String,
    pub raw_sha256: String,
}

/// Counts of a run's input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Lines that are not empty.
    pub records: u64,
    /// Records of kinds that silver does not hold.
    pub other_kinds: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.records += other.records;
        self.other_kinds += other.other_kinds;
    }
}

/// Whether a key holds marketing spend rather than events.
pub(crate) fn is_spend(key: &str) -> bool {
    key.starts_with("bronze/marketing_spend/")
}

/// Whether a key holds Calendly events.
pub(crate) fn is_events(key: &str) -> bool {
    key.starts_with("bronze/calendly_events/")
}

/// Reads all lines of an object. `each` gets every valid row, alone in the scratch set.
pub(crate) fn read_object((number, key): (u32, &str), bytes: &[u8], rejected: &mut Vec<Rejected>, mut each: impl FnMut(&Rows)) -> Counts {
    let mut counts = Counts::default();
    let mut scratch = Rows::default();
    for (line_number, (offset, line)) in lines(bytes).enumerate() {
        let trimmed = line.trim_ascii();
        if trimmed.is_empty() {
            continue;
        }
        counts.records += 1;
        let offset = offset + (line.len() - line.trim_ascii_start().len()) as u64;
        let text = std::str::from_utf8(trimmed);
        let parsed = text.map_or(Parsed::Rejected(Reject::InvalidJson), |text| parse_line(text, (number, offset), &mut scratch));
        match parsed {
            Parsed::Row => {
                each(&scratch);
                scratch.clear();
            }
            Parsed::OtherKind => counts.other_kinds += 1,
            Parsed::Rejected(reason) => {
                let lossy = String::from_utf8_lossy(trimmed);
                rejected.push(Rejected {
                    reason: reason.as_str(),
                    object: key.to_owned(),
                    line: i32::try_from(line_number + 1).unwrap_or(i32::MAX),
                    record: cut(&lossy, REJECTED_RECORD_BYTES_MAX).to_owned(),
                    raw_sha256: raw_sha256(&lossy),
                });
            }
        }
    }
    counts
}

/// (byte offset, line without its end) of each line.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let ends = memchr::memchr_iter(b'\n', bytes).chain(std::iter::once(bytes.len()));
    let mut at = 0;
    ends.map(move |end| {
        let from = std::mem::replace(&mut at, end + 1);
        (from as u64, bytes.get(from..end).unwrap_or_default())
    })
}
