//! In: schedules. Out: raw objects and the event stream, of what the webhooks missed. Failures: alarms; the next call goes on.

use bookpath_app::sync::caretaker::SyncCall;
use bookpath_function_runtime::{Environment, Error, FunctionError, Source as _, run};
use bookpath_platform_aws::{Current, Platform, SyncSettings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let settings = SyncSettings::of_syncs(&mut environment);
    let platform = Platform::start(environment).await?;
    let current = Current::new(platform, move |platform| settings.caretaker(platform))?;
    run(async |call: SyncCall| {
        let care = current.get().await.call(call).await;
        care.map_err(|e| FunctionError::transient(e.to_string()))
    })
    .await
}
