//! The store: conditions, transactions, versions, queries, counters.

mod items;
mod newest;
mod queries;
mod transactions;

use bookpath_app::ports::{
    Commit, Expect, IndexKey, ItemKey, Page, Query, Store, StoreError, Write,
};

pub use items::{any_text, expiry, large_items, many_at_once};
pub use newest::lists_over_partitions;
pub use queries::{foreign_cursors, index_queries, prefix_queries};
pub use transactions::{a_full_commit, conditions, counters, one_item_twice, races, transactions};

fn key(sk: &str) -> ItemKey {
    ItemKey::new("pk", sk)
}

fn put(sk: &str, sort: Option<&str>, body: u32, expect: Expect) -> Write {
    let index = sort.map(|sort| IndexKey {
        partition: "ix".to_owned(),
        sort: sort.to_owned(),
    });
    Write::put(key(sk), index, &body, expect).unwrap()
}

fn delete(sk: &str, expect: Expect) -> Write {
    Write::Delete {
        key: key(sk),
        expect,
    }
}

async fn commit(store: &dyn Store, writes: Vec<Write>) -> Result<(), StoreError> {
    store.commit(Commit::new(writes)).await
}

async fn found(store: &dyn Store, sk: &str) -> Option<(u64, u32)> {
    store
        .get(&key(sk))
        .await
        .unwrap()
        .map(|item| (item.version, item.read().unwrap()))
}

async fn page(store: &dyn Store, query: &Query) -> Page {
    let page = store.query(query).await.unwrap();
    assert!(page.items.len() <= query.limit);
    page
}

/// The sort keys of a query, read page by page; every page but the last is full.
async fn paged(store: &dyn Store, mut query: Query) -> Vec<String> {
    let mut sks = Vec::new();
    loop {
        let page = page(store, &query).await;
        let more = page.next.is_some();
        assert!(!more || page.items.len() == query.limit);
        sks.extend(page.items.into_iter().map(|item| item.key.sk));
        query.after = page.next;
        if !more {
            return sks;
        }
    }
}

fn descending(query: Query) -> Query {
    Query {
        descending: true,
        ..query
    }
}
