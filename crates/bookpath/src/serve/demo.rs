//! `serve --demo`: keys that are printed, and a small business that came in the ordinary way.

use bookpath_app::access::{NewUser, UserError, add_user};
use bookpath_app::inbox::admit::{Inbox, admit};
use bookpath_app::inbox::keys::VendorKeys;
use bookpath_app::ports::{
    Clock as _, Commit, Expect, ItemKey, LakeEngine, SpendEntry, Store as _, Write,
};
use bookpath_domain::Vendor;
use bookpath_domain::access::Role;
use bookpath_domain::inbox::envelope::Origin;
use bookpath_platform_local::ids::RandomIds;
use bookpath_platform_local::secrets::secret;
use bookpath_sandbox::demo;
use bookpath_vendors::signature::SigningKey;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;

use crate::failure::Failure;
use crate::node::Node;
use crate::serve::timers::{RunFailure, Runner};
use bookpath_app::inbox::keys::KEY_VARIABLES;

/// Deliveries at work at a time.
const TOGETHER: usize = 64;

/// Adds the demo's key for every vendor that has none; `greeting` tells of it.
pub(crate) fn keys(
    mut keys: VendorKeys,
    greeting: &mut Vec<String>,
) -> Result<VendorKeys, Failure> {
    for (vendor, variable) in KEY_VARIABLES {
        if keys.of(vendor).is_empty() {
            let key = demo::signing_key(vendor);
            greeting.push(format!("demo key {variable}={key}"));
            keys = keys.with(
                vendor,
                vec![SigningKey::new(vendor, key).map_err(Failure::of)?],
            );
        }
    }
    Ok(keys)
}

/// The demo's login: an admin whose password is made up once per directory; `greeting` tells it.
pub(crate) async fn login(node: &Node, greeting: &mut Vec<String>) -> Result<(), Failure> {
    let password = hex::encode(&secret(&node.dir, "demo-password")?[..10]);
    let new = NewUser {
        email: demo::EMAIL,
        name: Some("Demo"),
        role: Role::Admin,
        password: &password,
        actor: "demo",
    };
    match add_user(node.database.as_ref(), &RandomIds, node.clock.now(), &new).await {
        Ok(_) | Err(UserError::Exists) => {}
        Err(UserError::Store(error)) => return Err(error.into()),
        Err(error) => return Err(Failure::of(error)),
    }
    greeting.push(format!("demo login {} password {password}", demo::EMAIL));
    Ok(())
}

/// Lets the demo's webhooks and spend in, once per directory, and runs the ETL over them.
pub(crate) async fn seed(
    node: &Node,
    inbox: &Inbox,
    lake: &dyn LakeEngine,
    runner: &Runner,
) -> Result<(), Failure> {
    let key = ItemKey::new("demo", "seeded");
    if node.database.get(&key).await?.is_some() {
        return Ok(());
    }
    let now = node.clock.now();
    let arrivals = stream::iter(demo::webhooks(now)).map(async |webhook| {
        let body = webhook.body.to_string();
        admit(
            inbox,
            Vendor::Calendly,
            Origin::Sync,
            webhook.arrived_at,
            body.as_bytes(),
        )
        .await
        .map(drop)
    });
    // Together they share commits; the order of arrival changes no number.
    arrivals
        .buffer_unordered(TOGETHER)
        .try_collect::<()>()
        .await
        .map_err(Failure::of)?;
    let spend: Vec<SpendEntry> = demo::ad_spend(now)
        .into_iter()
        .map(serde_json::from_value)
        .collect::<Result<_, _>>()?;
    lake.append_ad_spend(&spend, now)
        .await
        .map_err(Failure::of)?;
    runner.drain().await?;
    runner
        .etl(&format!("demo-{}", now.as_second()), now, false)
        .await
        .map_err(|failure| match failure {
            RunFailure::Ended { error, cause } => {
                Failure::Failed(format!("the demo's ETL failed: {error}: {cause}"))
            }
            RunFailure::Waiting(due) => {
                Failure::Failed(format!("the demo's ETL waits until {due}"))
            }
            RunFailure::Store(failure) => failure,
        })?;
    let row = Write::put(key, None, &json!({ "at": now }), Expect::Any)?;
    Ok(node.database.commit(Commit::of(vec![row])).await?)
}
