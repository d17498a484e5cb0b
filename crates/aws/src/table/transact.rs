//! Running a plan as one transaction.

use std::time::Duration;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use bookpath_app::ports::{Expect, IndexKey, ItemKey, StoreError};
use jiff::Timestamp;

use super::StateTable;
use super::item::{Attributes, BODY, EXPIRES_AT, INDEX_PARTITION, INDEX_SORT, PARTITION, VERSION, index_sort, key as key_of, number, text};
use super::plan::{Action, Change, Plan};
use crate::failure::{code, line};

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
        let items = items(table, plan).map_err(|e| StoreError::Refused(e.to_string()))?;
        let answer = table.client.transact_write_items().set_transact_items(Some(items)).send().await;
        let Err(error) = answer else { return Ok(()) };
        let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error() else {
            let never = matches!(code(&error), Some("ValidationException" | "IdempotentParameterMismatchException"));
            return Err(if never { StoreError::Refused(line(&error)) } else { StoreError::Unavailable(line(&error)) });
        };
        match verdict(plan, canceled.cancellation_reasons()) {
            Verdict::Conflict(position) => return Err(StoreError::Conflict(position)),
            Verdict::Refused(reason) => return Err(StoreError::Refused(reason)),
            Verdict::Again(reason) => last = reason,
        }
        back_off(round).await;
    }
    Err(StoreError::Unavailable(format!("the transaction kept meeting others: {last}")))
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
fn verdict(plan: &Plan, reasons: &[CancellationReason]) -> Verdict {
    let mut broken = None;
    let mut refused = None;
    let mut again = None;
    for (place, reason) in reasons.iter().enumerate() {
        let said = || format!("{}: {}", reason.code().unwrap_or_default(), reason.message().unwrap_or_default());
        match reason.code() {
            None | Some("None") => {}
            Some("ConditionalCheckFailed") => {
                let position = plan.actions.get(place).and_then(|action| action.broken(version(reason.item())));
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
        AttributeValue::N(text) => text.parse().ok(),
        _ => None,
    }
}

fn items(table: &StateTable, plan: &Plan) -> Result<Vec<TransactWriteItem>, BuildError> {
    let mut items = Vec::with_capacity(plan.actions.len() + 1);
    for action in &plan.actions {
        items.push(match &action.change {
            Change::Delete => TransactWriteItem::builder().delete(delete(table, action)?).build(),
            Change::Put { index, body, expires, puts, anew } => {
                let row = Row { key: &action.key, index: index.as_ref(), body, expires: *expires };
                match (anew, action.condition()) {
                    (true, _) => TransactWriteItem::builder().put(put(table, action, &row, *puts)?).build(),
                    (false, Some(Expect::Absent)) => TransactWriteItem::builder().put(put(table, action, &row, *puts)?).build(),
                    (false, Some(Expect::Version(known))) => {
                        TransactWriteItem::builder().put(put(table, action, &row, known.saturating_add(*puts))?).build()
                    }
                    (false, _) => TransactWriteItem::builder().update(update(table, &row, *puts)?).build(),
                }
            }
        });
    }
    if !plan.counts.is_empty() {
        items.push(TransactWriteItem::builder().update(counts(table, plan)?).build());
    }
    Ok(items)
}

struct Row<'a> {
    key: &'a ItemKey,
    index: Option<&'a IndexKey>,
    body: &'a str,
    expires: Option<Timestamp>,
}

impl Row<'_> {
    /// Everything but the key and the version.
    fn attributes(&self) -> Vec<(&'static str, AttributeValue)> {
        let mut attributes = vec![(BODY, text(self.body))];
        if let Some(index) = self.index {
            attributes.push((INDEX_PARTITION, text(&index.partition)));
            attributes.push((INDEX_SORT, text(index_sort(&index.sort, self.key))));
        }
        attributes.extend(self.expires.map(|at| (EXPIRES_AT, number(at.as_second()))));
        attributes
    }
}

/// The condition as an expression and its value.
fn condition(action: &Action) -> (Option<String>, Option<(String, AttributeValue)>) {
    match action.condition() {
        None | Some(Expect::Any) => (None, None),
        Some(Expect::Absent) => (Some(format!("attribute_not_exists({PARTITION})")), None),
        Some(Expect::Version(known)) => (Some(format!("{VERSION} = :known")), Some((":known".to_owned(), number(known)))),
    }
}

fn delete(table: &StateTable, action: &Action) -> Result<Delete, BuildError> {
    let (condition, value) = condition(action);
    Delete::builder()
        .table_name(&table.table)
        .set_key(Some(key_of(&action.key)))
        .set_condition_expression(condition)
        .set_expression_attribute_values(value.map(|value| [value].into()))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
}

/// The whole item, where its version is known.
fn put(table: &StateTable, action: &Action, row: &Row<'_>, version: u64) -> Result<Put, BuildError> {
    let (condition, value) = condition(action);
    let mut item = key_of(row.key);
    item.insert(VERSION.to_owned(), number(version));
    item.extend(row.attributes().into_iter().map(|(name, value)| (name.to_owned(), value)));
    Put::builder()
        .table_name(&table.table)
        .set_item(Some(item))
        .set_condition_expression(condition)
        .set_expression_attribute_values(value.map(|value| [value].into()))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
}

/// The item whatever was there: its version grows, what the row does not have goes.
fn update(table: &StateTable, row: &Row<'_>, puts: u64) -> Result<Update, BuildError> {
    let attributes = row.attributes();
    let gone: Vec<&str> =
        [INDEX_PARTITION, INDEX_SORT, EXPIRES_AT].into_iter().filter(|name| attributes.iter().all(|(known, _)| known != name)).collect();
    let mut expression = format!("SET {VERSION} = if_not_exists({VERSION}, :zero) + :puts");
    for (name, _) in &attributes {
        expression += &format!(", {name} = :{name}");
    }
    if !gone.is_empty() {
        expression += &format!(" REMOVE {}", gone.join(", "));
    }
    let mut update = Update::builder().table_name(&table.table).set_key(Some(key_of(row.key))).update_expression(expression);
    for (name, value) in attributes {
        update = update.expression_attribute_values(format!(":{name}"), value);
    }
    update.expression_attribute_values(":zero", number(0)).expression_attribute_values(":puts", number(puts)).build()
}

fn counts(table: &StateTable, plan: &Plan) -> Result<Update, BuildError> {
    let mut update = Update::builder().table_name(&table.table).set_key(Some(key_of(&table.shards.next())));
    let mut parts = Vec::with_capacity(plan.counts.len());
    for (place, (name, by)) in plan.counts.iter().enumerate() {
        parts.push(format!("#c{place} :c{place}"));
        update = update.expression_attribute_names(format!("#c{place}"), *name);
        update = update.expression_attribute_values(format!(":c{place}"), number(by));
    }
    update.update_expression(format!("ADD {}", parts.join(", "))).build()
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

    fn reasons(codes: [&str; 3]) -> Vec<CancellationReason> {
        codes.into_iter().map(|code| CancellationReason::builder().code(code).build()).collect()
    }

    #[test]
    fn reasons_name_the_writes_of_the_commit() {
        let there = |version: u64| [(VERSION.to_owned(), number(version))].into();
        let mut first = reasons(["ConditionalCheckFailed", "None", "None"]);
        first[0] = CancellationReason::builder().code("ConditionalCheckFailed").set_item(Some(there(1))).build();
        assert_eq!(verdict(&plan(), &first), Verdict::Conflict(3));
        assert_eq!(verdict(&plan(), &reasons(["None", "ConditionalCheckFailed", "TransactionConflict"])), Verdict::Conflict(2));
        assert!(matches!(verdict(&plan(), &reasons(["None", "None", "TransactionConflict"])), Verdict::Again(_)));
        assert!(matches!(verdict(&plan(), &reasons(["TransactionConflict", "ValidationError", "None"])), Verdict::Refused(_)));
        assert!(matches!(verdict(&plan(), &[]), Verdict::Again(_)));
    }
}
