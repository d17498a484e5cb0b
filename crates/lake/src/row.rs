//! The facts of one invitee, packed: a fixed head and its strings in one shared buffer.

use std::cmp::Ordering;

use bookpath_core::attendance::{Attendance, AttendanceSource, Facts, NoShowMarks, attendance};

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
    text_at: usize,
    text_bytes: u32,
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
            text_at: 0,
            text_bytes: 0,
        }
    }

    /// Order of snapshots without the last tie-break (CONTRACT-DETAILS 18).
    pub(crate) fn version_cmp(&self, other: &Self) -> Ordering {
        (self.updated, self.canceled, self.no_show_set).cmp(&(other.updated, other.canceled, other.no_show_set))
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
            no_show: NoShowMarks { created_at: known(self.marked), deleted_at: known(self.unmarked) },
        }
    }

    /// Attendance at `as_of` (microseconds).
    pub(crate) fn attendance(&self, as_of: i64) -> (Attendance, AttendanceSource) {
        attendance(&self.facts(), instant(as_of))
    }
}

/// Packed rows that share one string buffer.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub heads: Vec<Head>,
    text: String,
}

impl Rows {
    /// Appends a row.
    pub(crate) fn push(&mut self, mut head: Head, texts: &Texts<'_>) {
        head.text_at = self.text.len();
        for text in texts {
            let text = cut(text, FIELD_BYTES_MAX);
            self.text.push(length_char(text.len()));
            self.text.push_str(text);
        }
        head.text_bytes = u32::try_from(self.text.len() - head.text_at).unwrap_or(u32::MAX);
        self.heads.push(head);
    }

    /// Appends a row of another set.
    pub(crate) fn copy(&mut self, from: &Rows, head: &Head) {
        let mut copied = *head;
        copied.text_at = self.text.len();
        self.text.push_str(from.packed(head));
        self.heads.push(copied);
    }

    /// All strings of a row in one piece: equal pieces are equal rows.
    pub(crate) fn packed(&self, head: &Head) -> &str {
        &self.text[head.text_at..head.text_at + head.text_bytes as usize]
    }

    /// The strings of a row.
    pub(crate) fn texts(&self, head: &Head) -> Texts<'_> {
        let mut rest = self.packed(head);
        let mut texts = [""; field::COUNT];
        for text in &mut texts {
            let Some(c) = rest.chars().next() else { break };
            let (value, tail) = rest[c.len_utf8()..].split_at(char_length(c));
            *text = value;
            rest = tail;
        }
        texts
    }

    /// The first string of a row, without unpacking the others.
    pub(crate) fn uri(&self, head: &Head) -> &str {
        let packed = self.packed(head);
        packed.chars().next().map_or("", |c| &packed[c.len_utf8()..c.len_utf8() + char_length(c)])
    }

    /// Forgets all rows and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.heads.clear();
        self.text.clear();
    }
}

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
            let mut rows = Rows::default();
            rows.push(Head::new(1), &texts);
            rows.push(Head::new(2), &texts);
            texts[field::NAME] = cut(&long, FIELD_BYTES_MAX);
            prop_assert_eq!(rows.texts(&rows.heads[1]), texts);
            prop_assert_eq!(rows.uri(&rows.heads[0]), values[0].as_str());
        }
    }
}
