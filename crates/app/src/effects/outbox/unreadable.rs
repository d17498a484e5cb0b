//! Entries that this release cannot read, as a newer one leaves them that was taken back. They are set aside, so that they
//! keep nobody else from being served, and put back by the first release that reads them.

use jiff::Timestamp;
use serde_json::json;

use super::{EffectRow, telling};
use crate::ports::{Commit, Expect, IndexKey, Item, Query, Store, StoreError, Write, held};

/// Index partition of what was set aside.
const UNREADABLE: &str = "effects#unreadable";
/// Entries that are looked at in one go.
const PAGE: usize = 100;

/// The entries that can be read, with their versions, and those that cannot.
pub(super) fn told_apart(items: Vec<Item>) -> (Vec<(EffectRow, u64)>, Vec<Item>) {
    let (mut entries, mut unreadable) = (Vec::new(), Vec::new());
    for item in items {
        match item.read() {
            Ok(row) => entries.push((row, item.version)),
            Err(error) => {
                tracing::error!(%error, "an effect can't be read");
                unreadable.push(item);
            }
        }
    }
    (entries, unreadable)
}

/// Sets entries aside as they are, and has the operators told of each once.
///
/// # Errors
/// As [`Store::commit`].
pub async fn set_aside(
    store: &dyn Store,
    items: Vec<Item>,
    now: Timestamp,
) -> Result<(), StoreError> {
    for item in items {
        let key = item.key.pk.clone();
        let index = item.index.map(|index| IndexKey {
            partition: UNREADABLE.to_owned(),
            ..index
        });
        let aside = Write::Put {
            key: item.key,
            index,
            body: item.body,
            expect: Expect::Version(item.version),
            expires: None,
        };
        let code = "effect_unreadable";
        let message = json!({ "code": code, "effect": key });
        let subject = format!("Bookpath: {code}");
        let telling = telling("", &format!("{code}:{key}"), &subject, message, now)?;
        // Where it does not hold, somebody else has it.
        held(store.commit(Commit::new(vec![aside, telling])).await)?;
    }
    Ok(())
}

/// Puts back what was set aside and can be read now; how many entries.
///
/// # Errors
/// As [`Store::query`] and [`Store::commit`].
pub async fn put_back(store: &dyn Store) -> Result<usize, StoreError> {
    let page = store.query(&Query::index(UNREADABLE, PAGE)).await?;
    let mut count = 0;
    for item in page.items {
        let Ok(row) = item.read::<EffectRow>() else {
            continue;
        };
        let open = row.write(Expect::Version(item.version))?;
        if held(store.commit(Commit::new(vec![open])).await)? {
            count += 1;
        }
    }
    Ok(count)
}
