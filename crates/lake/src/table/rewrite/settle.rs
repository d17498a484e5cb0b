//! A rebuilt table beside what stood there before: partitions that came out equal keep their files, and only rows that
//! differ are counted.

use std::collections::{BTreeSet, HashMap};

use arrow::compute::concat_batches;
use arrow::row::Row;

use super::{Rewrite, Slot, mark_equal};
use crate::error::Result;
use crate::schema::ArrowSchema as _;
use crate::table::DataFile;

impl Rewrite {
    /// Compares what was written with what the commit would take out. One partition is in memory at a time.
    pub(super) async fn settle(&mut self) -> Result<()> {
        let before = self.removed.iter().map(|file| &file.partition);
        let after = self.slots.iter().map(|slot| &slot.file.partition);
        let partitions: BTreeSet<Vec<String>> = before.chain(after).cloned().collect();
        self.written = 0;
        for partition in partitions {
            let (differing, same_count) = self.differing_of(&partition).await?;
            self.written += differing;
            if differing == 0 && same_count {
                self.put_back(&partition);
            }
        }
        Ok(())
    }

    /// How many rows of a partition are new, different or gone, and whether it had as many before.
    async fn differing_of(&self, partition: &[String]) -> Result<(u64, bool)> {
        let mut new = Vec::new();
        for slot in &self.slots {
            if slot.file.partition == partition {
                new.push(self.read_file(&slot.file).await?);
            }
        }
        let rows = concat_batches(&self.table.model.schema(), &new)?;
        let (keys, contents) = (self.comparer.keys(&rows)?, self.comparer.contents(&rows)?);
        let places: HashMap<Row<'_>, usize> = keys.iter().zip(0..).collect();
        let mut differs = vec![true; rows.num_rows()];
        let (mut gone, mut before) = (0, 0);
        let removed = self.removed.iter();
        for file in removed.filter(|file| file.partition == partition) {
            let old = self.read_file(file).await?;
            before += old.num_rows();
            let old = (self.comparer.keys(&old)?, self.comparer.contents(&old)?);
            gone += mark_equal(&places, &contents, &old, &mut differs);
        }
        let differing = differs.iter().filter(|differs| **differs).count() + gone;
        Ok((differing as u64, before == rows.num_rows()))
    }

    /// Lets the files of a partition stand as they were.
    fn put_back(&mut self, partition: &[String]) {
        let is_of = |slot: &mut Slot| slot.file.partition == partition;
        let new = self.slots.extract_if(.., is_of);
        self.orphans.extend(new.map(|slot| slot.file));
        let is_of = |file: &mut DataFile| file.partition == partition;
        let old = self.removed.extract_if(.., is_of).map(|file| Slot {
            file,
            committed: true,
            loaded: None,
        });
        self.slots.extend(old);
    }
}
