//! In: the event stream. Out: bookings, conversations, ledger and outbox, one transaction each. Bad records: dead letters.

use bookpath_app::react::react;
use bookpath_lambda_kit::{Environment, Error, Platform, Reaction, consume};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let reaction = Reaction::read(&mut environment);
    let platform = Platform::start(environment).await?;
    let reactor = reaction.reactor(&platform)?;
    consume(async |records| {
        let reacted = react(&reactor, &records).await;
        (reacted.failed, reacted.error)
    })
    .await
}
