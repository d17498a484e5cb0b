//! The ledger in the store: entries that are only ever added (rules: [`bookpath_domain::money::ledger`]).

use std::collections::{BTreeMap, BTreeSet};

use bookpath_domain::money::ledger::{EntryKind, LedgerEntry};
use jiff::Timestamp;

use crate::ports::{
    Expect, IndexKey, Item, ItemKey, Newest, Query, Range, Store, StoreError, Write, all,
};

const ALL: &str = "ledger";
/// Entries that the lake does not have yet.
const NEWS: &str = "ledger#news";

/// Appends entries, and notes them for the lake. One that is there already is the same entry, and of two with one id the
/// later one names the delivery that told it.
///
/// # Errors
/// As [`Write::put`].
pub fn writes(entries: &[LedgerEntry]) -> Result<Vec<Write>, StoreError> {
    let by_id: BTreeMap<&str, &LedgerEntry> =
        entries.iter().map(|e| (e.entry_id.as_str(), e)).collect();
    let mut writes = Vec::with_capacity(by_id.len() * 2);
    for entry in by_id.into_values() {
        let index = IndexKey {
            partition: ALL.to_owned(),
            sort: format!("{:.6}#{}", entry.occurred_at, entry.entry_id),
        };
        writes.push(Write::put(
            ItemKey::new(format!("ledger#{}", entry.entry_id), "row"),
            Some(index),
            entry,
            Expect::Any,
        )?);
        let news = IndexKey {
            partition: NEWS.to_owned(),
            sort: entry.entry_id.clone(),
        };
        writes.push(Write::put(
            news_key(&entry.entry_id),
            Some(news),
            entry,
            Expect::Any,
        )?);
    }
    Ok(writes)
}

fn news_key(entry_id: &str) -> ItemKey {
    ItemKey::new(format!("ledger#{entry_id}"), "news")
}

/// At most `limit` entries that the lake does not have yet.
///
/// # Errors
/// As [`Store::query`].
pub async fn news(store: &dyn Store, limit: usize) -> Result<Vec<LedgerEntry>, StoreError> {
    store
        .query(&Query::index(NEWS, limit))
        .await?
        .items
        .iter()
        .map(Item::read)
        .collect()
}

/// Forgets that entries are news: the lake has them.
#[must_use]
pub fn told(entries: &[LedgerEntry]) -> Vec<Write> {
    entries
        .iter()
        .map(|entry| Write::Delete {
            key: news_key(&entry.entry_id),
            expect: Expect::Any,
        })
        .collect()
}

/// Every entry from `from` to `to`, both inclusive, in order of time.
///
/// # Errors
/// As [`Store::query`].
pub async fn entries(
    store: &dyn Store,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<LedgerEntry>, StoreError> {
    let bound = |at: Timestamp, tail: &str| Some(format!("{at:.6}#{tail}"));
    let range = Range::Index {
        partition: ALL.to_owned(),
        from: bound(from, ""),
        to: bound(to, "\u{10ffff}"),
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
    items.iter().map(Item::read).collect()
}

/// Whether an entry of this id is there.
///
/// # Errors
/// As [`Store::get`].
pub async fn known(store: &dyn Store, entry_id: &str) -> Result<bool, StoreError> {
    Ok(store
        .get(&ItemKey::new(format!("ledger#{entry_id}"), "row"))
        .await?
        .is_some())
}

/// The filters of the ledger. An entry is listed when it passes all of them; `None` lets every entry pass.
#[derive(Debug, Clone, Default)]
pub struct LedgerFilter {
    /// Inclusive.
    pub from: Option<Timestamp>,
    /// Inclusive.
    pub to: Option<Timestamp>,
    /// Ids of one booking: its own, and those of bookings that were merged into it.
    pub booking_ids: Option<BTreeSet<String>>,
    pub kind: Option<EntryKind>,
    /// ISO 4217.
    pub currency: Option<String>,
}

impl LedgerFilter {
    fn is(&self, entry: &LedgerEntry) -> bool {
        let booking = self.booking_ids.as_ref();
        let currency = self.currency.as_ref();
        booking.is_none_or(|ids| ids.contains(&entry.booking_id))
            && self.kind.is_none_or(|kind| kind == entry.kind)
            && currency.is_none_or(|code| code.eq_ignore_ascii_case(&entry.currency))
    }
}

/// A page of the entries that are sought, newest first, and where the next one begins. It may be short although others
/// follow: it looks at a bounded number of entries.
///
/// # Errors
/// As [`Store::query`].
pub async fn page(
    store: &dyn Store,
    sought: &LedgerFilter,
    limit: usize,
    cursor: Option<String>,
) -> Result<(Vec<LedgerEntry>, Option<String>), StoreError> {
    let asked = Newest::new(vec![ALL.to_owned()], limit)
        .between(sought.from, sought.to)
        .search(cursor);
    let wanted = |item: &Item| Ok(Some(item.read()?).filter(|entry| sought.is(entry)));
    asked.page(store, &wanted).await
}
