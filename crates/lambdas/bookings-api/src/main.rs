//! In: customers' requests with a booking's own token, and admins'. Out: bookings, conversations, checkouts.

use std::sync::Arc;

use bookpath_api::{BookingsApi, booking};
use bookpath_function_runtime::{Environment, Error, serve};
use bookpath_platform_aws::{Carriers, Platform, Reaction};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let reaction = Reaction::read(&mut environment);
    let carriers = Carriers::default()
        .vendors(&mut environment)
        .letters(&mut environment);
    let (secret, origin) = (
        environment.secret("ACCESS_SECRET_ID"),
        environment.secret("ORIGIN_SECRET_ID"),
    );
    let platform = Platform::start(environment).await?;
    let (access, edge) = (Arc::new(platform.access(&secret)?), platform.edge(&origin)?);
    let reactor = reaction.reactor(&platform)?;
    let performer = carriers.performer(&platform, reactor)?;
    let (store, clock, rules) = (
        platform.store(),
        platform.clock.clone(),
        platform.rules.clone(),
    );
    serve(
        booking(&BookingsApi {
            store,
            clock,
            rules,
            access,
            performer,
        }),
        edge,
    )
    .await
}
