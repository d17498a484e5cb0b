//! Bookings in the store, and the names under which they are found.
//!
//! A booking is one item. Every invitee uri of its chain and every Stripe id that it owns is a pointer item, so
//! any fact finds its booking with one more read. A booking that was merged into another leaves a forwarding item under
//! its id, because Stripe's metadata still names that id.

use bookpath_domain::bookings::{Booking, BookingState};
use bookpath_domain::people::email;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ports::{Expect, IndexKey, Item, ItemKey, Query, Store, StoreError, Write};

/// A booking that waits for somebody else longer than this is stuck.
const STUCK_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// States in which somebody else than the customer may know better, or in which an unpaid slot is held: a booking in one
/// of them may be stuck.
pub const STUCK_STATES: [BookingState; 7] = [
    BookingState::Pending,
    BookingState::AwaitingPayment,
    BookingState::PaymentFailed,
    BookingState::Expired,
    BookingState::CancelPending,
    BookingState::RefundPending,
    BookingState::RefundFailed,
];
/// Hashes of tokens that are kept per booking; the oldest stay.
const TOKENS_MAX: usize = 16;
/// Longer names are stored under their hash: a key of DynamoDB has 2,048 bytes.
const NAME_BYTES_MAX: usize = 1024;

/// A stored booking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BookingRow {
    pub booking: Booking,
    /// SHA-256 of the tokens that were given out for it, lower-case hex, oldest first.
    #[serde(default)]
    pub token_hashes: Vec<String>,
    /// When the present state was reached.
    pub state_since: Timestamp,
}

impl BookingRow {
    /// Whether it has waited too long for somebody other than its customer; or its refund failed (S4-36).
    #[must_use]
    pub fn stuck(&self, now: Timestamp) -> bool {
        use BookingState::{
            AwaitingPayment, CancelPending, Expired, PaymentFailed, Pending, RefundFailed,
            RefundPending,
        };
        let waits = now.duration_since(self.state_since) >= STUCK_AFTER;
        match self.booking.state {
            RefundFailed => true,
            CancelPending | RefundPending => waits,
            // Money that is not the price waits for an admin; money that is on its way waits for a bank.
            AwaitingPayment | PaymentFailed | Expired if !self.booking.differing().is_empty() => {
                true
            }
            AwaitingPayment => {
                let on_its_way = self.booking.payment.any_processing();
                waits && self.booking.checkout_url().is_none() && !on_its_way
            }
            // Calendly's webhook is missing for what the customer's page has seen booked.
            Pending => waits && self.booking.invitee_uri().is_some(),
            _ => false,
        }
    }

    /// Stores the hash of a new token. A full list refuses it, so a caller can't push out another one's token.
    pub fn remember_token(&mut self, hash: String) {
        if !self.token_hashes.contains(&hash) && self.token_hashes.len() < TOKENS_MAX {
            self.token_hashes.push(hash);
        }
    }
}

/// The item under a booking's id.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stored {
    Booking(Box<BookingRow>),
    MovedTo(String),
}

/// A booking and the version of its item.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredBooking {
    pub row: BookingRow,
    pub version: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Pointer {
    booking_id: String,
}

pub(super) fn key(booking_id: &str) -> ItemKey {
    ItemKey::new(named("booking", booking_id), "row")
}

fn named(kind: &str, name: &str) -> String {
    if name.len() <= NAME_BYTES_MAX {
        format!("{kind}#{name}")
    } else {
        format!("{kind}#sha256:{}", hex::encode(Sha256::digest(name)))
    }
}

/// The ids of the bookings that these pointers lead to.
pub(super) fn pointed_at(pointers: &[Item]) -> Result<Vec<String>, StoreError> {
    let id = |item: &Item| item.read::<Pointer>().map(|pointer| pointer.booking_id);
    pointers.iter().map(id).collect()
}

/// Under which a booking is found besides its own id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'a> {
    InviteeUri(&'a str),
    /// A checkout session, a payment intent or a charge.
    StripeId(&'a str),
}

impl Name<'_> {
    fn key(self) -> ItemKey {
        match self {
            Self::InviteeUri(uri) => ItemKey::new(named("invitee", uri), "booking"),
            Self::StripeId(id) => ItemKey::new(named("stripe", id), "booking"),
        }
    }
}

/// Holds the commit it is part of back where a booking owns one of these Stripe ids.
pub(crate) fn unless_owned(stripe_ids: &[String]) -> impl Iterator<Item = Write> {
    let keys = stripe_ids.iter().map(|id| Name::StripeId(id).key());
    keys.map(Write::unless_there)
}

/// The booking with this id, or the one it was merged into.
///
/// # Errors
/// As [`Store::get`].
pub async fn by_id(
    store: &dyn Store,
    booking_id: &str,
) -> Result<Option<StoredBooking>, StoreError> {
    let item = store.get(&key(booking_id)).await?;
    followed(store, booking_id, item).await
}

/// The booking that lies at an address, or the one that its forwarding items lead to.
async fn followed(
    store: &dyn Store,
    booking_id: &str,
    mut at: Option<Item>,
) -> Result<Option<StoredBooking>, StoreError> {
    // Forwarding items may form a chain, one for each merge; a loop is a bug.
    for _ in 0..32 {
        let Some(item) = at else {
            return Ok(None);
        };
        match item.read::<Stored>()? {
            Stored::Booking(row) => {
                return Ok(Some(StoredBooking {
                    row: *row,
                    version: item.version,
                }));
            }
            Stored::MovedTo(other) => at = store.get(&key(&other)).await?,
        }
    }
    Err(StoreError::Corrupt(format!(
        "booking {booking_id} was merged in a circle"
    )))
}

/// The bookings with these ids, in their order, as [`by_id`] finds each.
///
/// # Errors
/// As [`Store::get`].
pub async fn by_ids(
    store: &dyn Store,
    booking_ids: &[&str],
) -> Result<Vec<Option<StoredBooking>>, StoreError> {
    let keys: Vec<ItemKey> = booking_ids.iter().map(|id| key(id)).collect();
    let mut all = Vec::with_capacity(keys.len());
    for (id, item) in booking_ids.iter().zip(store.get_many(&keys).await?) {
        all.push(followed(store, id, item).await?);
    }
    Ok(all)
}

/// The bookings that own these names, in their order, as [`by_name`] finds each; `None` for a name that none has.
///
/// # Errors
/// As [`Store::get`].
pub async fn by_names(
    store: &dyn Store,
    names: &[Name<'_>],
) -> Result<Vec<Option<StoredBooking>>, StoreError> {
    let keys: Vec<ItemKey> = names.iter().map(|name| name.key()).collect();
    let pointers = store.get_many(&keys).await?;
    let pointers: Vec<Option<Pointer>> = pointers
        .iter()
        .map(|item| item.as_ref().map(Item::read).transpose())
        .collect::<Result<_, StoreError>>()?;
    let ids: Vec<&str> = pointers.iter().flatten().map(|p| &*p.booking_id).collect();
    let mut found = by_ids(store, &ids).await?.into_iter();
    let found = pointers
        .iter()
        .map(|pointer| pointer.as_ref().and_then(|_| found.next().flatten()));
    Ok(found.collect())
}

/// The booking that owns a name.
///
/// # Errors
/// As [`Store::get`].
pub async fn by_name(
    store: &dyn Store,
    name: Name<'_>,
) -> Result<Option<StoredBooking>, StoreError> {
    match store.get(&name.key()).await? {
        Some(item) => by_id(store, &item.read::<Pointer>()?.booking_id).await,
        None => Ok(None),
    }
}

/// Where the e-mail address of a booking comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressOf {
    /// A signed webhook, or a payment on a page of ours.
    Proven,
    /// Only whoever posted the booking.
    Claimed,
}

impl AddressOf {
    pub(super) fn partition(self, address: &str) -> String {
        match self {
            Self::Proven => named("email", address),
            Self::Claimed => named("claimed-email", address),
        }
    }

    fn read(self, booking: &Booking) -> Option<String> {
        let proven = booking.proven_email().and_then(email::normalize);
        match self {
            Self::Proven => proven,
            Self::Claimed if proven.is_some() => None,
            Self::Claimed => email::normalize(&booking.contact().email?),
        }
    }
}

/// The newest bookings of an e-mail address, at most `limit`. Claimed and proven addresses are separate lists, so made-up
/// bookings can't push proven ones out.
///
/// # Errors
/// As [`Store::query`].
pub async fn by_email(
    store: &dyn Store,
    address: &str,
    of: AddressOf,
    limit: usize,
) -> Result<Vec<StoredBooking>, StoreError> {
    let Some(address) = email::normalize(address) else {
        return Ok(Vec::new());
    };
    let query = Query {
        descending: true,
        ..Query::prefix(of.partition(&address), "", limit)
    };
    let mut found: Vec<StoredBooking> = Vec::new();
    for item in store.query(&query).await?.items {
        let booking = by_id(store, &item.read::<Pointer>()?.booking_id).await?;
        // Two of them may have become one, and a booking may have another address now.
        let fresh = |b: &StoredBooking| {
            found
                .iter()
                .all(|f| f.row.booking.booking_id != b.row.booking.booking_id)
        };
        found.extend(
            booking.filter(|b| of.read(&b.row.booking).as_ref() == Some(&address) && fresh(b)),
        );
    }
    Ok(found)
}

/// Puts a booking, moves it to its state's list, and keeps its names.
///
/// `before` is the stored one; names that it had already are left alone. Without one the booking is new, and none was found
/// under its invitees: the write fails where one of them got a booking in the meantime, as by a second press of a button.
///
/// # Errors
/// As [`Write::put`].
pub fn writes(next: &BookingRow, before: Option<&StoredBooking>) -> Result<Vec<Write>, StoreError> {
    let booking = &next.booking;
    let id = &booking.booking_id;
    let expect = before.map_or(Expect::Absent, |found| Expect::Version(found.version));
    let index = IndexKey {
        partition: partition(booking.state),
        sort: sort(booking),
    };
    let mut writes = vec![Write::put(
        key(id),
        Some(index),
        &Stored::Booking(Box::new(next.clone())),
        expect,
    )?];
    let known = before
        .map(|found| names(&found.row.booking))
        .unwrap_or_default();
    for name in names(booking)
        .into_iter()
        .filter(|name| !known.contains(name))
    {
        let name = name.as_name();
        let expect = match name {
            Name::InviteeUri(_) if before.is_none() => Expect::Absent,
            _ => Expect::Any,
        };
        let booking_id = id.clone();
        writes.push(Write::put(
            name.key(),
            None,
            &Pointer { booking_id },
            expect,
        )?);
    }
    for of in [AddressOf::Proven, AddressOf::Claimed] {
        let known = before.and_then(|found| of.read(&found.row.booking));
        let Some(address) = of.read(booking).filter(|new| known.as_ref() != Some(new)) else {
            continue;
        };
        let key = ItemKey::new(
            of.partition(&address),
            format!("{:.6}#{id}", booking.created_at),
        );
        let booking_id = id.clone();
        writes.push(Write::put(key, None, &Pointer { booking_id }, Expect::Any)?);
    }
    Ok(writes)
}

/// Leaves a forwarding address where a merged booking was.
///
/// # Errors
/// As [`Write::put`].
pub fn forward(merged: &StoredBooking, into: &str) -> Result<Write, StoreError> {
    let stored = Stored::MovedTo(into.to_owned());
    Write::put(
        key(&merged.row.booking.booking_id),
        None,
        &stored,
        Expect::Version(merged.version),
    )
}

#[derive(Debug, PartialEq, Eq)]
enum OwnedName {
    InviteeUri(String),
    StripeId(String),
}

impl OwnedName {
    fn as_name(&self) -> Name<'_> {
        match self {
            Self::InviteeUri(uri) => Name::InviteeUri(uri),
            Self::StripeId(id) => Name::StripeId(id),
        }
    }
}

fn names(booking: &Booking) -> Vec<OwnedName> {
    let mut names: Vec<OwnedName> = booking
        .chain
        .uris()
        .map(|uri| OwnedName::InviteeUri(uri.to_owned()))
        .collect();
    let sessions = booking
        .payment
        .sessions
        .values()
        .flat_map(|s| [s.session_id.clone(), s.payment_intent.clone()]);
    let paid = booking
        .payment
        .paid
        .values()
        .flat_map(|p| [p.session_id.clone(), p.payment_intent.clone()]);
    for id in sessions.chain(paid).flatten() {
        let name = OwnedName::StripeId(id);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

pub(super) fn partition(state: BookingState) -> String {
    format!("bookings#{}", state.as_str())
}

fn sort(booking: &Booking) -> String {
    format!("{:.6}#{}", booking.created_at, booking.booking_id)
}
