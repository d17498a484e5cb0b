//! Queries by prefix and by index, forwards and backwards, page by page.

use bookpath_app::ports::{Expect, IndexKey, Item, ItemKey, Query, Range, Store, Write, all};

use super::{commit, delete, descending, key, page, paged, put};

/// A prefix query returns the sort keys that begin with it, in byte order, forwards or backwards.
pub async fn prefix_queries(store: &dyn Store) {
    let sks = [
        "a",
        "k",
        "k#",
        "k0",
        "k1",
        "kz",
        "kä",
        "k\u{ffff}",
        "k𝄞",
        "l",
        "ü",
    ];
    commit(
        store,
        sks.iter()
            .map(|sk| put(sk, None, 0, Expect::Absent))
            .collect(),
    )
    .await
    .unwrap();
    let elsewhere = Write::put(ItemKey::new("pk2", "k5"), None, &0, Expect::Absent).unwrap();
    commit(store, vec![elsewhere]).await.unwrap();
    let mut expected: Vec<&str> = sks[1..9].to_vec();
    for limit in [1, 3, 8, 100] {
        assert_eq!(
            paged(store, Query::prefix("pk", "k", limit)).await,
            expected
        );
    }
    expected.reverse();
    for limit in [1, 3, 8] {
        assert_eq!(
            paged(store, descending(Query::prefix("pk", "k", limit))).await,
            expected
        );
    }
    assert_eq!(paged(store, Query::prefix("pk", "", 4)).await, sks);
    assert_eq!(paged(store, Query::prefix("pk", "x", 4)).await, [""; 0]);
    assert_eq!(paged(store, Query::prefix("nothing", "", 4)).await, [""; 0]);
    // A result that fills its page exactly has no further page.
    assert_eq!(page(store, &Query::prefix("pk", "k", 8)).await.next, None);
}

/// The index has only items with an index key, ordered by its sort key and then the item's key; both bounds are inclusive.
pub async fn index_queries(store: &dyn Store) {
    for n in 0..7_u32 {
        let sort = (n != 3).then_some(["s1", "s2"][n as usize % 2]);
        commit(store, vec![put(&format!("k{n}"), sort, n, Expect::Any)])
            .await
            .unwrap();
    }
    let order = ["k0", "k2", "k4", "k6", "k1", "k5"];
    assert_eq!(paged(store, Query::index("ix", 2)).await, order);
    let mut reversed = order;
    reversed.reverse();
    assert_eq!(
        paged(store, descending(Query::index("ix", 4))).await,
        reversed
    );

    let range = |from: Option<&str>, to: Option<&str>| Query {
        range: Range::Index {
            partition: "ix".to_owned(),
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        },
        ..Query::index("ix", 2)
    };
    assert_eq!(paged(store, range(Some("s2"), None)).await, ["k1", "k5"]);
    assert_eq!(
        paged(store, range(None, Some("s1"))).await,
        ["k0", "k2", "k4", "k6"]
    );
    assert_eq!(paged(store, range(Some("s1"), Some("s2"))).await, order);
    assert_eq!(
        paged(store, range(Some("s"), Some("s1~"))).await,
        ["k0", "k2", "k4", "k6"]
    );
    assert_eq!(paged(store, range(Some("s2"), Some("s1"))).await, [""; 0]);
    assert_eq!(
        paged(store, descending(range(None, Some("s1")))).await,
        ["k6", "k4", "k2", "k0"]
    );
    index_moves(store, &order).await;
}

/// An item returns its index key, moves when that changes, and leaves the index when it has none.
async fn index_moves(store: &dyn Store, order: &[&str]) {
    let listed = all(store, Query::index("ix", 100)).await.unwrap();
    assert_eq!(
        listed.first().and_then(|item| item.index.clone()),
        Some(IndexKey {
            partition: "ix".to_owned(),
            sort: "s1".to_owned()
        })
    );
    let moved = IndexKey {
        partition: "other".to_owned(),
        sort: "z".to_owned(),
    };
    commit(
        store,
        vec![
            put("k0", None, 0, Expect::Any),
            Write::put(key("k2"), Some(moved.clone()), &2, Expect::Version(1)).unwrap(),
        ],
    )
    .await
    .unwrap();
    assert_eq!(paged(store, Query::index("ix", 100)).await, order[2..]);
    let there: Vec<Item> = all(store, Query::index("other", 100)).await.unwrap();
    assert_eq!(
        there
            .iter()
            .map(|item| (item.key.sk.as_str(), item.index.clone()))
            .collect::<Vec<_>>(),
        [("k2", Some(moved))]
    );
    commit(store, vec![delete("k4", Expect::Any)])
        .await
        .unwrap();
    assert_eq!(paged(store, Query::index("ix", 100)).await, order[3..]);
}

/// Cursors come back from clients, so any text is accepted: one from elsewhere is only another place to start.
pub async fn foreign_cursors(store: &dyn Store) {
    commit(
        store,
        (0..4)
            .map(|n| put(&format!("k{n}"), Some("s"), n, Expect::Any))
            .collect(),
    )
    .await
    .unwrap();
    let prefix = Query::prefix("pk", "k", 9);
    let index = Query::index("ix", 9);
    for (query, after, items) in [
        (prefix.clone(), "k1x", 2),
        (prefix.clone(), "a", 4),
        (prefix.clone(), "z", 0),
        (descending(prefix), "a", 0),
        (index.clone(), "a", 4),
        (index.clone(), "z", 0),
        (descending(index), "z", 4),
    ] {
        let query = Query {
            after: Some(after.to_owned()),
            ..query
        };
        let found = page(store, &query).await.items.len();
        assert_eq!(found, items, "{query:?}");
    }
}
