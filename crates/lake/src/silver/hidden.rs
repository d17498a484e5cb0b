//! What a row must remember beyond its 43 columns, kept in the footer of its data file.
//!
//! No-show marks (a mark can be taken back later), whether the newest snapshot carried one (a tie-break), and the
//! other known members of the row's chain. Most rows need none of it. Beside them stand, for the file, when each row
//! group next changes by time alone and which row groups came late. Other readers ignore footer metadata.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use parquet::file::metadata::KeyValue;

use crate::changes::Cursor;
use crate::error::{LakeError, Result};
use crate::hash::HashedMap;
use crate::time::NO_TIME;

/// Footer key of the rows' hidden facts.
const ROWS_KEY: &str = "bookpath.rows";
/// Footer key of each row group's next change by time alone.
const NEXT_KEY: &str = "bookpath.next_change";
/// Footer key of the number of late row groups; a file without it has none.
const LATE_KEY: &str = "bookpath.late_groups";

/// The hidden facts of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hidden {
    pub marked: i64,
    pub unmarked: i64,
    pub no_show_set: bool,
    /// (uri hash, created_at) of the other known members of its chain, sorted.
    pub peers: Vec<(u64, i64)>,
}

impl Default for Hidden {
    fn default() -> Self {
        Self {
            marked: NO_TIME,
            unmarked: NO_TIME,
            no_show_set: false,
            peers: Vec::new(),
        }
    }
}

impl Hidden {
    /// Whether the row needs no entry.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The hidden part of one file.
#[derive(Debug, Default)]
pub(crate) struct FileHidden {
    /// By uri hash.
    pub rows: HashedMap<Hidden>,
    /// Per row group; [`NO_TIME`] = never.
    pub next: Vec<i64>,
    /// How many row groups, the last ones, are not in their place in time: their rows came after those around them.
    pub late: usize,
}

impl FileHidden {
    /// As footer metadata.
    pub(crate) fn encode(&self) -> Vec<KeyValue> {
        let mut keys: Vec<_> = self.rows.iter().filter(|(_, h)| !h.is_default()).collect();
        keys.sort_by_key(|(hash, _)| **hash);
        let mut out = Vec::with_capacity(keys.len() * 48);
        for (hash, hidden) in keys {
            out.extend_from_slice(&hash.to_le_bytes());
            out.extend_from_slice(&hidden.marked.to_le_bytes());
            out.extend_from_slice(&hidden.unmarked.to_le_bytes());
            let peers = u32::try_from(hidden.peers.len()).unwrap_or(0);
            out.extend_from_slice(&(peers << 1 | u32::from(hidden.no_show_set)).to_le_bytes());
            for (peer, created) in &hidden.peers {
                out.extend_from_slice(&peer.to_le_bytes());
                out.extend_from_slice(&created.to_le_bytes());
            }
        }
        let next: Vec<u8> = self.next.iter().flat_map(|us| us.to_le_bytes()).collect();
        let pair = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
        let mut pairs = vec![
            pair(ROWS_KEY, BASE64.encode(out)),
            pair(NEXT_KEY, BASE64.encode(next)),
        ];
        if self.late > 0 {
            pairs.push(pair(LATE_KEY, self.late.to_string()));
        }
        pairs
    }

    /// Reads the metadata of the file `path`.
    pub(crate) fn decode(path: &str, metadata: Option<&Vec<KeyValue>>) -> Result<Self> {
        let find = |key: &str| {
            metadata
                .and_then(|m| m.iter().find(|kv| kv.key == key))
                .and_then(|kv| kv.value.as_deref())
        };
        let get = |key: &str| {
            let value = find(key).ok_or_else(|| {
                LakeError::state(
                    path,
                    format!("no {key} in the footer: not written by Bookpath"),
                )
            })?;
            BASE64.decode(value).map_err(|e| LakeError::state(path, e))
        };
        let (rows, next) = (get(ROWS_KEY)?, get(NEXT_KEY)?);
        let late = find(LATE_KEY).map_or(Ok(0), |count| {
            count.parse().map_err(|e| LakeError::state(path, e))
        })?;
        let mut hidden = Self {
            late,
            ..Self::default()
        };
        for chunk in next.chunks_exact(8) {
            hidden
                .next
                .push(Cursor(chunk).u64().unwrap_or(0).cast_signed());
        }
        let mut input = Cursor(&rows);
        while !input.0.is_empty() {
            let entry = decode_row(&mut input)
                .ok_or_else(|| LakeError::state(path, "hidden rows are cut"))?;
            hidden.rows.insert(entry.0, entry.1);
        }
        Ok(hidden)
    }
}

fn decode_row(input: &mut Cursor<'_>) -> Option<(u64, Hidden)> {
    let hash = input.u64()?;
    let mut hidden = Hidden {
        marked: input.u64()?.cast_signed(),
        unmarked: input.u64()?.cast_signed(),
        ..Hidden::default()
    };
    let code = input.u32()?;
    hidden.no_show_set = code & 1 == 1;
    for _ in 0..code >> 1 {
        hidden
            .peers
            .push((input.u64()?, input.u64()?.cast_signed()));
    }
    Some((hash, hidden))
}
