//! Buckets as one space of keys.

use bookpath_conformance::objects;
use bookpath_platform_aws::{S3Objects, Session};

use crate::account;

pub(crate) async fn buckets(session: &Session) -> S3Objects {
    let (raw, bronze) = (account::bucket().await, account::bucket().await);
    S3Objects::new(session)
        .route("raw/", raw.clone())
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

suite!(put_and_get, listing, unsafe_keys, import);

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
