//! In: signed-in requests. Out: gold, silver, lineage, the inbox, users. Bad requests: problem JSON.

use std::sync::Arc;

use bookpath_api::{Api, dashboard};
use bookpath_app::inbox::admit::Inbox;
use bookpath_app::ports::NoFaults;
use bookpath_function_runtime::{Environment, Error, serve};
use bookpath_platform_aws::Platform;
use bookpath_platform_aws::lake::{Place, Tiers, engine};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut environment = Environment::of_process();
    let tiers = Tiers::default()
        .bronze(&mut environment)
        .silver(&mut environment)
        .gold(&mut environment);
    let (raw, bronze) = (
        environment.required("RAW_BUCKET"),
        environment.required("BRONZE_BUCKET"),
    );
    let (stream, secret) = (
        environment.required("EVENT_STREAM"),
        environment.secret("ACCESS_SECRET_ID"),
    );
    let origin = environment.secret("ORIGIN_SECRET_ID");
    let platform = Platform::start(environment).await?;
    let (clock, rules, store) = (
        platform.clock.clone(),
        platform.rules.clone(),
        platform.store_and_stream(&stream),
    );
    let objects = platform.objects(&[("raw/", &raw), ("bronze/", &bronze)]);
    let (access, edge) = (Arc::new(platform.access(&secret)?), platform.edge(&origin)?);
    let lake = engine(&Place::from(&platform), &tiers)?;
    let inbox = Arc::new(Inbox {
        ids: platform.ids.clone(),
        store: store.clone(),
        objects: objects.clone(),
        faults: Arc::new(NoFaults),
    });
    serve(
        dashboard(&Api {
            store,
            objects,
            lake,
            clock,
            rules,
            access,
            inbox,
        }),
        edge,
    )
    .await
}
