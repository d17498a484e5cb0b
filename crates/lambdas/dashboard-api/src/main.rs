//! In: signed-in requests. Out: gold, silver, lineage, the inbox, users. Bad requests: problem JSON.

mod site;

use bookpath_function_runtime::{Environment, Error, Latencies, serve};
use bookpath_platform_aws::lake::Tiers;
use bookpath_platform_aws::{Current, Platform};

/// A fifth of a run of the lake was spent in the system's allocator (docs/PERFORMANCE.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let tiers = Tiers::default()
        .bronze(&mut environment)
        .silver(&mut environment)
        .gold(&mut environment);
    let (raw, bronze, dead_letters) = (
        environment.required("RAW_BUCKET"),
        environment.required("BRONZE_BUCKET"),
        environment.required("DEAD_LETTER_BUCKET"),
    );
    let (stream, access) = (
        environment.required("EVENT_STREAM"),
        environment.secret("ACCESS_SECRET_ID"),
    );
    let (stack, origin) = (
        environment.required("STACK_PARAMETER"),
        environment.secret("ORIGIN_SECRET_ID"),
    );
    let platform = Platform::start(environment).await?;
    let latencies = Latencies::new(platform.store());
    let names = site::Names {
        tiers,
        raw,
        bronze,
        dead_letters,
        stream,
        stack,
        access,
        origin,
    };
    let current = Current::new(platform, move |platform| site::build(platform, &names))?;
    serve(current, latencies).await
}
