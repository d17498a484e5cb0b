//! The daily reconciliation of the ledger with Stripe's own statement, to the cent.
//!
//! What differs is asked about first: an event may have been lost, and Stripe tells of a payment or a refund again.
//! What still differs then is listed, and an alarm until a later reconciliation finds the two sides equal.

use bookpath_domain::bookings::{Fact, Paid};
use bookpath_domain::money::ledger::{
    self as rules, Difference, EntryKind, LedgerEntry, StatementLine,
};
use bookpath_vendors::Reported;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::bookings::ledger;
use crate::bookings::repository::{self, Name};
use crate::bookings::sweep::of_refund;
use crate::effects::Performer;
use crate::operators::alarms::{self, Alarm};
use crate::ports::{CallError, Commit, Expect, Item, ItemKey, Query, Store, StoreError, Write};
use crate::react::{Intake, apply};

/// The code of the alarm.
pub const ALARM: &str = "ledger_differs";
/// How far both lists reach beyond the period: the two clocks need not agree.
const MARGIN: SignedDuration = SignedDuration::from_hours(1);
/// The period that is reconciled by default: an event of the day before yesterday may have come yesterday.
const DEFAULT_DAYS: i64 = 3;
const KEPT_DAYS: i64 = 400;
const REPORTS: &str = "reconciliations";
/// Lines of one statement that are read; a period with more is reconciled in parts.
const LINES_MAX: usize = 100_000;
const WRITES_MAX: usize = 50;

/// One reconciliation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reconciliation {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// Lines of Stripe's statement and entries of the ledger that were compared.
    pub stripe_lines: usize,
    pub ledger_entries: usize,
    /// Fees that only the statement tells, posted now.
    pub fees_posted: usize,
    /// Objects that differed until Stripe was asked again.
    pub repaired: usize,
    /// Objects that still differ.
    #[schema(value_type = Vec<Object>)]
    pub differences: Vec<Difference>,
}

/// It could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("Stripe's statement can't be read: {0}")]
    Call(#[from] CallError),
    #[error("the period begins after its end")]
    Period,
    #[error("the period has more than {LINES_MAX} lines; take a shorter one")]
    TooLong,
}

/// The default period at `now`: three days, up to an hour ago so that what is on its way may arrive.
#[must_use]
pub fn default_period(now: Timestamp) -> (Timestamp, Timestamp) {
    let to = now - MARGIN;
    let days = SignedDuration::from_hours(24 * DEFAULT_DAYS).as_secs();
    let midnight = to.as_second() - to.as_second().rem_euclid(86_400) + 86_400;
    (Timestamp::from_second(midnight - days).unwrap_or(to), to)
}

/// Compares the period, asks about what differs, compares again, posts the fees and keeps the report.
///
/// # Errors
/// [`ReconcileError`].
pub async fn reconcile(
    performer: &Performer,
    from: Timestamp,
    to: Timestamp,
) -> Result<Reconciliation, ReconcileError> {
    if from >= to {
        return Err(ReconcileError::Period);
    }
    let store = performer.reactor.store.as_ref();
    let at = performer.reactor.now();
    let (start, end) = (from - MARGIN, to + MARGIN);
    let lines = statement(performer, start, end).await?;
    let entries = ledger::entries(store, start, end).await?;
    let first = rules::reconcile(&entries, &lines, from, to);
    for difference in &first {
        ask_again(performer, difference).await?;
    }
    let entries = if first.is_empty() {
        entries
    } else {
        ledger::entries(store, start, end).await?
    };
    let differences = rules::reconcile(&entries, &lines, from, to);
    let report = Reconciliation {
        at,
        from,
        to,
        stripe_lines: lines.len(),
        ledger_entries: entries.len(),
        fees_posted: post_fees(store, &lines).await?,
        repaired: first.len().saturating_sub(differences.len()),
        differences,
    };
    keep(store, &report).await?;
    if report.differences.is_empty() {
        tracing::info!(from = %from, to = %to, lines = report.stripe_lines, repaired = report.repaired, "ledger and Stripe agree");
    } else {
        tracing::error!(from = %from, to = %to, differences = report.differences.len(), "ledger and Stripe differ");
    }
    Ok(report)
}

async fn statement(
    performer: &Performer,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<StatementLine>, ReconcileError> {
    let mut lines = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = performer
            .payments
            .statement(from, to, after.as_deref())
            .await?;
        lines.extend(page.lines);
        if lines.len() > LINES_MAX {
            return Err(ReconcileError::TooLong);
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(lines),
        }
    }
}

/// Lets the booking behind a difference learn what Stripe says now.
async fn ask_again(performer: &Performer, difference: &Difference) -> Result<(), ReconcileError> {
    let store = performer.reactor.store.as_ref();
    let by_name = repository::by_name(store, Name::StripeId(&difference.reference)).await?;
    let found = match (by_name, &difference.booking_id) {
        (None, Some(id)) => repository::by_id(store, id).await?,
        (found, _) => found,
    };
    let Some(found) = found else { return Ok(()) };
    let now = performer.reactor.now();
    // Stripe's own date of the charge, not that of the day on which it was missed.
    let at = difference.stripe_at.unwrap_or(now);
    let facts: Vec<Fact> = match difference.kind {
        EntryKind::Charge if difference.ours_minor == 0 && difference.stripe_minor > 0 => {
            let payment_intent = Some(difference.reference.clone());
            vec![Fact::Paid(Paid {
                session_id: None,
                payment_intent,
                amount_minor: Some(difference.stripe_minor),
                currency: Some(difference.currency.clone()),
                presented: None,
                mode: None,
                email: None,
                at,
            })]
        }
        EntryKind::Refund => {
            let views = performer.payments.refunds_of(&difference.reference).await?;
            views
                .into_iter()
                .filter_map(|view| of_refund(view, &difference.reference, now))
                .collect()
        }
        _ => Vec::new(),
    };
    for fact in facts {
        let reported = Reported {
            fact,
            stripe_ids: Vec::new(),
            booking_id: Some(found.row.booking.booking_id.clone()),
        };
        apply(&performer.reactor, Intake::new(&reported)).await?;
    }
    Ok(())
}

/// Posts the fees that are not there yet; how many.
async fn post_fees(store: &dyn Store, lines: &[StatementLine]) -> Result<usize, StoreError> {
    let mut owners = std::collections::BTreeMap::new();
    for line in lines.iter().filter(|line| line.fee_minor != 0) {
        let found = repository::by_name(store, Name::StripeId(&line.reference)).await?;
        let id = found
            .map(|f| f.row.booking.booking_id)
            .or_else(|| line.booking_id.clone());
        owners.extend(id.map(|id| (line.line_id.clone(), id)));
    }
    let mut fresh: Vec<LedgerEntry> = Vec::new();
    for fee in rules::fees(lines, |line| owners.get(&line.line_id).cloned()) {
        if !ledger::known(store, &fee.entry_id).await? {
            fresh.push(fee);
        }
    }
    for chunk in fresh.chunks(WRITES_MAX) {
        store.commit(Commit::new(ledger::writes(chunk)?)).await?;
    }
    Ok(fresh.len())
}

async fn keep(store: &dyn Store, report: &Reconciliation) -> Result<(), StoreError> {
    let key = ItemKey::new(REPORTS, format!("{:.6}", report.at));
    let mut writes = vec![
        Write::put(key, None, report, Expect::Any)?
            .expiring(report.at + SignedDuration::from_hours(24 * KEPT_DAYS)),
    ];
    let detail = format!(
        "{} objects differ from {} to {}",
        report.differences.len(),
        report.from,
        report.to
    );
    if report.differences.is_empty() {
        writes.push(alarms::end(ALARM, "stripe"));
    } else if !alarms::standing(store)
        .await?
        .iter()
        .any(|alarm| alarm.code == ALARM)
    {
        writes.push(Alarm::new(ALARM, "stripe", report.at, detail).raise()?);
    }
    store.commit(Commit::new(writes)).await
}

/// A page of the reports, newest first.
///
/// # Errors
/// As [`Store::query`].
pub async fn reports(
    store: &dyn Store,
    limit: usize,
    after: Option<String>,
) -> Result<(Vec<Reconciliation>, Option<String>), StoreError> {
    let page = store
        .query(&Query {
            descending: true,
            after,
            ..Query::prefix(REPORTS, "", limit)
        })
        .await?;
    Ok((
        page.items
            .iter()
            .map(Item::read)
            .collect::<Result<_, _>>()?,
        page.next,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_period_is_three_days_up_to_an_hour_ago() {
        let (from, to) = default_period("2026-03-05T03:00:00Z".parse().unwrap());
        assert_eq!(
            (from.to_string(), to.to_string()),
            (
                "2026-03-03T00:00:00Z".to_owned(),
                "2026-03-05T02:00:00Z".to_owned()
            )
        );
    }
}
