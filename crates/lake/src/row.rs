//! The facts of one invitee, packed: a fixed head and its strings in one shared buffer.

use std::cmp::Ordering;

use bookpath_domain::bookings::attendance::{
    Attendance, AttendanceSource, Facts, NoShowMarks, attendance,
};

use crate::time::{NO_TIME, instant};

/// The strings of a row in the order in which they are packed; an empty one is NULL.
pub(crate) mod field {
    pub(crate) const URI: usize = 0;
    pub(crate) const EMAIL: usize = 1;
    pub(crate) const NAME: usize = 2;
    pub(crate) const FIRST_NAME: usize = 3;
    pub(crate) const LAST_NAME: usize = 4;
    pub(crate) const TIMEZONE: usize = 5;
    pub(crate) const PHONE: usize = 6;
    pub(crate) const EVENT_NAME: usize = 7;
    pub(crate) const EVENT_STATUS: usize = 8;
    pub(crate) const EVENT_TYPE: usize = 9;
    pub(crate) const LOCATION_TYPE: usize = 10;
    pub(crate) const JOIN_URL: usize = 11;
    pub(crate) const UTM_CAMPAIGN: usize = 12;
    pub(crate) const UTM_SOURCE: usize = 13;
    pub(crate) const UTM_MEDIUM: usize = 14;
    pub(crate) const UTM_CONTENT: usize = 15;
    pub(crate) const UTM_TERM: usize = 16;
    pub(crate) const CHANNEL: usize = 17;
    pub(crate) const EVENT_URI: usize = 18;
    pub(crate) const HOST_EMAIL: usize = 19;
    pub(crate) const HOST_NAME: usize = 20;
    pub(crate) const OLD_INVITEE: usize = 21;
    pub(crate) const NEW_INVITEE: usize = 22;
    pub(crate) const RAW_SHA256: usize = 23;
    pub(crate) const COUNT: usize = 24;
}

/// A longer string is cut here; the receiver accepts no body of this size.
const FIELD_BYTES_MAX: usize = 262_144;

/// The strings of one row.
pub(crate) type Texts<'a> = [&'a str; field::COUNT];

/// Everything of a row that is not a string. Times are microseconds, [`NO_TIME`] when unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub uri_hash: u64,
    pub created: i64,
    pub updated: i64,
    pub start: i64,
    pub end: i64,
    pub event_created: i64,
    /// When it was canceled; meaningful when `canceled`.
    pub canceled_at: i64,
    /// Newest time a no-show mark was set, and taken back.
    pub marked: i64,
    pub unmarked: i64,
    pub canceled: bool,
    pub rescheduled: bool,
    /// The snapshot itself carries a no-show object.
    pub no_show_set: bool,
    /// Hashes of old_invitee and new_invitee, 0 when not named.
    pub names: [u64; 2],
    /// Where the record came from: object of the run, byte offset, length.
    pub origin: (u32, u64, u32),
    /// Chunk, byte and length of the strings.
    text: (u32, u32, u32),
}

impl Head {
    /// A head without strings; [`Rows::push`] places them.
    pub(crate) fn new(uri_hash: u64) -> Self {
        Self {
            uri_hash,
            created: 0,
            updated: 0,
            start: 0,
            end: 0,
            event_created: NO_TIME,
            canceled_at: NO_TIME,
            marked: NO_TIME,
            unmarked: NO_TIME,
            canceled: false,
            rescheduled: false,
            no_show_set: false,
            names: [0; 2],
            origin: (0, 0, 0),
            text: (0, 0, 0),
        }
    }

    /// Order of snapshots without the last tie-break, which is the SHA-256 of the payload (X3).
    pub(crate) fn version_cmp(&self, other: &Self) -> Ordering {
        (self.updated, self.canceled, self.no_show_set).cmp(&(
            other.updated,
            other.canceled,
            other.no_show_set,
        ))
    }

    /// Adds the no-show facts of another record of the same invitee.
    pub(crate) fn merge_marks(&mut self, other: &Self) {
        self.marked = self.marked.max(other.marked);
        self.unmarked = self.unmarked.max(other.unmarked);
    }

    fn facts(&self) -> Facts {
        let known = |us: i64| (us != NO_TIME).then(|| instant(us));
        Facts {
            canceled_at: self.canceled.then(|| instant(self.canceled_at)),
            start: instant(self.start),
            end: instant(self.end),
            no_show: NoShowMarks {
                created_at: known(self.marked),
                deleted_at: known(self.unmarked),
            },
        }
    }

    /// Attendance at `as_of` (microseconds).
    pub(crate) fn attendance(&self, as_of: i64) -> (Attendance, AttendanceSource) {
        attendance(&self.facts(), instant(as_of))
    }
}

/// Bytes of a chunk of strings. Chunks are never moved, so a growing set leaves no holes behind.
const CHUNK_BYTES: usize = 256 * 1024;

/// Packed rows that share their string buffers.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub heads: Vec<Head>,
    chunks: Vec<String>,
}

impl Rows {
    /// Appends a row.
    pub(crate) fn push(&mut self, mut head: Head, texts: &Texts<'_>) {
        let uri = cut(texts[field::URI], FIELD_BYTES_MAX);
        let bytes_max = texts.iter().map(|t| t.len() + 4).sum();
        let (number, chunk) = self.chunk(bytes_max);
        let from = chunk.len();
        for (at, text) in texts.iter().enumerate() {
            let text = cut(text, FIELD_BYTES_MAX);
            if at == field::EVENT_URI && !text.is_empty() && uri.starts_with(text) {
                chunk.push(length_char(PREFIX + text.len()));
            } else {
                chunk.push(length_char(text.len()));
                chunk.push_str(text);
            }
        }
        head.text = place(number, from, chunk.len() - from);
        self.heads.push(head);
    }

    /// The last chunk, with room for `bytes` more.
    fn chunk(&mut self, bytes: usize) -> (usize, &mut String) {
        if self
            .chunks
            .last()
            .is_none_or(|c| c.capacity() - c.len() < bytes)
        {
            self.chunks
                .push(String::with_capacity(bytes.max(CHUNK_BYTES)));
        }
        let number = self.chunks.len() - 1;
        (number, &mut self.chunks[number])
    }

    /// Appends a row of another set.
    pub(crate) fn copy(&mut self, from: &Rows, head: &Head) {
        let packed = from.packed(head);
        let (number, chunk) = self.chunk(packed.len());
        let at = chunk.len();
        chunk.push_str(packed);
        self.heads.push(Head {
            text: place(number, at, packed.len()),
            ..*head
        });
    }

    /// Appends all rows of another set without copying their strings.
    pub(crate) fn absorb(&mut self, other: Rows) {
        let base = u32::try_from(self.chunks.len()).unwrap_or(u32::MAX);
        self.chunks.extend(other.chunks);
        self.heads.extend(other.heads.into_iter().map(|head| Head {
            text: (head.text.0 + base, head.text.1, head.text.2),
            ..head
        }));
    }

    /// The same rows without the strings of rows that are gone.
    pub(crate) fn compacted(&self) -> Self {
        let mut rows = Self::default();
        rows.heads.reserve(self.heads.len());
        for head in &self.heads {
            rows.copy(self, head);
        }
        rows
    }

    /// All strings of a row in one piece: equal pieces are equal rows.
    pub(crate) fn packed(&self, head: &Head) -> &str {
        let (chunk, at, bytes) = head.text;
        &self.chunks[chunk as usize][at as usize..(at + bytes) as usize]
    }

    /// The strings of a row.
    pub(crate) fn texts(&self, head: &Head) -> Texts<'_> {
        let mut rest = self.packed(head);
        let mut texts = [""; field::COUNT];
        for at in 0..field::COUNT {
            let Some(c) = rest.chars().next() else { break };
            let length = char_length(c);
            rest = &rest[c.len_utf8()..];
            if length >= PREFIX {
                texts[at] = &texts[field::URI][..length - PREFIX];
            } else {
                (texts[at], rest) = rest.split_at(length);
            }
        }
        texts
    }

    /// The first string of a row, without unpacking the others.
    pub(crate) fn uri(&self, head: &Head) -> &str {
        let packed = self.packed(head);
        packed
            .chars()
            .next()
            .map_or("", |c| &packed[c.len_utf8()..c.len_utf8() + char_length(c)])
    }
}

/// A place in the chunks; a chunk is far smaller than 4 GiB.
fn place(chunk: usize, at: usize, bytes: usize) -> (u32, u32, u32) {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (small(chunk), small(at), small(bytes))
}

/// Added to the length of a string that is the beginning of the uri and not stored again.
const PREFIX: usize = 0x80000;

/// A length as one character, so that the buffer stays valid UTF-8. Surrogates are skipped.
fn length_char(length: usize) -> char {
    let code = u32::try_from(length).unwrap_or(0);
    char::from_u32(if code < 0xD800 { code } else { code + 0x800 }).unwrap_or('\0')
}

fn char_length(c: char) -> usize {
    let code = u32::from(c);
    (if code < 0xD800 { code } else { code - 0x800 }) as usize
}

/// `text` cut to at most `bytes_max` bytes, between characters.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_survive_packing(values in proptest::collection::vec("\\PC{0,40}", field::COUNT), long in 0..300_000_usize) {
            let long = "é".repeat(long / 2);
            let mut texts = [""; field::COUNT];
            for (t, v) in texts.iter_mut().zip(&values) { *t = v; }
            texts[field::NAME] = &long;
            if values[0].len() % 2 == 0 { texts[field::EVENT_URI] = cut(&values[0], values[0].len() / 2); }
            let mut rows = Rows::default();
            rows.push(Head::new(1), &texts);
            rows.push(Head::new(2), &texts);
            texts[field::NAME] = cut(&long, FIELD_BYTES_MAX);
            prop_assert_eq!(rows.texts(&rows.heads[1]), texts);
            prop_assert_eq!(rows.uri(&rows.heads[0]), values[0].as_str());
        }
    }
}
