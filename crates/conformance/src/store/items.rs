//! Items of any size and text, many at once, and their expiry.

use bookpath_app::ports::{Expect, IndexKey, ItemKey, Query, Store, Write};
use jiff::Timestamp;

use super::{commit, key, page, paged, put};

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
