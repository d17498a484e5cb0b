//! The newest snapshot of each invitee among many records, in any order.

use std::cmp::Ordering;

use crate::error::Result;
use crate::record::tie_digest;
use crate::row::{Head, Rows, field};
use crate::store::Store;

/// Snapshots of one invitee that only their digests can tell apart.
#[derive(Debug)]
pub(crate) struct Contest {
    /// Position of the provisional winner.
    pub winner: usize,
    pub rivals: Rows,
}

/// One row per invitee, sorted by (created_at, uri).
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub rows: Rows,
    pub contests: Vec<Contest>,
}

/// A newest snapshot (with the no-show facts of all) and those that tie with it.
type Winner<'a> = (&'a Rows, Head, Vec<(&'a Rows, &'a Head)>);

/// Whether two snapshots give the same row, so that it does not matter which one wins.
pub(crate) fn same_content(a: (&Rows, &Head), b: (&Rows, &Head)) -> bool {
    let key = |h: &Head| (h.created, h.updated, h.start, h.end, h.event_created, h.canceled, h.rescheduled);
    let late = |h: &Head| h.canceled && h.canceled_at >= h.start;
    key(a.1) == key(b.1) && late(a.1) == late(b.1) && a.0.packed(a.1) == b.0.packed(b.1)
}

/// Folds records to one row per invitee. The no-show facts of all records are kept.
pub(crate) fn fold(parts: &[&Rows]) -> Folded {
    let mut order: Vec<(u64, u32, u32)> = Vec::with_capacity(parts.iter().map(|p| p.heads.len()).sum());
    for (part, rows) in parts.iter().enumerate() {
        for (at, head) in rows.heads.iter().enumerate() {
            order.push((head.uri_hash, u32::try_from(part).unwrap_or(0), u32::try_from(at).unwrap_or(0)));
        }
    }
    order.sort_unstable();
    let get = |o: &(u64, u32, u32)| {
        let rows = parts[o.1 as usize];
        (rows, &rows.heads[o.2 as usize])
    };
    let mut winners: Vec<Winner<'_>> = Vec::with_capacity(order.len());
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        let mut best = get(&group[0]);
        let mut rivals = Vec::new();
        let mut marks = *best.1;
        for other in group[1..].iter().map(get) {
            marks.merge_marks(other.1);
            match other.1.version_cmp(best.1) {
                Ordering::Greater => {
                    best = other;
                    rivals.clear();
                }
                Ordering::Equal if !same_content(best, other) => rivals.push(other),
                _ => {}
            }
        }
        let mut head = *best.1;
        head.merge_marks(&marks);
        winners.push((best.0, head, rivals));
    }
    winners.sort_unstable_by(|a, b| (a.1.created, a.0.uri(&a.1)).cmp(&(b.1.created, b.0.uri(&b.1))));
    let mut folded = Folded::default();
    for (winner, (rows, head, rivals)) in winners.iter().enumerate() {
        folded.rows.copy(rows, head);
        if !rivals.is_empty() {
            let mut kept = Rows::default();
            for (rows, head) in rivals {
                kept.copy(rows, head);
            }
            folded.contests.push(Contest { winner, rivals: kept });
        }
    }
    folded
}

/// Puts the rival with the greatest digest in place of each provisional winner. `objects` are the run's keys.
pub(crate) async fn settle(store: &Store, objects: &[String], folded: &mut Folded) -> Result<()> {
    for contest in std::mem::take(&mut folded.contests) {
        let mut best_digest = digest(store, objects, &folded.rows, &folded.rows.heads[contest.winner]).await?;
        for head in &contest.rivals.heads {
            let digest = digest(store, objects, &contest.rivals, head).await?;
            if digest > best_digest {
                best_digest = digest;
                let mut replaced = *head;
                replaced.merge_marks(&folded.rows.heads[contest.winner]);
                folded.rows.copy(&contest.rivals, &replaced);
                if let Some(last) = folded.rows.heads.pop() {
                    folded.rows.heads[contest.winner] = last;
                }
            }
        }
    }
    Ok(())
}

/// The tie-break of a record: read again, because it is hardly ever needed.
pub(crate) async fn digest(store: &Store, objects: &[String], rows: &Rows, head: &Head) -> Result<String> {
    let stated = rows.texts(head)[field::RAW_SHA256];
    if !stated.is_empty() {
        return Ok(stated.to_owned());
    }
    let (object, at, length) = head.origin;
    let Some(key) = objects.get(object as usize) else { return Ok(String::new()) };
    let line = store.range(key, at..at + u64::from(length)).await?;
    Ok(tie_digest(&String::from_utf8_lossy(&line)))
}
