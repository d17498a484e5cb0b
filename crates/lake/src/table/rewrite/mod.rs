//! The keyed upsert: rows go in by key, only the files that hold their keys are read and written again, and one commit
//! takes the old files out and puts the new ones in. Equal rows change nothing.

mod differing;
mod settle;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{AsArray as _, BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::row::{Row, Rows};
use deltalake::kernel::Action;
use deltalake::writer::{DeltaWriter as _, RecordBatchWriter};
use object_store::ObjectStoreExt as _;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::layout::{RowPlace, by_partition, joined, places, sorted};
use super::months::months_of;
use super::rows::{Comparer, Keys};
use super::{CommitNotes, DataFile, Table, object_path};
use crate::error::Result;
use crate::schema::ArrowSchema as _;

/// Largest dictionary of a column, in bytes. A column with more distinct values, as ids and addresses, is written plain.
const DICTIONARY_BYTES: usize = 128 * 1024;

/// Settings of the Parquet writer. Statistics are per column chunk only: queries choose files by the statistics in the Delta
/// log, and read a chosen file whole.
fn properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .build()
}

/// A data file of the table after the commit.
#[derive(Debug)]
struct Slot {
    file: DataFile,
    /// Whether it is in the table already; else this rewrite wrote it.
    committed: bool,
    /// Its rows, once they were read.
    loaded: Option<RecordBatch>,
}

/// A table and the changes to it that are not committed yet.
#[derive(Debug)]
pub(crate) struct Rewrite {
    pub(crate) table: Table,
    pub(crate) comparer: Comparer,
    zone: Option<String>,
    /// Whether the stored rows are kept; `false` replaces the whole table.
    keep: bool,
    slots: Vec<Slot>,
    removed: Vec<DataFile>,
    /// Files that this rewrite wrote and then replaced itself; no commit names them.
    orphans: Vec<DataFile>,
    months: BTreeSet<String>,
    /// Rows inserted, replaced or deleted so far.
    pub(crate) written: u64,
}

impl Rewrite {
    /// Begins with what the table holds, or with nothing (`keep: false`): then the commit replaces all of it.
    pub(crate) fn begin(table: Table, zone: Option<&str>, keep: bool) -> Result<Self> {
        let files = table.files()?;
        let comparer = Comparer::new(table.model)?;
        let (slots, removed) = if keep {
            (
                files
                    .into_iter()
                    .map(|file| Slot {
                        file,
                        committed: true,
                        loaded: None,
                    })
                    .collect(),
                Vec::new(),
            )
        } else {
            (Vec::new(), files)
        };
        let zone = zone.map(str::to_owned);
        Ok(Self {
            table,
            comparer,
            zone,
            keep,
            slots,
            removed,
            orphans: Vec::new(),
            months: BTreeSet::new(),
            written: 0,
        })
    }

    /// The same table with all its rows taken out.
    pub(crate) fn emptied(mut self) -> Self {
        self.removed
            .extend(self.slots.drain(..).map(|slot| slot.file));
        self.keep = false;
        self
    }

    /// Whether the table has no data file.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The files for which `wanted` holds, as they are now.
    pub(crate) fn files_where(&self, wanted: impl Fn(&DataFile) -> bool) -> Vec<DataFile> {
        self.slots
            .iter()
            .map(|slot| &slot.file)
            .filter(|file| wanted(file))
            .cloned()
            .collect()
    }

    /// Rows of a file, also of one that was written again in the meantime.
    pub(crate) async fn read_file(&self, file: &DataFile) -> Result<RecordBatch> {
        let model = self.table.model;
        file.read(&self.table.inner.log_store(), model, &model.schema())
            .await
    }

    /// Reads the files that may hold rows at these places.
    pub(crate) async fn load(&mut self, places: &BTreeSet<RowPlace>) -> Result<()> {
        self.load_where(|file| {
            places.iter().any(|place| {
                place.partition == file.partition
                    && match (place.at, file.range) {
                        (Some(at), Some((least, greatest))) => (least..=greatest).contains(&at),
                        _ => true,
                    }
            })
        })
        .await
    }

    /// Reads the files for which `wanted` holds.
    pub(crate) async fn load_where(&mut self, wanted: impl Fn(&DataFile) -> bool) -> Result<()> {
        for at in 0..self.slots.len() {
            if wanted(&self.slots[at].file) {
                self.load_slot(at).await?;
            }
        }
        Ok(())
    }

    async fn load_slot(&mut self, at: usize) -> Result<()> {
        let (model, store) = (self.table.model, self.table.inner.log_store());
        let slot = &mut self.slots[at];
        if slot.loaded.is_none() {
            slot.loaded = Some(slot.file.read(&store, model, &model.schema()).await?);
        }
        Ok(())
    }

    /// Reads the files whose `column` holds one of `values`; the others are only looked through.
    pub(crate) async fn load_holding(
        &mut self,
        column: &str,
        values: &BTreeSet<String>,
    ) -> Result<()> {
        let (model, store) = (self.table.model, self.table.inner.log_store());
        let schema = std::sync::Arc::new(
            model
                .schema()
                .project(&[model.schema().index_of(column)?])?,
        );
        for at in 0..self.slots.len() {
            if self.slots[at].loaded.is_some() {
                continue;
            }
            let batch = self.slots[at].file.read(&store, model, &schema).await?;
            if batch
                .column(0)
                .as_string::<i32>()
                .iter()
                .flatten()
                .any(|v| values.contains(v))
            {
                self.load_slot(at).await?;
            }
        }
        Ok(())
    }

    /// Some columns of all rows, file by file.
    pub(crate) async fn read(
        &self,
        columns: &[&str],
        mut each: impl FnMut(&RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let (model, store) = (self.table.model, self.table.inner.log_store());
        let schema = model.schema();
        let places = columns
            .iter()
            .map(|c| schema.index_of(c))
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let schema = std::sync::Arc::new(schema.project(&places)?);
        for slot in &self.slots {
            each(&slot.file.read(&store, model, &schema).await?)?;
        }
        Ok(())
    }

    /// Rows of the files that were read, file by file.
    pub(crate) fn loaded(&self) -> impl Iterator<Item = &RecordBatch> {
        self.slots.iter().filter_map(|slot| slot.loaded.as_ref())
    }

    /// Rows of the files that were read whose key is among `keys`.
    pub(crate) fn stored(&self, keys: &Keys) -> Result<RecordBatch> {
        let found = self
            .loaded()
            .map(|batch| self.comparer.select(batch, keys, true))
            .collect::<Result<Vec<_>>>()?;
        Ok(concat_batches(&self.table.model.schema(), &found)?)
    }

    /// Puts rows in, one per key, and takes the keys `deleted` out. The files of deleted keys have been read before.
    pub(crate) async fn apply(&mut self, rows: &RecordBatch, deleted: &Keys) -> Result<()> {
        self.load(&places(self.table.model, rows)?).await?;
        self.put(rows, deleted).await
    }

    /// As [`Self::apply`], where all files that hold one of the keys have been read before.
    pub(crate) async fn put(&mut self, rows: &RecordBatch, deleted: &Keys) -> Result<()> {
        let changed = self.changed(rows)?;
        if changed.num_rows() == 0 && deleted.is_empty() {
            self.forget();
            return Ok(());
        }
        let mut gone = if self.loaded().next().is_some() {
            self.comparer.key_set(&changed)?
        } else {
            Keys::new()
        };
        self.table.create(self.zone.as_deref()).await?;
        self.note(&changed, &gone, deleted)?;
        gone.extend(deleted.iter().cloned());
        let parts = self.parts(changed, &gone).await?;
        self.write(parts).await?;
        self.forget();
        Ok(())
    }

    /// The rows that are new or differ from what is stored. Whole tables go through here, so rows are compared where they
    /// lie, file by file.
    fn changed(&self, rows: &RecordBatch) -> Result<RecordBatch> {
        if self.loaded().next().is_none() {
            return Ok(rows.clone());
        }
        let (keys, contents) = (self.comparer.keys(rows)?, self.comparer.contents(rows)?);
        let places: HashMap<Row<'_>, usize> = keys.iter().zip(0..).collect();
        let mut differs = vec![true; rows.num_rows()];
        for batch in self.loaded() {
            let stored = (self.comparer.keys(batch)?, self.comparer.contents(batch)?);
            mark_equal(&places, &contents, &stored, &mut differs);
        }
        Ok(filter_record_batch(rows, &BooleanArray::from(differs))?)
    }

    /// Counts inserted, replaced and deleted rows, and collects their months.
    fn note(&mut self, changed: &RecordBatch, replaced: &Keys, deleted: &Keys) -> Result<()> {
        let (mut written, mut months) = (changed.num_rows(), BTreeSet::new());
        let scope = self.table.model.spec.scope.as_deref();
        if let Some(scope) = scope {
            months.extend(months_of(changed, scope)?);
        }
        for batch in self.loaded() {
            let keys = self.comparer.keys(batch)?;
            let is_gone = |key: &Row<'_>| deleted.contains(key.data());
            let is_replaced = |key: &Row<'_>| replaced.contains(key.data());
            let gone = keys.iter().filter(|key| is_gone(key) && !is_replaced(key));
            written += gone.count();
            if let Some(scope) = scope {
                let taken_out = keys
                    .iter()
                    .map(|key| Some(is_gone(&key) || is_replaced(&key)));
                let taken_out = filter_record_batch(batch, &taken_out.collect())?;
                months.extend(months_of(&taken_out, scope)?);
            }
        }
        self.written += written as u64;
        self.months.extend(months);
        Ok(())
    }

    /// The rows to write, by partition: the remaining rows of each file that loses one, and the changed rows. Removes those
    /// files from the table.
    async fn parts(&mut self, changed: RecordBatch, gone: &Keys) -> Result<Vec<Vec<RecordBatch>>> {
        let mut parts: BTreeMap<Vec<String>, Vec<RecordBatch>> = BTreeMap::new();
        for (partition, rows) in by_partition(self.table.model, changed)? {
            parts.insert(partition, vec![rows]);
        }
        let mut touched: Vec<usize> = Vec::new();
        for (at, slot) in self.slots.iter().enumerate() {
            if let Some(batch) = &slot.loaded
                && self
                    .comparer
                    .keys(batch)?
                    .iter()
                    .any(|key| gone.contains(key.data()))
            {
                touched.push(at);
            }
        }
        for partition in parts.keys() {
            if !touched
                .iter()
                .any(|at| self.slots[*at].file.partition == *partition)
            {
                touched.extend(self.room(partition));
            }
        }
        touched.sort_unstable();
        for at in touched.into_iter().rev() {
            self.load_slot(at).await?;
            let slot = self.slots.swap_remove(at);
            if let Some(batch) = &slot.loaded {
                let kept = self.comparer.select(batch, gone, false)?;
                parts
                    .entry(slot.file.partition.clone())
                    .or_default()
                    .push(kept);
            }
            if slot.committed {
                self.removed.push(slot.file);
            } else {
                self.orphans.push(slot.file);
            }
        }
        Ok(parts.into_values().collect())
    }

    /// The smallest file of a partition that has room for more rows.
    fn room(&self, partition: &[String]) -> Option<usize> {
        let rows_max = self.table.file_rows;
        let slots = self
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.file.partition == partition);
        let sized = slots
            .filter_map(|(at, slot)| Some((slot.file.rows.filter(|rows| *rows < rows_max)?, at)));
        sized.min().map(|(_, at)| at)
    }

    async fn write(&mut self, parts: Vec<Vec<RecordBatch>>) -> Result<()> {
        let model = self.table.model;
        let properties = properties();
        let writer =
            RecordBatchWriter::for_table(&self.table.inner).map_err(|e| self.table.failed(e))?;
        let mut writer = writer.with_writer_properties(properties);
        for part in parts {
            let rows = sorted(model, joined(model, part)?)?;
            let files = rows.num_rows().div_ceil(self.table.file_rows);
            for n in 0..files {
                let (from, until) = (
                    rows.num_rows() * n / files,
                    rows.num_rows() * (n + 1) / files,
                );
                writer
                    .write(rows.slice(from, until - from))
                    .await
                    .map_err(|e| self.table.failed(e))?;
                let adds = writer.flush().await.map_err(|e| self.table.failed(e))?;
                let slots = adds.into_iter().map(|add| Slot {
                    file: DataFile::new(add, model),
                    committed: false,
                    loaded: None,
                });
                self.slots.extend(slots);
            }
        }
        Ok(())
    }

    /// Frees the rows that were loaded.
    pub(crate) fn forget(&mut self) {
        for slot in &mut self.slots {
            slot.loaded = None;
        }
    }

    /// Whether there is anything to commit.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.removed.is_empty() && self.slots.iter().all(|slot| slot.committed)
    }

    /// Commits what changed, if anything did; the transactions alone are a reason if `always`.
    pub(crate) async fn commit(
        &mut self,
        transactions: Vec<(String, i64)>,
        now_ms: i64,
        always: bool,
    ) -> Result<u64> {
        if !self.keep && !self.removed.is_empty() {
            self.settle().await?;
        }
        if self.is_unchanged() && (!always || self.table.version().is_none()) {
            self.delete_orphans().await;
            return Ok(0);
        }
        let removed = self
            .removed
            .drain(..)
            .map(|file| Action::Remove(file.remove(now_ms)));
        let mut actions: Vec<Action> = removed.collect();
        for slot in self.slots.iter_mut().filter(|slot| !slot.committed) {
            slot.committed = true;
            actions.push(Action::Add(slot.file.add.clone()));
        }
        // A rebuild notes no months, because it does not know which rows were deleted. Readers look at the files then.
        let noted = self.keep && self.table.model.spec.scope.is_some();
        let months = noted.then(|| std::mem::take(&mut self.months).into_iter().collect());
        self.table
            .commit(
                actions,
                CommitNotes {
                    transactions,
                    months,
                    at_ms: now_ms,
                },
            )
            .await?;
        self.delete_orphans().await;
        Ok(1)
    }
}

/// Clears `differs` for each row that is stored already with equal content. `places` and `contents` belong to the new rows,
/// `stored` holds keys and contents of the stored ones. Returns how many stored rows are not among the new rows.
fn mark_equal(
    places: &HashMap<Row<'_>, usize>,
    contents: &Rows,
    (keys, stored): &(Rows, Rows),
    differs: &mut [bool],
) -> usize {
    let mut gone = 0;
    for (key, content) in keys.iter().zip(stored.iter()) {
        match places.get(&key) {
            Some(place) if contents.row(*place) == content => differs[*place] = false,
            Some(_) => {}
            None => gone += 1,
        }
    }
    gone
}

impl Rewrite {
    /// Deletes files that no commit names. The next vacuum deletes those that fail here.
    async fn delete_orphans(&mut self) {
        let store = self.table.inner.object_store();
        for file in self.orphans.drain(..) {
            let path = object_path(&file.add.path);
            if let Err(error) = store.delete(&path).await {
                tracing::debug!(%error, path = %path, "a file that nothing names stays until the next vacuum");
            }
        }
    }
}
