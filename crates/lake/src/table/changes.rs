//! What changed in a table since a version: by the notes of our own commits, by the files of others'.

use std::collections::BTreeSet;

use deltalake::kernel::Action;
use deltalake::logstore::get_actions;

use super::{MONTHS, Table};
use crate::error::Result;

/// Months of a table whose rows may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Any row.
    Everything,
    /// Rows of these months, `YYYY-MM`.
    Months(BTreeSet<String>),
}

impl Changed {
    pub(crate) fn nothing() -> Self {
        Self::Months(BTreeSet::new())
    }

    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Months(months) if months.is_empty())
    }

    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Months(mut months), Self::Months(more)) => {
                months.extend(more);
                Self::Months(months)
            }
            _ => Self::Everything,
        }
    }
}

/// Commits that are looked at one by one; after more of them everything is computed again.
const COMMITS_MAX: i64 = 500;

impl Table {
    /// What changed after `version`; `None` is before the first commit. Files that were only put together differently
    /// (`dataChange` false) are no change. Everything, when the log of that time is gone.
    pub(crate) async fn changed_since(&self, version: Option<i64>) -> Result<Changed> {
        let Some(newest) = self.version() else {
            return Ok(Changed::nothing());
        };
        let Some(version) = version.filter(|v| *v <= newest && newest - v <= COMMITS_MAX) else {
            return Ok(Changed::Everything);
        };
        let mut changed = Changed::nothing();
        for number in version + 1..=newest {
            let number = u64::try_from(number).unwrap_or(0);
            let entry = self
                .inner
                .log_store()
                .read_commit_entry(number)
                .await
                .map_err(|e| self.failed(e))?;
            let Some(entry) = entry else {
                return Ok(Changed::Everything);
            };
            let actions = get_actions(number, &entry).map_err(|e| self.failed(e))?;
            changed = changed.and(of_commit(&actions));
        }
        Ok(changed)
    }
}

fn of_commit(actions: &[Action]) -> Changed {
    let data_changed = actions.iter().any(|action| match action {
        Action::Add(add) => add.data_change,
        Action::Remove(remove) => remove.data_change,
        _ => false,
    });
    if !data_changed {
        return Changed::nothing();
    }
    let notes = actions.iter().find_map(|action| match action {
        Action::CommitInfo(info) => info.info.get(MONTHS)?.as_array(),
        _ => None,
    });
    match notes {
        Some(months) => Changed::Months(
            months
                .iter()
                .filter_map(|m| m.as_str().map(str::to_owned))
                .collect(),
        ),
        None => by_partitions(actions),
    }
}

/// Years of the files that another writer added or removed.
fn by_partitions(actions: &[Action]) -> Changed {
    let mut months = BTreeSet::new();
    for action in actions {
        let values = match action {
            Action::Add(add) => Some(&add.partition_values),
            Action::Remove(remove) => remove.partition_values.as_ref(),
            _ => continue,
        };
        let year = values
            .and_then(|v| v.get("booking_year"))
            .and_then(Option::as_ref);
        let Some(year) = year.and_then(|y| y.parse::<u16>().ok()) else {
            return Changed::Everything;
        };
        months.extend((1..=12).map(|month| format!("{year:04}-{month:02}")));
    }
    Changed::Months(months)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn actions(lines: &[Value]) -> Vec<Action> {
        lines
            .iter()
            .map(|line| serde_json::from_value(line.clone()).unwrap())
            .collect()
    }

    fn add(year: Option<&str>, data_change: bool) -> Value {
        let values = year.map_or(json!({}), |year| json!({"booking_year": year}));
        json!({"add": {"path": "f", "partitionValues": values, "size": 1, "modificationTime": 1, "dataChange": data_change}})
    }

    #[test]
    fn notes_say_which_months_and_files_say_which_years() {
        let noted = actions(&[
            json!({"commitInfo": {"bookpath.months": ["2026-03"]}}),
            add(Some("2025"), true),
        ]);
        assert_eq!(
            of_commit(&noted),
            Changed::Months(["2026-03".to_owned()].into())
        );
        let Changed::Months(months) = of_commit(&actions(&[add(Some("2025"), true)])) else {
            panic!()
        };
        assert_eq!(
            (months.len(), months.first().map(String::as_str)),
            (12, Some("2025-01"))
        );
    }

    #[test]
    fn files_that_are_only_put_together_are_no_change() {
        assert!(of_commit(&actions(&[add(Some("2025"), false)])).is_nothing());
        assert_eq!(of_commit(&actions(&[add(None, true)])), Changed::Everything);
    }
}
