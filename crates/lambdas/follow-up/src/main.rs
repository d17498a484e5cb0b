//! In: the end of a wait, from the state machine. Out: the text, or the reason why it is not sent.

use bookpath_app::workflows::machines::FollowUpFunction;
use bookpath_function_runtime::{Environment, Error, Source as _, run};
use bookpath_platform_aws::{Carriers, Current, Platform, Reaction};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let reaction = Reaction::read(&mut environment);
    let carriers = Carriers::default().texts(&mut environment);
    let platform = Platform::start(environment).await?;
    let current = Current::new(platform, move |platform| {
        let performer = carriers.performer(platform, reaction.reactor(platform)?)?;
        Ok(FollowUpFunction { performer })
    })?;
    run(async |payload: Value| Ok(current.get().await.call(payload).await?)).await
}
