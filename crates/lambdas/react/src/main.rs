//! In: the event stream. Out: bookings, conversations, ledger and outbox, one transaction each. Bad records: dead letters.

use bookpath_app::operators::latency::{Series, note};
use bookpath_app::react::react;
use bookpath_function_runtime::{Environment, Error, Source as _, consume};
use bookpath_platform_aws::{Current, Platform, Reaction};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let reaction = Reaction::read(&mut environment);
    let dead_letters = environment.required("DEAD_LETTER_BUCKET");
    let platform = Platform::start(environment).await?;
    let (store, objects) = (
        platform.store(),
        platform.objects(&[("dead-letters/", &dead_letters)]),
    );
    let current = Current::new(platform, move |platform| reaction.reactor(platform))?;
    consume(async |records| {
        let reactor = current.get().await;
        let reacted = react(&reactor, objects.as_ref(), &records).await;
        note(store.as_ref(), Series::Webhook, &reacted.took).await;
        (reacted.failed, reacted.error)
    })
    .await
}
