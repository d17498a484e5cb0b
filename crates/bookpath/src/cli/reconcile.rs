//! `bookpath reconcile`: the ledger against Stripe's own statement.

use std::sync::Arc;

use bookpath_app::bookings::reconcile::{Reconciliation, default_period, reconcile};
use bookpath_app::ports::Clock as _;
use bookpath_app::workflows::machines::Machines;
use serde_json::json;

use super::output::{count, print, table};
use crate::arguments::{Common, ReconcileArgs};
use crate::business::Business;
use crate::environment;
use crate::failure::Failure;
use crate::node::Node;
use crate::progress;

/// Fails when the two sides differ, after it has printed on what.
pub(crate) async fn run(common: &Common, args: &ReconcileArgs) -> Result<(), Failure> {
    let node = Node::open(common)?;
    let apis = environment::vendor_apis("http://127.0.0.1:8080");
    if apis.stripe_sandbox {
        return Err(Failure::Usage(
            "STRIPE_API_KEY is not set, so there is no statement to compare with".to_owned(),
        ));
    }
    let machines =
        Arc::new(Machines::load(node.database.clone(), node.clock.clone()).map_err(Failure::new)?);
    let business = Business::new(&node, machines, &apis)?;
    let (from, to) = default_period(node.clock.now());
    let shown = progress::spinner("Stripe is asked for its statement");
    let report = reconcile(
        &business.performer,
        args.from.unwrap_or(from),
        args.to.unwrap_or(to),
    )
    .await
    .map_err(Failure::new)?;
    drop(shown);
    print(common, &report, words)?;
    match report.differences.len() {
        0 => Ok(()),
        n => Err(Failure::Failed(format!(
            "{n} objects differ between the ledger and Stripe"
        ))),
    }
}

fn words(report: &Reconciliation) -> String {
    let compared = format!(
        "From {} to {}: {} of Stripe's statement against {} of the ledger; {} posted, {} by asking Stripe again.",
        report.from,
        report.to,
        count(report.stripe_lines as u64, "line", "lines"),
        count(report.ledger_entries as u64, "entry", "entries"),
        count(report.fees_posted as u64, "fee is", "fees are"),
        count(
            report.repaired as u64,
            "object is repaired",
            "objects are repaired"
        ),
    );
    if report.differences.is_empty() {
        return format!("{compared}\nThe two agree to the cent.");
    }
    let rows = report.differences.iter().map(|difference| {
        vec![
            json!(difference.kind),
            json!(difference.reference),
            json!(difference.ours_minor),
            json!(difference.stripe_minor),
            json!(difference.currency.to_uppercase()),
            json!(difference.booking_id),
        ]
    });
    let columns = [
        "kind",
        "Stripe object",
        "ledger (minor units)",
        "Stripe (minor units)",
        "currency",
        "booking",
    ];
    format!("{compared}\nThey differ on:\n\n{}", table(columns, rows))
}
