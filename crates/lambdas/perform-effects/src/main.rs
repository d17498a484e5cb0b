//! In: fresh entries of the outbox; schedules. Out: texts, e-mails, payments, waits. Failures: tried again when due.

use bookpath_app::bookings::reconcile::{default_period, reconcile};
use bookpath_app::bookings::sweep::sweep;
use bookpath_app::effects;
use bookpath_app::effects::outbox;
use bookpath_function_runtime::{
    Environment, Error, FunctionError, Source as _, TableChanges, TableChangesAnswer, run,
};
use bookpath_platform_aws::{Carriers, Current, Platform, Reaction};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let reaction = Reaction::read(&mut environment);
    let carriers = Carriers::default()
        .texts(&mut environment)
        .vendors(&mut environment)
        .emails(&mut environment)
        .waits(&mut environment);
    let platform = Platform::start(environment).await?;
    let clock = platform.clock.clone();
    let current = Current::new(platform, move |platform| {
        carriers.performer(platform, reaction.reactor(platform)?)
    })?;
    run(async |call: TableChanges| {
        let (performer, items) = (current.get().await, call.items());
        match call.action() {
            // Claims of a process that died have ended by the next minute, so theirs are due as well.
            None if items.is_empty() => drop(effects::perform_due(&performer).await?),
            // What fails here is due again, and the schedule finds it: the entry itself is the record of what is left.
            None => drop(
                effects::perform_named(
                    &performer,
                    items.iter().filter_map(|(_, pk)| outbox::key_of(pk)),
                )
                .await?,
            ),
            Some("sweep") => drop(sweep(&performer).await?),
            Some("reconcile") => {
                let (from, to) = default_period(clock.now());
                reconcile(&performer, from, to)
                    .await
                    .map_err(|e| FunctionError::transient(e.to_string()))?;
            }
            Some(other) => {
                return Err(FunctionError::invalid(format!(
                    "there is no action `{other}`"
                )));
            }
        }
        Ok(TableChangesAnswer::default())
    })
    .await
}
