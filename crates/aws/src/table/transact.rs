//! Running a plan as one transaction.

use std::time::Duration;

use bookpath_app::ports::{Expect, IndexKey, ItemKey, StoreError};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, json};

use super::item::{
    Attributes, BODY, EXPIRES_AT, INDEX_PARTITION, INDEX_SORT, PARTITION, VERSION, Value, index_sort, key as key_of, number, text,
};
use super::plan::{Action, Change, Plan};
use super::{StateTable, failed};
use crate::wire::{CallFailure, Refusal};

/// Tries of a transaction that met another one at work.
const TRIES: u32 = 8;
const BACK_OFF_FIRST_MS: u64 = 10;
const BACK_OFF_MAX_MS: u64 = 400;

/// Waits before try `round + 2`: exponential, anywhere between nothing and the whole, so that two that met part.
pub(crate) async fn back_off(round: u32) {
    let whole = BACK_OFF_FIRST_MS.saturating_mul(1 << round.min(16)).min(BACK_OFF_MAX_MS);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=whole))).await;
}

/// Runs the plan until it held, broke a condition, or met others too often.
pub(super) async fn run(table: &StateTable, plan: &Plan) -> Result<(), StoreError> {
    if let Some(action) = plan.actions.iter().find(|action| action.impossible()) {
        return Err(StoreError::Conflict(broken_by_reading(table, action).await?));
    }
    let mut last = String::new();
    for round in 0..TRIES {
        // A new try is a new request with its own token: it may count in another shard.
        let token = uuid::Uuid::new_v4().to_string();
        let request = json!({ "TransactItems": items(table, plan), "ClientRequestToken": token });
        let answer: Result<serde_json::Value, CallFailure> = table.call("TransactWriteItems", &request).await;
        let reasons = match answer {
            Ok(_) => return Ok(()),
            Err(CallFailure::Refused(refusal)) if refusal.code == "TransactionCanceledException" => reasons(&refusal)?,
            Err(failure) => return Err(failed(failure)),
        };
        match verdict(plan, &reasons) {
            Verdict::Conflict(position) => return Err(StoreError::Conflict(position)),
            Verdict::Refused(reason) => return Err(StoreError::Refused(reason)),
            Verdict::Again(reason) => last = reason,
        }
        back_off(round).await;
    }
    Err(StoreError::Unavailable(format!("the transaction kept meeting others: {last}")))
}

#[derive(Deserialize)]
struct Canceled {
    #[serde(rename = "CancellationReasons", default)]
    reasons: Vec<Reason>,
}

/// Why one item stood in the way; code `None` where it did not.
#[derive(Debug, Default, Deserialize)]
struct Reason {
    #[serde(rename = "Code")]
    code: Option<String>,
    #[serde(rename = "Message")]
    message: Option<String>,
    /// The item as it was.
    #[serde(rename = "Item")]
    item: Option<Attributes>,
}

fn reasons(refusal: &Refusal) -> Result<Vec<Reason>, StoreError> {
    let canceled: Canceled =
        serde_json::from_slice(&refusal.body).map_err(|e| StoreError::Unavailable(format!("a cancellation can't be read: {e}")))?;
    Ok(canceled.reasons)
}

/// Two conditions of the commit exclude each other, so it can't hold; which of them is broken depends on the item.
async fn broken_by_reading(table: &StateTable, action: &Action) -> Result<usize, StoreError> {
    use bookpath_app::ports::Store as _;
    let version = table.get(&action.key).await?.map(|item| item.version);
    Ok(action.broken(version).unwrap_or_default())
}

#[derive(Debug, PartialEq)]
enum Verdict {
    Conflict(usize),
    /// It met another transaction, or DynamoDB asks for patience.
    Again(String),
    /// It never holds.
    Refused(String),
}

/// Reasons stand in the order of the request's items; the counters' item is the last one and has no condition.
fn verdict(plan: &Plan, reasons: &[Reason]) -> Verdict {
    let mut broken = None;
    let mut refused = None;
    let mut again = None;
    for (place, reason) in reasons.iter().enumerate() {
        let said = || format!("{}: {}", reason.code.as_deref().unwrap_or_default(), reason.message.as_deref().unwrap_or_default());
        match reason.code.as_deref() {
            None | Some("None") => {}
            Some("ConditionalCheckFailed") => {
                let position = plan.actions.get(place).and_then(|action| action.broken(version(reason.item.as_ref())));
                // A condition that holds of the item that came with the reason was broken a moment before.
                broken = broken.or(position.or_else(|| plan.actions.get(place)?.first_condition()));
            }
            Some("TransactionConflict" | "ProvisionedThroughputExceeded" | "ThrottlingError") => again = again.or_else(|| Some(said())),
            Some(_) => refused = refused.or_else(|| Some(said())),
        }
    }
    match (broken, refused) {
        (Some(position), _) => Verdict::Conflict(position),
        (None, Some(reason)) => Verdict::Refused(reason),
        (None, None) => Verdict::Again(again.unwrap_or_else(|| "no reason given".to_owned())),
    }
}

fn version(item: Option<&Attributes>) -> Option<u64> {
    match item?.get(VERSION)? {
        Value::N(text) => text.parse().ok(),
        Value::S(_) => None,
    }
}

fn items(table: &StateTable, plan: &Plan) -> Vec<serde_json::Value> {
    let mut items = Vec::with_capacity(plan.actions.len() + 1);
    for action in &plan.actions {
        items.push(match &action.change {
            Change::Delete => json!({ "Delete": conditional(table, action, ("Key", key_of(&action.key))) }),
            Change::Put { index, body, expires, puts, anew } => {
                let row = Row { key: &action.key, index: index.as_ref(), body, expires: *expires };
                // The whole item, where its version is known.
                let known = match action.condition() {
                    _ if *anew => Some(*puts),
                    Some(Expect::Absent) => Some(*puts),
                    Some(Expect::Version(known)) => Some(known.saturating_add(*puts)),
                    Some(Expect::Any) | None => None,
                };
                match known {
                    Some(version) => json!({ "Put": conditional(table, action, ("Item", row.item(version))) }),
                    None => json!({ "Update": update(table, &row, *puts) }),
                }
            }
        });
    }
    if !plan.counts.is_empty() {
        items.push(json!({ "Update": counts(table, plan) }));
    }
    items
}

struct Row<'a> {
    key: &'a ItemKey,
    index: Option<&'a IndexKey>,
    body: &'a str,
    expires: Option<Timestamp>,
}

impl Row<'_> {
    /// Everything but the key and the version.
    fn attributes(&self) -> Vec<(&'static str, Value)> {
        let mut attributes = vec![(BODY, text(self.body))];
        if let Some(index) = self.index {
            attributes.push((INDEX_PARTITION, text(&index.partition)));
            attributes.push((INDEX_SORT, text(index_sort(&index.sort, self.key))));
        }
        attributes.extend(self.expires.map(|at| (EXPIRES_AT, number(at.as_second()))));
        attributes
    }

    fn item(&self, version: u64) -> Attributes {
        let mut item = key_of(self.key);
        item.insert(VERSION.to_owned(), number(version));
        item.extend(self.attributes().into_iter().map(|(name, value)| (name.to_owned(), value)));
        item
    }
}

/// A delete or a put with the action's condition; a failure brings the item as it was.
fn conditional(table: &StateTable, action: &Action, (name, attributes): (&str, Attributes)) -> serde_json::Value {
    let mut request = Map::new();
    request.insert("TableName".to_owned(), table.table.as_str().into());
    request.insert(name.to_owned(), json!(attributes));
    match action.condition() {
        None | Some(Expect::Any) => {}
        Some(Expect::Absent) => {
            request.insert("ConditionExpression".to_owned(), format!("attribute_not_exists({PARTITION})").into());
        }
        Some(Expect::Version(known)) => {
            request.insert("ConditionExpression".to_owned(), format!("{VERSION} = :known").into());
            request.insert("ExpressionAttributeValues".to_owned(), json!({ ":known": number(known) }));
        }
    }
    if request.contains_key("ConditionExpression") {
        request.insert("ReturnValuesOnConditionCheckFailure".to_owned(), "ALL_OLD".into());
    }
    request.into()
}

/// The item whatever was there: its version grows, what the row does not have goes.
fn update(table: &StateTable, row: &Row<'_>, puts: u64) -> serde_json::Value {
    let attributes = row.attributes();
    let gone: Vec<&str> =
        [INDEX_PARTITION, INDEX_SORT, EXPIRES_AT].into_iter().filter(|name| attributes.iter().all(|(known, _)| known != name)).collect();
    let mut expression = format!("SET {VERSION} = if_not_exists({VERSION}, :zero) + :puts");
    for (name, _) in &attributes {
        expression.extend([", ", name, " = :", name]);
    }
    if !gone.is_empty() {
        expression.extend([" REMOVE ", &gone.join(", ")]);
    }
    let mut values: Attributes = attributes.into_iter().map(|(name, value)| (format!(":{name}"), value)).collect();
    values.extend([(":zero".to_owned(), number(0)), (":puts".to_owned(), number(puts))]);
    json!({ "TableName": table.table, "Key": key_of(row.key), "UpdateExpression": expression, "ExpressionAttributeValues": values })
}

fn counts(table: &StateTable, plan: &Plan) -> serde_json::Value {
    let (mut parts, mut names, mut values) = (Vec::new(), Map::new(), Attributes::new());
    for (place, (name, by)) in plan.counts.iter().enumerate() {
        parts.push(format!("#c{place} :c{place}"));
        names.insert(format!("#c{place}"), (*name).into());
        values.insert(format!(":c{place}"), number(by));
    }
    json!({
        "TableName": table.table,
        "Key": key_of(&table.shards.next()),
        "UpdateExpression": format!("ADD {}", parts.join(", ")),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookpath_app::ports::Write;

    fn plan() -> Plan {
        let put = |sk: &str, expect| Write::Put { key: ItemKey::new("p", sk), index: None, body: "1".to_owned(), expect, expires: None };
        let count = Write::Count { counter: "x", by: 1 };
        Plan::of(vec![put("a", Expect::Any), count, put("b", Expect::Version(3)), put("a", Expect::Absent)]).unwrap()
    }

    fn reasons(codes: [&str; 3]) -> Vec<Reason> {
        codes.into_iter().map(|code| Reason { code: Some(code.to_owned()), ..Reason::default() }).collect()
    }

    #[test]
    fn reasons_name_the_writes_of_the_commit() {
        let mut first = reasons(["ConditionalCheckFailed", "None", "None"]);
        first[0].item = Some([(VERSION.to_owned(), number(1))].into());
        assert_eq!(verdict(&plan(), &first), Verdict::Conflict(3));
        assert_eq!(verdict(&plan(), &reasons(["None", "ConditionalCheckFailed", "TransactionConflict"])), Verdict::Conflict(2));
        assert!(matches!(verdict(&plan(), &reasons(["None", "None", "TransactionConflict"])), Verdict::Again(_)));
        assert!(matches!(verdict(&plan(), &reasons(["TransactionConflict", "ValidationError", "None"])), Verdict::Refused(_)));
        assert!(matches!(verdict(&plan(), &[]), Verdict::Again(_)));
    }
}
