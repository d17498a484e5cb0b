//! The actions of a plan as a transaction takes them, written straight from what they borrow.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bookpath_app::ports::{Expect, IndexKey, ItemKey};
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::StateTable;
use super::item::{
    BODY, EXPIRES_AT, INDEX_PARTITION, INDEX_SORT, PARTITION, SORT, VERSION, index_sort,
};
use super::plan::{Action, Change, Plan};

/// A transaction that happens once under its token.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Transaction<'a> {
    transact_items: Vec<Operation<'a>>,
    client_request_token: String,
}

impl<'a> Transaction<'a> {
    /// Actions in the order of the plan, the counters last.
    pub(super) fn of(table: &'a StateTable, plan: &'a Plan, token: String) -> Self {
        let mut items = Vec::with_capacity(plan.actions.len() + 1);
        items.extend(
            plan.actions
                .iter()
                .map(|action| operation(&table.table, action)),
        );
        if !plan.counts.is_empty() {
            items.push(Operation::Update(counts(table, plan)));
        }
        Self {
            transact_items: items,
            client_request_token: token,
        }
    }
}

#[derive(Serialize)]
enum Operation<'a> {
    Put(Parts<'a>),
    Delete(Parts<'a>),
    Update(Parts<'a>),
}

/// What an operation consists of; each kind has its own part of it.
#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Parts<'a> {
    table_name: &'a str,
    #[serde(skip_serializing_if = "Members::is_empty")]
    key: Members<'a>,
    #[serde(skip_serializing_if = "Members::is_empty")]
    item: Members<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition_expression: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_expression: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    expression_attribute_names: BTreeMap<String, &'a str>,
    #[serde(skip_serializing_if = "Members::is_empty")]
    expression_attribute_values: Members<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_values_on_condition_check_failure: Option<&'static str>,
}

/// Attributes or values by their names, in the order given.
#[derive(Default)]
struct Members<'a>(Vec<(Cow<'a, str>, Member<'a>)>);

/// A text or a number, as DynamoDB notes them.
#[derive(Serialize)]
enum Member<'a> {
    S(Cow<'a, str>),
    N(String),
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, member)| (name, member)))
    }
}

impl<'a> Members<'a> {
    fn key(key: &'a ItemKey) -> Self {
        Self(vec![
            (PARTITION.into(), text(&key.pk)),
            (SORT.into(), text(&key.sk)),
        ])
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn and(mut self, name: impl Into<Cow<'a, str>>, member: Member<'a>) -> Self {
        self.0.push((name.into(), member));
        self
    }
}

fn text<'a>(value: impl Into<Cow<'a, str>>) -> Member<'a> {
    Member::S(value.into())
}

fn number<'a>(value: impl std::fmt::Display) -> Member<'a> {
    Member::N(value.to_string())
}

fn operation<'a>(table: &'a str, action: &'a Action) -> Operation<'a> {
    let parts = Parts {
        table_name: table,
        ..Parts::default()
    };
    match &action.change {
        Change::Delete => Operation::Delete(conditional(
            Parts {
                key: Members::key(&action.key),
                ..parts
            },
            action,
        )),
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
                Some(version) => Operation::Put(conditional(
                    Parts {
                        item: row.item(version),
                        ..parts
                    },
                    action,
                )),
                None => Operation::Update(update(parts, &row, *puts)),
            }
        }
    }
}

struct Row<'a> {
    key: &'a ItemKey,
    index: Option<&'a IndexKey>,
    body: &'a str,
    expires: Option<Timestamp>,
}

impl<'a> Row<'a> {
    /// Everything but the key and the version.
    fn attributes(&self) -> Vec<(&'static str, Member<'a>)> {
        let mut attributes = vec![(BODY, text(self.body))];
        if let Some(index) = self.index {
            attributes.push((INDEX_PARTITION, text(&index.partition)));
            attributes.push((INDEX_SORT, text(index_sort(&index.sort, self.key))));
        }
        attributes.extend(self.expires.map(|at| (EXPIRES_AT, number(at.as_second()))));
        attributes
    }

    fn item(&self, version: u64) -> Members<'a> {
        let item = Members::key(self.key).and(VERSION, number(version));
        self.attributes()
            .into_iter()
            .fold(item, |item, (name, member)| item.and(name, member))
    }
}

/// A delete or a put with the action's condition; a failure brings the item as it was.
fn conditional<'a>(mut parts: Parts<'a>, action: &Action) -> Parts<'a> {
    match action.condition() {
        None | Some(Expect::Any) => return parts,
        Some(Expect::Absent) => {
            parts.condition_expression = Some(format!("attribute_not_exists({PARTITION})"))
        }
        Some(Expect::Version(known)) => {
            parts.condition_expression = Some(format!("{VERSION} = :known"));
            parts.expression_attribute_values = Members::default().and(":known", number(known));
        }
    }
    parts.return_values_on_condition_check_failure = Some("ALL_OLD");
    parts
}

/// The item whatever was there: its version grows, what the row does not have goes.
fn update<'a>(parts: Parts<'a>, row: &Row<'a>, puts: u64) -> Parts<'a> {
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
    let values = Members::default()
        .and(":zero", number(0))
        .and(":puts", number(puts));
    let values = attributes
        .into_iter()
        .fold(values, |values, (name, member)| {
            values.and(format!(":{name}"), member)
        });
    Parts {
        key: Members::key(row.key),
        update_expression: Some(expression),
        expression_attribute_values: values,
        ..parts
    }
}

fn counts<'a>(table: &'a StateTable, plan: &Plan) -> Parts<'a> {
    let mut parts = Parts {
        table_name: &table.table,
        ..Parts::default()
    };
    let mut expression = "ADD ".to_owned();
    for (place, (name, by)) in plan.counts.iter().enumerate() {
        let (comma, value) = (if place == 0 { "" } else { ", " }, format!(":c{place}"));
        expression.extend([comma, "#", &value[1..], " ", &value]);
        parts
            .expression_attribute_names
            .insert(format!("#c{place}"), name);
        parts.expression_attribute_values =
            parts.expression_attribute_values.and(value, number(by));
    }
    let ItemKey { pk, sk } = table.shards.next();
    parts.key = Members::default()
        .and(PARTITION, text(pk))
        .and(SORT, text(sk));
    parts.update_expression = Some(expression);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookpath_app::ports::Write;
    use serde_json::{Value, json};

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

    fn written(writes: Vec<Write>) -> Vec<Value> {
        let variables = |name: &str| (name != "AWS_ENDPOINT_URL").then(|| "x".to_owned());
        let table = StateTable::new(&crate::Session::from_variables(variables).unwrap(), "t");
        let plan = Plan::of(writes).unwrap();
        let mut value =
            serde_json::to_value(Transaction::of(&table, &plan, "token".to_owned())).unwrap();
        assert_eq!(value["ClientRequestToken"], "token");
        value["TransactItems"].as_array_mut().unwrap().split_off(0)
    }

    #[test]
    fn a_known_version_is_put_whole_under_its_condition() {
        let delete = Write::Delete {
            key: ItemKey::new("p", "c"),
            expect: Expect::Any,
        };
        let actions = written(vec![
            put("a", Expect::Absent),
            put("b", Expect::Version(3)),
            delete,
        ]);
        let expected = json!([
            { "Put": {
                "TableName": "t",
                "Item": { "pk": { "S": "p" }, "sk": { "S": "a" }, "item_version": { "N": "1" }, "item_body": { "S": "{\"a\":1}" } },
                "ConditionExpression": "attribute_not_exists(pk)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            } },
            { "Put": {
                "TableName": "t",
                "Item": {
                    "pk": { "S": "p" }, "sk": { "S": "b" }, "item_version": { "N": "4" }, "item_body": { "S": "{\"a\":1}" },
                    "gsi1pk": { "S": "i" }, "gsi1sk": { "S": "s\u{1f}p\u{1f}b" },
                },
                "ConditionExpression": "item_version = :known",
                "ExpressionAttributeValues": { ":known": { "N": "3" } },
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            } },
            { "Delete": { "TableName": "t", "Key": { "pk": { "S": "p" }, "sk": { "S": "c" } } } },
        ]);
        assert_eq!(json!(actions), expected);
    }

    #[test]
    fn any_version_is_updated_and_counters_are_added_in_one_item() {
        let count = |counter, by| Write::Count { counter, by };
        let mut actions = written(vec![put("a", Expect::Any), count("x", 2), count("y", -1)]);
        let counted = actions.pop().unwrap();
        let expected = json!([{ "Update": {
            "TableName": "t",
            "Key": { "pk": { "S": "p" }, "sk": { "S": "a" } },
            "UpdateExpression": "SET item_version = if_not_exists(item_version, :zero) + :puts, item_body = :item_body REMOVE gsi1pk, gsi1sk, expires_at",
            "ExpressionAttributeValues": { ":zero": { "N": "0" }, ":puts": { "N": "1" }, ":item_body": { "S": "{\"a\":1}" } },
        } }]);
        assert_eq!(json!(actions), expected);
        let counted = &counted["Update"];
        assert_eq!(counted["UpdateExpression"], "ADD #c0 :c0, #c1 :c1");
        assert_eq!(
            counted["ExpressionAttributeNames"],
            json!({ "#c0": "x", "#c1": "y" })
        );
        assert_eq!(
            counted["ExpressionAttributeValues"],
            json!({ ":c0": { "N": "2" }, ":c1": { "N": "-1" } })
        );
        assert!(
            counted["Key"]["pk"]["S"]
                .as_str()
                .unwrap()
                .starts_with("counters#")
        );
    }
}
