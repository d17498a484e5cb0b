//! Bronze objects to records: which lines are rows, which are refused, which are not for silver.

use crate::record::{Parsed, Reject, parse_line, raw_sha256};
use crate::row::{Head, Texts, cut};

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

/// Reads the lines of an object that comes in pieces.
#[derive(Debug)]
pub(crate) struct ObjectReader<'a> {
    number: u32,
    key: &'a str,
    /// The beginning of a line whose end has not come yet.
    carry: Vec<u8>,
    /// Byte offset and number of the next line.
    at: u64,
    line: i32,
    pub counts: Counts,
}

impl<'a> ObjectReader<'a> {
    /// `number` is the object's position among those of the run.
    pub(crate) fn new(number: usize, key: &'a str) -> Self {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            number,
            key,
            carry: Vec::new(),
            at: 0,
            line: 1,
            counts: Counts::default(),
        }
    }

    /// Takes the next piece. `each` gets every valid row of the lines that end in it.
    pub(crate) fn feed(
        &mut self,
        piece: &[u8],
        rejected: &mut Vec<Rejected>,
        each: &mut impl FnMut(Head, &Texts<'_>),
    ) {
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', piece) {
            if self.carry.is_empty() {
                self.line(&piece[from..end], rejected, each);
            } else {
                let mut line = std::mem::take(&mut self.carry);
                line.extend_from_slice(&piece[from..end]);
                self.line(&line, rejected, each);
            }
            from = end + 1;
        }
        self.carry.extend_from_slice(&piece[from..]);
    }

    /// Ends the object: its last line may lack the newline.
    pub(crate) fn finish(
        mut self,
        rejected: &mut Vec<Rejected>,
        each: &mut impl FnMut(Head, &Texts<'_>),
    ) -> Counts {
        let line = std::mem::take(&mut self.carry);
        self.line(&line, rejected, each);
        self.counts
    }

    fn line(
        &mut self,
        line: &[u8],
        rejected: &mut Vec<Rejected>,
        each: &mut impl FnMut(Head, &Texts<'_>),
    ) {
        let (at, number) = (self.at, self.line);
        self.at += line.len() as u64 + 1;
        self.line += 1;
        let trimmed = line.trim_ascii();
        if trimmed.is_empty() {
            return;
        }
        self.counts.records += 1;
        let at = at + (line.len() - line.trim_ascii_start().len()) as u64;
        let text = std::str::from_utf8(trimmed);
        match text.map_or(Parsed::Rejected(Reject::InvalidJson), |text| {
            parse_line(text, (self.number, at), each)
        }) {
            Parsed::Row => {}
            Parsed::OtherKind => self.counts.other_kinds += 1,
            Parsed::Rejected(reason) => {
                let lossy = String::from_utf8_lossy(trimmed);
                rejected.push(Rejected {
                    reason: reason.as_str(),
                    object: self.key.to_owned(),
                    line: number,
                    record: cut(&lossy, REJECTED_RECORD_BYTES_MAX).to_owned(),
                    raw_sha256: raw_sha256(&lossy),
                });
            }
        }
    }
}

/// Reads an object that is in memory whole.
pub(crate) fn read_object(
    (number, key): (usize, &str),
    bytes: &[u8],
    rejected: &mut Vec<Rejected>,
    mut each: impl FnMut(Head, &Texts<'_>),
) -> Counts {
    let mut reader = ObjectReader::new(number, key);
    reader.feed(bytes, rejected, &mut each);
    reader.finish(rejected, &mut each)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_may_end_anywhere() {
        let record = |uri: &str| {
            format!(
                "{{\"webhook_event\":\"invitee.created\",\"invitee_uri\":\"{uri}\",\"invitee_email\":\"a@b.co\",\"invitee_status\":\"active\",\
                 \"invitee_created_at\":\"2026-03-01T10:00:00Z\",\"invitee_updated_at\":\"2026-03-01T10:00:00Z\",\
                 \"event_start_time\":\"2026-03-02T10:00:00Z\",\"event_end_time\":\"2026-03-02T11:00:00Z\"}}"
            )
        };
        let body = format!(
            "{}\r\n\n  {}\nnot json\n{}",
            record("é1"),
            record("2"),
            record("3")
        );
        let read = |pieces: Vec<&[u8]>| {
            let (mut rejected, mut seen) = (Vec::new(), Vec::new());
            let mut each =
                |head: Head, texts: &Texts<'_>| seen.push((texts[0].to_owned(), head.origin));
            let mut reader = ObjectReader::new(0, "k");
            for piece in pieces {
                reader.feed(piece, &mut rejected, &mut each);
            }
            let counts = reader.finish(&mut rejected, &mut each);
            (seen, rejected, counts)
        };
        let whole = read(vec![body.as_bytes()]);
        assert_eq!((whole.0.len(), whole.1[0].line, whole.2.records), (3, 4, 4));
        for (_, (_, at, length)) in &whole.0 {
            let from = usize::try_from(*at).unwrap();
            assert!(
                body[from..from + *length as usize].starts_with("{\"webhook_event\"")
                    && body[from..from + *length as usize].ends_with('}')
            );
        }
        for at in 0..body.len() {
            let (a, b) = body.as_bytes().split_at(at);
            assert_eq!(read(vec![a, b]), whole, "cut at {at}");
        }
    }
}
