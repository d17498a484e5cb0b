//! Running a plan as one transaction.

use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason};
use bookpath_app::ports::StoreError;

use super::actions;
use super::item::{Attributes, VERSION};
use super::plan::{Action, Plan};
use super::{StateTable, failed};

/// Tries of a transaction that met another one at work.
const TRIES: u32 = 8;
const BACK_OFF_FIRST_MS: u64 = 10;
const BACK_OFF_MAX_MS: u64 = 400;

/// Waits before try `round + 2`: exponential, anywhere between nothing and the whole, so that two that met part.
pub(crate) async fn back_off(round: u32) {
    let whole = BACK_OFF_FIRST_MS
        .saturating_mul(1 << round.min(16))
        .min(BACK_OFF_MAX_MS);
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=whole))).await;
}

/// Runs the plan until it held, broke a condition, or met others too often.
pub(super) async fn run(table: &StateTable, plan: &Plan) -> Result<(), StoreError> {
    if let Some(action) = plan.actions.iter().find(|action| action.impossible()) {
        return Err(StoreError::Conflict(
            broken_by_reading(table, action).await?,
        ));
    }
    let mut last = String::new();
    for round in 0..TRIES {
        // A new try is a new request with its own token: it may count in another shard.
        let answer = table
            .client
            .transact_write_items()
            .set_transact_items(Some(actions::actions_of(table, plan)?))
            .client_request_token(uuid::Uuid::new_v4())
            .send()
            .await;
        let Err(error) = answer else { return Ok(()) };
        let reasons = match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                cancelled.cancellation_reasons()
            }
            _ => return Err(failed(&error)),
        };
        match verdict(plan, reasons) {
            Verdict::Conflict(position) => return Err(StoreError::Conflict(position)),
            Verdict::Refused(reason) => return Err(StoreError::Refused(reason)),
            Verdict::Again(reason) => last = reason,
        }
        back_off(round).await;
    }
    Err(StoreError::Unavailable(format!(
        "the transaction kept meeting others: {last}"
    )))
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
        let said = || {
            format!(
                "{}: {}",
                reason.code.as_deref().unwrap_or_default(),
                reason.message.as_deref().unwrap_or_default()
            )
        };
        match reason.code.as_deref() {
            None | Some("None") => {}
            Some("ConditionalCheckFailed") => {
                let position = plan
                    .actions
                    .get(place)
                    .and_then(|action| action.broken(version(reason.item.as_ref())));
                // A condition that holds of the item that came with the reason was broken a moment before.
                broken = broken.or(position.or_else(|| plan.actions.get(place)?.first_condition()));
            }
            Some("TransactionConflict" | "ProvisionedThroughputExceeded" | "ThrottlingError") => {
                again = again.or_else(|| Some(said()))
            }
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

#[cfg(test)]
mod tests {
    use super::super::item::number;
    use super::*;
    use bookpath_app::ports::{Expect, ItemKey, Write};

    fn plan() -> Plan {
        let put = |sk: &str, expect| Write::Put {
            key: ItemKey::new("p", sk),
            index: None,
            body: "1".to_owned(),
            expect,
            expires: None,
        };
        let count = Write::Count {
            counter: "x",
            by: 1,
        };
        Plan::new(vec![
            put("a", Expect::Any),
            count,
            put("b", Expect::Version(3)),
            put("a", Expect::Absent),
        ])
        .unwrap()
    }

    fn reasons(codes: [&str; 3]) -> Vec<CancellationReason> {
        let reason = |code: &str| CancellationReason::builder().code(code).build();
        codes.map(reason).into()
    }

    #[test]
    fn reasons_name_the_writes_of_the_commit() {
        let mut first = reasons(["ConditionalCheckFailed", "None", "None"]);
        first[0].item = Some([(VERSION.to_owned(), number(1))].into());
        assert_eq!(verdict(&plan(), &first), Verdict::Conflict(3));
        assert_eq!(
            verdict(
                &plan(),
                &reasons(["None", "ConditionalCheckFailed", "TransactionConflict"])
            ),
            Verdict::Conflict(2)
        );
        assert!(matches!(
            verdict(&plan(), &reasons(["None", "None", "TransactionConflict"])),
            Verdict::Again(_)
        ));
        assert!(matches!(
            verdict(
                &plan(),
                &reasons(["TransactionConflict", "ValidationError", "None"])
            ),
            Verdict::Refused(_)
        ));
        assert!(matches!(verdict(&plan(), &[]), Verdict::Again(_)));
    }
}
