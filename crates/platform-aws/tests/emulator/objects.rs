//! Buckets as one space of keys.

use bookpath_conformance::objects;
use bookpath_platform_aws::{S3Objects, Session};

use crate::account;

pub(crate) async fn buckets(session: &Session) -> S3Objects {
    let (raw, bronze) = (account::versioned_bucket().await, account::bucket().await);
    in_buckets(session, &raw, &bronze)
}

fn in_buckets(session: &Session, raw: &str, bronze: &str) -> S3Objects {
    S3Objects::new(session)
        .route("raw/", raw)
        .route("quarantine/", raw)
        .route("bronze/", bronze)
}

macro_rules! suite {
    ($($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            let session = account::session();
            objects::$name(&buckets(&session).await).await;
        })+
    };
}

suite!(put_and_get, past, listing, unsafe_keys, import);

#[tokio::test]
async fn keys_outside_every_bucket_are_refused() {
    use bookpath_app::ports::{ObjectError, ObjectStore as _};
    let objects = buckets(&account::session()).await;
    assert!(matches!(
        objects.put("silver/x", b"x").await,
        Err(ObjectError::Unavailable(_))
    ));
    assert!(matches!(
        objects.list("gold/").await,
        Err(ObjectError::Unavailable(_))
    ));
}

/// What the bucket still has of `raw/`, versions of every age.
async fn versions(bucket: &str) -> usize {
    let path = format!("/{bucket}?versions&prefix=raw%2F");
    let answer = account::raw("s3", reqwest::Method::GET, &path, &[], String::new()).await;
    assert!(answer.contains("<ListVersionsResult"), "{answer}");
    answer.matches("<VersionId>").count()
}

#[tokio::test]
async fn an_emptied_object_has_one_version_however_many_there_were() {
    use bookpath_app::ports::ObjectStore as _;
    let raw = account::versioned_bucket().await;
    let objects = in_buckets(&account::session(), &raw, &account::bucket().await);
    let key = "raw/close/2026-03-01/a.json";
    // More than one page of a listing and than one call of a deletion.
    for n in 0..1100 {
        objects.put(key, n.to_string().as_bytes()).await.unwrap();
    }
    objects.delete(key).await.unwrap();
    objects.put(key, b"").await.unwrap();
    objects
        .put("raw/close/2026-03-01/b.json", b"Bob")
        .await
        .unwrap();
    assert_eq!(versions(&raw).await, 1000, "one page");
    assert_eq!(objects.drop_past(key).await, Ok(true));
    assert_eq!(objects.get(key).await.unwrap(), b"");
    assert_eq!(versions(&raw).await, 2);
}

#[tokio::test]
async fn a_bucket_without_versions_has_no_past() {
    use bookpath_app::ports::ObjectStore as _;
    let plain = account::bucket().await;
    let objects = in_buckets(&account::session(), &plain, &plain);
    for bytes in [b"Jane".as_slice(), b""] {
        objects.put("raw/a.json", bytes).await.unwrap();
    }
    assert_eq!(objects.drop_past("raw/a.json").await, Ok(true));
    assert_eq!(objects.get("raw/a.json").await.unwrap(), b"");
    assert_eq!(versions(&plain).await, 1);
}
