//! The bookings of a person, and how they are kept without the person.

use bookpath_domain::people::anonymize::Anonymizer;
use bookpath_domain::people::erasure::Subject;
use serde_json::Value;

use super::repository::{self, AddressOf, Name, StoredBooking};
use crate::ports::{
    Commit, Expect, Item, ItemKey, Query, Rounds, Store, StoreError, Write, all, held,
};

/// Pointers of a commit: a transaction of DynamoDB takes 100.
const WRITES_MAX: usize = 90;

/// The bookings under the person's addresses and invitees, each once, by id.
///
/// # Errors
/// [`StoreError`].
pub async fn of_person(
    store: &dyn Store,
    subject: &Subject,
) -> Result<Vec<StoredBooking>, StoreError> {
    let mut found = Vec::new();
    for id in &subject.ids {
        found.extend(repository::by_name(store, Name::InviteeUri(id)).await?);
    }
    for address in &subject.emails {
        for of in [AddressOf::Proven, AddressOf::Claimed] {
            for booking_id in repository::pointed_at(&addressed(store, of, address).await?)? {
                let booking = repository::by_id(store, &booking_id).await?;
                found.extend(booking.filter(|found| of_address(found, address)));
            }
        }
    }
    found.sort_by(|a, b| id(a).cmp(id(b)));
    found.dedup_by(|a, b| id(a) == id(b));
    Ok(found)
}

fn id(found: &StoredBooking) -> &str {
    &found.row.booking.booking_id
}

fn of_address(found: &StoredBooking, address: &str) -> bool {
    let booking = &found.row.booking;
    let contact = booking.contact().email;
    let texts = [booking.proven_email(), contact.as_deref()];
    let mut keys = texts
        .into_iter()
        .flatten()
        .filter_map(bookpath_domain::people::email::normalize);
    keys.any(|key| key == address)
}

async fn addressed(
    store: &dyn Store,
    of: AddressOf,
    address: &str,
) -> Result<Vec<Item>, StoreError> {
    all(store, Query::prefix(of.partition(address), "", 1000)).await
}

/// Takes the person out of their bookings, which [`of_person`] found: state, money and times stay, under the anonymous address.
///
/// # Errors
/// [`StoreError`].
pub async fn bookings(
    store: &dyn Store,
    subject: &Subject,
    found: &[StoredBooking],
    anonymizer: &Anonymizer<'_>,
) -> Result<(), StoreError> {
    for booking in found {
        anonymous(store, &repository::key(id(booking)), anonymizer).await?;
    }
    for address in &subject.emails {
        for of in [AddressOf::Proven, AddressOf::Claimed] {
            let pointers = addressed(store, of, address).await?;
            let removal = |item: &Item| Write::Delete {
                key: item.key.clone(),
                expect: Expect::Any,
            };
            let gone: Vec<Write> = pointers.iter().map(removal).collect();
            for part in gone.chunks(WRITES_MAX) {
                store.commit(Commit::new(part.to_vec())).await?;
            }
        }
    }
    Ok(())
}

/// Takes the person out of one item. Its place in an index stays: no index names anybody.
pub(super) async fn anonymous(
    store: &dyn Store,
    key: &ItemKey,
    anonymizer: &Anonymizer<'_>,
) -> Result<(), StoreError> {
    let mut rounds = Rounds::new("the item kept changing while it was made anonymous");
    loop {
        rounds.begin()?;
        let Some(item) = store.get(key).await? else {
            return Ok(());
        };
        let mut body: Value = item.read()?;
        anonymizer.anonymize(&mut body);
        let write = Write::put(
            item.key.clone(),
            item.index.clone(),
            &body,
            Expect::Version(item.version),
        )?;
        if held(store.commit(Commit::new(vec![write])).await)? {
            return Ok(());
        }
    }
}
