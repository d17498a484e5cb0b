//! What every implementation of the store and log ports holds, on SQLite.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bookpath_app::ports::{
    Commit, EventLog, Expect, IndexKey, ItemKey, LogEntry, Query, Range, Store, StoreError, Write,
    all,
};
use bookpath_platform_local::Database;
use tempfile::TempDir;

fn open() -> (TempDir, Database) {
    let dir = tempfile::tempdir().unwrap();
    let database = Database::open(dir.path()).unwrap();
    (dir, database)
}

fn put(sk: &str, sort: Option<&str>, body: u32, expect: Expect) -> Write {
    let index = sort.map(|sort| IndexKey {
        partition: "ix".to_owned(),
        sort: sort.to_owned(),
    });
    Write::put(ItemKey::new("pk", sk), index, &body, expect).unwrap()
}

fn record(text: &str) -> LogEntry {
    LogEntry {
        partition_key: "p".to_owned(),
        data: text.as_bytes().to_vec(),
    }
}

async fn commit(database: &Database, writes: Vec<Write>) -> Result<(), StoreError> {
    database.commit(Commit::new(writes)).await
}

#[tokio::test]
async fn a_commit_happens_whole_or_not_at_all() {
    let (_dir, database) = open();
    commit(&database, vec![put("a", None, 1, Expect::Absent)])
        .await
        .unwrap();
    let refused = Commit {
        writes: vec![
            put("b", None, 1, Expect::Absent),
            put("a", None, 2, Expect::Absent),
        ],
        records: vec![record("never")],
    };
    assert_eq!(database.commit(refused).await, Err(StoreError::Conflict(1)));
    assert_eq!(database.get(&ItemKey::new("pk", "b")).await.unwrap(), None);
    assert_eq!(database.backlog("c").await.unwrap(), 0);

    commit(&database, vec![put("a", None, 2, Expect::Version(1))])
        .await
        .unwrap();
    assert_eq!(
        commit(&database, vec![put("a", None, 3, Expect::Version(1))]).await,
        Err(StoreError::Conflict(0))
    );
    let item = database
        .get(&ItemKey::new("pk", "a"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((item.version, item.read::<u32>().unwrap()), (2, 2));
    let gone = Write::Delete {
        key: ItemKey::new("pk", "a"),
        expect: Expect::Version(2),
    };
    commit(&database, vec![gone]).await.unwrap();
    assert_eq!(database.get(&ItemKey::new("pk", "a")).await.unwrap(), None);
}

#[tokio::test]
async fn one_of_many_racing_commits_wins() {
    let (_dir, database) = open();
    let tries = (0..50).map(|n| {
        commit(
            &database,
            vec![
                put("a", None, n, Expect::Absent),
                Write::Count {
                    counter: "won",
                    by: 1,
                },
            ],
        )
    });
    let won = futures::future::join_all(tries)
        .await
        .into_iter()
        .filter(Result::is_ok)
        .count();
    // What was not written is not metered either.
    let counted = [("store_writes".to_owned(), 4), ("won".to_owned(), 1)];
    assert_eq!(
        (won, database.counters().await.unwrap()),
        (1, counted.to_vec())
    );
}

/// Two units for each kilobyte of an item, one for its place in the index, two for all counters of the commit.
#[tokio::test]
async fn writes_are_metered_as_dynamodb_charges_them() {
    let (_dir, database) = open();
    let large = Write::put(
        ItemKey::new("pk", "large"),
        None,
        &"x".repeat(2_000),
        Expect::Any,
    )
    .unwrap();
    let delete = Write::Delete {
        key: ItemKey::new("pk", "none"),
        expect: Expect::Any,
    };
    let count = |counter| Write::Count { counter, by: 1 };
    commit(
        &database,
        vec![
            large,
            put("a", Some("ix"), 1, Expect::Any),
            delete,
            count("x"),
            count("y"),
        ],
    )
    .await
    .unwrap();
    assert!(
        database
            .counters()
            .await
            .unwrap()
            .contains(&("store_writes".to_owned(), 4 + 3 + 2 + 2))
    );
}

#[tokio::test]
async fn what_has_expired_goes_and_the_rest_stays() {
    let (_dir, database) = open();
    let at = |s: i64| jiff::Timestamp::from_second(s).unwrap();
    let expiring = |sk: &str, s: i64| put(sk, None, 0, Expect::Any).expiring(at(s));
    commit(
        &database,
        vec![
            expiring("old", 100),
            expiring("young", 300),
            put("ever", None, 0, Expect::Any),
        ],
    )
    .await
    .unwrap();
    database.purge_expired(at(200), 10).await.unwrap();
    let left: Vec<String> = database
        .query(&Query::prefix("pk", "", 10))
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|i| i.key.sk)
        .collect();
    assert_eq!(left, ["ever", "young"]);
    // Without an expiry of its own a later put keeps it for good.
    commit(&database, vec![put("young", None, 1, Expect::Any)])
        .await
        .unwrap();
    database.purge_expired(at(1000), 10).await.unwrap();
    assert_eq!(
        database
            .query(&Query::prefix("pk", "", 10))
            .await
            .unwrap()
            .items
            .len(),
        2
    );
}

#[tokio::test]
async fn queries_page_in_both_directions() {
    let (_dir, database) = open();
    for n in 0..7 {
        commit(
            &database,
            vec![put(
                &format!("k{n}"),
                (n != 3).then_some(["s1", "s2"][n % 2]),
                0,
                Expect::Any,
            )],
        )
        .await
        .unwrap();
    }
    for descending in [false, true] {
        let mut sks = Vec::new();
        let mut query = Query {
            descending,
            ..Query::prefix("pk", "k", 3)
        };
        loop {
            let page = database.query(&query).await.unwrap();
            assert!(page.items.len() <= 3);
            sks.extend(page.items.into_iter().map(|item| item.key.sk));
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
        let mut expected: Vec<String> = (0..7).map(|n| format!("k{n}")).collect();
        if descending {
            expected.reverse();
        }
        assert_eq!(sks, expected);
    }
    // k3 is not in the index; ties of the sort key go by key, across pages too.
    let listed = all(&database, Query::index("ix", 2)).await.unwrap();
    let order: Vec<&str> = listed.iter().map(|item| item.key.sk.as_str()).collect();
    assert_eq!(order, ["k0", "k2", "k4", "k6", "k1", "k5"]);
    let range = Range::Index {
        partition: "ix".to_owned(),
        from: Some("s2".to_owned()),
        to: None,
    };
    let bounded = database
        .query(&Query {
            range,
            descending: false,
            limit: 9,
            after: None,
        })
        .await
        .unwrap();
    assert_eq!(bounded.items.len(), 2);
}

#[tokio::test]
async fn only_what_every_consumer_has_finished_is_forgotten() {
    let (_dir, database) = open();
    let records = (0..10_050).map(|n| record(&n.to_string())).collect();
    database
        .commit(Commit {
            writes: Vec::new(),
            records,
        })
        .await
        .unwrap();
    database.claim("slow", 20).await.unwrap();
    database.finish("slow").await.unwrap();
    database.claim("quick", 20_000).await.unwrap();
    database.finish("quick").await.unwrap();
    for (required, left) in [
        (&["slow", "quick", "unborn"][..], 10_050),
        (&["slow", "quick"], 10_030),
    ] {
        database.trim_log(required).await.unwrap();
        assert_eq!(database.backlog("new").await.unwrap(), left);
    }
    database.claim("slow", 20_000).await.unwrap();
    database.finish("slow").await.unwrap();
    for left in [30, 0] {
        database.trim_log(&["slow", "quick"]).await.unwrap();
        assert_eq!(database.backlog("new").await.unwrap(), left);
    }
}

#[tokio::test]
async fn a_claimed_batch_stays_the_same_until_it_is_finished() {
    let (dir, database) = open();
    let append = async |database: &Database, texts: &[&str]| {
        let records = texts.iter().map(|text| record(text)).collect();
        database
            .commit(Commit {
                writes: Vec::new(),
                records,
            })
            .await
            .unwrap();
    };
    append(&database, &["1", "2"]).await;
    let first = database.claim("c", 10).await.unwrap();
    append(&database, &["3"]).await;
    assert_eq!(database.claim("c", 10).await.unwrap(), first);
    drop(database);

    let database = Database::open(dir.path()).unwrap();
    assert_eq!(database.claim("c", 10).await.unwrap(), first);
    database.finish("c").await.unwrap();
    let second = database.claim("c", 10).await.unwrap();
    assert_eq!(
        second
            .records
            .iter()
            .map(|r| r.data.as_slice())
            .collect::<Vec<_>>(),
        [b"3"]
    );
    assert_eq!(
        (
            database.backlog("c").await.unwrap(),
            database.backlog("other").await.unwrap()
        ),
        (1, 3)
    );
}
