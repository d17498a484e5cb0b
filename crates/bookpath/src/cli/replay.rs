//! `bookpath replay`: a day again, from the raw archive.

use bookpath_app::inbox::replay::{ReplayEffects, ReplayReport, Replayed, replay};
use bookpath_app::lake::etl::EtlReport;
use bookpath_app::ports::{Clock as _, Store};
use bookpath_platform_local::lock::FileLock;
use jiff::Timestamp;

use super::output::{count, print};
use crate::arguments::{Common, ReplayArgs, Target};
use crate::bronze::catch_up;
use crate::business;
use crate::failure::Failure;
use crate::lake_engine::{ETL_LOCK, ETL_WAIT};
use crate::node::Node;
use crate::progress;
use crate::stack::Stack;

/// Rows of silver are derived again by the present rules, those of the day's deliveries and no others (X66): their lines of bronze are
/// news to the run. So `--rebuild-silver` asks for what a replay does anyway.
pub(crate) async fn run(common: &Common, args: &ReplayArgs) -> Result<(), Failure> {
    let shown = progress::spinner("the raw archive is processed again");
    let (replayed, effects, run) = match common.target {
        Target::Embedded => embedded(common, args).await?,
        Target::Aws => deployed(common, args).await?,
    };
    let changed_rows = run
        .tables
        .get("silver.invitees")
        .map_or(0, |table| table.rows_written);
    drop(shown);
    let report = ReplayReport {
        processed: replayed.processed,
        changed_rows,
        skipped_erased: replayed.skipped_erased,
        effects,
    };
    print(common, &report, |report| words(report, args))
}

fn words(report: &ReplayReport, args: &ReplayArgs) -> String {
    let processed = count(report.processed, "delivery", "deliveries");
    let changed = count(report.changed_rows, "silver row is", "silver rows are");
    let mut text = format!(
        "{processed} of {} processed again: {changed} different.",
        args.day
    );
    if report.skipped_erased > 0 {
        text += &format!(
            " {} of erased people left out.",
            count(report.skipped_erased, "delivery", "deliveries")
        );
    }
    if args.with_effects {
        text += &format!(
            " Asked for: {} and {}; a running `serve` performs them.",
            count(report.effects.sms, "text", "texts"),
            count(report.effects.stripe, "Stripe call", "Stripe calls")
        );
    } else {
        text += " Nothing was sent or paid: that needs --with-effects.";
    }
    text
}

async fn embedded(
    common: &Common,
    args: &ReplayArgs,
) -> Result<(Replayed, ReplayEffects, EtlReport), Failure> {
    let node = Node::open(common)?;
    catch_up(&node, ETL_WAIT).await?;
    let _exclusive = FileLock::take(&node.dir, ETL_LOCK, ETL_WAIT).await?;
    let reactor = if args.with_effects {
        Some(business::reactor(&node)?)
    } else {
        None
    };
    // Nobody performs what is still to be counted.
    let held = if args.with_effects {
        Some(business::hold_effects(&node, ETL_WAIT).await?)
    } else {
        None
    };
    let began = node.clock.now();
    let replayed = replay(&node.publisher(), reactor.as_deref(), args.day, args.vendor)
        .await
        .map_err(Failure::new)?;
    // Whatever `serve` works on this directory performs them.
    let effects = match reactor {
        Some(_) => ReplayEffects::since(node.database.as_ref(), began).await?,
        None => ReplayEffects::default(),
    };
    drop(held);
    let as_of = last_run(node.database.as_ref())
        .await?
        .unwrap_or_else(|| node.clock.now());
    let run = node.etl()?.run(as_of, false).await.map_err(Failure::new)?;
    Ok((replayed, effects, run))
}

async fn deployed(
    common: &Common,
    args: &ReplayArgs,
) -> Result<(Replayed, ReplayEffects, EtlReport), Failure> {
    if args.with_effects {
        return Err(Failure::Usage(
            "--with-effects works on a directory only: on AWS replay the delivery from the inbox"
                .to_owned(),
        ));
    }
    let stack = Stack::open(common).await?;
    let replayed = replay(&stack.publisher(), None, args.day, args.vendor)
        .await
        .map_err(Failure::new)?;
    let as_of = last_run(stack.store.as_ref())
        .await?
        .unwrap_or_else(|| stack.clock.now());
    Ok((
        replayed,
        ReplayEffects::default(),
        stack.etl(as_of, false).await?,
    ))
}

/// A replay answers as of the last run: it changes what is known, not the present.
async fn last_run(store: &dyn Store) -> Result<Option<Timestamp>, Failure> {
    Ok(bookpath_app::lake::etl::as_of(store).await?)
}
