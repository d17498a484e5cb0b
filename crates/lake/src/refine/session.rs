//! The rows that one incremental run works on: found by their place in time, completed to whole chains.
//!
//! **Invariant:** all snapshots of an invitee carry the same invitee_created_at (Calendly's own), so a row is found in
//! the one file whose range holds it. Rows are identified by the 64-bit hash of their uri.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::RecordBatch;

use crate::delta::log::DataFile;
use crate::error::{LakeError, Result};
use crate::hash::{HashedMap, HashedSet, hash64};
use crate::refine::fold::{digest, same_content};
use crate::refine::state::{Dangling, RefineState};
use crate::row::{Head, Rows, field};
use crate::runs::live;
use crate::schema::Table;
use crate::silver::decode::Columns;
use crate::silver::hidden::Hidden;
use crate::silver::open::OpenFile;
use crate::silver::outline::Outline;
use crate::store::Store;
use crate::time::NO_TIME;

/// Where a row lies: file (position in the table's list), row group, row.
pub(crate) type Place = (usize, usize, usize);

/// A row as it was before the run.
#[derive(Debug, Clone)]
pub(crate) struct Before {
    pub place: Place,
    pub head: Head,
    pub chain_id: String,
    pub attendance: String,
    pub source: String,
    pub hidden: Hidden,
    /// All its columns: a batch and the row in it.
    pub stored: (Arc<RecordBatch>, usize),
}

/// One row in work.
#[derive(Debug)]
pub(crate) struct Member {
    pub hash: u64,
    pub before: Option<Before>,
    /// Strings in [`Session::rows`].
    pub after: Head,
}

/// The working set of a run.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    store: &'a Store,
    pub state: &'a RefineState,
    /// Bronze keys of the run, for digests.
    objects: &'a [String],
    pub open: BTreeMap<usize, OpenFile>,
    /// Of the row groups looked into, by file and row group.
    pub outlines: BTreeMap<(usize, usize), Outline>,
    /// Strings of `before` and `after`.
    pub rows: Rows,
    pub members: Vec<Member>,
    pub by_hash: HashedMap<usize>,
    /// The names without a row that the set's rows had before the run, or that concern its new rows.
    pub dangling: Vec<Dangling>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(store: &'a Store, state: &'a RefineState, objects: &'a [String]) -> Self {
        Self {
            store,
            state,
            objects,
            open: BTreeMap::new(),
            outlines: BTreeMap::new(),
            rows: Rows::default(),
            members: Vec::new(),
            by_hash: HashedMap::default(),
            dangling: Vec::new(),
        }
    }

    fn files(&self) -> &'a [DataFile] {
        &self.state.invitees.files
    }

    /// invitee_created_at of the newest row, known or new.
    pub(crate) fn newest(&self) -> i64 {
        let known = self.files().iter().map(|file| file.hi);
        known
            .chain(self.members.iter().map(|member| member.after.created))
            .max()
            .unwrap_or(i64::MIN)
    }

    /// The file that holds rows of `created`, if one does.
    fn file_of(&self, created: i64) -> Option<usize> {
        let at = self
            .files()
            .partition_point(|f| f.lo <= created)
            .checked_sub(1)?;
        (created <= self.files()[at].hi).then_some(at)
    }

    /// Reads whole files, each once, some at the same time.
    pub(crate) async fn open(&mut self, files: impl IntoIterator<Item = usize>) -> Result<()> {
        let wanted: BTreeSet<usize> = files
            .into_iter()
            .filter(|file| !self.open.contains_key(file))
            .collect();
        let key = |file: usize| format!("{}/{}", Table::Invitees.path(), self.files()[file].path);
        let wanted = wanted.into_iter().map(|file| (file, key(file))).collect();
        for (file, key, bytes) in self.store.read_all(wanted).await? {
            self.open.insert(file, OpenFile::open(&key, bytes)?);
        }
        Ok(())
    }

    fn opened(&self, file: usize) -> Result<&OpenFile> {
        self.open
            .get(&file)
            .ok_or_else(|| LakeError::internal("a file is not open"))
    }

    /// What finds the rows of a row group; decoded once.
    fn outline(&mut self, file: usize, group: usize) -> Result<&Outline> {
        if !self.outlines.contains_key(&(file, group)) {
            let outline = self.opened(file)?.outline(group)?;
            self.outlines.insert((file, group), outline);
        }
        self.outlines
            .get(&(file, group))
            .ok_or_else(|| LakeError::internal("an outline is gone"))
    }

    /// Where the row of `hash` at `created` lies in an open file.
    fn locate(&mut self, file: usize, hash: u64, created: i64) -> Result<Option<Place>> {
        let groups: Vec<usize> = self.opened(file)?.groups_of(created).collect();
        for group in groups {
            if let Some(row) = self.outline(file, group)?.find(hash, created) {
                return Ok(Some((file, group, row)));
            }
        }
        Ok(None)
    }

    /// Takes the stored rows with these (uri hash, created_at) into work; those that do not exist are passed over.
    pub(crate) async fn find(
        &mut self,
        wanted: impl IntoIterator<Item = (u64, i64)>,
    ) -> Result<()> {
        let unknown = wanted
            .into_iter()
            .filter(|(hash, _)| !self.by_hash.contains_key(hash));
        let wanted: Vec<(usize, u64, i64)> = unknown
            .filter_map(|(hash, created)| self.file_of(created).map(|file| (file, hash, created)))
            .collect();
        self.open(wanted.iter().map(|(file, _, _)| *file)).await?;
        let mut places = BTreeSet::new();
        for (file, hash, created) in wanted {
            places.extend(self.locate(file, hash, created)?);
        }
        self.take(&places)
    }

    /// Takes the rows at `places` into work: those of a row group are decoded together.
    fn take(&mut self, places: &BTreeSet<Place>) -> Result<()> {
        let places: Vec<Place> = places.iter().copied().collect();
        for group in places.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let (file, number, _) = group[0];
            let rows: Vec<usize> = group.iter().map(|place| place.2).collect();
            let outline = self.outline(file, number)?.clone();
            let source = self.opened(file)?;
            let peers = |row: &usize| {
                source
                    .hidden
                    .rows
                    .get(&outline.hash(*row))
                    .is_some_and(|hidden| !hidden.peers.is_empty())
            };
            let alone = !rows.iter().any(peers);
            let batch = Arc::new(source.rows(number, &rows, &outline, alone)?);
            let view = Columns::of(&batch)?;
            for (row, place) in group.iter().enumerate() {
                self.take_row(*place, &view, (batch.clone(), row))?;
            }
        }
        Ok(())
    }

    /// Takes a decoded row into work, unless it is there already.
    fn take_row(
        &mut self,
        place: Place,
        view: &Columns<'_>,
        stored: (Arc<RecordBatch>, usize),
    ) -> Result<()> {
        let row = stored.1;
        let hash = hash64(view.uri(row));
        if self.by_hash.contains_key(&hash) {
            return Ok(());
        }
        let hidden = self
            .opened(place.0)?
            .hidden
            .rows
            .get(&hash)
            .cloned()
            .unwrap_or_default();
        view.push_row(row, Some(&hidden), &mut self.rows)?;
        let head = self
            .rows
            .heads
            .pop()
            .ok_or_else(|| LakeError::internal("no row was read"))?;
        let (chain_id, attendance, source) = view.decided(row)?;
        let before = Before {
            place,
            head,
            chain_id: chain_id.to_owned(),
            attendance: attendance.to_owned(),
            source: source.to_owned(),
            hidden,
            stored,
        };
        self.insert(Member {
            hash,
            before: Some(before),
            after: head,
        });
        Ok(())
    }

    fn insert(&mut self, member: Member) -> usize {
        let at = self.members.len();
        self.by_hash.insert(member.hash, at);
        self.members.push(member);
        at
    }

    /// Applies the folded records of the run.
    pub(crate) async fn apply(&mut self, incoming: &Rows) -> Result<()> {
        self.find(
            incoming
                .heads
                .iter()
                .map(|head| (head.uri_hash, head.created)),
        )
        .await?;
        for head in &incoming.heads {
            let Some(at) = self.by_hash.get(&head.uri_hash).copied() else {
                self.rows.copy(incoming, head);
                let after = self
                    .rows
                    .heads
                    .pop()
                    .ok_or_else(|| LakeError::internal("no row was copied"))?;
                self.insert(Member {
                    hash: head.uri_hash,
                    before: None,
                    after,
                });
                continue;
            };
            let stored = self.members[at].after;
            let wins = match head.version_cmp(&stored) {
                Ordering::Less => false,
                Ordering::Greater => true,
                Ordering::Equal if same_content((incoming, head), (&self.rows, &stored)) => false,
                Ordering::Equal => {
                    let new = digest(self.store, self.objects, incoming, head).await?;
                    new > self.stored_digest(&stored).await?
                }
            };
            let mut after = stored;
            if wins {
                self.rows.copy(incoming, head);
                after = self
                    .rows
                    .heads
                    .pop()
                    .ok_or_else(|| LakeError::internal("no row was copied"))?;
                after.merge_marks(&stored);
            } else {
                after.merge_marks(head);
            }
            self.members[at].after = after;
        }
        Ok(())
    }

    /// Digest of the record behind a stored row. Without `raw_sha256` bronze is searched: a tie of updated_at between
    /// two different imported records is that rare.
    async fn stored_digest(&self, stored: &Head) -> Result<String> {
        let stated = self.rows.texts(stored)[field::RAW_SHA256];
        if !stated.is_empty() {
            return Ok(stated.to_owned());
        }
        let mut best = String::new();
        for (key, _, _) in self.store.list("bronze/calendly_events").await? {
            let bytes = self.store.read(&key).await?;
            let mut rejected = Vec::new();
            let mut found = Rows::default();
            crate::refine::read::read_object((0, &key), &bytes, &mut rejected, |head, texts| {
                if head.uri_hash == stored.uri_hash && head.version_cmp(stored) == Ordering::Equal {
                    found.push(head, texts);
                }
            });
            let same = found
                .heads
                .iter()
                .filter(|head| same_content((&found, head), (&self.rows, stored)));
            for head in same {
                let (_, at, length) = head.origin;
                let from = usize::try_from(at).unwrap_or(0);
                let line = bytes.get(from..from + length as usize).unwrap_or_default();
                best = best.max(crate::record::tie_digest(&String::from_utf8_lossy(line)));
            }
        }
        Ok(best)
    }

    /// Takes in every row whose attendance changes by time alone up to `as_of`.
    pub(crate) async fn wake(&mut self, as_of: i64) -> Result<()> {
        let is_due = |next: i64| next != NO_TIME && next <= as_of;
        let due: Vec<usize> = (0..self.files().len())
            .filter(|file| is_due(self.files()[*file].next))
            .collect();
        self.open(due.iter().copied()).await?;
        for file in due {
            let next = self.opened(file)?.hidden.next.clone();
            let mut places = BTreeSet::new();
            for (group, _) in next.iter().enumerate().filter(|(_, next)| is_due(**next)) {
                self.outline(file, group)?;
                let hidden = &self.opened(file)?.hidden.rows;
                let pending = self
                    .outlines
                    .get(&(file, group))
                    .into_iter()
                    .flat_map(|outline| outline.pending(hidden));
                places.extend(
                    pending
                        .filter(|(_, change)| *change <= as_of)
                        .map(|(row, _)| (file, group, row)),
                );
            }
            self.take(&places)?;
        }
        Ok(())
    }

    /// Completes the set so that every chain, before and after the run, is in it whole.
    pub(crate) async fn close(&mut self) -> Result<()> {
        let mut resolved = HashedSet::default();
        let mut seen = 0;
        while seen < self.members.len() {
            let mut wanted: Vec<(u64, i64)> = Vec::new();
            let mut names: Vec<u64> = Vec::new();
            for member in &self.members[seen..] {
                match &member.before {
                    Some(before) => {
                        wanted.extend(&before.hidden.peers);
                        names.extend(before.head.names);
                    }
                    // A new row may be one that others named before it was known.
                    None => names.push(member.hash),
                }
                names.extend(member.after.names);
            }
            seen = self.members.len();
            names.retain(|name| *name != 0 && resolved.insert(*name));
            let found = self.state.dangling.lookup(self.store, &mut names).await?;
            let namers: Vec<Dangling> = live(found, Dangling::FLAG)
                .into_iter()
                .map(Dangling::of)
                .collect();
            wanted.extend(namers.iter().map(|d| (d.member, d.created)));
            let unknown: HashedSet = namers.iter().map(|d| d.name).collect();
            self.dangling.extend(namers);
            let at_hand: HashedSet = wanted.iter().map(|w| w.0).collect();
            names.retain(|name| {
                !unknown.contains(name)
                    && !at_hand.contains(name)
                    && !self.by_hash.contains_key(name)
            });
            let known = self.state.index.lookup(self.store, &mut names).await?;
            wanted.extend(
                known
                    .iter()
                    .map(|[hash, created]| (*hash, created.cast_signed())),
            );
            self.find(wanted).await?;
        }
        Ok(())
    }
}
