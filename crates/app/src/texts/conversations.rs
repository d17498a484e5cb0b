//! Conversations and opt-outs in the store.
//!
//! A conversation is found by its booking and by its phone, and expires `[retention] texts_days` (90) after its call. An
//! opt-out never expires, and is kept under a keyed hash, so that it survives the erasure of the number (X40).

use std::collections::BTreeSet;

use bookpath_domain::people::anonymize::Anonymizer;
use bookpath_domain::people::phone::Phone;
use bookpath_domain::texts::{Conversation, PhoneRecord, optout_hash};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{
    Commit, Expect, IndexKey, Item, ItemKey, Query, Range, Rounds, Store, StoreError, Write, all,
    held,
};

pub(super) const ALL: &str = "conversations";
/// How long an inbound message is known as taken in.
const MESSAGE_DAYS: i64 = 90;
/// Conversations of one number that are read at once, newest first.
pub const PHONE_PAGE: usize = 100;

/// A conversation and the version of its item.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredConversation {
    pub conversation: Conversation,
    pub version: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Pointer {
    booking_id: String,
}

fn key(booking_id: &str) -> ItemKey {
    ItemKey::new(format!("conversation#{booking_id}"), "row")
}

/// The conversation of a booking, unless it has expired.
///
/// # Errors
/// As [`Store::get`].
pub async fn of_booking(
    store: &dyn Store,
    booking_id: &str,
    now: Timestamp,
) -> Result<Option<StoredConversation>, StoreError> {
    let Some(item) = store.get(&key(booking_id)).await? else {
        return Ok(None);
    };
    let conversation: Conversation = item.read()?;
    Ok((!conversation.expired(now)).then_some(StoredConversation {
        conversation,
        version: item.version,
    }))
}

/// Some conversations of a number, and where to go on.
#[derive(Debug)]
pub struct PhonePage {
    pub found: Vec<StoredConversation>,
    pub next: Option<String>,
}

/// A page of a number's conversations that have not expired, newest first; `after` is `next` of the page before.
///
/// # Errors
/// As [`Store::query`].
pub async fn page_of_phone(
    store: &dyn Store,
    phone: &Phone,
    now: Timestamp,
    after: Option<String>,
) -> Result<PhonePage, StoreError> {
    let query = Query {
        descending: true,
        after,
        ..Query::prefix(phone_key(phone), "", PHONE_PAGE)
    };
    let page = store.query(&query).await?;
    let mut found = Vec::with_capacity(page.items.len());
    for item in page.items {
        let pointer: Pointer = item.read()?;
        found.extend(of_booking(store, &pointer.booking_id, now).await?);
    }
    // A booking may have another number now.
    found.retain(|f| {
        f.conversation.phone.as_ref() == Some(phone)
            || f.conversation
                .intents
                .values()
                .any(|i| i.to.as_ref() == Some(phone))
    });
    Ok(PhonePage {
        found,
        next: page.next,
    })
}

/// The newest conversations of a number, at most [`PHONE_PAGE`].
///
/// # Errors
/// As [`Store::query`].
pub async fn of_phone(
    store: &dyn Store,
    phone: &Phone,
    now: Timestamp,
) -> Result<Vec<StoredConversation>, StoreError> {
    Ok(page_of_phone(store, phone, now, None).await?.found)
}

fn phone_key(phone: &Phone) -> String {
    format!("phone#{}", phone.as_str())
}

/// The conversation that owns an intent.
///
/// # Errors
/// As [`Store::get`].
pub async fn of_intent(
    store: &dyn Store,
    intent_id: &str,
    now: Timestamp,
) -> Result<Option<StoredConversation>, StoreError> {
    match store.get(&intent_key(intent_id)).await? {
        Some(item) => of_booking(store, &item.read::<Pointer>()?.booking_id, now).await,
        None => Ok(None),
    }
}

fn intent_key(intent_id: &str) -> ItemKey {
    ItemKey::new(format!("intent#{intent_id}"), "booking")
}

/// The conversation of a text that the carrier knows under this id.
///
/// # Errors
/// As [`Store::get`].
pub async fn of_carrier(
    store: &dyn Store,
    provider_id: &str,
    now: Timestamp,
) -> Result<Option<StoredConversation>, StoreError> {
    match store.get(&carrier_key(provider_id)).await? {
        Some(item) => of_booking(store, &item.read::<Pointer>()?.booking_id, now).await,
        None => Ok(None),
    }
}

fn carrier_key(provider_id: &str) -> ItemKey {
    ItemKey::new(format!("carrier#{provider_id}"), "booking")
}

/// Conversations that began from `from` on and before `to`, oldest first, those that have expired left out.
///
/// # Errors
/// As [`Store::query`].
pub async fn between(
    store: &dyn Store,
    now: Timestamp,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
) -> Result<Vec<Conversation>, StoreError> {
    let bound = |at: Timestamp| format!("{at:.6}#");
    let range = Range::Index {
        partition: ALL.to_owned(),
        from: from.map(bound),
        to: to.map(bound),
    };
    let items = all(
        store,
        Query {
            range,
            descending: false,
            limit: 1000,
            after: None,
        },
    )
    .await?;
    let conversations = items
        .iter()
        .map(Item::read)
        .collect::<Result<Vec<Conversation>, _>>()?;
    Ok(conversations
        .into_iter()
        .filter(|c| !c.expired(now))
        .collect())
}

/// Puts a conversation, and the pointers of its number and of its new intents.
///
/// # Errors
/// As [`Write::put`].
pub fn writes(
    next: &Conversation,
    before: Option<&StoredConversation>,
) -> Result<Vec<Write>, StoreError> {
    let id = &next.booking_id;
    let expires = next.expires_at;
    let expect = before.map_or(Expect::Any, |found| Expect::Version(found.version));
    let index = IndexKey {
        partition: ALL.to_owned(),
        sort: format!("{:.6}#{id}", next.created_at),
    };
    let mut writes = vec![Write::put(key(id), Some(index), next, expect)?.expiring(expires)];
    let pointer = Pointer {
        booking_id: id.clone(),
    };
    if let Some(key) = pointer_of(next) {
        writes.push(Write::put(key, None, &pointer, Expect::Any)?.expiring(expires));
    }
    let carried = |c: &Conversation| {
        c.intents
            .values()
            .filter_map(|i| i.provider_id.clone())
            .collect::<Vec<String>>()
    };
    let known_ids = before
        .map(|found| carried(&found.conversation))
        .unwrap_or_default();
    for provider_id in carried(next)
        .into_iter()
        .filter(|id| !known_ids.contains(id))
    {
        writes.push(
            Write::put(carrier_key(&provider_id), None, &pointer, Expect::Any)?.expiring(expires),
        );
    }
    let known = |intent_id: &String| {
        before.is_some_and(|found| found.conversation.intents.contains_key(intent_id))
    };
    for intent_id in next.intents.keys().filter(|id| !known(id)) {
        writes.push(
            Write::put(intent_key(intent_id), None, &pointer, Expect::Any)?.expiring(expires),
        );
    }
    Ok(writes)
}

/// Removes the conversation of a booking that was merged into another.
#[must_use]
pub fn removal(merged: &StoredConversation) -> Write {
    Write::Delete {
        key: key(&merged.conversation.booking_id),
        expect: Expect::Version(merged.version),
    }
}

/// The ids of the bookings whose conversations are with a number, also of those that have expired and are still stored.
///
/// # Errors
/// As [`Store::query`].
pub(crate) async fn bookings_of_phone(
    store: &dyn Store,
    phone: &Phone,
) -> Result<Vec<String>, StoreError> {
    let pointers = all(store, Query::prefix(phone_key(phone), "", 1000)).await?;
    let pointers = pointers.iter().map(Item::read::<Pointer>);
    pointers.map(|pointer| Ok(pointer?.booking_id)).collect()
}

/// Takes a person out of the conversation of a booking: what is counted stays, and the opt-out of the number (X40, X61).
/// `false` where there is none.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn erase(
    store: &dyn Store,
    booking_id: &str,
    anonymizer: &Anonymizer<'_>,
) -> Result<bool, StoreError> {
    let mut rounds = Rounds::new("the conversation kept changing while it was made anonymous");
    loop {
        rounds.begin()?;
        let Some(item) = store.get(&key(booking_id)).await? else {
            return Ok(false);
        };
        let conversation: Conversation = item.read()?;
        let corrupt = |error: serde_json::Error| StoreError::Corrupt(error.to_string());
        let mut chain = serde_json::to_value(&conversation.chain).map_err(corrupt)?;
        anonymizer.anonymize(&mut chain);
        let chain = serde_json::from_value(chain).map_err(corrupt)?;
        let numbers = conversation.intents.values().map(|intent| &intent.to);
        let numbers = numbers.chain([&conversation.phone]).flatten();
        let pointers: BTreeSet<ItemKey> = numbers
            .map(|phone| pointer_to(&conversation, phone))
            .collect();
        let found = StoredConversation {
            version: item.version,
            conversation: conversation.clone(),
        };
        let mut writes: Vec<Write> = pointers.into_iter().map(gone).collect();
        writes.extend(self::writes(&conversation.erased(chain), Some(&found))?);
        if held(store.commit(Commit::new(writes)).await)? {
            return Ok(true);
        }
    }
}

fn gone(key: ItemKey) -> Write {
    Write::Delete {
        key,
        expect: Expect::Any,
    }
}

/// Where a number leads to its conversation.
fn pointer_of(conversation: &Conversation) -> Option<ItemKey> {
    let phone = conversation.phone.as_ref()?;
    Some(pointer_to(conversation, phone))
}

fn pointer_to(conversation: &Conversation, phone: &Phone) -> ItemKey {
    let (at, id) = (conversation.created_at, &conversation.booking_id);
    ItemKey::new(phone_key(phone), format!("{at:.6}#{id}"))
}

/// Every conversation that has not expired, oldest first: what `serve` shows to a developer.
///
/// # Errors
/// As [`Store::query`].
pub async fn every(store: &dyn Store, now: Timestamp) -> Result<Vec<Conversation>, StoreError> {
    let items = all(store, Query::index(ALL, 1000)).await?;
    let conversations = items
        .iter()
        .map(Item::read)
        .collect::<Result<Vec<Conversation>, _>>()?;
    Ok(conversations
        .into_iter()
        .filter(|c| !c.expired(now))
        .collect())
}

/// What is known of a number across its bookings, and the version of that item.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KnownPhone {
    pub record: PhoneRecord,
    version: Option<u64>,
}

fn opt_out_key(secret: &[u8], phone: &Phone) -> ItemKey {
    ItemKey::new(format!("optout#{}", optout_hash(secret, phone)), "row")
}

/// The record of a number.
///
/// # Errors
/// As [`Store::get`].
pub async fn known_phone(
    store: &dyn Store,
    secret: &[u8],
    phone: &Phone,
) -> Result<KnownPhone, StoreError> {
    Ok(match store.get(&opt_out_key(secret, phone)).await? {
        Some(item) => KnownPhone {
            record: item.read()?,
            version: Some(item.version),
        },
        None => KnownPhone::default(),
    })
}

/// Puts what the newest text changed about a number; nothing if it changed nothing.
///
/// # Errors
/// As [`Write::put`].
pub fn phone_write(
    secret: &[u8],
    phone: &Phone,
    known: &KnownPhone,
    next: &PhoneRecord,
) -> Result<Option<Write>, StoreError> {
    if known.record == *next {
        return Ok(None);
    }
    let expect = known.version.map_or(Expect::Absent, Expect::Version);
    Write::put(opt_out_key(secret, phone), None, next, expect).map(Some)
}

fn message_key(message_id: &str) -> ItemKey {
    ItemKey::new(format!("inbound#{message_id}"), "row")
}

/// Whether an inbound message was taken in already.
///
/// # Errors
/// As [`Store::get`].
pub async fn message_known(store: &dyn Store, message_id: &str) -> Result<bool, StoreError> {
    Ok(store.get(&message_key(message_id)).await?.is_some())
}

/// Marks an inbound message as taken in.
///
/// # Errors
/// As [`Write::put`].
pub fn message_write(message_id: &str, now: Timestamp) -> Result<Write, StoreError> {
    let expires = now + SignedDuration::from_hours(24 * MESSAGE_DAYS);
    Ok(Write::put(message_key(message_id), None, &now, Expect::Absent)?.expiring(expires))
}
