//! Parameters as the functions read them: through a copy in the state table.
//!
//! Parameter Store answers 40 calls a second of a whole account and region. A burst of cold starts reads the copy, which
//! one of them renews every minute; where Parameter Store refuses, an old copy is better than no function.

use bookpath_app::ports::{Commit, Expect, ItemKey, Store, Write};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Session, SetupError, parameter};

/// A copy that is younger stands for the parameter.
const COPY_FRESH: SignedDuration = SignedDuration::from_secs(60);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Copy {
    value: String,
    read_at: Timestamp,
}

/// The value of a parameter, at most a minute old unless Parameter Store can't be asked.
///
/// # Errors
/// As [`parameter`], where there is no copy.
pub(crate) async fn shared_parameter(
    session: &Session,
    store: &dyn Store,
    name: &str,
    now: Timestamp,
) -> Result<String, SetupError> {
    read_through(store, name, now, parameter(session, name)).await
}

async fn read_through(
    store: &dyn Store,
    name: &str,
    now: Timestamp,
    ask: impl Future<Output = Result<String, SetupError>>,
) -> Result<String, SetupError> {
    let key = ItemKey::new(format!("parameter#{name}"), "row");
    let copy: Option<Copy> = match store.get(&key).await {
        Ok(item) => item.and_then(|item| item.read().ok()),
        Err(error) => {
            tracing::warn!(%error, parameter = name, "the copy of a parameter can't be read");
            None
        }
    };
    if let Some(copy) = &copy
        && copy.read_at + COPY_FRESH > now
    {
        return Ok(copy.value.clone());
    }
    let value = match (ask.await, copy) {
        (Ok(value), _) => value,
        (Err(SetupError::Unavailable(why)), Some(copy)) => {
            tracing::warn!(why, read_at = %copy.read_at, parameter = name, "an old copy of a parameter is used");
            return Ok(copy.value);
        }
        (Err(error), _) => return Err(error),
    };
    let copy = Copy {
        value,
        read_at: now,
    };
    let kept = match Write::put(key, None, &copy, Expect::Any) {
        Ok(write) => store.commit(Commit::new(vec![write])).await,
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        tracing::warn!(%error, parameter = name, "the copy of a parameter can't be kept");
    }
    Ok(copy.value)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use bookpath_app::ports::{Item, Page, Query, StoreError};

    use super::*;

    /// Puts and gets without conditions.
    #[derive(Default)]
    struct Rows(Mutex<HashMap<ItemKey, String>>);

    #[async_trait]
    impl Store for Rows {
        async fn get(&self, key: &ItemKey) -> Result<Option<Item>, StoreError> {
            let body = self.0.lock().unwrap().get(key).cloned();
            Ok(body.map(|body| Item {
                key: key.clone(),
                version: 1,
                index: None,
                body,
            }))
        }

        async fn get_many(&self, _keys: &[ItemKey]) -> Result<Vec<Option<Item>>, StoreError> {
            unreachable!("a copy is read alone")
        }

        async fn query(&self, _query: &Query) -> Result<Page, StoreError> {
            unreachable!("a copy is read by its key")
        }

        async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
            for write in commit.writes {
                if let Write::Put { key, body, .. } = write {
                    self.0.lock().unwrap().insert(key, body);
                }
            }
            Ok(())
        }

        async fn counters(&self) -> Result<Vec<(String, i64)>, StoreError> {
            Ok(Vec::new())
        }

        async fn scan(&self, _each: &mut (dyn FnMut(Item) + Send)) -> Result<(), StoreError> {
            unreachable!("a copy is read by its key")
        }
    }

    struct Parameter {
        answer: Result<&'static str, SetupError>,
        asked: AtomicUsize,
    }

    impl Parameter {
        fn new(answer: Result<&'static str, SetupError>) -> Self {
            Self {
                answer,
                asked: AtomicUsize::new(0),
            }
        }

        async fn read(&self, rows: &Rows, at_s: i64) -> Result<String, SetupError> {
            let ask = async {
                self.asked.fetch_add(1, Ordering::Relaxed);
                self.answer.clone().map(str::to_owned)
            };
            let at = Timestamp::from_second(at_s).unwrap();
            read_through(rows, "/x", at, ask).await
        }
    }

    #[tokio::test]
    async fn a_burst_of_cold_starts_asks_once_a_minute() {
        let (rows, parameter) = (Rows::default(), Parameter::new(Ok("one")));
        for _ in 0..1000 {
            assert_eq!(parameter.read(&rows, 100).await, Ok("one".to_owned()));
        }
        assert_eq!(parameter.asked.load(Ordering::Relaxed), 1);
        let changed = Parameter::new(Ok("two"));
        assert_eq!(changed.read(&rows, 159).await, Ok("one".to_owned()));
        assert_eq!(changed.read(&rows, 160).await, Ok("two".to_owned()));
    }

    #[tokio::test]
    async fn an_old_copy_is_better_than_a_refusal_and_a_missing_parameter_is_told() {
        let (rows, throttled) = (
            Rows::default(),
            Parameter::new(Err(SetupError::Unavailable("Throttling".to_owned()))),
        );
        assert!(throttled.read(&rows, 1).await.is_err());
        assert!(Parameter::new(Ok("one")).read(&rows, 2).await.is_ok());
        assert_eq!(throttled.read(&rows, 10_000).await, Ok("one".to_owned()));
        let missing = SetupError::Missing(vec!["/x".to_owned()]);
        let gone = Parameter::new(Err(missing.clone()));
        assert_eq!(gone.read(&rows, 10_000).await, Err(missing));
    }
}
