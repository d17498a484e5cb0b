//! Silver to gold: each model is made again for the months that its sources changed in; rows that come out equal keep
//! their `as_of`.

mod scope;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, TimestampMicrosecondArray};
use bookpath_domain::people::resolved::Resolved;
use bookpath_domain::people::sources::Sources;
use datafusion::datasource::empty::EmptyTable;
use datafusion::prelude::SessionContext;
use futures::future::try_join_all;
use jiff::Timestamp;

use crate::error::{LakeError, Result};
use crate::input::GoldInput;
use crate::lake::{Lake, on_newest};
use crate::report::{RunReport, TableReport};
use crate::schema::ArrowSchema as _;
use crate::session;
use crate::table::changes::Changed;
use crate::table::rewrite::Rewrite;
use crate::table::{AS_OF, OWN, Table};
use bookpath_models::{Catalog, MadeBy, Model};

/// Application transaction of a gold table: the version of a source that it follows.
fn source_id(source: &str) -> String {
    format!("bookpath.source.{source}")
}

/// Commits of its sources that a table without changes may be behind. Beyond it the table notes where they are.
const BEHIND_MAX: i64 = 20;

/// What [`Lake::compute`] did.
#[derive(Debug, Default)]
pub struct Computed {
    pub report: RunReport,
    /// People as they were resolved for it, and the rows that they are of; `None` where nothing had changed.
    pub people: Option<(Arc<Sources>, Arc<Resolved>)>,
}

impl Lake {
    /// Brings people, numbers and gold up to silver.
    ///
    /// # Errors
    /// Whatever the store refuses; the next run finishes what was begun.
    pub async fn compute(&self, input: &GoldInput<'_>) -> Result<Computed> {
        on_newest(|| self.compute_once(input, Made::WhatChanged)).await
    }

    /// Makes all of gold again.
    ///
    /// # Errors
    /// As [`Self::compute`].
    pub async fn rebuild_gold(&self, input: &GoldInput<'_>) -> Result<RunReport> {
        self.set_aside("gold").await?;
        let made = on_newest(|| self.compute_once(input, Made::Everything)).await?;
        Ok(made.report)
    }

    /// Brings gold up to silver, and makes one table again in full.
    ///
    /// # Errors
    /// [`LakeError::Model`] when there is no such table; else as [`Self::compute`].
    pub async fn rebuild_table(&self, table: &str, input: &GoldInput<'_>) -> Result<RunReport> {
        let model = Catalog::get()?.find(table)?;
        let made = on_newest(|| self.compute_once(input, Made::Table(model))).await?;
        Ok(made.report)
    }

    async fn compute_once(&self, input: &GoldInput<'_>, made: Made) -> Result<Computed> {
        let Computed { mut report, people } = self.follow_people(input, made.people()).await?;
        // The gold tables and what they read.
        let catalog = Catalog::get()?;
        let by_sql = || {
            catalog
                .tier("gold")
                .filter(|m| m.spec.made_by == MadeBy::Sql)
        };
        let read = |model: &&Model| {
            by_sql().any(|gold| gold.name == model.name || gold.spec.reads.contains(&model.name))
        };
        let models: Vec<&'static Model> = catalog.all().filter(read).collect();
        let tables = try_join_all(models.into_iter().map(|model| Table::open(self, model))).await?;
        let mut tables: BTreeMap<&str, Table> = tables
            .into_iter()
            .map(|t| (t.model.name.as_str(), t))
            .collect();
        for model in by_sql() {
            let run = Run {
                model,
                tables: &tables,
                as_of: input.as_of,
                now: input.now,
                everything: made.has(model),
            };
            let (table, counts) = run.make().await?;
            tables.insert(&model.name, table);
            report.tables.insert(&model.name, counts);
        }
        Ok(Computed { report, people })
    }
}

/// Tables that are computed although no source changed.
#[derive(Debug, Clone, Copy)]
enum Made {
    WhatChanged,
    Everything,
    Table(&'static Model),
}

impl Made {
    fn has(self, model: &Model) -> bool {
        match self {
            Self::WhatChanged => false,
            Self::Everything => true,
            Self::Table(table) => table.name == model.name,
        }
    }

    /// Whether people and their numbers are among it: they are made in one go.
    fn people(self) -> bool {
        match self {
            Self::WhatChanged => false,
            Self::Everything => true,
            Self::Table(table) => table.spec.made_by != MadeBy::Sql,
        }
    }
}

/// A gold model and what it is made from.
struct Run<'a> {
    model: &'static Model,
    tables: &'a BTreeMap<&'a str, Table>,
    as_of: Timestamp,
    now: Timestamp,
    everything: bool,
}

impl Run<'_> {
    async fn make(&self) -> Result<(Table, TableReport)> {
        let table = self.table(&self.model.name)?.clone();
        let (mut sources, mut behind) = (Vec::new(), 0);
        let mut changed = if self.everything {
            Changed::Everything
        } else {
            Changed::nothing()
        };
        for name in &self.model.spec.reads {
            let source = self.table(name)?;
            let seen = table.transaction(&source_id(name)).await?;
            changed = changed.and(source.changed_since(seen).await?);
            behind += source.version().unwrap_or(0) - seen.unwrap_or(0);
            sources.extend(source.version().map(|version| (source_id(name), version)));
        }
        // Another program may have written to the table itself. Tables of releases that noted no version are left alone.
        if let Some(own) = table.transaction(OWN).await? {
            changed = changed.and(table.changed_since(Some(own)).await?);
        }
        let mut report = TableReport::default();
        if changed.is_nothing() {
            return Ok((table, report));
        }
        let months = match (&self.model.spec.scope, changed) {
            (Some(_), Changed::Months(months)) => Some(months),
            _ => None,
        };
        let fresh = self.rows(months.as_ref()).await?;
        let count = fresh.num_rows();
        let (mut gold, gone) = replace(table, fresh, months.as_ref()).await?;
        report.rows_read = count as u64;
        report.keys_recomputed = (count + gone) as u64;
        report.rows_written = gold.written;
        let as_of = (AS_OF.to_owned(), self.as_of.as_microsecond());
        let transactions = std::iter::once(as_of).chain(sources).collect();
        report.commits = gold
            .commit(transactions, self.now.as_millisecond(), behind > BEHIND_MAX)
            .await?;
        Ok((gold.table, report))
    }

    fn table(&self, name: &str) -> Result<&Table> {
        self.tables
            .get(name)
            .ok_or_else(|| LakeError::internal(format!("{name} is not open")))
    }

    /// The rows of the model's query in these months, or all.
    async fn rows(&self, months: Option<&BTreeSet<String>>) -> Result<RecordBatch> {
        let context = session::context()?;
        session::register_run(&context, self.as_of, self.as_of)?;
        for name in &self.model.spec.reads {
            register(&context, self.table(name)?).await?;
        }
        let mut frame = context.sql(session::query(self.model)?).await?;
        if let Some(months) = months {
            frame = frame.filter(scope::condition(self.model, months)?)?;
        }
        let rows = session::collect(frame, self.model).await?;
        with_as_of(&rows, self.as_of)
    }
}

/// Puts rows in and takes out those of these months, or all, that are not among them: how many those are.
pub(crate) async fn replace(
    table: Table,
    fresh: RecordBatch,
    months: Option<&BTreeSet<String>>,
) -> Result<(Rewrite, usize)> {
    let mut rewrite = Rewrite::begin(table, None, true)?;
    let fresh = match months {
        Some(_) => {
            rewrite.load_where(|_| true).await?;
            fresh
        }
        None => rewrite.load_differing(fresh).await?,
    };
    let stored = scope::stored(&rewrite, months)?;
    let gone = rewrite.comparer.missing(&stored, &fresh)?;
    drop(stored);
    rewrite.put(&fresh, &gone).await?;
    Ok((rewrite, gone.len()))
}

/// Registers a table, also one that does not exist yet: that one is empty.
pub(crate) async fn register(context: &SessionContext, table: &Table) -> Result<()> {
    let provider = match table.version() {
        Some(_) => table.provider().await?,
        None => Arc::new(EmptyTable::new(table.model.schema())),
    };
    session::register(context, table.model, provider)
}

fn with_as_of(rows: &RecordBatch, as_of: Timestamp) -> Result<RecordBatch> {
    let schema = rows.schema();
    let instants = TimestampMicrosecondArray::from_value(as_of.as_microsecond(), rows.num_rows())
        .with_timezone("UTC");
    let mut columns: Vec<ArrayRef> = rows.columns().to_vec();
    columns[schema.index_of("as_of")?] = Arc::new(instants);
    Ok(RecordBatch::try_new(schema, columns)?)
}
