//! In: the state machine's call. Out: silver tables, and their checks. Bad records: `silver.rejected`.

use bookpath_function_runtime::{Environment, Error, Source as _, run};
use bookpath_platform_aws::lake::{EngineParts, Steps, Tiers};
use bookpath_platform_aws::{Current, Platform};
use serde_json::Value;

/// A fifth of a run of the lake was spent in the system's allocator (docs/PERFORMANCE.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let tiers = Tiers::default()
        .bronze(&mut environment)
        .silver(&mut environment);
    let platform = Platform::start(environment).await?;
    let current = Current::new(platform, move |platform| {
        Steps::new(&EngineParts::from(platform), &tiers)
    })?;
    run(async |payload: Value| {
        current
            .get()
            .await
            .call("RefineSilverFunction", payload)
            .await
    })
    .await
}
