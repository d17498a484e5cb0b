//! Reschedule chains: invitees that name one another, or that name the same third one (X3).

use std::collections::{BTreeSet, HashMap, HashSet};

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use petgraph::unionfind::UnionFind;

use crate::error::{LakeError, Result};
use crate::hash::key64;
use crate::table::batch::{BatchBuilder, Cell};
use crate::table::layout::RowPlace;
use crate::table::rewrite::Rewrite;
use crate::table::rows::column;
use bookpath_models::Model;

/// An invitee that names others, or is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    /// Hashes of the invitees that it names.
    pub(super) names: [Option<i64>; 2],
    /// When it was booked, microseconds.
    pub(super) created: i64,
    pub(super) year: i32,
    pub(super) month: i32,
}

impl Link {
    /// Where its row lies in `silver.invitees`.
    pub(super) fn place(&self) -> RowPlace {
        RowPlace {
            partition: vec![self.year.to_string(), self.month.to_string()],
            at: Some(self.created),
        }
    }
}

/// All links by the hash of their invitee.
#[derive(Debug, Default)]
pub(super) struct Links {
    known: HashMap<i64, Link>,
    /// Invitees that some link names.
    named: HashSet<i64>,
}

/// A row of `silver.invitees` as chains see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LinkedInvitee {
    pub(super) uri: String,
    pub(super) link: Link,
    /// Uris of the invitees that it names.
    pub(super) old: String,
    pub(super) new: String,
}

impl Links {
    /// Reads the links of the last run.
    pub(super) async fn load(rewrite: &Rewrite) -> Result<Self> {
        let mut links = Self::default();
        let columns = [
            "invitee_created_at",
            "booking_year",
            "booking_month",
            "invitee_key",
            "old_key",
            "new_key",
        ];
        rewrite
            .read(&columns, |batch| {
                let long = |at: usize| batch.column(at).as_primitive::<Int64Type>();
                let int = |at: usize| batch.column(at).as_primitive::<Int32Type>();
                let created = batch.column(0).as_primitive::<TimestampMicrosecondType>();
                let name =
                    |at: usize, row: usize| long(at).is_valid(row).then(|| long(at).value(row));
                for row in 0..batch.num_rows() {
                    let names = [name(4, row), name(5, row)];
                    let link = Link {
                        names,
                        created: created.value(row),
                        year: int(1).value(row),
                        month: int(2).value(row),
                    };
                    links.insert(long(3).value(row), link);
                }
                Ok(())
            })
            .await?;
        Ok(links)
    }

    pub(super) fn insert(&mut self, key: i64, link: Link) {
        self.named.extend(link.names.into_iter().flatten());
        self.known.insert(key, link);
    }

    pub(super) fn get(&self, key: i64) -> Option<&Link> {
        self.known.get(&key)
    }

    /// Whether an invitee names another, is named, or was found to belong to a chain before.
    pub(super) fn concerns(&self, member: &LinkedInvitee) -> bool {
        let key = key64(&member.uri);
        member.link.names != [None, None]
            || self.known.contains_key(&key)
            || self.named.contains(&key)
    }

    /// All linked invitees that hang together with those of `keys`, in groups. A name that no invitee has connects those
    /// that name it.
    pub(super) fn groups(&self, keys: &BTreeSet<i64>) -> Vec<Vec<i64>> {
        let mut number: HashMap<i64, usize> = HashMap::with_capacity(self.known.len() * 2);
        let mut of = |key: i64| {
            let next = number.len();
            *number.entry(key).or_insert(next)
        };
        let mut pairs = Vec::with_capacity(self.known.len() * 2);
        for (key, link) in &self.known {
            let own = of(*key);
            pairs.extend(link.names.into_iter().flatten().map(|name| (own, of(name))));
        }
        let mut union = UnionFind::<usize>::new(number.len());
        for (a, b) in pairs {
            union.union(a, b);
        }
        let wanted: HashSet<usize> = keys
            .iter()
            .filter_map(|k| number.get(k))
            .map(|n| union.find_mut(*n))
            .collect();
        let mut groups: HashMap<usize, Vec<i64>> = HashMap::new();
        for key in self.known.keys() {
            let root = union.find_mut(number[key]);
            if wanted.contains(&root) {
                groups.entry(root).or_default().push(*key);
            }
        }
        groups.into_values().collect()
    }
}

/// What chains need to know of rows of `silver.invitees`.
pub(super) fn members(rows: &RecordBatch) -> Result<Vec<LinkedInvitee>> {
    let column = |name: &str| column(rows, name);
    let text = |name: &str| Ok::<_, LakeError>(column(name)?.as_string::<i32>());
    let (uri, old, new) = (
        text("invitee_uri")?,
        text("old_invitee_uri")?,
        text("new_invitee_uri")?,
    );
    let created = column("invitee_created_at")?.as_primitive::<TimestampMicrosecondType>();
    let (year, month) = (
        column("booking_year")?.as_primitive::<Int32Type>(),
        column("booking_month")?.as_primitive::<Int32Type>(),
    );
    let value = |column: &arrow::array::StringArray, row: usize| -> String {
        if column.is_null(row) {
            String::new()
        } else {
            column.value(row).to_owned()
        }
    };
    let name = |text: &str| (!text.is_empty()).then(|| key64(text));
    let member = |row: usize| {
        let (old, new) = (value(old, row), value(new, row));
        let names = [name(&old), name(&new)];
        let link = Link {
            names,
            created: created.value(row),
            year: year.value(row),
            month: month.value(row),
        };
        LinkedInvitee {
            uri: value(uri, row),
            link,
            old,
            new,
        }
    };
    Ok((0..rows.num_rows()).map(member).collect())
}

/// Rows of `silver.links`.
pub(super) fn batch(model: &Model, members: &[&LinkedInvitee]) -> Result<RecordBatch> {
    let mut rows = BatchBuilder::new(model);
    let key = |name: Option<i64>| name.map_or(Cell::Null, Cell::Long);
    for member in members {
        let Link {
            names,
            created,
            year,
            month,
        } = member.link;
        rows.push(&[
            Cell::Text(&member.uri),
            Cell::Time(created),
            Cell::Int(year),
            Cell::Int(month),
            Cell::Text(&member.old),
            Cell::Text(&member.new),
            Cell::Long(key64(&member.uri)),
            key(names[0]),
            key(names[1]),
        ])?;
    }
    rows.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_unknown_name_connects() {
        let mut links = Links::default();
        for (key, names) in [
            (1, [Some(9), None]),
            (2, [None, None]),
            (3, [None, Some(9)]),
            (4, [Some(2), None]),
        ] {
            links.insert(
                key,
                Link {
                    names,
                    created: 0,
                    year: 2026,
                    month: 3,
                },
            );
        }
        let groups = |key: i64| {
            let mut groups = links.groups(&BTreeSet::from([key]));
            groups.iter_mut().for_each(|g| g.sort_unstable());
            groups
        };
        assert_eq!((groups(1), groups(9)), (vec![vec![1, 3]], vec![vec![1, 3]]));
        assert_eq!((groups(2), groups(4)), (vec![vec![2, 4]], vec![vec![2, 4]]));
        assert_eq!(groups(7), Vec::<Vec<i64>>::new());
    }
}
