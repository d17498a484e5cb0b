//! Conditions, commits of many writes, races, counters.

use bookpath_app::ports::{Expect, Store, StoreError, Write};
use futures::future::join_all;

use super::{commit, delete, found, put};

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
    assert_eq!(
        commit(store, vec![delete("a", Expect::Absent)]).await,
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

/// Commits of which one write meets another state than it expects, and the place of that write.
fn refused() -> Vec<(Vec<Write>, usize)> {
    let count = || Write::Count {
        counter: "conformance_never",
        by: 1,
    };
    vec![
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
    ]
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
    for (writes, position) in refused() {
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
