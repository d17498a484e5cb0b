//! `bookpath sync`: what a vendor's webhooks missed.

use std::sync::Arc;

use bookpath_app::inbox::Inbox;
use bookpath_app::ports::RandomIds;
use bookpath_app::sync::SyncReport;
use bookpath_domain::Vendor;
use serde_json::json;

use super::output::{count, milliseconds, print, table};
use crate::arguments::{Common, SyncArgs, Target};
use crate::environment::{self, VendorApis};
use crate::failure::Failure;
use crate::lake_engine::ETL_WAIT;
use crate::node::Node;
use crate::progress;
use crate::stack::Stack;
use crate::syncs::Syncs;

const READING: &str = "the vendor's lists are read";
/// Missed deliveries that the sentence names.
const NAMED_MAX: usize = 50;

pub(crate) async fn run(common: &Common, args: &SyncArgs) -> Result<(), Failure> {
    let report = match common.target {
        Target::Embedded => embedded(common, args).await?,
        Target::Aws => {
            let vendors = Stack::open(common).await?.vendors().await?;
            let _shown = progress::spinner(READING);
            vendors.sync(args.vendor, args.since).await?
        }
    };
    print(common, &report, words)
}

async fn embedded(common: &Common, args: &SyncArgs) -> Result<SyncReport, Failure> {
    let node = Node::open(common)?;
    // There is no stand-in outside `serve`.
    let apis = environment::vendor_apis("http://127.0.0.1:8080");
    if let Some(missing) = missing(args.vendor, &apis) {
        return Err(Failure::Usage(format!(
            "{missing} is not set, so there is nobody to ask"
        )));
    }
    let inbox = Arc::new(Inbox {
        ids: Arc::new(RandomIds),
        store: node.database.clone(),
        objects: node.objects.clone(),
        faults: node.faults.clone(),
    });
    let syncs = Syncs::new(&node, inbox, &apis)?;
    let _shown = progress::spinner(READING);
    Ok(syncs.run(args.vendor, args.since, ETL_WAIT).await?)
}

/// The key of the vendor's API that is not set.
pub(super) fn missing(vendor: Vendor, apis: &VendorApis) -> Option<&'static str> {
    match vendor {
        Vendor::Calendly => apis.calendly_sandbox.then_some("CALENDLY_API_TOKEN"),
        Vendor::Typeform => apis.typeform_sandbox.then_some("TYPEFORM_API_TOKEN"),
        Vendor::Close => apis.close_sandbox.then_some("CLOSE_API_KEY"),
        Vendor::Stripe => apis.stripe_sandbox.then_some("STRIPE_API_KEY"),
        Vendor::Sms => None,
    }
}

fn words(report: &SyncReport) -> String {
    let read = match report.vendor.as_str() {
        "calendly" => format!(
            "{} and {} read",
            count(report.events_processed, "event", "events"),
            count(report.invitees_processed, "invitee", "invitees")
        ),
        "typeform" => format!(
            "{} read",
            count(report.events_processed, "response", "responses")
        ),
        "stripe" => format!("{} read", count(report.events_processed, "event", "events")),
        _ => format!(
            "{} read",
            count(report.events_processed, "object", "objects")
        ),
    };
    let mut text = format!(
        "{read} with {}, {} waited: {} different.",
        count(report.calls, "call", "calls"),
        milliseconds(report.waited_ms),
        report.changed,
    );
    if report.vendor == "calendly" {
        let rate = report
            .avg_show_rate
            .map_or("none".to_owned(), |rate| format!("{rate:.2} %"));
        text += &format!(
            " {} upcoming, {}, average show rate {rate}.",
            report.upcoming_calls,
            count(report.no_shows_detected, "no-show", "no-shows")
        );
    }
    let missed: u64 = report.missed.values().sum();
    if missed == 0 {
        return text + "\nThe webhooks missed nothing.";
    }
    let rows = report
        .missed_deliveries
        .iter()
        .take(NAMED_MAX)
        .map(|one| vec![json!(one.kind), json!(one.uri), json!(one.updated_at)]);
    text += &format!(
        "\nThe webhooks missed {}, which are brought in:\n\n{}",
        count(missed, "delivery", "deliveries"),
        table(["kind", "of", "at"], rows)
    );
    let left = missed.saturating_sub(NAMED_MAX as u64);
    if left > 0 {
        text += &format!("\n… and {left} more; --json names them.");
    }
    text
}
