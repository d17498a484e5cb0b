//! Time travel: which versions of the tables there were, and rows as they stood.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use jiff::Timestamp;

use crate::error::{LakeError, Result};
use crate::lake::Lake;
use crate::table::Table;
use bookpath_models::{Catalog, Model};

/// An instant at which tables changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub at: Timestamp,
    /// The version that each changed table had from then on.
    pub tables: BTreeMap<&'static str, i64>,
}

impl Lake {
    /// The instants before `before` at which rows of silver or gold changed, newest first, at most `limit`.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn moments(&self, before: Option<Timestamp>, limit: usize) -> Result<Vec<Moment>> {
        let models = Catalog::get()?.all();
        let of_tables = models.map(|model| self.moments_of(model, before, limit));
        let mut moments: BTreeMap<i64, BTreeMap<&'static str, i64>> = BTreeMap::new();
        for (model, commits) in try_join_all(of_tables).await? {
            for (at_ms, version) in commits {
                let tables = moments.entry(at_ms).or_default();
                let newest = tables.entry(model.name.as_str()).or_insert(version);
                *newest = version.max(*newest);
            }
        }
        let newest = moments.into_iter().rev().take(limit);
        newest
            .map(|(at_ms, tables)| {
                let at = Timestamp::from_millisecond(at_ms).map_err(LakeError::internal)?;
                Ok(Moment { at, tables })
            })
            .collect()
    }

    /// Commits of one table that changed rows: instants with versions, newest first.
    async fn moments_of(
        &self,
        model: &'static Model,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<(&'static Model, Vec<(i64, i64)>)> {
        let table = Table::open(self, model).await?;
        let until = before.map_or(i64::MAX, Timestamp::as_millisecond);
        let (mut found, mut end) = (Vec::new(), table.version().map_or(0, |v| v + 1));
        while found.len() < limit && end > 0 {
            let commits = table.commits_before(end, limit.clamp(1, 100)).await?;
            let Some(oldest) = commits.last() else { break };
            end = oldest.version;
            let counted = commits.iter().filter(|c| c.rows_changed && c.at_ms < until);
            found.extend(counted.map(|c| (c.at_ms, c.version)));
        }
        Ok((model, found))
    }

    /// An error of reading a table; of the past, a file that is missing was deleted by the nightly upkeep.
    pub(crate) fn read_failed(&self, error: LakeError, model: &Model) -> LakeError {
        match self.known_at {
            Some(at) => gone(error, model, at),
            None => error,
        }
    }
}

/// A file that a query misses was deleted by the nightly upkeep.
pub(crate) fn gone(error: LakeError, model: &Model, at: Timestamp) -> LakeError {
    let missing = error.to_string();
    if missing.contains("not found") || missing.contains("NotFound") {
        let table = model.name.clone();
        return LakeError::VersionGone { table, at };
    }
    error
}
