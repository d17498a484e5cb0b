//! The receiver's routes, with the vendors' keys of now.

use std::sync::Arc;

use bookpath_api::receiving;
use bookpath_app::inbox::Inbox;
use bookpath_app::inbox::keys::VendorKeys;
use bookpath_app::inbox::receive::{EdgeLimits, Receiver};
use bookpath_app::ports::NoFaults;
use bookpath_function_runtime::{Edge, FunctionError, Site};
use bookpath_platform_aws::Platform;

/// What the environment names.
pub(crate) struct Names {
    pub(crate) raw: String,
    pub(crate) stream: String,
    pub(crate) secret: String,
}

pub(crate) fn build(platform: &Platform, names: &Names) -> Result<Site, FunctionError> {
    let Names {
        raw,
        stream,
        secret,
    } = names;
    let secret = platform.secret(secret)?;
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
            store: platform.store_and_stream(stream),
            objects: platform.objects(&[("raw/", raw), ("quarantine/", raw)]),
            faults: Arc::new(NoFaults),
        }),
    };
    Ok(Site {
        router: receiving(Arc::new(receiver)),
        // Vendors call the gateway itself.
        edge: Edge::direct(),
        keys_may_be_older_than_requests: true,
    })
}
