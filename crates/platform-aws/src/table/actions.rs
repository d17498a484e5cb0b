//! The actions of a plan as the items of a transaction.

use aws_sdk_dynamodb::types::{
    Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use bookpath_app::ports::{Expect, IndexKey, ItemKey, StoreError};
use jiff::Timestamp;

use super::item::{
    self, Attributes, BODY, EXPIRES_AT, INDEX_PARTITION, INDEX_SORT, PARTITION, VERSION,
    index_sort, number, text,
};
use super::plan::{Action, Change, Plan};
use super::{StateTable, unfit};

/// The items in the order of the plan, the counters last.
pub(super) fn actions_of(
    table: &StateTable,
    plan: &Plan,
) -> Result<Vec<TransactWriteItem>, StoreError> {
    let mut items = Vec::with_capacity(plan.actions.len() + 1);
    for action in &plan.actions {
        items.push(item(&table.table, action)?);
    }
    if !plan.counts.is_empty() {
        items.push(counts(table, plan)?);
    }
    Ok(items)
}

fn item(table: &str, action: &Action) -> Result<TransactWriteItem, StoreError> {
    let item = TransactWriteItem::builder();
    Ok(match &action.change {
        Change::Delete => item.delete(delete(table, action)?),
        Change::Put {
            index,
            body,
            expires,
            puts,
            anew,
        } => {
            let row = Row {
                key: &action.key,
                index: index.as_ref(),
                body,
                expires: *expires,
            };
            // The whole item, where its version is known.
            let known = match action.condition() {
                _ if *anew => Some(*puts),
                Some(Expect::Absent) => Some(*puts),
                Some(Expect::Version(known)) => Some(known.saturating_add(*puts)),
                Some(Expect::Any) | None => None,
            };
            match known {
                Some(version) => item.put(put(table, action, &row, version)?),
                None => item.update(update(table, &row, *puts)?),
            }
        }
    }
    .build())
}

struct Row<'a> {
    key: &'a ItemKey,
    index: Option<&'a IndexKey>,
    body: &'a str,
    expires: Option<Timestamp>,
}

impl Row<'_> {
    /// Everything but the key and the version.
    fn attributes(&self) -> Vec<(&'static str, aws_sdk_dynamodb::types::AttributeValue)> {
        let mut attributes = vec![(BODY, text(self.body))];
        if let Some(index) = self.index {
            attributes.push((INDEX_PARTITION, text(&index.partition)));
            attributes.push((INDEX_SORT, text(index_sort(&index.sort, self.key))));
        }
        attributes.extend(self.expires.map(|at| (EXPIRES_AT, number(at.as_second()))));
        attributes
    }

    fn item(&self, version: u64) -> Attributes {
        let mut item = item::key(self.key);
        item.insert(VERSION.to_owned(), number(version));
        let attributes = self.attributes().into_iter();
        item.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
        item
    }
}

/// The action's condition, the values that it names, and what a failure brings: the item as it was.
#[derive(Default)]
struct Condition {
    expression: Option<String>,
    values: Option<Attributes>,
    on_failure: Option<ReturnValuesOnConditionCheckFailure>,
}

impl Condition {
    fn new(action: &Action) -> Self {
        let (expression, values) = match action.condition() {
            None | Some(Expect::Any) => return Self::default(),
            Some(Expect::Absent) => (format!("attribute_not_exists({PARTITION})"), None),
            Some(Expect::Version(known)) => (
                format!("{VERSION} = :known"),
                Some(Attributes::from([(":known".to_owned(), number(known))])),
            ),
        };
        Self {
            expression: Some(expression),
            values,
            on_failure: Some(ReturnValuesOnConditionCheckFailure::AllOld),
        }
    }
}

fn delete(table: &str, action: &Action) -> Result<Delete, StoreError> {
    let condition = Condition::new(action);
    Delete::builder()
        .table_name(table)
        .set_key(Some(item::key(&action.key)))
        .set_condition_expression(condition.expression)
        .set_expression_attribute_values(condition.values)
        .set_return_values_on_condition_check_failure(condition.on_failure)
        .build()
        .map_err(unfit)
}

fn put(table: &str, action: &Action, row: &Row<'_>, version: u64) -> Result<Put, StoreError> {
    let condition = Condition::new(action);
    Put::builder()
        .table_name(table)
        .set_item(Some(row.item(version)))
        .set_condition_expression(condition.expression)
        .set_expression_attribute_values(condition.values)
        .set_return_values_on_condition_check_failure(condition.on_failure)
        .build()
        .map_err(unfit)
}

/// Replaces an item unconditionally: its version grows, and attributes that the new row lacks are removed.
fn update(table: &str, row: &Row<'_>, puts: u64) -> Result<Update, StoreError> {
    let attributes = row.attributes();
    let gone: Vec<&str> = [INDEX_PARTITION, INDEX_SORT, EXPIRES_AT]
        .into_iter()
        .filter(|name| attributes.iter().all(|(known, _)| known != name))
        .collect();
    let mut expression = format!("SET {VERSION} = if_not_exists({VERSION}, :zero) + :puts");
    for (name, _) in &attributes {
        expression.extend([", ", name, " = :", name]);
    }
    if !gone.is_empty() {
        expression.extend([" REMOVE ", &gone.join(", ")]);
    }
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(item::key(row.key)))
        .update_expression(expression)
        .expression_attribute_values(":zero", number(0))
        .expression_attribute_values(":puts", number(puts));
    attributes
        .into_iter()
        .fold(update, |update, (name, value)| {
            update.expression_attribute_values(format!(":{name}"), value)
        })
        .build()
        .map_err(unfit)
}

fn counts(table: &StateTable, plan: &Plan) -> Result<TransactWriteItem, StoreError> {
    let mut update = Update::builder()
        .table_name(&table.table)
        .set_key(Some(item::key(&table.shards.next())));
    let mut expression = "ADD ".to_owned();
    for (place, (name, by)) in plan.counts.iter().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        expression.push_str(&format!("{comma}#c{place} :c{place}"));
        update = update
            .expression_attribute_names(format!("#c{place}"), *name)
            .expression_attribute_values(format!(":c{place}"), number(by));
    }
    let update = update.update_expression(expression).build();
    Ok(TransactWriteItem::builder()
        .update(update.map_err(unfit)?)
        .build())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_sdk_dynamodb::types::AttributeValue;
    use bookpath_app::ports::Write;

    use super::*;

    fn put(sk: &str, expect: Expect) -> Write {
        let index = (sk == "b").then(|| IndexKey {
            partition: "i".to_owned(),
            sort: "s".to_owned(),
        });
        Write::Put {
            key: ItemKey::new("p", sk),
            index,
            body: "{\"a\":1}".to_owned(),
            expect,
            expires: None,
        }
    }

    fn written(writes: Vec<Write>) -> Vec<TransactWriteItem> {
        let session = crate::Session::of_emulator("http://127.0.0.1:1", "us-west-1").unwrap();
        let table = StateTable::new(&session, "t");
        actions_of(&table, &Plan::new(writes).unwrap()).unwrap()
    }

    fn texts(pairs: &[(&str, &str)]) -> Attributes {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), text(*value));
        pairs.iter().map(pair).collect()
    }

    fn and(mut attributes: Attributes, name: &str, n: i64) -> Attributes {
        attributes.insert(name.to_owned(), number(n));
        attributes
    }

    #[test]
    fn a_known_version_is_put_whole_under_its_condition() {
        let delete = Write::Delete {
            key: ItemKey::new("p", "c"),
            expect: Expect::Any,
        };
        let items = written(vec![
            put("a", Expect::Absent),
            put("b", Expect::Version(3)),
            delete,
        ]);
        let body = ("item_body", "{\"a\":1}");
        let absent = Put::builder()
            .table_name("t")
            .set_item(Some(and(
                texts(&[("pk", "p"), ("sk", "a"), body]),
                "item_version",
                1,
            )))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        assert_eq!(items[0].put, Some(absent.build().unwrap()));
        let sort = ("gsi1sk", "s\u{1f}p\u{1f}b");
        let known = Put::builder()
            .table_name("t")
            .set_item(Some(and(
                texts(&[("pk", "p"), ("sk", "b"), body, ("gsi1pk", "i"), sort]),
                "item_version",
                4,
            )))
            .condition_expression("item_version = :known")
            .expression_attribute_values(":known", number(3))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        assert_eq!(items[1].put, Some(known.build().unwrap()));
        let deleted = Delete::builder()
            .table_name("t")
            .set_key(Some(texts(&[("pk", "p"), ("sk", "c")])));
        assert_eq!(items[2].delete, Some(deleted.build().unwrap()));
    }

    #[test]
    fn any_version_is_updated_and_counters_are_added_in_one_item() {
        let count = |counter, by| Write::Count { counter, by };
        let items = written(vec![put("a", Expect::Any), count("x", 2), count("y", -1)]);
        assert_eq!(items.len(), 2);
        let updated = Update::builder()
            .table_name("t")
            .set_key(Some(texts(&[("pk", "p"), ("sk", "a")])))
            .update_expression(
                "SET item_version = if_not_exists(item_version, :zero) + :puts, item_body = :item_body \
                 REMOVE gsi1pk, gsi1sk, expires_at",
            )
            .set_expression_attribute_values(Some(and(
                and(texts(&[(":item_body", "{\"a\":1}")]), ":zero", 0),
                ":puts",
                1,
            )));
        assert_eq!(items[0].update, Some(updated.build().unwrap()));
        let counted = items[1].update.clone().unwrap();
        assert_eq!(counted.update_expression, "ADD #c0 :c0, #c1 :c1");
        let names = [("#c0", "x"), ("#c1", "y")].map(|(at, name)| (at.to_owned(), name.to_owned()));
        assert_eq!(
            counted.expression_attribute_names,
            Some(HashMap::from(names))
        );
        assert_eq!(
            counted.expression_attribute_values,
            Some(and(and(HashMap::new(), ":c0", 2), ":c1", -1))
        );
        assert!(matches!(&counted.key["pk"], AttributeValue::S(pk) if pk.starts_with("counters#")));
    }
}
