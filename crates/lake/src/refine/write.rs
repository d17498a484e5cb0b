//! Changed rows into the files that hold them: touched row groups are encoded again, the others copied.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::compute::interleave;
use bytes::Bytes;

use crate::delta::log::{DataFile, file_name};
use crate::error::{LakeError, Result};
use crate::hash::HashedMap;
use crate::refine::chains::Decided;
use crate::refine::session::Session;
use crate::silver::columns::{Encoder, Member as Encoded};
use crate::silver::decode::Columns;
use crate::silver::file::{Extent, FileWriter, Format, Layout, OpenFile};
use crate::silver::hidden::Hidden;

/// A changed row group: (replaced row or `None` for a new one, position of the member).
type GroupEdit = Vec<(Option<usize>, usize)>;

/// Files that a run writes, and those they replace.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub add: Vec<(DataFile, Bytes)>,
    pub remove: Vec<String>,
    pub rows: u64,
}

/// What a run changes in the files.
#[derive(Debug, Default)]
struct Edits {
    /// By file and row group.
    groups: BTreeMap<usize, BTreeMap<usize, GroupEdit>>,
    /// Rows after all others, for a file of their own.
    fresh: Vec<usize>,
}

/// Whether a row looks different after the run; the hidden facts count too.
fn differs(session: &Session<'_>, at: usize, decided: &[Decided], as_of: i64) -> (bool, Hidden) {
    let member = &session.members[at];
    let after = &member.after;
    let hidden =
        Hidden { marked: after.marked, unmarked: after.unmarked, no_show_set: after.no_show_set, peers: decided[at].peers.clone() };
    let Some(before) = &member.before else { return (true, hidden) };
    let (attendance, source) = after.attendance(as_of);
    let chain_id = session.rows.uri(&session.members[decided[at].first].after);
    let same = before.hidden == hidden
        && crate::refine::fold::same_content((&session.rows, &before.head), (&session.rows, after))
        && before.chain_id == chain_id
        && before.attendance == attendance.as_str()
        && before.source == source.as_str();
    (!same, hidden)
}

/// Writes all changed rows. `now` and `as_of` are microseconds.
pub(crate) fn write(session: &Session<'_>, decided: &[Decided], format: &Format, encoder: &mut Encoder, as_of: i64) -> Result<Written> {
    let layout = format.layout;
    let mut edits = Edits::default();
    let mut hidden: HashedMap<Hidden> = HashedMap::default();
    let mut written = Written::default();
    for at in 0..session.members.len() {
        let (differs, own) = differs(session, at, decided, as_of);
        if differs {
            written.rows += 1;
            place(session, at, layout, &mut edits);
            hidden.insert(session.members[at].hash, own);
        }
    }
    let Edits { groups, mut fresh } = edits;
    for (file, groups) in groups {
        let source = session.open.get(&file).ok_or_else(|| LakeError::internal("an edited file is not open"))?;
        let mut rewrite = Rewrite { session, decided, format, encoder, hidden: &hidden, outputs: Vec::new() };
        rewrite.file(file, source, &groups)?;
        written.remove.push(session.state.invitees.files[file].path.clone());
        for (bytes, extent) in rewrite.outputs {
            written.add.push((data_file(session.state.invitees.version, &bytes, extent, encoder.now()), bytes));
        }
    }
    if !fresh.is_empty() {
        fresh.sort_by(|a, b| {
            let key = |at: &usize| (session.members[*at].after.created, session.rows.uri(&session.members[*at].after));
            key(a).cmp(&key(b))
        });
        let mut rewrite = Rewrite { session, decided, format, encoder, hidden: &hidden, outputs: Vec::new() };
        rewrite.fresh(&fresh)?;
        for (bytes, extent) in rewrite.outputs {
            written.add.push((data_file(session.state.invitees.version, &bytes, extent, encoder.now()), bytes));
        }
    }
    Ok(written)
}

/// The log's view of a written file.
pub(crate) fn data_file(version: i64, bytes: &Bytes, extent: Extent, now: i64) -> DataFile {
    DataFile {
        path: file_name(version, bytes),
        bytes: bytes.len() as u64,
        rows: extent.rows,
        modified_ms: now.div_euclid(1000),
        lo: extent.lo,
        hi: extent.hi,
        next: extent.next,
    }
}

/// Decides where a changed row goes.
fn place(session: &Session<'_>, at: usize, layout: Layout, edits: &mut Edits) {
    let member = &session.members[at];
    if let Some(before) = &member.before {
        let (file, group, row) = before.place;
        edits.groups.entry(file).or_default().entry(group).or_default().push((Some(row), at));
        return;
    }
    let files = &session.state.invitees.files;
    let created = member.after.created;
    let after_all = files.last().is_none_or(|last| created > last.hi && last.rows >= layout.file_rows_min as u64);
    if after_all {
        edits.fresh.push(at);
        return;
    }
    let file = files.partition_point(|f| f.lo <= created).saturating_sub(1);
    // The group is found once the file is open.
    edits.groups.entry(file).or_default().entry(usize::MAX).or_default().push((None, at));
}

/// The files that are about to be edited without having been read for a row yet.
pub(crate) fn files_to_open(session: &Session<'_>, layout: Layout) -> Vec<usize> {
    let mut edits = Edits::default();
    for at in 0..session.members.len() {
        if session.members[at].before.is_none() {
            place(session, at, layout, &mut edits);
        }
    }
    edits.groups.into_keys().filter(|file| !session.open.contains_key(file)).collect()
}

struct Rewrite<'r, 's> {
    session: &'r Session<'s>,
    decided: &'r [Decided],
    format: &'r Format,
    encoder: &'r mut Encoder,
    hidden: &'r HashedMap<Hidden>,
    outputs: Vec<(Bytes, Extent)>,
}

impl Rewrite<'_, '_> {
    fn file(&mut self, number: usize, source: &OpenFile, edits: &BTreeMap<usize, GroupEdit>) -> Result<()> {
        let mut edits = edits.clone();
        for (_, at) in edits.remove(&usize::MAX).unwrap_or_default() {
            let created = self.session.members[at].after.created;
            let group = source.groups.partition_point(|(lo, _)| *lo <= created).saturating_sub(1);
            // A full last group takes no more rows at its end.
            let rows = usize::try_from(source.metadata.row_group(group).num_rows()).unwrap_or(0);
            let appended = group + 1 == source.groups.len() && created > source.groups[group].1 && rows >= self.format.layout.group_rows;
            edits.entry(if appended { group + 1 } else { group }).or_default().push((None, at));
        }
        let mut rows: HashedMap<Hidden> = source.hidden.rows.clone();
        for at in edits.values().flatten().map(|(_, at)| *at) {
            let hash = self.session.members[at].hash;
            if let Some(hidden) = self.hidden.get(&hash) {
                rows.insert(hash, hidden.clone());
            }
        }
        let mut writer = FileWriter::new(self.format, source.bytes.len() + 65_536)?;
        for group in 0..=source.groups.len() {
            match edits.get(&group) {
                None if group < source.groups.len() => {
                    if writer.rows() >= self.format.layout.file_rows_max && writer.ends_at() < source.groups[group].0 {
                        let next = FileWriter::new(self.format, source.bytes.len())?;
                        self.outputs.push(std::mem::replace(&mut writer, next).finish(rows.clone())?);
                    }
                    writer.copy(source, group)?;
                }
                None => {}
                Some(edit) => {
                    let old = (group < source.groups.len()).then(|| source_batch(self.session, number, group, source)).transpose()?;
                    let (batch, keep) = self.merge(old.as_ref(), edit)?;
                    if keep.is_empty() {
                        writer = self.encode(writer, &batch, &rows)?;
                    } else {
                        writer.patch(source, group, &batch, &keep, &rows)?;
                    }
                }
            }
        }
        self.outputs.push(writer.finish(rows)?);
        Ok(())
    }

    fn fresh(&mut self, members: &[usize]) -> Result<()> {
        let edit: GroupEdit = members.iter().map(|at| (None, *at)).collect();
        let (batch, _) = self.merge(None, &edit)?;
        let writer = FileWriter::new(self.format, members.len() * 512)?;
        let rows = self.hidden.clone();
        let writer = self.encode(writer, &batch, &rows)?;
        let own = members.iter().filter_map(|at| self.hidden.get_key_value(&self.session.members[*at].hash));
        let own = own.map(|(hash, hidden)| (*hash, hidden.clone())).collect();
        self.outputs.push(writer.finish(own)?);
        Ok(())
    }

    /// Encodes a batch in groups; starts a new file where the old one is full.
    fn encode(&mut self, mut writer: FileWriter, batch: &RecordBatch, hidden: &HashedMap<Hidden>) -> Result<FileWriter> {
        let (total, group_rows) = (batch.num_rows(), self.format.layout.group_rows);
        let pieces = if total <= group_rows * 2 { 1 } else { total.div_ceil(group_rows) };
        let size = total.div_ceil(pieces);
        let mut from = 0;
        while from < total {
            let length = size.min(total - from);
            let piece = batch.slice(from, length);
            if writer.rows() >= self.format.layout.file_rows_max && writer.ends_at() < Columns::of(&piece)?.created(0) {
                let next = FileWriter::new(self.format, 65_536)?;
                self.outputs.push(std::mem::replace(&mut writer, next).finish(hidden.clone())?);
            }
            writer.encode(&piece, hidden)?;
            from += length;
        }
        Ok(writer)
    }

    /// The old rows of a group with the edit applied, sorted; and, if no row is new, which columns stay as they were.
    fn merge(&mut self, old: Option<&RecordBatch>, edit: &GroupEdit) -> Result<(RecordBatch, Vec<bool>)> {
        let session = self.session;
        let uri = |at: usize| session.rows.uri(&session.members[at].after);
        let encoded: Vec<Encoded<'_>> =
            edit.iter().map(|(_, at)| Encoded { head: &session.members[*at].after, chain_id: uri(self.decided[*at].first) }).collect();
        let new = self.encoder.batch(&session.rows, &encoded)?;
        let mut keep = Vec::new();
        if let Some(old) = old.filter(|_| edit.iter().all(|(row, _)| row.is_some())) {
            let same = |at: usize| {
                let pairs = edit.iter().enumerate().filter_map(|(i, (row, _))| row.map(|row| (i, row)));
                pairs.into_iter().all(|(i, row)| old.column(at).slice(row, 1) == new.column(at).slice(i, 1))
            };
            keep = (0..new.num_columns()).map(same).collect();
        }
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
                continue;
            }
            columns.push(interleave(&[first.as_ref(), column.as_ref()], &picks)?);
        }
        Ok((RecordBatch::try_new(new.schema(), columns)?, keep))
    }
}

fn source_batch(session: &Session<'_>, file: usize, group: usize, source: &OpenFile) -> Result<RecordBatch> {
    session.batches.get(&(file, group)).map_or_else(|| source.group(group), |batch| Ok(batch.clone()))
}
