//! In: customers' requests with a booking's own token, and admins'. Out: bookings, conversations, checkouts.

use std::sync::Arc;

use bookpath_api::{BookingsApi, booking};
use bookpath_function_runtime::{Environment, Error, Latencies, Site, serve};
use bookpath_platform_aws::{Carriers, Current, Platform, Reaction};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let reaction = Reaction::read(&mut environment);
    let carriers = Carriers::default()
        .vendors(&mut environment)
        .emails(&mut environment);
    let (secret, origin) = (
        environment.secret("ACCESS_SECRET_ID"),
        environment.secret("ORIGIN_SECRET_ID"),
    );
    let platform = Platform::start(environment).await?;
    let latencies = Latencies::new(platform.store());
    let current = Current::new(platform, move |platform| {
        let api = BookingsApi {
            store: platform.store(),
            clock: platform.clock.clone(),
            rules: platform.rules.clone(),
            access: Arc::new(platform.access(&secret)?),
            performer: carriers.performer(platform, reaction.reactor(platform)?)?,
        };
        Ok(Site {
            router: booking(&api),
            edge: platform.edge(&origin)?,
            keys_may_be_older_than_requests: false,
        })
    })?;
    serve(current, latencies).await
}
