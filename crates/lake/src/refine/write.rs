//! Changed rows into the files that hold them: touched row groups are encoded again, the others copied.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::compute::interleave;
use bytes::Bytes;

use crate::delta::log::DataFile;
use crate::error::{LakeError, Result};
use crate::hash::HashedMap;
use crate::refine::chains::Decided;
use crate::refine::fold::same_content;
use crate::refine::session::Session;
use crate::silver::columns::{Encoder, Member as Encoded};
use crate::silver::decode::Columns;
use crate::silver::file::{Extent, FileWriter, Format, Layout, OpenFile};
use crate::silver::hidden::Hidden;

/// A changed row group: (replaced row or `None` for a new one, position of the member).
type GroupEdit = Vec<(Option<usize>, usize)>;
/// A file that a run writes.
pub(crate) type Written = (DataFile, Bytes);

/// What a run changes in the files.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    /// By file and row group; `usize::MAX` until the group of a new row is found.
    files: BTreeMap<usize, BTreeMap<usize, GroupEdit>>,
    /// Rows after all others, for a file of their own.
    fresh: Vec<usize>,
    /// Hidden facts of the changed rows.
    hidden: HashedMap<Hidden>,
    /// Changed rows.
    pub rows: u64,
}

impl Edits {
    /// The rows that look different after the run; the hidden facts count too.
    pub(crate) fn of(session: &Session<'_>, decided: &[Decided], layout: Layout, as_of: i64) -> Self {
        let mut edits = Self::default();
        for (at, member) in session.members.iter().enumerate() {
            let after = &member.after;
            let hidden =
                Hidden { marked: after.marked, unmarked: after.unmarked, no_show_set: after.no_show_set, peers: decided[at].peers.clone() };
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
            self.files.entry(file).or_default().entry(group).or_default().push((Some(row), at));
            return;
        }
        let files = &session.state.invitees.files;
        let created = member.after.created;
        if files.last().is_none_or(|last| created > last.hi && last.rows >= layout.recent_rows as u64) {
            self.fresh.push(at);
        } else {
            let file = files.partition_point(|f| f.lo <= created).saturating_sub(1);
            self.files.entry(file).or_default().entry(usize::MAX).or_default().push((None, at));
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
    edits.files.into_keys().filter(|file| !session.open.contains_key(file)).collect()
}

/// The log's view of a written file.
pub(crate) fn data_file(version: i64, bytes: &Bytes, extent: Extent, now: i64) -> DataFile {
    DataFile { lo: extent.lo, hi: extent.hi, next: extent.next, ..DataFile::new(version, bytes, extent.rows, now) }
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
        let (replaced, outputs) = if let Some((file, groups)) = self.edits.files.pop_first() {
            let source = self.session.open.remove(&file).ok_or_else(|| LakeError::internal("an edited file is not open"))?;
            let outputs = self.file(file, &source, groups)?;
            self.session.batches.retain(|(of, _), _| *of != file);
            (Some(self.session.state.invitees.files[file].path.clone()), outputs)
        } else if !self.edits.fresh.is_empty() {
            (None, self.fresh()?)
        } else {
            return Ok(None);
        };
        let (version, now) = (self.session.state.invitees.version, self.encoder.now());
        let written = outputs.into_iter().map(|(bytes, extent)| (data_file(version, &bytes, extent, now), bytes));
        Ok(Some((replaced, written.collect())))
    }

    fn file(&mut self, number: usize, source: &OpenFile, mut edits: BTreeMap<usize, GroupEdit>) -> Result<Vec<(Bytes, Extent)>> {
        let layout = self.format.layout;
        for (_, at) in edits.remove(&usize::MAX).unwrap_or_default() {
            let created = self.session.members[at].after.created;
            let group = source.groups.partition_point(|(lo, _)| *lo <= created).saturating_sub(1);
            // A full last group takes no more rows at its end.
            let rows = usize::try_from(source.metadata.row_group(group).num_rows()).unwrap_or(0);
            let appended = group + 1 == source.groups.len() && created > source.groups[group].1 && rows >= layout.group_rows;
            edits.entry(if appended { group + 1 } else { group }).or_default().push((None, at));
        }
        let mut rows: HashedMap<Hidden> = source.hidden.rows.clone();
        for (_, at) in edits.values().flatten() {
            let hash = self.session.members[*at].hash;
            if let Some(hidden) = self.edits.hidden.get(&hash) {
                rows.insert(hash, hidden.clone());
            }
        }
        let mut outputs = Vec::new();
        let mut writer = FileWriter::new(self.format, source.bytes.len() + 65_536)?;
        for group in 0..=source.groups.len() {
            let old = group < source.groups.len();
            let Some(edit) = edits.get(&group) else {
                if old {
                    if writer.rows() >= layout.full_at(writer.ends_at(), self.newest) && writer.ends_at() < source.groups[group].0 {
                        let next = FileWriter::new(self.format, source.bytes.len())?;
                        outputs.push(std::mem::replace(&mut writer, next).finish(rows.clone())?);
                    }
                    writer.copy(source, group)?;
                }
                continue;
            };
            let old = match self.session.batches.get(&(number, group)) {
                Some(batch) => Some(batch.clone()),
                None if old => Some(source.group(group)?),
                None => None,
            };
            let (batch, keep) = self.merge(old.as_ref(), edit)?;
            if keep.is_empty() {
                writer = self.encode(writer, &batch, &rows, &mut outputs)?;
            } else {
                writer.patch(source, group, &batch, &keep, &rows)?;
            }
        }
        outputs.push(writer.finish(rows)?);
        Ok(outputs)
    }

    /// A file of the rows that come after all others.
    fn fresh(&mut self) -> Result<Vec<(Bytes, Extent)>> {
        let edit: GroupEdit = std::mem::take(&mut self.edits.fresh).into_iter().map(|at| (None, at)).collect();
        let own = edit.iter().filter_map(|(_, at)| self.edits.hidden.get_key_value(&self.session.members[*at].hash));
        let own: HashedMap<Hidden> = own.map(|(hash, hidden)| (*hash, hidden.clone())).collect();
        let (batch, _) = self.merge(None, &edit)?;
        let mut outputs = Vec::new();
        let writer = FileWriter::new(self.format, edit.len() * 512)?;
        let writer = self.encode(writer, &batch, &own, &mut outputs)?;
        outputs.push(writer.finish(own)?);
        Ok(outputs)
    }

    /// Encodes a batch in groups; starts a new file where the old one is full.
    fn encode(
        &self,
        mut writer: FileWriter,
        batch: &RecordBatch,
        hidden: &HashedMap<Hidden>,
        outputs: &mut Vec<(Bytes, Extent)>,
    ) -> Result<FileWriter> {
        let (total, group_rows) = (batch.num_rows(), self.format.layout.group_rows);
        let pieces = if total <= group_rows * 2 { 1 } else { total.div_ceil(group_rows) };
        let size = total.div_ceil(pieces);
        let mut from = 0;
        while from < total {
            let length = size.min(total - from);
            let piece = batch.slice(from, length);
            let full = self.format.layout.full_at(writer.ends_at(), self.newest);
            if writer.rows() >= full && writer.ends_at() < Columns::of(&piece)?.created(0) {
                let next = FileWriter::new(self.format, 65_536)?;
                outputs.push(std::mem::replace(&mut writer, next).finish(hidden.clone())?);
            }
            writer.encode(&piece, hidden)?;
            from += length;
        }
        Ok(writer)
    }

    /// The old rows of a group with the edit applied, sorted; and, if no row is new, which columns stay as they were.
    fn merge(&mut self, old: Option<&RecordBatch>, edit: &GroupEdit) -> Result<(RecordBatch, Vec<bool>)> {
        let session = &*self.session;
        let uri = |at: usize| session.rows.uri(&session.members[at].after);
        let encoded: Vec<Encoded<'_>> =
            edit.iter().map(|(_, at)| Encoded { head: &session.members[*at].after, chain_id: uri(self.decided[*at].first) }).collect();
        let new = self.encoder.batch(&session.rows, &encoded)?;
        let keep = old.filter(|_| edit.iter().all(|(row, _)| row.is_some())).map_or_else(Vec::new, |old| unchanged(old, &new, edit));
        let view = old.map(Columns::of).transpose()?;
        let replaced: HashedMap<usize> = edit.iter().enumerate().filter_map(|(i, (row, _))| row.map(|r| (r as u64, i))).collect();
        // (created_at, uri, batch, row)
        let mut order: Vec<(i64, &str, usize, usize)> = Vec::new();
        if let Some(view) = &view {
            for row in 0..view.len() {
                let (source, at) = replaced.get(&(row as u64)).map_or((0, row), |i| (1, *i));
                order.push((view.created(row), view.uri(row), source, at));
            }
        }
        for (i, (row, at)) in edit.iter().enumerate() {
            if row.is_none() {
                order.push((session.members[*at].after.created, uri(*at), 1, i));
            }
        }
        order.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        let picks: Vec<(usize, usize)> = order.iter().map(|(_, _, source, at)| (*source, *at)).collect();
        let mut columns = Vec::with_capacity(new.num_columns());
        for (at, column) in new.columns().iter().enumerate() {
            let first = old.map_or(column, |old| old.column(at));
            if keep.get(at) == Some(&true) {
                columns.push(first.clone());
            } else {
                columns.push(interleave(&[first.as_ref(), column.as_ref()], &picks)?);
            }
        }
        Ok((RecordBatch::try_new(new.schema(), columns)?, keep))
    }
}

/// Which columns have the same values in the replaced rows as before.
fn unchanged(old: &RecordBatch, new: &RecordBatch, edit: &GroupEdit) -> Vec<bool> {
    let pairs: Vec<(usize, usize)> = edit.iter().enumerate().filter_map(|(i, (row, _))| row.map(|row| (i, row))).collect();
    let same = |at: usize| pairs.iter().all(|(i, row)| old.column(at).slice(*row, 1) == new.column(at).slice(*i, 1));
    (0..new.num_columns()).map(same).collect()
}
