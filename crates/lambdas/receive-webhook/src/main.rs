//! In: signed webhooks. Out: raw objects and the event stream, then 200. Bad deliveries: quarantine, or the inbox as failed.

use std::sync::Arc;

use bookpath_api::receiving;
use bookpath_app::inbox::admit::Inbox;
use bookpath_app::inbox::keys::VendorKeys;
use bookpath_app::inbox::receive::{EdgeLimits, Receiver};
use bookpath_app::ports::NoFaults;
use bookpath_function_runtime::{Edge, Environment, Error, FunctionError, serve};
use bookpath_platform_aws::Platform;

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
    let secret = platform.secret(&secret)?;
    let keys = VendorKeys::read(|name| secret.get(name).map(str::to_owned))
        .map_err(|faults| FunctionError::configuration(faults.join("; ")))?;
    let clock = platform.clock.clone();
    let receiver = Receiver {
        rules: platform.rules.clone(),
        keys,
        limits: EdgeLimits::new(&platform.rules, &clock),
        clock,
        inbox: Arc::new(Inbox {
            ids: platform.ids.clone(),
            store: platform.store_and_stream(&stream),
            objects: platform.objects(&[("raw/", &raw), ("quarantine/", &raw)]),
            faults: Arc::new(NoFaults),
        }),
    };
    // Vendors call the gateway itself.
    serve(receiving(Arc::new(receiver)), Edge::direct()).await
}
