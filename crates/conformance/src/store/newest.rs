//! Lists over several index partitions.

use bookpath_app::ports::{Commit, Expect, IndexKey, Item, ItemKey, Newest, Store, Write};

const PARTITIONS: [&str; 3] = ["list#a", "list#b", "list#c"];
const ITEMS: u32 = 60;

/// Item `n` lies in one of three partitions at `n` of its sort key.
fn item(n: u32) -> Write {
    let index = IndexKey {
        partition: PARTITIONS[(n * n % 7 % 3) as usize].to_owned(),
        sort: format!("{n:03}"),
    };
    let key = ItemKey::new(format!("list-{n}"), "row");
    Write::put(key, Some(index), &n, Expect::Absent).unwrap()
}

/// Every page of a list, one after the other.
async fn pages(store: &dyn Store, asked: &Newest, wanted: fn(u32) -> bool) -> Vec<Vec<u32>> {
    let wanted = |item: &Item| Ok(Some(item.read::<u32>()?).filter(|n| wanted(*n)));
    let (mut asked, mut pages) = (asked.clone(), Vec::new());
    loop {
        let (rows, next) = asked.page(store, &wanted).await.unwrap();
        assert!(rows.len() <= asked.limit);
        pages.push(rows);
        assert!(next < asked.cursor || asked.cursor.is_none(), "{next:?}");
        if next.is_none() {
            return pages;
        }
        asked.cursor = next;
    }
}

/// The pages of a list over partitions hold what is wanted, each once and in order, however small the pages are and
/// however few items one of them looks at.
pub async fn lists_over_partitions(store: &dyn Store) {
    let writes: Vec<Write> = (0..ITEMS).map(item).collect();
    store.commit(Commit::new(writes)).await.unwrap();
    let partitions = PARTITIONS.map(str::to_owned).to_vec();
    let rare: fn(u32) -> bool = |n| n % 17 == 3;
    let every: fn(u32) -> bool = |_| true;
    for wanted in [every, rare] {
        for (limit, look_at) in [
            (1, usize::MAX),
            (7, usize::MAX),
            (7, 6),
            (100, 10),
            (100, 1),
        ] {
            let asked = Newest {
                look_at,
                ..Newest::new(partitions.clone(), limit)
            };
            let found = pages(store, &asked, wanted).await.concat();
            let expected: Vec<u32> = (0..ITEMS).rev().filter(|n| wanted(*n)).collect();
            assert_eq!(found, expected, "limit {limit}, look at {look_at}");
        }
    }
    let bounded = Newest {
        from: Some("010".to_owned()),
        to: Some("019".to_owned()),
        ..Newest::new(partitions.clone(), 4)
    };
    let found = pages(store, &bounded, every).await;
    assert_eq!(
        found,
        [vec![19, 18, 17, 16], vec![15, 14, 13, 12], vec![11, 10]]
    );
    // A page that looked at enough is short, and says where to go on.
    let asked = Newest {
        look_at: 6,
        ..Newest::new(partitions, 50)
    };
    let none = |_: &Item| Ok(None::<u32>);
    let (rows, next) = asked.page(store, &none).await.unwrap();
    assert!(rows.is_empty() && next.is_some());
}
