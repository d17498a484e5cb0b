//! In: signed webhooks. Out: raw objects and the event stream, then 200. Bad deliveries: quarantine, or the inbox as failed.

mod site;

use bookpath_function_runtime::{Environment, Error, Latencies, serve};
use bookpath_platform_aws::{Current, Platform};

/// A fifth of a call was spent in the system's allocator (docs/PERFORMANCE.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let (raw, stream) = (
        environment.required("RAW_BUCKET"),
        environment.required("EVENT_STREAM"),
    );
    let secret = environment.secret("WEBHOOK_SECRET_ID");
    let platform = Platform::start(environment).await?;
    let latencies = Latencies::new(platform.store());
    let names = site::Names {
        raw,
        stream,
        secret,
    };
    let current = Current::new(platform, move |platform| site::build(platform, &names))?;
    serve(current, latencies).await
}
