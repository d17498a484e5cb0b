//! The object store.

use std::io::Write as _;

use bookpath_app::ports::{ObjectError, ObjectStore};

/// Put, get, overwrite, sync; a missing object is `NotFound`.
pub async fn put_and_get(objects: &dyn ObjectStore) {
    let key = "raw/calendly/2026-03-01/a.json";
    assert_eq!(
        objects.get(key).await,
        Err(ObjectError::NotFound(key.to_owned()))
    );
    let bytes: Vec<u8> = (0..=255).collect();
    objects.put(key, &bytes).await.unwrap();
    objects.sync(key).await.unwrap();
    assert_eq!(objects.get(key).await.unwrap(), bytes);
    objects.put(key, b"").await.unwrap();
    assert_eq!(objects.get(key).await.unwrap(), b"");
    assert_eq!(objects.get_range(key, 0, 9).await.unwrap(), b"");
    objects.put(key, &bytes).await.unwrap();
    assert_eq!(
        objects.get_range(key, 250, 4).await.unwrap(),
        [250, 251, 252, 253]
    );
    assert_eq!(objects.get_range(key, 254, 9).await.unwrap(), [254, 255]);
    assert_eq!(objects.get_range(key, 0, 1).await.unwrap(), [0]);
    for from in [256, 257, u64::MAX] {
        assert_eq!(objects.get_range(key, from, 9).await.unwrap(), b"");
    }
    assert_eq!(objects.get_range(key, 9, 0).await.unwrap(), b"");
    assert_eq!(
        objects.get_range(key, 1, usize::MAX).await.unwrap(),
        bytes[1..]
    );
    assert!(matches!(
        objects.get_range("raw/none.json", 0, 9).await,
        Err(ObjectError::NotFound(_))
    ));
    let large = vec![7; 3_000_000];
    objects.put(key, &large).await.unwrap();
    assert_eq!(objects.get(key).await.unwrap(), large);
    for _ in 0..2 {
        objects.delete(key).await.unwrap();
        assert_eq!(
            objects.get(key).await,
            Err(ObjectError::NotFound(key.to_owned()))
        );
    }
}

/// What an object held before is gone once it is empty or deleted, and not before. An object whose key begins with the
/// same letters is another one.
pub async fn past(objects: &dyn ObjectStore) {
    let (key, other) = ("raw/close/a.json", "raw/close/a.json.gz");
    for key in [key, other] {
        objects.put(key, b"Jane").await.unwrap();
        objects.put(key, b"Jane Doe").await.unwrap();
    }
    assert_eq!(objects.drop_past(key).await, Ok(false));
    assert_eq!(objects.get(key).await.unwrap(), b"Jane Doe");
    objects.put(key, b"").await.unwrap();
    for _ in 0..2 {
        assert_eq!(objects.drop_past(key).await, Ok(true));
        assert_eq!(objects.get(key).await.unwrap(), b"");
    }
    objects.delete(key).await.unwrap();
    assert_eq!(objects.drop_past(key).await, Ok(true));
    assert!(matches!(
        objects.get(key).await,
        Err(ObjectError::NotFound(_))
    ));
    assert_eq!(objects.drop_past("raw/close/never.json").await, Ok(true));
    assert_eq!(objects.get(other).await.unwrap(), b"Jane Doe");
}

/// A key may contain whatever a channel's name may; a listing is sorted, complete, and has only keys with its prefix.
pub async fn listing(objects: &dyn ObjectStore) {
    let folder = "bronze/calendly_events/channel=face%2Fbook ads ä/";
    assert_eq!(objects.list(folder).await.unwrap(), Vec::<String>::new());
    let mut keys: Vec<String> = (0..30)
        .rev()
        .map(|n| format!("{folder}date=2026-03-{:02}/{n}.json", n % 28 + 1))
        .collect();
    for key in keys.iter().map(String::as_str).chain([
        "bronze/calendly_events/channel=other/date=2026-03-01/x.json",
        "raw/x/y.json",
    ]) {
        objects.put(key, key.as_bytes()).await.unwrap();
    }
    keys.sort_unstable();
    assert_eq!(objects.list(folder).await.unwrap(), keys);
    assert_eq!(objects.list("bronze/").await.unwrap().len(), 31);
    assert_eq!(objects.get(&keys[3]).await.unwrap(), keys[3].as_bytes());
}

/// A key such as `../x` is refused: no key names a place outside the store.
pub async fn unsafe_keys(objects: &dyn ObjectStore) {
    for key in ["", "/", "../x", "raw/../../x", "raw//x", "raw/./x"] {
        assert!(
            matches!(
                objects.put(key, b"x").await,
                Err(ObjectError::Unavailable(_))
            ),
            "{key}"
        );
        assert!(
            matches!(objects.get(key).await, Err(ObjectError::Unavailable(_))),
            "{key}"
        );
    }
}

/// An imported file is named by its content, so importing it again changes nothing.
pub async fn import(objects: &dyn ObjectStore) {
    let mut file = tempfile::Builder::new()
        .prefix("part")
        .suffix(".json")
        .tempfile()
        .unwrap();
    file.write_all(&b"{\"a\":1}\n".repeat(200_000)).unwrap();
    let first = objects
        .import_file(
            file.path(),
            "bronze/calendly_events/channel=x/date=2026-03-01",
        )
        .await
        .unwrap();
    let again = objects
        .import_file(
            file.path(),
            "bronze/calendly_events/channel=x/date=2026-03-01",
        )
        .await
        .unwrap();
    assert_eq!(first, again);
    let name = file.path().file_name().unwrap().to_str().unwrap();
    assert_eq!(
        first.key,
        format!(
            "bronze/calendly_events/channel=x/date=2026-03-01/imported-{}-{name}",
            &first.sha256[..16]
        )
    );
    assert_eq!((first.bytes, first.sha256.len()), (1_600_000, 64));
    assert_eq!(objects.get(&first.key).await.unwrap().len(), 1_600_000);
    assert_eq!(objects.list("bronze/").await.unwrap(), [first.key]);
    assert!(
        objects
            .import_file(std::path::Path::new("/no/such/file"), "bronze/x")
            .await
            .is_err()
    );
}
