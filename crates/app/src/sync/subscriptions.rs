//! The subscriptions of the vendors' webhooks: made, ended, and watched.
//!
//! A vendor gives up on an address that fails for long: Calendly after a day, Close and Stripe after some days, Typeform
//! at the first 404. The watch raises an alarm, lets a subscription that was disabled send again once (or makes it anew,
//! where the vendor wants that), and asks for a sync of the gap.

use bookpath_domain::Vendor;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::operators::alarms::{self, Alarm};
use crate::ports::{
    CallError, Commit, Expect, ItemKey, Store, StoreError, Subscribed, Subscription, Subscriptions,
    WebhookKeys, Write,
};

/// The code of the alarm of a vendor that has no subscription of ours.
pub const MISSING: &str = "subscription_missing";
/// The code of the alarm of a subscription that its vendor has disabled.
pub const DISABLED: &str = "subscription_disabled";
/// The code of the alarm of a subscription whose posts fail.
pub const FAILING: &str = "subscription_failing";
const CODES: [&str; 3] = [MISSING, DISABLED, FAILING];

/// The vendor whose subscriptions are watched, and the address that they post to.
#[derive(Clone, Copy)]
pub struct Watched<'a> {
    pub vendor: Vendor,
    pub api: &'a dyn Subscriptions,
    /// The receiver's address.
    pub url: &'a str,
    pub keys: &'a dyn WebhookKeys,
}

impl std::fmt::Debug for Watched<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

/// Result of a look at a vendor's subscriptions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SubscriptionState {
    pub vendor: String,
    pub url: String,
    /// `active`, `missing`, `failing`, or the vendor's own word for one that it has disabled.
    pub state: String,
    /// When the watch looked last.
    #[schema(value_type = String, format = DateTime)]
    pub looked_at: Timestamp,
    /// When a disabled subscription was made anew.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made_anew_at: Option<Timestamp>,
}

/// Why a watch or a change stopped.
#[derive(Debug, thiserror::Error)]
pub enum SubscriptionError {
    #[error(transparent)]
    Vendor(#[from] CallError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// State of the subscription of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Active,
    Missing,
    Failing(Timestamp),
    /// Its ids and the vendor's word.
    Disabled(Vec<String>, String),
}

fn state_of(listed: &[Subscription], url: &str) -> State {
    let ours: Vec<&Subscription> = listed.iter().filter(|one| one.url == url).collect();
    if ours.is_empty() {
        return State::Missing;
    }
    // Typeform has one for each form: a single one that is off misses responses.
    let off: Vec<&&Subscription> = ours.iter().filter(|one| !one.active).collect();
    if let Some(first) = off.first() {
        let ids = off.iter().map(|one| one.id.clone()).collect();
        return State::Disabled(ids, first.state.clone());
    }
    let failing = ours.iter().filter_map(|one| one.failing_since).min();
    failing.map_or(State::Active, State::Failing)
}

fn key(vendor: Vendor) -> ItemKey {
    ItemKey::new("subscriptions", vendor.as_str())
}

/// What the last watch of each vendor saw.
///
/// # Errors
/// [`StoreError`].
pub async fn states(store: &dyn Store) -> Result<Vec<SubscriptionState>, StoreError> {
    let keys = Vendor::WEBHOOKS.map(key);
    let items = store.get_many(&keys).await?;
    items.iter().flatten().map(|item| item.read()).collect()
}

/// Looks at a vendor's subscriptions. `true`: one was enabled or made anew, so what was missed meanwhile is to be synced. `fresh` is
/// the key to sign with where none is known.
///
/// # Errors
/// [`SubscriptionError`].
pub async fn watch(
    store: &dyn Store,
    watched: Watched<'_>,
    fresh: &str,
    now: Timestamp,
) -> Result<bool, SubscriptionError> {
    let Watched { vendor, url, .. } = watched;
    let before = store.get(&key(vendor)).await?;
    let before: Option<SubscriptionState> = before.map(|item| item.read()).transpose()?;
    let mut made_anew_at = before.and_then(|before| before.made_anew_at);
    let state = state_of(&watched.api.subscriptions().await?, url);
    let mut renewed = false;
    if let State::Disabled(ids, _) = &state
        && made_anew_at.is_none()
    {
        // Noted before the calls: if they fail half-way, the next look raises the alarm instead of trying again.
        made_anew_at = Some(now);
        note(store, watched, &state, now, made_anew_at).await?;
        let mut gone = false;
        for id in ids {
            if !watched.api.enable(id).await? {
                watched.api.unsubscribe(id).await?;
                gone = true;
            }
        }
        if gone {
            let known = watched.keys.newest(vendor).await?;
            subscribe(watched, known.as_deref().unwrap_or(fresh)).await?;
        }
        renewed = true;
    }
    note(store, watched, &state, now, made_anew_at).await?;
    Ok(renewed)
}

/// Subscribes the address, and keeps the key that signs from now on. `fresh` is the key, where the vendor lets us choose.
/// A subscription that was made by a person may be made anew once more.
///
/// # Errors
/// [`SubscriptionError`].
pub async fn create(
    store: &dyn Store,
    watched: Watched<'_>,
    fresh: &str,
) -> Result<Subscribed, SubscriptionError> {
    let made = subscribe(watched, fresh).await?;
    let forget = Write::Delete {
        key: key(watched.vendor),
        expect: Expect::Any,
    };
    store.commit(Commit::new(vec![forget])).await?;
    Ok(made)
}

/// Where we choose the key it is kept first: the first webhook may come before the answer.
async fn subscribe(watched: Watched<'_>, key: &str) -> Result<Subscribed, SubscriptionError> {
    let chosen = !matches!(watched.vendor, Vendor::Close | Vendor::Stripe);
    if chosen {
        watched.keys.add(watched.vendor, key).await?;
    }
    let made = watched.api.subscribe(watched.url, key).await?;
    if !chosen {
        watched.keys.add(watched.vendor, &made.signing_key).await?;
    }
    Ok(made)
}

/// Stores the result of the look, and raises or ends the vendor's alarms.
async fn note(
    store: &dyn Store,
    watched: Watched<'_>,
    state: &State,
    now: Timestamp,
    made_anew_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    let subject = watched.vendor.as_str();
    let (name, found) = match state {
        State::Active => ("active".to_owned(), None),
        State::Missing => (
            "missing".to_owned(),
            Some((
                MISSING,
                format!("no webhook subscription posts to {}", watched.url),
            )),
        ),
        State::Failing(since) => (
            "failing".to_owned(),
            Some((
                FAILING,
                format!("posts have failed since {}", alarms::moment(*since)),
            )),
        ),
        State::Disabled(_, word) => (
            word.clone(),
            Some((DISABLED, format!("the vendor has stopped sending: {word}"))),
        ),
    };
    let row = SubscriptionState {
        vendor: subject.to_owned(),
        url: watched.url.to_owned(),
        state: name,
        looked_at: now,
        made_anew_at,
    };
    let standing = alarms::standing(store).await?;
    let stands = |code: &str| {
        standing
            .iter()
            .any(|alarm| alarm.code == code && alarm.subject == subject)
    };
    let mut writes = vec![Write::put(key(watched.vendor), None, &row, Expect::Any)?];
    for code in CODES {
        match found.as_ref().filter(|(wanted, _)| *wanted == code) {
            Some((_, detail)) if !stands(code) => {
                writes.push(Alarm::new(code, subject, now, detail.clone()).raise()?);
            }
            None if stands(code) => writes.push(alarms::end(code, subject)),
            _ => {}
        }
    }
    store.commit(Commit::new(writes)).await
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use bookpath_testkit::MemoryStore;

    use super::*;

    const URL: &str = "https://book.test/api/webhooks/calendly";
    const NOW: &str = "2026-03-01T12:00:00Z";

    /// One subscription, and the keys that were kept.
    #[derive(Default)]
    struct Account {
        listed: Mutex<Vec<Subscription>>,
        keys: Mutex<Vec<String>>,
    }

    impl Account {
        fn disable(&self) {
            for one in self.listed.lock().unwrap().iter_mut() {
                one.active = false;
                one.state = "disabled".to_owned();
            }
        }
    }

    #[async_trait]
    impl Subscriptions for Account {
        async fn subscriptions(&self) -> Result<Vec<Subscription>, CallError> {
            Ok(self.listed.lock().unwrap().clone())
        }

        async fn subscribe(&self, url: &str, key: &str) -> Result<Subscribed, CallError> {
            let id = format!("w{}", self.keys.lock().unwrap().len());
            self.listed.lock().unwrap().push(Subscription {
                id: id.clone(),
                url: url.to_owned(),
                active: true,
                state: "active".to_owned(),
                failing_since: None,
                events: Vec::new(),
            });
            Ok(Subscribed {
                ids: vec![id],
                signing_key: key.to_owned(),
            })
        }

        async fn unsubscribe(&self, id: &str) -> Result<(), CallError> {
            self.listed.lock().unwrap().retain(|one| one.id != id);
            Ok(())
        }
    }

    #[async_trait]
    impl WebhookKeys for Account {
        async fn newest(&self, _: Vendor) -> Result<Option<String>, CallError> {
            Ok(self.keys.lock().unwrap().last().cloned())
        }

        async fn add(&self, _: Vendor, key: &str) -> Result<(), CallError> {
            self.keys.lock().unwrap().push(key.to_owned());
            Ok(())
        }
    }

    async fn codes(store: &MemoryStore) -> Vec<String> {
        let standing = alarms::standing(store).await.unwrap();
        standing.into_iter().map(|alarm| alarm.code).collect()
    }

    #[tokio::test]
    async fn a_disabled_subscription_is_made_anew_once_and_told_of_until_it_is_well() {
        let (store, account) = (MemoryStore::default(), Account::default());
        let watched = Watched {
            vendor: Vendor::Calendly,
            api: &account,
            url: URL,
            keys: &account,
        };
        let look = || watch(&store, watched, "fresh", NOW.parse().unwrap());
        assert!(!look().await.unwrap());
        assert_eq!(codes(&store).await, [MISSING]);
        create(&store, watched, "key1").await.unwrap();
        assert!(!look().await.unwrap());
        assert!(codes(&store).await.is_empty());

        account.disable();
        assert!(look().await.unwrap(), "it is made anew");
        assert_eq!(codes(&store).await, [DISABLED]);
        assert_eq!(account.listed.lock().unwrap().len(), 1);
        assert_eq!(account.keys.lock().unwrap().last().unwrap(), "key1");
        assert!(!look().await.unwrap());
        assert!(codes(&store).await.is_empty());
        let seen = states(&store).await.unwrap();
        assert_eq!(
            (seen[0].state.as_str(), seen[0].made_anew_at.is_some()),
            ("active", true)
        );

        account.disable();
        assert!(!look().await.unwrap(), "a second time is a person's work");
        assert_eq!(codes(&store).await, [DISABLED]);
        create(&store, watched, "key2").await.unwrap();
        assert_eq!(states(&store).await.unwrap(), []);
    }

    #[tokio::test]
    async fn posts_that_fail_are_an_alarm_before_the_vendor_gives_up() {
        let (store, account) = (MemoryStore::default(), Account::default());
        let watched = Watched {
            vendor: Vendor::Calendly,
            api: &account,
            url: URL,
            keys: &account,
        };
        create(&store, watched, "key1").await.unwrap();
        account.listed.lock().unwrap()[0].failing_since = Some(NOW.parse().unwrap());
        assert!(
            !watch(&store, watched, "fresh", NOW.parse().unwrap())
                .await
                .unwrap()
        );
        assert_eq!(codes(&store).await, [FAILING]);
    }
}
