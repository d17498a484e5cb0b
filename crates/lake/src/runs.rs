//! A sorted multimap in the object store: a few immutable runs and a small recent part inside the state.
//!
//! An entry is `W` words, sorted; its first word is the hash it is looked up by. Runs grow geometrically, so there are
//! few; a lookup reads one run's fences (one request) and the blocks that may hold a key.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::error::{LakeError, Result};
use crate::store::Store;

/// Entries kept in the state before they become a run.
const RECENT_MAX: usize = 1024;
/// A run up to this size is read whole.
const WHOLE_BYTES_MAX: usize = 256 * 1024;
const BLOCK_ENTRIES: usize = 256;
/// Blocks that follow one another are read as one range of about so many, and so many ranges are in memory at once.
const STRETCH_BLOCKS: usize = 16;
const STRETCHES_AT_ONCE: usize = 256;
/// A run is merged with its predecessor while that one is less than this many times larger.
const GROWTH: usize = 4;

/// Bit of the flag word of an entry that takes back an equal one.
pub(crate) const REMOVED: u64 = 1;

/// The entries that were not taken back; `flag` is the word whose lowest bit says so. Sorted by their first word.
pub(crate) fn live<const W: usize>(mut found: Vec<Entry<W>>, flag: usize) -> Vec<Entry<W>> {
    let plain = |e: &Entry<W>| {
        let mut e = *e;
        e[flag] &= !REMOVED;
        e
    };
    found.sort_unstable_by_key(|e| (plain(e), e[flag]));
    let mut live = Vec::with_capacity(found.len());
    for group in found.chunk_by(|a, b| plain(a) == plain(b)) {
        let removed = group.iter().filter(|e| e[flag] & REMOVED != 0).count();
        if group.len() > removed * 2 {
            live.push(plain(&group[0]));
        }
    }
    live
}

/// One entry.
pub(crate) type Entry<const W: usize> = [u64; W];

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Run {
    key: String,
    entries: usize,
}

/// The runs and the recent entries, as the state keeps them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Runs<const W: usize> {
    runs: Vec<Run>,
    #[serde(with = "packed", default)]
    recent: Vec<u64>,
}

/// Words as one string.
pub(crate) mod packed {
    use super::*;

    pub(crate) fn serialize<S: serde::Serializer>(
        words: &[u64],
        s: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        s.serialize_str(&BASE64.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(
        d: D,
    ) -> std::result::Result<Vec<u64>, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        let bytes = BASE64
            .decode(text.as_bytes())
            .map_err(serde::de::Error::custom)?;
        Ok(words(&bytes).collect())
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|b| u64::from_le_bytes(*b))
}

fn word(bytes: &[u8], at: usize) -> u64 {
    bytes[at * 8..]
        .first_chunk::<8>()
        .map_or(0, |b| u64::from_le_bytes(*b))
}

/// Sorted entries as a run's object: the entries, then the first key of each block.
fn encode<const W: usize>(entries: &[Entry<W>]) -> Bytes {
    let mut out = Vec::with_capacity(entries.len() * W * 8 + entries.len() / BLOCK_ENTRIES * 8 + 8);
    for entry in entries {
        for w in entry {
            out.extend_from_slice(&w.to_le_bytes());
        }
    }
    for block in entries.chunks(BLOCK_ENTRIES) {
        out.extend_from_slice(&block[0][0].to_le_bytes());
    }
    Bytes::from(out)
}

fn decode<const W: usize>(bytes: &[u8], entries: usize) -> Vec<Entry<W>> {
    bytes
        .chunks_exact(W * 8)
        .take(entries)
        .map(|chunk| std::array::from_fn(|i| word(chunk, i)))
        .collect()
}

/// Finds `keys` (sorted) in sorted entries that are still bytes.
fn search<const W: usize>(bytes: &[u8], keys: &[u64], found: &mut Vec<Entry<W>>) {
    let n = bytes.len() / (W * 8);
    let mut from = 0;
    for key in keys {
        let (mut lo, mut hi) = (from, n);
        while lo < hi {
            let mid = usize::midpoint(lo, hi);
            if word(bytes, mid * W) < *key {
                lo = mid + 1
            } else {
                hi = mid
            }
        }
        from = lo;
        while lo < n && word(bytes, lo * W) == *key {
            found.push(std::array::from_fn(|i| word(bytes, lo * W + i)));
            lo += 1;
        }
    }
}

impl<const W: usize> Runs<W> {
    /// Runs that hold exactly `entries`; the object must be written by the caller before the state.
    pub(crate) fn from_entries(
        prefix: &str,
        mut entries: Vec<Entry<W>>,
    ) -> (Self, Option<(String, Bytes)>) {
        entries.sort_unstable();
        if entries.len() <= RECENT_MAX {
            return (
                Self {
                    runs: Vec::new(),
                    recent: entries.into_iter().flatten().collect(),
                },
                None,
            );
        }
        let (run, object) = new_run(prefix, &entries);
        (
            Self {
                runs: vec![run],
                recent: Vec::new(),
            },
            Some(object),
        )
    }

    /// Adds entries; the returned object, if any, must be written before the state.
    pub(crate) async fn add(
        &mut self,
        store: &Store,
        prefix: &str,
        entries: &[Entry<W>],
    ) -> Result<Option<(String, Bytes)>> {
        self.recent.extend(entries.iter().flatten());
        if self.recent.len() / W <= RECENT_MAX {
            return Ok(None);
        }
        let mut all: Vec<Entry<W>> = self
            .recent
            .chunks_exact(W)
            .map(|c| std::array::from_fn(|i| c[i]))
            .collect();
        while let Some(last) = self.runs.last() {
            if last.entries >= all.len() * GROWTH {
                break;
            }
            all.extend(decode::<W>(&store.read(&last.key).await?, last.entries));
            self.runs.pop();
        }
        all.sort_unstable();
        let (run, object) = new_run(prefix, &all);
        self.runs.push(run);
        self.recent.clear();
        Ok(Some(object))
    }

    /// All entries with one of `keys`.
    pub(crate) async fn lookup(&self, store: &Store, keys: &mut Vec<u64>) -> Result<Vec<Entry<W>>> {
        keys.sort_unstable();
        keys.dedup();
        let mut found = Vec::new();
        if keys.is_empty() {
            return Ok(found);
        }
        for run in &self.runs {
            if run.entries * W * 8 <= WHOLE_BYTES_MAX {
                let bytes = store
                    .range(&run.key, 0..(run.entries * W * 8) as u64)
                    .await?;
                search(&bytes, keys, &mut found);
            } else {
                self.search_blocks(store, run, keys, &mut found).await?;
            }
        }
        for entry in self.recent.chunks_exact(W) {
            if keys.binary_search(&entry[0]).is_ok() {
                found.push(std::array::from_fn(|i| entry[i]));
            }
        }
        Ok(found)
    }

    async fn search_blocks(
        &self,
        store: &Store,
        run: &Run,
        keys: &[u64],
        found: &mut Vec<Entry<W>>,
    ) -> Result<()> {
        let entry_bytes = W * 8;
        let data = run.entries * entry_bytes;
        let blocks = run.entries.div_ceil(BLOCK_ENTRIES);
        let fences = store
            .range(&run.key, data as u64..(data + blocks * 8) as u64)
            .await?;
        if fences.len() != blocks * 8 {
            return Err(LakeError::state(&run.key, "the run is cut"));
        }
        let fences: Vec<u64> = words(&fences).collect();
        let wanted = stretches(&fences, keys);
        let byte = |block: usize| ((block * BLOCK_ENTRIES).min(run.entries) * entry_bytes) as u64;
        let mut rest = keys;
        for wanted in wanted.chunks(STRETCHES_AT_ONCE) {
            let ranges: Vec<Range<u64>> = wanted
                .iter()
                .map(|blocks| byte(blocks.start)..byte(blocks.end))
                .collect();
            for (blocks, bytes) in wanted.iter().zip(store.ranges(&run.key, &ranges).await?) {
                // Keys below the next fence are decided by this stretch.
                let decided = fences
                    .get(blocks.end)
                    .map_or(rest.len(), |next| rest.partition_point(|k| k < next));
                search(&bytes, &rest[..decided], found);
                rest = &rest[decided..];
            }
        }
        Ok(())
    }

    /// All entries.
    pub(crate) async fn all(&self, store: &Store) -> Result<Vec<Entry<W>>> {
        let mut all: Vec<Entry<W>> = self
            .recent
            .chunks_exact(W)
            .map(|c| std::array::from_fn(|i| c[i]))
            .collect();
        for run in &self.runs {
            all.extend(decode::<W>(&store.read(&run.key).await?, run.entries));
        }
        Ok(all)
    }

    /// Whether there are no entries.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.recent.is_empty()
    }

    /// Keys of the objects that hold the runs.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &str> {
        self.runs.iter().map(|r| r.key.as_str())
    }
}

/// Stretches of blocks that may hold a key.
fn stretches(fences: &[u64], keys: &[u64]) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for key in keys {
        // A run of equal keys may begin at the end of the block before.
        let from = fences.partition_point(|f| f < key).saturating_sub(1);
        let to = fences.partition_point(|f| f <= key).max(from + 1);
        match stretches.last_mut() {
            Some(last) if from < last.end || (from == last.end && last.len() < STRETCH_BLOCKS) => {
                last.end = last.end.max(to)
            }
            _ => stretches.push(from..to),
        }
    }
    stretches
}

fn new_run<const W: usize>(prefix: &str, entries: &[Entry<W>]) -> (Run, (String, Bytes)) {
    let bytes = encode(entries);
    let digest = twox_hash::XxHash3_64::oneshot(&bytes);
    let key = format!("{prefix}/{:08}-{digest:016x}.run", entries.len());
    (
        Run {
            key: key.clone(),
            entries: entries.len(),
        },
        (key, bytes),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;
    use std::sync::Arc;

    #[tokio::test]
    async fn every_entry_is_found_however_it_came() {
        let store = Store::remote(Arc::new(InMemory::new()));
        // Keys collide often, so equal keys span blocks and runs.
        let entry = |i: u64| [crate::hash::hash64(&(i % 7_000).to_string()), i];
        let (mut runs, object) = Runs::<2>::from_entries("r", (0..200_000).map(entry).collect());
        let mut write = object.into_iter().collect::<Vec<_>>();
        for from in (200_000..230_000).step_by(700) {
            for (key, bytes) in write.drain(..) {
                store.put(&key, bytes).await.unwrap();
            }
            let more: Vec<_> = (from..from + 700).map(entry).collect();
            write.extend(runs.add(&store, "r", &more).await.unwrap());
        }
        for (key, bytes) in write.drain(..) {
            store.put(&key, bytes).await.unwrap();
        }
        let last = 200_000 + 700 * 43;
        for keys in [
            vec![3],
            (0..7_000).collect::<Vec<u64>>(),
            vec![1, 2, 6_999, 100_000],
        ] {
            let mut wanted: Vec<_> = (0..last)
                .filter(|i| keys.contains(&(i % 7_000)))
                .map(entry)
                .collect();
            let mut hashes = keys
                .iter()
                .map(|k| crate::hash::hash64(&k.to_string()))
                .collect();
            let mut found = runs.lookup(&store, &mut hashes).await.unwrap();
            wanted.sort_unstable();
            found.sort_unstable();
            assert_eq!(found.len(), wanted.len());
            assert!(found == wanted);
        }
        let text = serde_json::to_string(&runs).unwrap();
        let back: Runs<2> = serde_json::from_str(&text).unwrap();
        assert_eq!(back.recent, runs.recent);
    }
}
