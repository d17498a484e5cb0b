//! In: the event stream. Out: bookings, conversations, ledger and outbox, one transaction each. Bad records: dead letters.

use bookpath_app::react::react;
use bookpath_function_runtime::{Environment, Error, consume};
use bookpath_platform_aws::{Platform, Reaction};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let reaction = Reaction::read(&mut environment);
    let dead_letters = environment.required("DEAD_LETTER_BUCKET");
    let platform = Platform::start(environment).await?;
    let reactor = reaction.reactor(&platform)?;
    let objects = platform.objects(&[("dead-letters/", &dead_letters)]);
    consume(async |records| {
        let reacted = react(&reactor, objects.as_ref(), &records).await;
        (reacted.failed, reacted.error)
    })
    .await
}
