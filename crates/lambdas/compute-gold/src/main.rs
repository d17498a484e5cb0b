//! In: silver's changes, by the state machine's call. Out: gold tables, and the upkeep of both.

use bookpath_app::privacy::GIVEN_UP;
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
        .silver(&mut environment)
        .gold(&mut environment);
    let (raw, dead_letters) = (
        environment.required("RAW_BUCKET"),
        environment.required("DEAD_LETTER_BUCKET"),
    );
    let platform = Platform::start(environment).await?;
    let current = Current::new(platform, move |platform| {
        let bodies = platform.objects(&[
            ("raw/", &raw),
            ("quarantine/", &raw),
            ("dead-letters/", &dead_letters),
            (GIVEN_UP, &dead_letters),
        ]);
        let steps = Steps::new(&EngineParts::from(platform), &tiers)?;
        Ok(steps.with_bodies(bodies))
    })?;
    run(async |payload: Value| {
        current
            .get()
            .await
            .call("ComputeGoldFunction", payload)
            .await
    })
    .await
}
