//! Small files of `silver.invitees` whose rows are no longer recent, put together.

use std::ops::Range;

use crate::delta::log::{Commit, DataFile, Edit, TableState};
use crate::error::Result;
use crate::hash::HashedSet;
use crate::lake::Lake;
use crate::refine::merge::in_order;
use crate::refine::write::data_file;
use crate::schema::Table;
use crate::silver::file::{FileWriter, Format, Layout};
use crate::silver::hidden::Hidden;
use crate::silver::open::OpenFile;

/// Neighbours that become one file each: positions in the list, which is sorted by time.
fn neighbours(files: &[DataFile], layout: Layout) -> Vec<Range<usize>> {
    let newest = files.iter().map(|file| file.hi).max().unwrap_or(i64::MIN);
    let small = |file: &DataFile| {
        file.rows < layout.file_rows_min as u64 && !layout.is_recent(file.hi, newest)
    };
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut rows = 0;
    for (at, file) in files.iter().enumerate() {
        match found.last_mut() {
            Some(last)
                if small(file)
                    && last.end == at
                    && rows + file.rows <= layout.file_rows_max as u64 =>
            {
                last.end += 1;
                rows += file.rows;
            }
            _ if small(file) => {
                found.push(at..at + 1);
                rows = file.rows;
            }
            _ => {}
        }
    }
    found.retain(|range| range.len() > 1);
    found
}

/// Adds the rows of a file in their order: as the bytes they are, unless some came late.
fn put(writer: &mut FileWriter, source: &OpenFile, layout: Layout) -> Result<()> {
    if source.hidden.late == 0 {
        return (0..source.groups.len()).try_for_each(|group| writer.copy(source, group));
    }
    let batch = in_order(source)?;
    for from in (0..batch.num_rows()).step_by(layout.group_rows) {
        let rows = layout.group_rows.min(batch.num_rows() - from);
        writer.encode(&batch.slice(from, rows), &source.hidden.rows)?;
    }
    Ok(())
}

/// The hidden facts of the rows that are in the file. A file that was split from another may still hold those of rows
/// that went into the other part; they are out of date once that part has changed.
fn own(source: OpenFile) -> Result<impl Iterator<Item = (u64, Hidden)>> {
    let mut rows = HashedSet::default();
    for group in 0..source.groups.len() {
        let outline = source.outline(group)?;
        rows.extend((0..outline.len()).map(|row| outline.hash(row)));
    }
    let hidden = source.hidden.rows.into_iter();
    Ok(hidden.filter(move |(hash, _)| rows.contains(hash)))
}

impl Lake {
    /// Writes the files and changes the state; the commit, and how many files went into new ones. `None` when there is
    /// nothing to do.
    pub(crate) async fn put_together(
        &self,
        state: &mut TableState,
        as_of: i64,
        now: i64,
    ) -> Result<Option<(Commit, u64)>> {
        let found = neighbours(&state.files, self.layout);
        if found.is_empty() {
            return Ok(None);
        }
        let format = Format::new(self.layout)?;
        let (mut add, mut remove) = (Vec::new(), Vec::new());
        for range in found {
            let files = &state.files[range];
            let bytes_expected = files
                .iter()
                .map(|file| usize::try_from(file.bytes).unwrap_or(0))
                .sum();
            let mut writer = FileWriter::new(&format, bytes_expected)?;
            let mut hidden = crate::hash::HashedMap::default();
            for file in files {
                let bytes = self
                    .store
                    .read(&format!("{}/{}", Table::Invitees.path(), file.path))
                    .await?;
                let source = OpenFile::open(&file.path, bytes)?;
                put(&mut writer, &source, self.layout)?;
                hidden.extend(own(source)?);
                remove.push(file.path.clone());
            }
            let (bytes, extent) = writer.finish(hidden, 0)?;
            let file = data_file(state.version, &bytes, extent, now);
            self.store
                .put(&format!("{}/{}", Table::Invitees.path(), file.path), bytes)
                .await?;
            add.push(file);
        }
        let count = remove.len() as u64;
        let edit = Edit {
            add,
            remove,
            txn: None,
            operation: "OPTIMIZE",
        };
        Ok(Some((
            state.commit(Table::Invitees, edit, as_of, now),
            count,
        )))
    }
}
