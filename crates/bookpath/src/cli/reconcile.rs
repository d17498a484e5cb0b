//! `bookpath reconcile`: the ledger against Stripe's own statement.

use std::sync::Arc;

use bookpath_app::bookings::reconcile::{default_period, reconcile};
use bookpath_app::ports::Clock as _;
use bookpath_app::workflows::machines::Machines;

use super::print;
use crate::cli::arguments::{Common, ReconcileArgs};
use crate::environment;
use crate::failure::Failure;
use crate::node::Node;
use crate::serve::business::Business;

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
        Arc::new(Machines::load(node.database.clone(), node.clock.clone()).map_err(Failure::of)?);
    let business = Business::new(&node, machines, &apis)?;
    let (from, to) = default_period(node.clock.now());
    let report = reconcile(
        &business.performer,
        args.from.unwrap_or(from),
        args.to.unwrap_or(to),
    )
    .await
    .map_err(Failure::of)?;
    print(common, &report)?;
    match report.differences.len() {
        0 => Ok(()),
        n => Err(Failure::Failed(format!(
            "{n} objects differ between the ledger and Stripe"
        ))),
    }
}
