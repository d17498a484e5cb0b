//! `serve --demo`: keys and a login that are printed, and a small business that comes in as a real one does.

mod play;
mod system;

use bookpath_app::access::{NewUser, UserError, add_user};
use bookpath_app::inbox::keys::{KEY_VARIABLES, VendorKeys};
use bookpath_app::ports::{
    Clock as _, Commit, Expect, Ids as _, ItemKey, RandomIds, SpendEntry, Store, StoreError, Write,
};
use bookpath_domain::access::Role;
use bookpath_domain::people::identity::{ContactId, Node as Anchor};
use bookpath_platform_local::secrets::secret;
use bookpath_sandbox::demo;
use bookpath_vendors::signature::SigningKey;
use jiff::Timestamp;
use serde_json::json;

use crate::failure::Failure;
use crate::node::Node;
use crate::progress;
use crate::serve::sandbox::PlayedStripe;
use crate::serve::timers::{EtlInput, RunFailure};
use play::Player;

pub(crate) use system::System;

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
                vec![SigningKey::new(vendor, key).map_err(Failure::new)?],
            );
        }
    }
    Ok(keys)
}

/// Who logs in to the demo.
pub(crate) const LOGINS: [(Role, &str, &str); 3] = [
    (Role::Admin, demo::EMAIL, "Demo"),
    // One of the demo's team: sales users see their own figures only.
    (Role::Sales, "cleo@demo.test", "Cleo Closer"),
    (Role::Viewer, "viewer@bookpath.test", "Demo viewer"),
];

/// The password of the demo's logins, made up once per directory.
pub(crate) fn password(node: &Node) -> Result<String, Failure> {
    Ok(hex::encode(&secret(&node.dir, "demo-password")?[..10]))
}

/// The demo's logins, one for each role; `greeting` tells them.
async fn login(node: &Node, greeting: &mut Vec<String>) -> Result<(), Failure> {
    let password = password(node)?;
    for (role, email, name) in LOGINS {
        let new = NewUser {
            email,
            name: Some(name),
            role,
            password: &password,
            actor: "demo",
        };
        match add_user(node.database.as_ref(), &RandomIds, node.clock.now(), &new).await {
            Ok(_) | Err(UserError::Exists) => {}
            Err(UserError::Store(error)) => return Err(error.into()),
            Err(error) => return Err(Failure::new(error)),
        }
    }
    for (role, email, _) in LOGINS {
        let of = match role {
            Role::Admin => String::new(),
            other => format!("{} ", other.as_str()),
        };
        greeting.push(format!("demo {of}login {email} password {password}"));
    }
    Ok(())
}

/// What is stored once the demo business begins to come in, and once all of it is there.
fn marks() -> (ItemKey, ItemKey) {
    (
        ItemKey::new("demo", "begun"),
        ItemKey::new("demo", "seeded"),
    )
}

/// Whether the demo business has begun to come in and is not all there.
pub(crate) async fn is_coming_in(store: &dyn Store) -> Result<bool, StoreError> {
    let (begun, done) = marks();
    Ok(store.get(&begun).await?.is_some() && store.get(&done).await?.is_none())
}

/// Where to begin: the pages of the team, those of customers, and a customer with a whole story.
fn places(own: &str) -> [String; 3] {
    let priya = ContactId::from_anchor(&Anchor::Email(demo::PRIYA.to_owned()));
    [
        format!("team {own}/app"),
        format!("customers {own}/book"),
        format!("from a form to a refund: {own}/app/contacts/{priya}"),
    ]
}

impl System<'_> {
    /// Makes the logins and plays the business; `greeting` tells of them, and where they are at `own`.
    pub(crate) async fn begin(&self, own: &str, greeting: &mut Vec<String>) -> Result<(), Failure> {
        login(self.node, greeting).await?;
        greeting.extend(places(own));
        self.seed().await
    }

    /// Plays the demo business up to now, once per directory, and runs the ETL over it.
    ///
    /// A directory that holds another business is left as it is, and so is one whose vendors are real.
    async fn seed(&self) -> Result<(), Failure> {
        let (begun, done) = marks();
        let database = &self.node.database;
        if database.get(&done).await?.is_some() {
            return Ok(());
        }
        let Some(stripe) = self.sandbox.stripe.clone() else {
            tracing::warn!("the demo business is left out: it would charge at the real Stripe");
            return Ok(());
        };
        if self.sandbox.calendly.is_none() {
            tracing::warn!("the demo business is left out: it would cancel at the real Calendly");
            return Ok(());
        }
        if self.sandbox.typeform.is_none() || self.sandbox.close.is_none() {
            tracing::warn!(
                "the demo business is left out: it would read the real Typeform or Close"
            );
            return Ok(());
        }
        let bookings = database
            .counters()
            .await?
            .iter()
            .any(|(name, count)| name == "bookings" && *count > 0);
        if bookings && database.get(&begun).await?.is_none() {
            tracing::warn!("the demo business is left out: the directory holds another one");
            return Ok(());
        }
        let now = self.node.clock.now();
        self.mark(begun, now).await?;
        self.play(&stripe, now).await?;
        self.mark(done, now).await
    }

    async fn mark(&self, key: ItemKey, now: Timestamp) -> Result<(), Failure> {
        let row = Write::put(key, None, &json!({ "at": now }), Expect::Any)?;
        Ok(self.node.database.commit(Commit::new(vec![row])).await?)
    }

    /// Plays the business on a clock that runs from its first live day to `now`.
    async fn play(&self, stripe: &PlayedStripe, now: Timestamp) -> Result<(), Failure> {
        let clock = &self.node.clock;
        let on_system = !clock.is_set();
        let business = demo::business(now, &self.node.rules.reporting_timezone);
        clock.stand_at(business.live_from);
        let player = Player {
            system: self,
            stripe,
        };
        let played = self.played(&player, &business, now).await;
        if on_system {
            clock.follow_system();
        }
        played
    }

    /// Plays the business up to last night, computes the numbers, and then the same for today.
    async fn played(
        &self,
        player: &Player<'_>,
        business: &demo::Business,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let spend = business.spend.iter().cloned().map(serde_json::from_value);
        let spend: Vec<SpendEntry> = spend.collect::<Result<_, _>>()?;
        player.history(business).await?;
        let night = business.last_night;
        player.live(business, Timestamp::UNIX_EPOCH, night).await?;
        let appended = self.lake.append_ad_spend(&spend, night).await;
        appended.map_err(Failure::new)?;
        self.numbers(night).await?;
        player.live(business, night, now).await?;
        self.numbers(now).await
    }

    /// A `bookpath etl` of the same minute may have computed for a later instant: the demo goes on from there.
    async fn numbers(&self, as_of: Timestamp) -> Result<(), Failure> {
        self.runner.drain().await?;
        let _shown = progress::spinner("the demo's numbers are computed");
        // Another id for each start: one that failed would fail again under the same.
        let id = format!("demo-{}-{}", as_of.as_second(), RandomIds.fresh());
        self.runner
            .etl(&id, &EtlInput::scheduled(as_of))
            .await
            .map(drop)
            .map_err(|failure| match failure {
                RunFailure::Ended { error, cause } => {
                    Failure::Failed(format!("the demo's ETL failed: {error}: {cause}"))
                }
                RunFailure::Waiting(due) => {
                    Failure::Failed(format!("the demo's ETL waits until {due}"))
                }
                RunFailure::Store(failure) => failure,
            })
    }
}
