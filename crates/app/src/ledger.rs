//! The ledger in the store: entries that are only ever added (rules: [`bookpath_core::ledger`]).

use bookpath_core::ledger::LedgerEntry;
use jiff::Timestamp;

use crate::ports::{Expect, IndexKey, Item, ItemKey, Query, Range, Store, StoreError, Write, all};

const ALL: &str = "ledger";

/// Appends entries; one that is there already is the same entry.
///
/// # Errors
/// As [`Write::put`].
pub fn writes(entries: &[LedgerEntry]) -> Result<Vec<Write>, StoreError> {
    entries
        .iter()
        .map(|entry| {
            let index = IndexKey { partition: ALL.to_owned(), sort: format!("{:.6}#{}", entry.occurred_at, entry.entry_id) };
            Write::put(ItemKey::new(format!("ledger#{}", entry.entry_id), "row"), Some(index), entry, Expect::Any)
        })
        .collect()
}

/// Every entry from `from` to `to`, both inclusive, in order of time.
///
/// # Errors
/// As [`Store::query`].
pub async fn entries(store: &dyn Store, from: Timestamp, to: Timestamp) -> Result<Vec<LedgerEntry>, StoreError> {
    let bound = |at: Timestamp, tail: &str| Some(format!("{at:.6}#{tail}"));
    let range = Range::Index { partition: ALL.to_owned(), from: bound(from, ""), to: bound(to, "\u{10ffff}") };
    let items = all(store, Query { range, descending: false, limit: 1000, after: None }).await?;
    items.iter().map(Item::read).collect()
}

/// Whether an entry of this id is there.
///
/// # Errors
/// As [`Store::get`].
pub async fn known(store: &dyn Store, entry_id: &str) -> Result<bool, StoreError> {
    Ok(store.get(&ItemKey::new(format!("ledger#{entry_id}"), "row")).await?.is_some())
}

/// A page of entries from `from` to `to`, both inclusive, newest first.
///
/// # Errors
/// As [`Store::query`].
pub async fn page(
    store: &dyn Store,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    limit: usize,
    after: Option<String>,
) -> Result<(Vec<LedgerEntry>, Option<String>), StoreError> {
    let range = Range::Index {
        partition: ALL.to_owned(),
        from: from.map(|at| format!("{at:.6}#")),
        to: to.map(|at| format!("{at:.6}#\u{10ffff}")),
    };
    let page = store.query(&Query { range, descending: true, limit, after }).await?;
    Ok((page.items.iter().map(Item::read).collect::<Result<_, _>>()?, page.next))
}
