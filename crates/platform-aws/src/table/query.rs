//! Queries by prefix and by index.
//!
//! A page begins behind a key, as a condition on it: DynamoDB's own start key is refused where it is not in the
//! range, and a cursor comes back from outside. So both stores treat every cursor alike.

use std::cmp::Ordering;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use bookpath_app::ports::{Item, Page, Query, Range, StoreError};

use super::item::{
    self, Attributes, INDEX_NAME, INDEX_PARTITION, INDEX_SORT, PARTITION, SEPARATOR, SORT,
    index_sort, text,
};
use super::{StateTable, failed};

/// Greater than every character of a key.
const LAST: char = '\u{10ffff}';

/// What to ask for: a partition, and bounds of the sort key, both inclusive.
#[derive(Debug, PartialEq)]
struct TableQuery {
    index: bool,
    partition: String,
    from: Option<String>,
    to: Option<String>,
    /// The last item of the page before: it is inside the bounds, and not wanted.
    skip: Option<String>,
}

impl TableQuery {
    /// `None` when nothing can be in the range.
    fn new(query: &Query) -> Option<Self> {
        let (index, partition, mut from, mut to) = match &query.range {
            Range::Prefix { pk, sk_prefix } if sk_prefix.is_empty() => (false, pk, None, None),
            Range::Prefix { pk, sk_prefix } => (
                false,
                pk,
                Some(sk_prefix.clone()),
                Some(format!("{sk_prefix}{LAST}")),
            ),
            // Behind the sort key follows the item's own key.
            Range::Index {
                partition,
                from,
                to,
            } => (
                true,
                partition,
                from.clone(),
                to.as_ref().map(|to| format!("{to}{SEPARATOR}{LAST}")),
            ),
        };
        if query.limit == 0 || partition.is_empty() {
            return None;
        }
        // DynamoDB has no empty keys, so an empty lower bound is none.
        from = from.filter(|from| !from.is_empty());
        let skip = query.after.clone();
        if let Some(after) = skip.clone().filter(|after| !after.is_empty()) {
            if query.descending {
                to = Some(to.map_or(after.clone(), |to| to.min(after)));
            } else {
                from = Some(from.map_or(after.clone(), |from| from.max(after)));
            }
        }
        let empty =
            matches!((&from, &to), (Some(from), Some(to)) if from.cmp(to) == Ordering::Greater);
        (!empty).then(|| Self {
            index,
            partition: partition.clone(),
            from,
            to,
            skip,
        })
    }

    fn condition(&self) -> String {
        let (partition, sort) = if self.index {
            (INDEX_PARTITION, INDEX_SORT)
        } else {
            (PARTITION, SORT)
        };
        let bounds = match (&self.from, &self.to) {
            (None, None) => String::new(),
            (Some(_), None) => format!(" AND {sort} >= :from"),
            (None, Some(_)) => format!(" AND {sort} <= :to"),
            (Some(_), Some(_)) => format!(" AND {sort} BETWEEN :from AND :to"),
        };
        format!("{partition} = :partition{bounds}")
    }

    /// Where an item stands in the order of this query.
    fn place(&self, item: &Item) -> String {
        match &item.index {
            Some(index) if self.index => index_sort(&index.sort, &item.key),
            _ => item.key.sk.clone(),
        }
    }
}

/// Reads one item more than asked for, to know whether there is a next page.
pub(super) async fn run(table: &StateTable, query: &Query) -> Result<Page, StoreError> {
    let Some(asked) = TableQuery::new(query) else {
        return Ok(Page::default());
    };
    let wanted = query.limit.saturating_add(1);
    let mut items: Vec<Item> = Vec::new();
    let mut start = None;
    loop {
        let missing = wanted - items.len() + usize::from(asked.skip.is_some());
        let answer = request(table, &asked, query.descending, missing)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| failed(&error))?;
        for attributes in answer.items.unwrap_or_default() {
            let item = item::parse(attributes)?;
            if asked.skip.as_ref() != Some(&asked.place(&item)) {
                items.push(item);
            }
        }
        start = answer.last_evaluated_key.filter(|key| !key.is_empty());
        if start.is_none() || items.len() >= wanted {
            break;
        }
    }
    let more = items.len() > query.limit;
    items.truncate(query.limit);
    let next = if more {
        items.last().map(|last| asked.place(last))
    } else {
        None
    };
    Ok(Page { items, next })
}

fn request(
    table: &StateTable,
    asked: &TableQuery,
    descending: bool,
    limit: usize,
) -> QueryFluentBuilder {
    let mut values = Attributes::from([(":partition".to_owned(), text(&asked.partition))]);
    for (name, bound) in [(":from", &asked.from), (":to", &asked.to)] {
        values.extend(bound.as_ref().map(|bound| (name.to_owned(), text(bound))));
    }
    table
        .client
        .query()
        .table_name(&table.table)
        .set_index_name(asked.index.then(|| INDEX_NAME.to_owned()))
        .consistent_read(!asked.index)
        .key_condition_expression(asked.condition())
        .set_expression_attribute_values(Some(values))
        .scan_index_forward(!descending)
        .limit(i32::try_from(limit).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(prefix: &str, descending: bool, after: Option<&str>) -> Option<TableQuery> {
        TableQuery::new(&Query {
            descending,
            after: after.map(str::to_owned),
            ..Query::prefix("p", prefix, 5)
        })
    }

    #[test]
    fn a_page_begins_behind_its_cursor_and_stays_in_the_range() {
        let asked = prefix("k", false, Some("k2")).unwrap();
        assert_eq!(
            (asked.from.as_deref(), asked.to.as_deref()),
            (Some("k2"), Some("k\u{10ffff}"))
        );
        assert_eq!(
            asked.condition(),
            "pk = :partition AND sk BETWEEN :from AND :to"
        );
        let asked = prefix("k", true, Some("k2")).unwrap();
        assert_eq!(
            (asked.from.as_deref(), asked.to.as_deref()),
            (Some("k"), Some("k2"))
        );
        // A cursor of another place never widens the range.
        assert_eq!(
            prefix("k", false, Some("a")).unwrap().from.as_deref(),
            Some("k")
        );
        assert_eq!(prefix("k", false, Some("z")), None);
        assert_eq!(
            prefix("", false, None).unwrap().condition(),
            "pk = :partition"
        );
    }

    #[test]
    fn bounds_of_the_index_are_inclusive() {
        let range = |from: Option<&str>, to: Option<&str>| Range::Index {
            partition: "i".to_owned(),
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        let of = |range| {
            TableQuery::new(&Query {
                range,
                descending: false,
                limit: 1,
                after: None,
            })
        };
        let asked = of(range(Some("s1"), Some("s2"))).unwrap();
        let held = |sort: &str| {
            let composed = index_sort(sort, &bookpath_app::ports::ItemKey::new("pk", "sk"));
            asked.from.as_ref().is_none_or(|from| &composed >= from)
                && asked.to.as_ref().is_none_or(|to| &composed <= to)
        };
        assert!(["s1", "s10", "s2"].into_iter().all(held));
        assert!(!["s0", "s20", "s3"].into_iter().any(held));
        assert_eq!(of(range(Some("s2"), Some("s1"))), None);
        assert_eq!(
            of(range(None, Some("s1"))).unwrap().condition(),
            "gsi1pk = :partition AND gsi1sk <= :to"
        );
    }
}
