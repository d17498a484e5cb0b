//! Who is who, and what calls, deals and touches add up to: made by the domain from all rows of silver, written by key.
//!
//! Everything is made again whenever a source changed; what depends on time also when the instant moved.

pub(crate) mod followed;
mod gold;
mod silver;

use std::sync::{Arc, PoisonError};

use arrow::array::RecordBatch;
use bookpath_domain::people::resolved::resolve;
use bookpath_models::Catalog;

use self::followed::Followed;
use crate::error::Result;
use crate::gold::{Computed, replace};
use crate::input::GoldInput;
use crate::lake::Lake;
use crate::report::{RunReport, TableReport};
use crate::table::{AS_OF, Table};

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
        let mut report = RunReport::default();
        if before.is_none_or(|before| !before.same_people(&now)) {
            let people = silver::People {
                lake: self,
                input,
                resolved: &resolved,
                read: &read,
            };
            people.write(&mut report).await?;
        }
        let credits = gold::credits(&resolved, input)?;
        let customers = gold::customers(&resolved, input)?;
        let monthly = gold::monthly(&resolved, input)?;
        self.put(credits, input, &mut report).await?;
        self.put(customers, input, &mut report).await?;
        self.put(monthly, input, &mut report).await?;
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        *followed = Some(now);
        Ok(Computed {
            report,
            people: Some(Arc::new(resolved)),
        })
    }

    fn followed(&self) -> Option<Followed> {
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.clone()
    }

    /// Makes these the rows of a table: equal ones stay as they are, those that are not among them go.
    async fn put(
        &self,
        (name, rows): (&'static str, RecordBatch),
        input: &GoldInput<'_>,
        report: &mut RunReport,
    ) -> Result<()> {
        let table = Table::open(self, Catalog::get()?.find(name)?).await?;
        if table.version().is_none() && rows.num_rows() == 0 {
            return Ok(());
        }
        let (mut rewrite, gone) = replace(table, &rows, None).await?;
        let as_of = (AS_OF.to_owned(), input.as_of.as_microsecond());
        let commits = rewrite
            .commit(vec![as_of], input.now.as_millisecond(), false)
            .await?;
        let counts = TableReport {
            rows_read: rows.num_rows() as u64,
            rows_written: rewrite.written,
            keys_recomputed: (rows.num_rows() + gone) as u64,
            commits,
            duration_ms: 0,
        };
        report.tables.insert(name, counts);
        Ok(())
    }
}
