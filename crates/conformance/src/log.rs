//! The stream: commits append to it, consumers read it.

use bookpath_app::ports::{Commit, Expect, ItemKey, LogEntry, LogRecord, Store, StoreError, Write};
use futures::future::join_all;

/// All records of the stream; those of one key in their order.
#[async_trait::async_trait]
pub trait Published: Sync {
    async fn published(&self) -> Vec<LogRecord>;
}

fn record(key: &str, text: &str) -> LogEntry {
    LogEntry {
        partition_key: key.to_owned(),
        data: text.as_bytes().to_vec(),
    }
}

fn put(sk: &str, expect: Expect) -> Write {
    Write::put(ItemKey::new("log", sk), None, &1, expect).unwrap()
}

async fn texts(log: &dyn Published) -> Vec<String> {
    log.published()
        .await
        .into_iter()
        .map(|record| String::from_utf8(record.data).unwrap())
        .collect()
}

/// A commit that succeeded has its record on the stream at least once. `strays`: a refused commit may leave one too.
pub async fn no_record_is_lost(store: &dyn Store, log: &dyn Published, strays: bool) {
    let commits = (0..20).map(|n| {
        let commit = Commit {
            writes: vec![put(&format!("k{}", n % 10), Expect::Absent)],
            records: vec![record("k", &n.to_string())],
        };
        async move { (n, store.commit(commit).await) }
    });
    let results = join_all(commits).await;
    let held: Vec<String> = results
        .iter()
        .filter(|(_, result)| result.is_ok())
        .map(|(n, _)| n.to_string())
        .collect();
    assert_eq!(held.len(), 10);
    assert!(
        results
            .iter()
            .all(|(_, result)| matches!(result, Ok(()) | Err(StoreError::Conflict(0))))
    );
    let texts = texts(log).await;
    assert!(
        held.iter().all(|text| texts.contains(text)),
        "{held:?} of {texts:?}"
    );
    assert!(strays || texts.len() == held.len(), "{texts:?}");
    let mut sequences: Vec<String> = log
        .published()
        .await
        .into_iter()
        .map(|record| record.sequence)
        .collect();
    sequences.sort_unstable();
    let all = sequences.len();
    sequences.dedup();
    assert_eq!(sequences.len(), all, "two records share a sequence");
}

/// Records of one key are read in the order of their commits, and within a commit in its order.
pub async fn order_of_a_key(store: &dyn Store, log: &dyn Published) {
    for n in 0..12 {
        let records = (0..3)
            .map(|part| {
                record(
                    ["a", "b"][part % 2],
                    &format!("{} {n:02} {part}", ["a", "b"][part % 2]),
                )
            })
            .collect();
        store
            .commit(Commit {
                writes: vec![put("order", Expect::Any)],
                records,
            })
            .await
            .unwrap();
    }
    // A commit may consist of records alone.
    store
        .commit(Commit {
            writes: Vec::new(),
            records: vec![record("a", "a 99 0")],
        })
        .await
        .unwrap();
    let texts = texts(log).await;
    for key in ["a", "b"] {
        let own: Vec<&String> = texts.iter().filter(|text| text.starts_with(key)).collect();
        assert!(
            own.is_sorted() && own.len() == if key == "a" { 25 } else { 12 },
            "{own:?}"
        );
    }
}

/// A record is read byte for byte as it was written, up to the size of the largest body with its envelope.
pub async fn any_bytes(store: &dyn Store, log: &dyn Published) {
    let large = "ä".repeat(200_000);
    for text in ["{}", "\u{0}\u{1f}", &large] {
        store
            .commit(Commit {
                writes: Vec::new(),
                records: vec![record("a", text)],
            })
            .await
            .unwrap();
    }
    assert_eq!(texts(log).await, ["{}", "\u{0}\u{1f}", &large]);
}
