//! In: fresh entries of the outbox; every minute, what is due. Out: texts, letters, payments, waits. Failures: tried again.

use bookpath_app::{effects, outbox};
use bookpath_lambda_kit::{BatchAnswer, Carriers, Environment, Error, Platform, Reaction, TableChanges, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let reaction = Reaction::read(&mut environment);
    let carriers = Carriers::default().texts(&mut environment).vendors(&mut environment).letters(&mut environment).waits(&mut environment);
    let platform = Platform::start(environment).await?;
    let reactor = reaction.reactor(&platform).await?;
    let performer = carriers.performer(&platform, reactor).await?;
    run(async |changes: TableChanges| {
        let items = changes.items();
        if items.is_empty() {
            // The schedule. Claims of a process that died have ended by now, so theirs are due as well.
            effects::perform_due(&performer).await?;
        } else {
            // What fails here is due again, and the schedule finds it: the entry itself is the record of what is left.
            effects::perform_named(&performer, items.iter().filter_map(|(_, pk)| outbox::key_of(pk))).await?;
        }
        Ok(BatchAnswer::default())
    })
    .await
}
