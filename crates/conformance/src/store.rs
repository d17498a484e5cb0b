//! The store: conditions, transactions, versions, queries, counters.

use bookpath_app::ports::{
    Commit, Expect, IndexKey, Item, ItemKey, Page, Query, Range, Store, StoreError, Write, all,
};
use futures::future::join_all;
use jiff::Timestamp;

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
    store.commit(Commit::of(writes)).await
}

async fn found(store: &dyn Store, sk: &str) -> Option<(u64, u32)> {
    store
        .get(&key(sk))
        .await
        .unwrap()
        .map(|item| (item.version, item.read().unwrap()))
}

/// Every condition, alone and among other writes. A conflict reports the position of the first write that failed.
pub async fn conditions(store: &dyn Store) {
    commit(store, vec![put("a", None, 1, Expect::Absent)])
        .await
        .unwrap();
    assert_eq!(
        commit(store, vec![put("a", None, 2, Expect::Absent)]).await,
        Err(StoreError::Conflict(0))
    );
    commit(store, vec![put("a", None, 2, Expect::Version(1))])
        .await
        .unwrap();
    commit(store, vec![put("a", None, 3, Expect::Any)])
        .await
        .unwrap();
    assert_eq!(found(store, "a").await, Some((3, 3)));
    assert_eq!(
        commit(store, vec![put("a", None, 9, Expect::Version(2))]).await,
        Err(StoreError::Conflict(0))
    );
    assert_eq!(
        commit(store, vec![put("none", None, 9, Expect::Version(1))]).await,
        Err(StoreError::Conflict(0))
    );
    assert_eq!(
        commit(store, vec![delete("a", Expect::Version(2))]).await,
        Err(StoreError::Conflict(0))
    );
    assert_eq!(
        commit(store, vec![delete("none", Expect::Version(1))]).await,
        Err(StoreError::Conflict(0))
    );
    commit(
        store,
        vec![
            delete("none", Expect::Any),
            delete("none too", Expect::Absent),
        ],
    )
    .await
    .unwrap();
    commit(store, vec![delete("a", Expect::Version(3))])
        .await
        .unwrap();
    assert_eq!(found(store, "a").await, None);
    // An item that is put again after its deletion has version 1.
    commit(store, vec![put("a", None, 1, Expect::Any)])
        .await
        .unwrap();
    assert_eq!(found(store, "a").await, Some((1, 1)));
}

/// A commit is applied whole or not at all, and a conflict names the write that caused it.
pub async fn transactions(store: &dyn Store) {
    commit(
        store,
        vec![
            put("a", None, 1, Expect::Absent),
            put("b", None, 1, Expect::Absent),
        ],
    )
    .await
    .unwrap();
    let count = || Write::Count {
        counter: "conformance_never",
        by: 1,
    };
    let refused = [
        (
            vec![
                put("c", None, 1, Expect::Absent),
                count(),
                put("a", None, 2, Expect::Absent),
            ],
            2,
        ),
        (
            vec![
                put("a", None, 2, Expect::Version(7)),
                put("b", None, 2, Expect::Absent),
            ],
            0,
        ),
        (
            vec![
                delete("a", Expect::Any),
                put("c", None, 1, Expect::Version(1)),
                delete("b", Expect::Version(9)),
            ],
            1,
        ),
        // Two conditions on one item that exclude each other.
        (
            vec![
                put("a", None, 2, Expect::Version(1)),
                put("a", None, 3, Expect::Absent),
            ],
            1,
        ),
        (
            vec![
                put("c", None, 2, Expect::Version(1)),
                put("c", None, 3, Expect::Absent),
            ],
            0,
        ),
    ];
    for (writes, position) in refused {
        assert_eq!(
            commit(store, writes).await,
            Err(StoreError::Conflict(position))
        );
    }
    assert_eq!(
        (
            found(store, "a").await,
            found(store, "b").await,
            found(store, "c").await
        ),
        (Some((1, 1)), Some((1, 1)), None)
    );
    assert!(
        store
            .counters()
            .await
            .unwrap()
            .iter()
            .all(|(name, _)| name != "conformance_never")
    );
    // An empty commit succeeds.
    commit(store, Vec::new()).await.unwrap();
}

/// A commit may write an item twice: conditions compare with the item before the commit, and the last write wins.
pub async fn one_item_twice(store: &dyn Store) {
    commit(
        store,
        vec![
            put("a", None, 1, Expect::Absent),
            put("a", Some("s"), 2, Expect::Any),
        ],
    )
    .await
    .unwrap();
    assert_eq!(found(store, "a").await, Some((2, 2)));
    commit(
        store,
        vec![
            put("a", None, 3, Expect::Version(2)),
            put("a", None, 4, Expect::Version(2)),
        ],
    )
    .await
    .unwrap();
    assert_eq!(found(store, "a").await, Some((4, 4)));
    commit(
        store,
        vec![delete("a", Expect::Any), put("a", None, 5, Expect::Any)],
    )
    .await
    .unwrap();
    assert_eq!(found(store, "a").await, Some((1, 5)));
    commit(
        store,
        vec![
            put("a", None, 6, Expect::Any),
            delete("a", Expect::Version(1)),
        ],
    )
    .await
    .unwrap();
    assert_eq!(found(store, "a").await, None);
}

/// Of concurrent commits on one version exactly one succeeds; the others change no counter.
pub async fn races(store: &dyn Store) {
    let won = || Write::Count {
        counter: "conformance_won",
        by: 1,
    };
    let absent = (0..20).map(|n| commit(store, vec![put("a", None, n, Expect::Absent), won()]));
    let absent = join_all(absent).await;
    assert_eq!(
        absent.iter().filter(|result| result.is_ok()).count(),
        1,
        "{absent:?}"
    );
    assert!(
        absent
            .iter()
            .all(|result| matches!(result, Ok(()) | Err(StoreError::Conflict(0)))),
        "{absent:?}"
    );
    let next = join_all(
        (0..20).map(|n| commit(store, vec![won(), put("a", None, n, Expect::Version(1))])),
    )
    .await;
    assert_eq!(
        next.iter().filter(|result| result.is_ok()).count(),
        1,
        "{next:?}"
    );
    assert!(
        next.iter()
            .all(|result| matches!(result, Ok(()) | Err(StoreError::Conflict(1)))),
        "{next:?}"
    );
    assert_eq!(counter(store, "conformance_won").await, 2);
}

async fn counter(store: &dyn Store, name: &str) -> i64 {
    store
        .counters()
        .await
        .unwrap()
        .into_iter()
        .find(|(known, _)| known == name)
        .map_or(0, |(_, value)| value)
}

/// Concurrent additions to a counter are all kept and cause no conflict.
pub async fn counters(store: &dyn Store) {
    let count = |counter, by| Write::Count { counter, by };
    let many = (0..40).map(|n| {
        let writes = vec![
            count("conformance_a", 1),
            put(&format!("k{n}"), None, n, Expect::Absent),
            count("conformance_b", -2),
        ];
        commit(store, writes)
    });
    assert_eq!(join_all(many).await, vec![Ok(()); 40]);
    commit(
        store,
        vec![count("conformance_a", 3), count("conformance_a", 4)],
    )
    .await
    .unwrap();
    assert_eq!(
        (
            counter(store, "conformance_a").await,
            counter(store, "conformance_b").await
        ),
        (47, -80)
    );
    let names: Vec<String> = store
        .counters()
        .await
        .unwrap()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert!(names.is_sorted());
}

/// A commit takes 100 writes.
pub async fn a_full_commit(store: &dyn Store) {
    commit(
        store,
        (0..100)
            .map(|n| put(&format!("{n:03}"), None, n, Expect::Absent))
            .collect(),
    )
    .await
    .unwrap();
    let mut last: Vec<Write> = (0..99)
        .map(|n| put(&format!("{n:03}"), None, n, Expect::Version(1)))
        .collect();
    last.push(put("099", None, 0, Expect::Version(2)));
    assert_eq!(commit(store, last).await, Err(StoreError::Conflict(99)));
    assert_eq!(found(store, "050").await, Some((1, 50)));
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

    // An item returns its index key, moves when that changes, and leaves the index when it has none.
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
    let after = |query: Query, after: &str| Query {
        after: Some(after.to_owned()),
        ..query
    };
    assert_eq!(
        page(store, &after(Query::prefix("pk", "k", 9), "k1x"))
            .await
            .items
            .len(),
        2
    );
    assert_eq!(
        page(store, &after(Query::prefix("pk", "k", 9), "a"))
            .await
            .items
            .len(),
        4
    );
    assert_eq!(
        page(store, &after(Query::prefix("pk", "k", 9), "z"))
            .await
            .items
            .len(),
        0
    );
    assert_eq!(
        page(store, &after(descending(Query::prefix("pk", "k", 9)), "a"))
            .await
            .items
            .len(),
        0
    );
    assert_eq!(
        page(store, &after(Query::index("ix", 9), "a"))
            .await
            .items
            .len(),
        4
    );
    assert_eq!(
        page(store, &after(Query::index("ix", 9), "z"))
            .await
            .items
            .len(),
        0
    );
    assert_eq!(
        page(store, &after(descending(Query::index("ix", 9)), "z"))
            .await
            .items
            .len(),
        4
    );
}

/// A page has as many items as asked for, however large they are.
pub async fn large_items(store: &dyn Store) {
    let body = "x".repeat(120_000);
    for n in 0..24 {
        let index = Some(IndexKey {
            partition: "large".to_owned(),
            sort: format!("{n:02}"),
        });
        let write = Write::put(key(&format!("{n:02}")), index, &body, Expect::Absent).unwrap();
        commit(store, vec![write]).await.unwrap();
    }
    assert_eq!(
        page(store, &Query::prefix("pk", "", 20)).await.items.len(),
        20
    );
    assert_eq!(paged(store, Query::prefix("pk", "", 23)).await.len(), 24);
    let listed = page(store, &Query::index("large", 24)).await;
    assert_eq!((listed.items.len(), listed.next), (24, None));
    assert!(
        listed
            .items
            .iter()
            .all(|item| item.body.len() == body.len() + 2)
    );
}

/// Reading many items at once returns what reading them one by one returns.
pub async fn many_at_once(store: &dyn Store) {
    commit(
        store,
        (0..90)
            .map(|n| put(&format!("{n:03}"), Some("s"), n, Expect::Any))
            .collect(),
    )
    .await
    .unwrap();
    commit(
        store,
        (90..120)
            .map(|n| put(&format!("{n:03}"), None, n, Expect::Any))
            .collect(),
    )
    .await
    .unwrap();
    let mut keys: Vec<ItemKey> = (0..130).rev().map(|n| key(&format!("{n:03}"))).collect();
    keys.push(keys[20].clone());
    let items = store.get_many(&keys).await.unwrap();
    assert_eq!(items.len(), keys.len());
    for (key, item) in keys.iter().zip(&items) {
        assert_eq!(*item, store.get(key).await.unwrap());
    }
    assert_eq!(items.iter().filter(|item| item.is_none()).count(), 10);
    assert_eq!(store.get_many(&[]).await.unwrap(), Vec::new());
}

/// Any text is a body, and any text without control characters a key.
pub async fn any_text(store: &dyn Store) {
    for (n, text) in [
        "",
        "\"\\\u{0}\u{1f}",
        "ä 𝄞 \u{10fffe}",
        "<a href='x'>&amp;</a>\n",
    ]
    .iter()
    .enumerate()
    {
        let write = Write::put(key(&format!("t{n}")), None, text, Expect::Absent).unwrap();
        commit(store, vec![write]).await.unwrap();
        let item = store.get(&key(&format!("t{n}"))).await.unwrap().unwrap();
        assert_eq!(item.read::<String>().unwrap(), *text);
    }
    let odd = ItemKey::new("odd#pk/ä 𝄞:%", "sk#'\"\\=?&");
    commit(
        store,
        vec![Write::put(odd.clone(), None, &1, Expect::Absent).unwrap()],
    )
    .await
    .unwrap();
    assert_eq!(
        store.get(&odd).await.unwrap().map(|item| item.key),
        Some(odd)
    );
}

/// An item may expire; one that is put again without an expiry stays. `purge` removes what expired before an instant,
/// where the store does so when told.
pub async fn expiry(store: &dyn Store, purge: impl AsyncFn(Timestamp)) {
    let at = |s: i64| Timestamp::from_second(s).unwrap();
    let expiring = |sk: &str, s: i64| put(sk, None, 0, Expect::Any).expiring(at(s));
    commit(
        store,
        vec![
            expiring("young", 4_000_000_000),
            put("ever", None, 0, Expect::Any),
        ],
    )
    .await
    .unwrap();
    commit(store, vec![expiring("old", 1_000_000_000)])
        .await
        .unwrap();
    commit(
        store,
        vec![
            expiring("kept", 1_000_000_000),
            put("kept", None, 1, Expect::Any),
        ],
    )
    .await
    .unwrap();
    purge(at(2_000_000_000)).await;
    assert_eq!(
        paged(store, Query::prefix("pk", "", 10)).await,
        ["ever", "kept", "young"]
    );
}
