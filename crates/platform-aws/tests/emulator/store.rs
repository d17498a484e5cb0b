//! The state table.

use bookpath_conformance::store;

use crate::account;

macro_rules! suite {
    ($($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            let session = account::session();
            store::$name(&account::table(&session).await).await;
        })+
    };
}

suite!(
    conditions,
    transactions,
    one_item_twice,
    races,
    counters,
    a_full_commit,
    prefix_queries,
    index_queries,
    lists_over_partitions,
    foreign_cursors,
    large_items,
    many_at_once,
    any_text
);

/// DynamoDB removes what has expired by itself, within days; the emulator within a minute or so.
#[tokio::test]
async fn expiry() {
    use bookpath_app::ports::{ItemKey, Store as _};
    let session = account::session();
    let table = account::table(&session).await;
    let gone = async |_| {
        let patience = std::time::Duration::from_secs(150);
        let removed = async {
            while table
                .get(&ItemKey::new("pk", "old"))
                .await
                .unwrap()
                .is_some()
            {
                tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            }
        };
        tokio::time::timeout(patience, removed)
            .await
            .expect("nothing expired");
    };
    store::expiry(&table, gone).await;
}

#[tokio::test]
async fn a_commit_that_is_too_large_is_refused_by_name() {
    use bookpath_app::ports::{Commit, Expect, ItemKey, LogEntry, Store as _, StoreError, Write};
    let session = account::session();
    let table = account::table(&session).await;
    let put =
        |n: u32| Write::put(ItemKey::new("pk", n.to_string()), None, &n, Expect::Any).unwrap();
    let refused = table.commit(Commit::new((0..101).map(put).collect())).await;
    assert!(
        matches!(&refused, Err(StoreError::Refused(why)) if why.contains("101")),
        "{refused:?}"
    );
    // A table without a stream has nowhere to put a record.
    let record = LogEntry {
        partition_key: "p".to_owned(),
        data: b"{}".to_vec(),
    };
    let refused = table
        .commit(Commit {
            writes: Vec::new(),
            records: vec![record],
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Refused(_))));
}
