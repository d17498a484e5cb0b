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

/// Whether two snapshots give the same row, so that it does not matter which one wins.
pub(crate) fn same_content(a: (&Rows, &Head), b: (&Rows, &Head)) -> bool {
    let key = |h: &Head| {
        (
            h.created,
            h.updated,
            h.start,
            h.end,
            h.event_created,
            h.canceled,
            h.rescheduled,
        )
    };
    let late = |h: &Head| h.canceled && h.canceled_at >= h.start;
    key(a.1) == key(b.1) && late(a.1) == late(b.1) && a.0.packed(a.1) == b.0.packed(b.1)
}

/// Folds records to one row per invitee. The no-show facts of all records are kept.
pub(crate) fn fold(parts: Vec<Rows>) -> Folded {
    let mut rows = Rows::default();
    for part in parts {
        rows.absorb(part);
    }
    let heads = std::mem::take(&mut rows.heads);
    let mut order: Vec<(u64, u32)> = Vec::with_capacity(heads.len());
    order.extend(
        heads
            .iter()
            .enumerate()
            .map(|(at, head)| (head.uri_hash, u32::try_from(at).unwrap_or(u32::MAX))),
    );
    order.sort_unstable();
    // A newest snapshot with the no-show facts of all, and those that tie with it.
    let mut winners: Vec<(Head, Vec<&Head>)> = Vec::with_capacity(order.len());
    for group in order.chunk_by(|a, b| a.0 == b.0) {
        let mut best = &heads[group[0].1 as usize];
        let mut rivals = Vec::new();
        let mut marks = *best;
        for other in group[1..].iter().map(|o| &heads[o.1 as usize]) {
            marks.merge_marks(other);
            match other.version_cmp(best) {
                Ordering::Greater => {
                    best = other;
                    rivals.clear();
                }
                Ordering::Equal if !same_content((&rows, best), (&rows, other)) => {
                    rivals.push(other)
                }
                _ => {}
            }
        }
        let mut head = *best;
        head.merge_marks(&marks);
        winners.push((head, rivals));
    }
    winners.sort_unstable_by(|(a, _), (b, _)| {
        a.created
            .cmp(&b.created)
            .then_with(|| rows.uri(a).cmp(rows.uri(b)))
    });
    let mut contests = Vec::new();
    for (winner, (head, rivals)) in winners.into_iter().enumerate() {
        rows.heads.push(head);
        if !rivals.is_empty() {
            let mut kept = Rows::default();
            for head in rivals {
                kept.copy(&rows, head);
            }
            contests.push(Contest {
                winner,
                rivals: kept,
            });
        }
    }
    Folded { rows, contests }
}

/// Puts the rival with the greatest digest in place of each provisional winner. `objects` are the run's keys.
pub(crate) async fn settle(store: &Store, objects: &[String], folded: &mut Folded) -> Result<()> {
    for contest in std::mem::take(&mut folded.contests) {
        let mut best_digest = digest(
            store,
            objects,
            &folded.rows,
            &folded.rows.heads[contest.winner],
        )
        .await?;
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
pub(crate) async fn digest(
    store: &Store,
    objects: &[String],
    rows: &Rows,
    head: &Head,
) -> Result<String> {
    let stated = rows.texts(head)[field::RAW_SHA256];
    if !stated.is_empty() {
        return Ok(stated.to_owned());
    }
    let (object, at, length) = head.origin;
    let Some(key) = objects.get(object as usize) else {
        return Ok(String::new());
    };
    let line = store.range(key, at..at + u64::from(length)).await?;
    Ok(tie_digest(&String::from_utf8_lossy(&line)))
}
