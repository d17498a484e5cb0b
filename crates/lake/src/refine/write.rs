//! Changed rows into the files that hold them: what did not change is copied as the bytes it is.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use bytes::Bytes;

use crate::delta::log::DataFile;
use crate::error::{LakeError, Result};
use crate::hash::HashedMap;
use crate::refine::chains::Decided;
use crate::refine::fold::same_content;
use crate::refine::merge::{Pieces, patched};
use crate::refine::session::Session;
use crate::silver::columns::{Encoder, Member as Encoded};
use crate::silver::decode::Columns;
use crate::silver::file::{Extent, FileWriter, Format, Layout};
use crate::silver::hidden::Hidden;
use crate::silver::open::OpenFile;

/// (replaced row, position of the member) of a row group.
type Changed = Vec<(usize, usize)>;
/// A file that a run writes.
pub(crate) type Written = (DataFile, Bytes);

/// What a run changes in one file.
#[derive(Debug, Default)]
struct FileEdit {
    /// By row group.
    changed: BTreeMap<usize, Changed>,
    /// Positions of the members that are new rows.
    new: Vec<usize>,
}

/// What a run changes in the files.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    files: BTreeMap<usize, FileEdit>,
    /// Rows after all others, for a file of their own.
    fresh: Vec<usize>,
    /// Hidden facts of the changed rows.
    hidden: HashedMap<Hidden>,
    /// Changed rows.
    pub rows: u64,
}

impl Edits {
    /// The rows that look different after the run; the hidden facts count too.
    pub(crate) fn of(
        session: &Session<'_>,
        decided: &[Decided],
        layout: Layout,
        as_of: i64,
    ) -> Self {
        let mut edits = Self::default();
        for (at, member) in session.members.iter().enumerate() {
            let after = &member.after;
            let hidden = Hidden {
                marked: after.marked,
                unmarked: after.unmarked,
                no_show_set: after.no_show_set,
                peers: decided[at].peers.clone(),
            };
            let (attendance, source) = after.attendance(as_of);
            let chain_id = session.rows.uri(&session.members[decided[at].first].after);
            let same = member.before.as_ref().is_some_and(|before| {
                before.hidden == hidden
                    && same_content((&session.rows, &before.head), (&session.rows, after))
                    && before.chain_id == chain_id
                    && before.attendance == attendance.as_str()
                    && before.source == source.as_str()
            });
            if !same {
                edits.rows += 1;
                edits.place(session, at, layout);
                edits.hidden.insert(member.hash, hidden);
            }
        }
        edits
    }

    /// Decides where a changed row goes.
    fn place(&mut self, session: &Session<'_>, at: usize, layout: Layout) {
        let member = &session.members[at];
        if let Some(before) = &member.before {
            let (file, group, row) = before.place;
            self.files
                .entry(file)
                .or_default()
                .changed
                .entry(group)
                .or_default()
                .push((row, at));
            return;
        }
        let files = &session.state.invitees.files;
        let created = member.after.created;
        if files
            .last()
            .is_none_or(|last| created > last.hi && last.rows >= layout.recent_rows as u64)
        {
            self.fresh.push(at);
        } else {
            let file = files.partition_point(|f| f.lo <= created).saturating_sub(1);
            self.files.entry(file).or_default().new.push(at);
        }
    }
}

/// The files that new rows go into and that were not read for a row yet.
pub(crate) fn files_to_open(session: &Session<'_>, layout: Layout) -> Vec<usize> {
    let mut edits = Edits::default();
    for at in 0..session.members.len() {
        if session.members[at].before.is_none() {
            edits.place(session, at, layout);
        }
    }
    edits
        .files
        .into_keys()
        .filter(|file| !session.open.contains_key(file))
        .collect()
}

/// The log's view of a written file.
pub(crate) fn data_file(version: i64, bytes: &Bytes, extent: Extent, now: i64) -> DataFile {
    DataFile {
        lo: extent.lo,
        hi: extent.hi,
        next: extent.next,
        ..DataFile::new(version, bytes, extent.rows, now)
    }
}

/// Writes the edits, file by file.
pub(crate) struct Rewrite<'r, 's> {
    pub session: &'r mut Session<'s>,
    pub decided: &'r [Decided],
    pub format: &'r Format,
    pub encoder: &'r mut Encoder,
    pub edits: Edits,
    /// invitee_created_at of the newest row after the run.
    pub newest: i64,
}

impl Rewrite<'_, '_> {
    /// The next file's replacements, and the path of the file they replace; `None` when all edits are written.
    pub(crate) fn next(&mut self) -> Result<Option<(Option<String>, Vec<Written>)>> {
        let (replaced, outputs) = if let Some((file, edit)) = self.edits.files.pop_first() {
            let source = self
                .session
                .open
                .remove(&file)
                .ok_or_else(|| LakeError::internal("an edited file is not open"))?;
            let outputs = self.file(file, &source, edit)?;
            self.session.outlines.retain(|(of, _), _| *of != file);
            (
                Some(self.session.state.invitees.files[file].path.clone()),
                outputs,
            )
        } else if !self.edits.fresh.is_empty() {
            (None, self.fresh()?)
        } else {
            return Ok(None);
        };
        let (version, now) = (self.session.state.invitees.version, self.encoder.now());
        let written = outputs
            .into_iter()
            .map(|(bytes, extent)| (data_file(version, &bytes, extent, now), bytes));
        Ok(Some((replaced, written.collect())))
    }

    fn file(
        &mut self,
        number: usize,
        source: &OpenFile,
        edit: FileEdit,
    ) -> Result<Vec<(Bytes, Extent)>> {
        let mut hidden: HashedMap<Hidden> = source.hidden.rows.clone();
        let changed = edit.changed.values().flatten().map(|(_, at)| at);
        for at in changed.chain(&edit.new) {
            let hash = self.session.members[*at].hash;
            if let Some(own) = self.edits.hidden.get(&hash) {
                hidden.insert(hash, own.clone());
            }
        }
        if self.may_stay_late(source, &edit.new) {
            self.touch(number, source, edit, hidden)
                .map(|output| vec![output])
        } else {
            self.put_in_order(number, source, edit, &hidden)
        }
    }

    /// Whether new rows may lie in a row group of their own: few such groups, few such rows, and the file is not full.
    fn may_stay_late(&self, source: &OpenFile, new: &[usize]) -> bool {
        let layout = self.format.layout;
        let late_rows: usize = (source.in_order()..source.groups.len())
            .map(|group| source.rows_of(group))
            .sum();
        let stored = source.groups.iter().map(|(_, hi)| *hi);
        let ends_at = new
            .iter()
            .map(|at| self.session.members[*at].after.created)
            .chain(stored)
            .max()
            .unwrap_or(i64::MIN);
        new.is_empty()
            || (source.hidden.late < layout.late_groups_max
                && late_rows + new.len() <= layout.group_rows / 2
                && source.rows_total() + new.len() <= layout.full_at(ends_at, self.newest))
    }

    /// Changed rows in their row groups, new rows in one of their own behind the others.
    fn touch(
        &mut self,
        number: usize,
        source: &OpenFile,
        edit: FileEdit,
        hidden: HashedMap<Hidden>,
    ) -> Result<(Bytes, Extent)> {
        let mut writer = FileWriter::new(self.format, source.bytes.len() + source.bytes.len() / 8)?;
        for group in 0..source.groups.len() {
            match edit.changed.get(&group) {
                None => writer.copy(source, group)?,
                Some(changed) => {
                    self.patch(&mut writer, source, (number, group), changed, &hidden)?
                }
            }
        }
        let mut late = source.hidden.late;
        if !edit.new.is_empty() {
            writer.encode(&self.new_rows(edit.new)?, &hidden)?;
            late += 1;
        }
        writer.finish(hidden, late)
    }

    /// Every row in its place in time; a file that is full becomes several.
    fn put_in_order(
        &mut self,
        number: usize,
        source: &OpenFile,
        edit: FileEdit,
        hidden: &HashedMap<Hidden>,
    ) -> Result<Vec<(Bytes, Extent)>> {
        let layout = self.format.layout;
        let rows_total = source.rows_total() + edit.new.len();
        let mut late = Pieces::default();
        if !edit.new.is_empty() {
            late.add(self.new_rows(edit.new)?, &[]);
        }
        for group in source.in_order()..source.groups.len() {
            self.add_group(&mut late, source, group, edit.changed.get(&group))?;
        }
        let mut late_of = late.by_group(source, layout)?;
        let mut outputs = Outputs {
            format: self.format,
            newest: self.newest,
            rows_total,
            hidden,
            done: Vec::new(),
        };
        let mut writer = FileWriter::new(self.format, source.bytes.len() + source.bytes.len() / 8)?;
        for group in 0..=source.in_order() {
            let old = group < source.in_order();
            let changed = edit.changed.get(&group).filter(|_| old);
            if let Some(picks) = late_of.remove(&group) {
                let mut pieces = late.only(picks);
                if old {
                    self.add_group(&mut pieces, source, group, changed)?;
                }
                writer = outputs.encode(writer, &pieces.sorted()?)?;
            } else if old {
                writer = outputs.room(writer, source.groups[group].0)?;
                match changed {
                    None => writer.copy(source, group)?,
                    Some(changed) => {
                        self.patch(&mut writer, source, (number, group), changed, hidden)?
                    }
                }
            }
        }
        outputs.finish(writer)
    }

    /// A file of the rows that come after all others.
    fn fresh(&mut self) -> Result<Vec<(Bytes, Extent)>> {
        let new = std::mem::take(&mut self.edits.fresh);
        let own = new.iter().filter_map(|at| {
            self.edits
                .hidden
                .get_key_value(&self.session.members[*at].hash)
        });
        let own: HashedMap<Hidden> = own.map(|(hash, hidden)| (*hash, hidden.clone())).collect();
        let rows_total = new.len();
        let batch = self.new_rows(new)?;
        let mut outputs = Outputs {
            format: self.format,
            newest: self.newest,
            rows_total,
            hidden: &own,
            done: Vec::new(),
        };
        let writer = outputs.encode(FileWriter::new(self.format, rows_total * 512)?, &batch)?;
        outputs.finish(writer)
    }

    /// A row group with some rows replaced: only the columns that changed are decoded and encoded.
    fn patch(
        &mut self,
        writer: &mut FileWriter,
        source: &OpenFile,
        (number, group): (usize, usize),
        changed: &Changed,
        hidden: &HashedMap<Hidden>,
    ) -> Result<()> {
        let new = self.encoded(changed.iter().map(|(_, at)| *at))?;
        let mut rows = Vec::with_capacity(changed.len());
        for (row, at) in changed {
            let before = self.session.members[*at].before.as_ref();
            let before =
                before.ok_or_else(|| LakeError::internal("a changed row was not stored"))?;
            rows.push((*row, &before.stored));
        }
        let columns = patched(source, group, &rows, &new)?;
        let outline = match self.session.outlines.get(&(number, group)) {
            Some(outline) => outline.with(&columns)?,
            None => source.outline(group)?.with(&columns)?,
        };
        writer.patch(source, group, &columns, &outline, hidden)
    }

    /// Adds the rows of a row group as they are after the run.
    fn add_group(
        &mut self,
        pieces: &mut Pieces,
        source: &OpenFile,
        group: usize,
        changed: Option<&Changed>,
    ) -> Result<()> {
        let changed = changed.map_or(&[][..], Vec::as_slice);
        let replaced: Vec<usize> = changed.iter().map(|(row, _)| *row).collect();
        pieces.add(source.group(group)?, &replaced);
        if !changed.is_empty() {
            pieces.add(self.encoded(changed.iter().map(|(_, at)| *at))?, &[]);
        }
        Ok(())
    }

    /// Columns of new rows, in their order.
    fn new_rows(&mut self, mut new: Vec<usize>) -> Result<RecordBatch> {
        let session = &*self.session;
        let key = |at: usize| {
            (
                session.members[at].after.created,
                session.rows.uri(&session.members[at].after),
            )
        };
        new.sort_by(|a, b| key(*a).cmp(&key(*b)));
        self.encoded(new.into_iter())
    }

    /// Columns of members, in the order given.
    fn encoded(&mut self, members: impl Iterator<Item = usize>) -> Result<RecordBatch> {
        let session = &*self.session;
        let chain_id = |at: usize| {
            session
                .rows
                .uri(&session.members[self.decided[at].first].after)
        };
        let members: Vec<Encoded<'_>> = members
            .map(|at| Encoded {
                head: &session.members[at].after,
                chain_id: chain_id(at),
            })
            .collect();
        self.encoder.batch(&session.rows, &members)
    }
}

/// The files that one becomes.
struct Outputs<'a> {
    format: &'a Format,
    newest: i64,
    rows_total: usize,
    hidden: &'a HashedMap<Hidden>,
    done: Vec<(Bytes, Extent)>,
}

impl Outputs<'_> {
    /// Rows of a full file, if it ended at `hi`.
    fn full(&self, hi: i64) -> usize {
        self.format.layout.full_at(hi, self.newest)
    }

    /// A writer for rows that begin at `lo`: another one if all rows are too many for a file and this one has half of
    /// what a file may have. Files do not overlap in time.
    fn room(&mut self, writer: FileWriter, lo: i64) -> Result<FileWriter> {
        let full = self.full(writer.ends_at());
        if self.rows_total <= full || writer.rows() < full.div_ceil(2) || writer.ends_at() >= lo {
            return Ok(writer);
        }
        self.done.push(writer.finish(self.hidden.clone(), 0)?);
        FileWriter::new(self.format, 65_536)
    }

    /// Encodes a batch in groups.
    fn encode(&mut self, mut writer: FileWriter, batch: &RecordBatch) -> Result<FileWriter> {
        let total = batch.num_rows();
        let rows = Columns::of(batch)?;
        let group_rows = self
            .format
            .layout
            .group_rows
            .min(self.full(rows.created(total - 1)).div_ceil(2));
        let pieces = ((total + group_rows / 2) / group_rows).max(1);
        let size = total.div_ceil(pieces);
        for from in (0..total).step_by(size) {
            writer = self.room(writer, rows.created(from))?;
            writer.encode(&batch.slice(from, size.min(total - from)), self.hidden)?;
        }
        Ok(writer)
    }

    fn finish(mut self, writer: FileWriter) -> Result<Vec<(Bytes, Extent)>> {
        self.done.push(writer.finish(self.hidden.clone(), 0)?);
        Ok(self.done)
    }
}
