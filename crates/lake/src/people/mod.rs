//! Who is who, and what calls, deals and touches add up to: made by the domain from all rows of silver, written by key.
//!
//! Everything is made again whenever a source changed; what depends on time also when the instant moved.

mod edges;
pub(crate) mod followed;
mod gold;
mod silver;

use std::sync::{Arc, PoisonError};

use arrow::array::RecordBatch;
use bookpath_domain::people::identity::log::SortedEdges;
use bookpath_domain::people::resolved::{Resolved, resolve};
use bookpath_models::Catalog;
use jiff::Timestamp;

use self::edges::Edges;
use self::followed::Followed;
use crate::background::Background;
use crate::error::Result;
use crate::gold::{Computed, replace};
use crate::input::GoldInput;
use crate::lake::Lake;
use crate::report::{RunReport, TableReport};
use crate::sources::read::Read;
use crate::table::layout::joined;
use crate::table::rewrite::Rewrite;
use crate::table::rows::Keys;
use crate::table::{AS_OF, Table};

/// The instant that a run answers for, and its clock.
#[derive(Debug, Clone, Copy)]
struct Run {
    as_of: Timestamp,
    now: Timestamp,
}

impl From<&GoldInput<'_>> for Run {
    fn from(input: &GoldInput<'_>) -> Self {
        Self {
            as_of: input.as_of,
            now: input.now,
        }
    }
}

/// A table and the report of its write.
type Counted = (&'static str, TableReport);

impl Lake {
    /// Brings the tables of people and numbers up to silver.
    pub(crate) async fn follow_people(
        &self,
        input: &GoldInput<'_>,
        everything: bool,
    ) -> Result<Computed> {
        let read = self.read_sources(input.rules).await?;
        let now = Followed {
            versions: read.versions.clone(),
            directory: input.directory.clone(),
            rules: input.rules.clone(),
            as_of: input.as_of,
        };
        let before = self.followed().filter(|_| !everything);
        if before.as_ref() == Some(&now) {
            return Ok(Computed::default());
        }
        let rules = &input.rules.business;
        let resolved = resolve(&read.sources, input.directory, rules, input.as_of);
        let resolved = Arc::new(resolved);
        let same_people = before.is_some_and(|before| before.same_people(&now));
        // There are more edges than rows of all other tables, so they are written beside those.
        let edges = (!same_people).then(|| {
            let edges = Edges {
                resolved: resolved.clone(),
                decisions: input.directory.decisions.clone(),
            };
            let (lake, run) = (self.clone(), input.into());
            Background::begin(async move { lake.put_edges(&edges, run).await })
        });
        let others = self.put_people(&resolved, &read, input, same_people).await;
        let edges = match edges {
            Some(edges) => Some(edges.end().await),
            None => None,
        };
        let mut report = others?;
        report.tables.extend(edges.transpose()?.flatten());
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        *followed = Some(now);
        Ok(Computed {
            report,
            people: Some((read.sources, resolved)),
        })
    }

    /// Writes everything but the edges: what depends on time, and without `same_people` what does not.
    async fn put_people(
        &self,
        resolved: &Resolved,
        read: &Read,
        input: &GoldInput<'_>,
        same_people: bool,
    ) -> Result<RunReport> {
        let mut report = RunReport::default();
        if !same_people {
            let people = silver::People {
                lake: self,
                input,
                resolved,
                read,
            };
            people.write(&mut report).await?;
        }
        let all: [fn(&Resolved, &GoldInput<'_>) -> Result<gold::Rows>; 3] =
            [gold::credits, gold::customers, gold::monthly];
        for made in all {
            let rows = made(resolved, input)?;
            report.tables.extend(self.put(rows, input.into()).await?);
        }
        Ok(report)
    }

    fn followed(&self) -> Option<Followed> {
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.clone()
    }

    async fn put_edges(&self, edges: &Edges, run: Run) -> Result<Option<Counted>> {
        let table = Table::open(self, Catalog::get()?.find(edges::NAME)?).await?;
        let sorted = SortedEdges::new(&edges.resolved.records);
        let batches = edges.batches(&sorted, table.file_rows)?;
        put_batches(table, batches, run).await
    }

    /// Makes these the rows of a table.
    async fn put(
        &self,
        (name, rows): (&'static str, RecordBatch),
        run: Run,
    ) -> Result<Option<Counted>> {
        let table = Table::open(self, Catalog::get()?.find(name)?).await?;
        put_batches(table, std::iter::once(Ok(rows)), run).await
    }
}

/// Makes these the rows of a table: equal ones stay as they are, those that are not among them go. `None` where there is
/// neither a row nor a table.
async fn put_batches(
    table: Table,
    batches: impl Iterator<Item = Result<RecordBatch>>,
    run: Run,
) -> Result<Option<Counted>> {
    let (model, is_new) = (table.model, table.version().is_none());
    let (mut rewrite, count, gone) = if is_new {
        let (rewrite, count) = filled(table, batches).await?;
        (rewrite, count, 0)
    } else {
        let rows = joined(model, batches.collect::<Result<_>>()?)?;
        let count = rows.num_rows();
        let (rewrite, gone) = replace(table, rows, None).await?;
        (rewrite, count, gone)
    };
    if is_new && count == 0 {
        return Ok(None);
    }
    let as_of = (AS_OF.to_owned(), run.as_of.as_microsecond());
    let commits = rewrite
        .commit(vec![as_of], run.now.as_millisecond(), false)
        .await?;
    let counts = TableReport {
        rows_read: count as u64,
        rows_written: rewrite.written,
        keys_recomputed: (count + gone) as u64,
        commits,
        duration_ms: 0,
    };
    Ok(Some((&model.name, counts)))
}

/// A table that was not there, with these rows and their number.
async fn filled(
    table: Table,
    batches: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<(Rewrite, usize)> {
    let (mut rewrite, mut count) = (Rewrite::begin(table, None, true)?, 0);
    for rows in batches {
        let rows = rows?;
        count += rows.num_rows();
        rewrite.put(&rows, &Keys::new()).await?;
    }
    Ok((rewrite, count))
}
