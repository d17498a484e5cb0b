//! All of bronze at once, when there is no silver yet or none is to be kept.
//!
//! Records are parsed on all workers and kept packed by the day they were created, which all snapshots of an invitee
//! share; then each day is folded, chains are found over all days, and files are encoded day after day. What is in
//! memory is one packed row per invitee, and the superseded snapshots of a day until it is folded.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use crate::chain::{Link, booking, components};
use crate::changes::ChangeSet;
use crate::delta::log::DataFile;
use crate::error::{LakeError, Result};
use crate::hash::{HashedMap, HashedSet};
use crate::refine::fold::{Folded, fold, settle};
use crate::refine::read::{Counts, ObjectReader, Rejected};
use crate::refine::state::Dangling;
use crate::refine::write::data_file;
use crate::row::{Head, Rows, Texts};
use crate::schema::Table;
use crate::silver::columns::{Encoder, Member};
use crate::silver::file::{FileWriter, Format, Layout};
use crate::silver::hidden::Hidden;
use crate::store::Store;
use crate::time::{DAY_US, Zone};

/// A day's rows are folded while parsing once this many new ones came.
const FOLD_AFTER_ROWS: usize = 65_536;

/// What a bulk run needs to know.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub store: Store,
    pub objects: Arc<[String]>,
    pub zone: Zone,
    pub as_of: i64,
    pub now: i64,
    /// Version of the table before the run.
    pub version: i64,
    pub workers: usize,
    pub layout: Layout,
}

/// What came out of it; the files are written.
#[derive(Debug, Default)]
pub(crate) struct Bulk {
    pub files: Vec<DataFile>,
    pub changes: ChangeSet,
    /// (uri hash, created_at) of every row.
    pub index: Vec<[u64; 2]>,
    /// Names that no row has.
    pub dangling: Vec<[u64; 3]>,
    pub rejected: Vec<Rejected>,
    pub counts: Counts,
}

/// Runs `work` on every worker; each pulls numbers below `total` until there are none.
async fn parallel<T: Send + 'static>(
    workers: usize,
    total: usize,
    work: impl Fn(&mut dyn Iterator<Item = usize>) -> Result<T> + Send + Sync + 'static,
) -> Result<Vec<T>> {
    let next = Arc::new(AtomicUsize::new(0));
    let work = Arc::new(work);
    let mut tasks = JoinSet::new();
    for _ in 0..workers.clamp(1, total.max(1)) {
        let (next, work) = (next.clone(), work.clone());
        tasks.spawn_blocking(move || {
            let mut numbers = std::iter::from_fn(|| {
                let n = next.fetch_add(1, Ordering::Relaxed);
                (n < total).then_some(n)
            });
            work(&mut numbers)
        });
    }
    let mut results = Vec::new();
    while let Some(done) = tasks.join_next().await {
        results.push(done.map_err(LakeError::internal)??);
    }
    Ok(results)
}

/// The records of a day, folded whenever many came.
#[derive(Default)]
struct Day {
    rows: Rows,
    /// Rows after the last fold.
    folded: usize,
}

impl Day {
    fn push(&mut self, head: Head, texts: &Texts<'_>) {
        self.rows.push(head, texts);
        if self.rows.heads.len() > self.folded * 2 + FOLD_AFTER_ROWS {
            let folded = fold(vec![std::mem::take(&mut self.rows)]);
            self.rows = folded.rows.compacted();
            // A contest is settled with all records at hand.
            for contest in folded.contests {
                self.rows.absorb(contest.rivals);
            }
            self.folded = self.rows.heads.len();
        }
    }
}

#[derive(Default)]
struct Parsed {
    days: BTreeMap<i64, Day>,
    rejected: Vec<Rejected>,
    counts: Counts,
}

fn parse(job: &Job, numbers: &mut dyn Iterator<Item = usize>) -> Result<Parsed> {
    let handle = Handle::current();
    let mut parsed = Parsed::default();
    for number in numbers {
        let key = &job.objects[number];
        let days = &mut parsed.days;
        let mut each = |head: Head, texts: &Texts<'_>| {
            days.entry(head.created.div_euclid(DAY_US))
                .or_default()
                .push(head, texts)
        };
        let mut reader = ObjectReader::new(number, key);
        let (mut at, mut size) = (0, None);
        while size.is_none_or(|size| at < size) {
            let (piece, total) = handle.block_on(job.store.piece(key, at, size))?;
            reader.feed(&piece, &mut parsed.rejected, &mut each);
            at += piece.len() as u64;
            size = Some(if piece.is_empty() { at } else { total });
        }
        let counts = reader.finish(&mut parsed.rejected, &mut each);
        parsed.counts.add(counts);
    }
    Ok(parsed)
}

/// A row's place: (day, row).
type At = (u32, u32);

/// Chains of more than one known member.
#[derive(Debug, Default)]
struct Chains {
    /// By uri hash: first and newest member, the other members.
    of: HashedMap<Arc<Vec<(Head, At)>>>,
    dangling: Vec<[u64; 3]>,
}

fn find_chains(days: &[Rows]) -> Chains {
    let mut named = HashedSet::default();
    for head in days.iter().flat_map(|d| &d.heads) {
        named.extend(head.names.iter().filter(|n| **n != 0));
    }
    let mut links = Vec::new();
    let mut places = Vec::new();
    let mut chains = Chains::default();
    if named.is_empty() {
        return chains;
    }
    for (day, rows) in days.iter().enumerate() {
        for (row, head) in rows.heads.iter().enumerate() {
            if head.names != [0, 0] || named.contains(&head.uri_hash) {
                links.push(Link {
                    member: head.uri_hash,
                    names: head.names,
                });
                places.push((
                    *head,
                    (
                        u32::try_from(day).unwrap_or(0),
                        u32::try_from(row).unwrap_or(0),
                    ),
                ));
            }
        }
    }
    let known: HashedSet = links.iter().map(|l| l.member).collect();
    for (link, (head, _)) in links.iter().zip(&places) {
        for name in link
            .names
            .iter()
            .filter(|n| **n != 0 && !known.contains(*n))
        {
            let dangling = Dangling {
                name: *name,
                member: link.member,
                created: head.created,
            };
            chains.dangling.push(dangling.entry(false));
        }
    }
    chains.dangling.sort_unstable();
    chains.dangling.dedup();
    for group in components(&links).into_iter().filter(|g| g.len() > 1) {
        let mut members: Vec<(Head, At)> = group.into_iter().map(|at| places[at]).collect();
        // Days are sorted by (created_at, uri) and follow one another, so places are in chain order.
        members.sort_by_key(|(_, at)| *at);
        let members = Arc::new(members);
        for (head, _) in members.iter() {
            chains.of.insert(head.uri_hash, members.clone());
        }
    }
    chains
}

/// Rows of a file: stretches of days.
type FilePlan = Vec<(usize, Range<usize>)>;

/// Cuts the days into files: whole days where they fit, small files where rows are recent.
fn plan_files(days: &[Rows], layout: Layout) -> Vec<FilePlan> {
    let mut plans = Vec::new();
    let mut current: FilePlan = Vec::new();
    let mut rows = 0;
    let last = |rows: &Rows| rows.heads.last().map_or(i64::MIN, |head| head.created);
    let newest = days.iter().map(last).max().unwrap_or(i64::MIN);
    let mut was_recent = false;
    for (day, day_rows) in days.iter().enumerate() {
        let n = day_rows.heads.len();
        let recent = layout.is_recent(last(day_rows), newest);
        let (rows_min, rows_max) = if recent {
            (layout.recent_rows, layout.recent_rows)
        } else {
            (layout.file_rows_min, layout.file_rows_max)
        };
        if rows > 0 && (rows >= rows_min || rows + n > rows_max || recent != was_recent) {
            plans.push(std::mem::take(&mut current));
            rows = 0;
        }
        was_recent = recent;
        let pieces = n.div_ceil(rows_max).max(1);
        let mut from = 0;
        for piece in 1..=pieces {
            let mut to = n * piece / pieces;
            // Rows of one instant stay together: an instant belongs to one file.
            while to > from
                && to < n
                && day_rows.heads[to].created == day_rows.heads[to - 1].created
            {
                to += 1;
            }
            if to > from {
                current.push((day, from..to));
                rows += to - from;
                from = to;
            }
            if piece < pieces {
                plans.push(std::mem::take(&mut current));
                rows = 0;
            }
        }
    }
    plans.push(current);
    plans.retain(|plan| !plan.is_empty());
    plans
}

struct Encoded {
    number: usize,
    file: DataFile,
    changes: ChangeSet,
    index: Vec<[u64; 2]>,
}

fn encode(
    job: &Job,
    format: &Format,
    days: &[Rows],
    chains: &Chains,
    plan: &FilePlan,
    number: usize,
    encoder: &mut Encoder,
) -> Result<Encoded> {
    let group_rows = format.layout.group_rows;
    let rows_total: usize = plan.iter().map(|(_, range)| range.len()).sum();
    let mut writer = FileWriter::new(format, rows_total * 320)?;
    let mut hidden: HashedMap<Hidden> = HashedMap::default();
    let mut changes = ChangeSet::default();
    let mut index = Vec::with_capacity(rows_total);
    for (day, range) in plan {
        let rows = &days[*day];
        for piece in 0..range.len().div_ceil(group_rows) {
            let from = range.start + piece * group_rows;
            let heads = &rows.heads[from..range.end.min(from + group_rows)];
            let mut members = Vec::with_capacity(heads.len());
            for head in heads {
                index.push([head.uri_hash, head.created.cast_unsigned()]);
                let mut own = Hidden {
                    marked: head.marked,
                    unmarked: head.unmarked,
                    no_show_set: head.no_show_set,
                    peers: Vec::new(),
                };
                let chain = if chains.of.is_empty() {
                    None
                } else {
                    chains.of.get(&head.uri_hash)
                };
                let chain_id = match chain {
                    None => {
                        changes.push(1, &booking(rows, head, head, job.as_of, &mut encoder.zone));
                        rows.uri(head)
                    }
                    Some(chain) => {
                        let (first, newest) = (&chain[0], &chain[chain.len() - 1]);
                        let first_rows = &days[first.1.0 as usize];
                        if first.0.uri_hash == head.uri_hash {
                            changes.push(
                                1,
                                &booking(
                                    first_rows,
                                    &first.0,
                                    &newest.0,
                                    job.as_of,
                                    &mut encoder.zone,
                                ),
                            );
                        }
                        let others = chain.iter().filter(|(h, _)| h.uri_hash != head.uri_hash);
                        own.peers = others.map(|(h, _)| (h.uri_hash, h.created)).collect();
                        own.peers.sort_unstable();
                        first_rows.uri(&first.0)
                    }
                };
                if !own.is_default() {
                    hidden.insert(head.uri_hash, own);
                }
                members.push(Member { head, chain_id });
            }
            writer.encode(&encoder.batch(rows, &members)?, &hidden)?;
        }
    }
    let (bytes, extent) = writer.finish(hidden, 0)?;
    let file = data_file(job.version, &bytes, extent, job.now);
    let key = format!("{}/{}", Table::Invitees.path(), file.path);
    Handle::current().block_on(job.store.put(&key, bytes))?;
    Ok(Encoded {
        number,
        file,
        changes,
        index,
    })
}

/// Reads all objects and writes all data files of `silver.invitees`.
pub(crate) async fn run(job: Job) -> Result<Bulk> {
    let job = Arc::new(job);
    let parser = job.clone();
    let parsed = parallel(job.workers, job.objects.len(), move |numbers| {
        parse(&parser, numbers)
    })
    .await?;
    let mut bulk = Bulk::default();
    let mut by_day: BTreeMap<i64, Vec<Rows>> = BTreeMap::new();
    for part in parsed {
        bulk.counts.add(part.counts);
        bulk.rejected.extend(part.rejected);
        for (day, part) in part.days {
            by_day.entry(day).or_default().push(part.rows);
        }
    }
    bulk.rejected
        .sort_by(|a, b| (&a.object, a.line).cmp(&(&b.object, b.line)));
    let days = fold_days(&job, by_day).await?;
    let chains = Arc::new(find_chains(&days));
    bulk.dangling.clone_from(&chains.dangling);
    let plans: Arc<Vec<FilePlan>> = Arc::new(plan_files(&days, job.layout));
    let format = Format::new(job.layout)?;
    let (encoder_job, file_plans) = (job.clone(), plans.clone());
    let encoded = parallel(job.workers, plans.len(), move |numbers| {
        let job = &encoder_job;
        let mut encoder = Encoder::new(format.schema.clone(), job.zone.clone(), job.as_of, job.now);
        numbers
            .map(|n| {
                encode(
                    job,
                    &format,
                    &days,
                    &chains,
                    &file_plans[n],
                    n,
                    &mut encoder,
                )
            })
            .collect::<Result<Vec<_>>>()
    })
    .await?;
    let mut encoded: Vec<Encoded> = encoded.into_iter().flatten().collect();
    encoded.sort_by_key(|e| e.number);
    bulk.changes.reset = true;
    for part in encoded {
        bulk.files.push(part.file);
        bulk.changes.append(&part.changes);
        bulk.index.extend(part.index);
    }
    Ok(bulk)
}

/// One set of rows per day, in order.
async fn fold_days(job: &Job, by_day: BTreeMap<i64, Vec<Rows>>) -> Result<Vec<Rows>> {
    let total = by_day.len();
    let queue: Arc<Vec<Mutex<Vec<Rows>>>> =
        Arc::new(by_day.into_values().map(Mutex::new).collect());
    let folded = parallel(job.workers, total, move |numbers| {
        let mut done: Vec<(usize, Folded)> = Vec::new();
        for n in numbers {
            let parts =
                std::mem::take(&mut *queue[n].lock().unwrap_or_else(PoisonError::into_inner));
            done.push((n, fold(parts)));
        }
        Ok(done)
    })
    .await?;
    let mut folded: Vec<(usize, Folded)> = folded.into_iter().flatten().collect();
    folded.sort_by_key(|(n, _)| *n);
    let mut days = Vec::with_capacity(folded.len());
    for (_, mut day) in folded {
        settle(&job.store, &job.objects, &mut day).await?;
        days.push(day.rows);
    }
    Ok(days)
}
