//! Tells the operators when alarms begin and when they end, whoever raised them.
//!
//! Every sweep compares the standing alarms with those of the message before, and sends the difference as one message:
//! a hundred stuck bookings are one message, and an alarm that stands is told once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::alarms::{Alarm, standing};
use crate::ports::{Commit, Expect, ItemKey, Operators, Store, StoreError, Write};

/// Alarms that are remembered as told, the oldest; a younger one is told once some of these have ended.
const TOLD_MAX: usize = 200;
/// Alarms of a message; the rest is counted.
const SHOWN_MAX: usize = 20;

/// The alarms of the last message, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct LastMessage {
    alarms: Vec<Alarm>,
}

/// Sends what has begun and what has ended since the last message. `false`: nothing has, or the operators could not be
/// reached; the next call tries again.
///
/// Idempotency key: the version of what was told before.
///
/// # Errors
/// [`StoreError`].
pub async fn announce(
    store: &dyn Store,
    operators: &dyn Operators,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let key = ItemKey::new("alarms_told", "row");
    let item = store.get(&key).await?;
    let told: LastMessage = item
        .as_ref()
        .map(|item| item.read())
        .transpose()?
        .unwrap_or_default();
    let mut stand = standing(store).await?;
    stand.truncate(TOLD_MAX);
    let begun = missing(&stand, &told.alarms);
    let ended = missing(&told.alarms, &stand);
    if begun.is_empty() && ended.is_empty() {
        return Ok(false);
    }
    let version = item.map_or(0, |item| item.version);
    let (subject, message) = message(&begun, &ended, now);
    let id = format!("alarms:{version}");
    if let Err(error) = operators.tell(&id, &subject, message).await {
        tracing::warn!(%error, begun = begun.len(), ended = ended.len(), "alarms could not be told");
        return Ok(false);
    }
    let expect = if version == 0 {
        Expect::Absent
    } else {
        Expect::Version(version)
    };
    let write = Write::put(key, None, &LastMessage { alarms: stand }, expect)?;
    match store.commit(Commit::new(vec![write])).await {
        // Another sweep told the same under the same id.
        Ok(()) | Err(StoreError::Conflict(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

/// Those of `left` that `right` does not have.
fn missing<'a>(left: &'a [Alarm], right: &[Alarm]) -> Vec<&'a Alarm> {
    let same = |a: &Alarm, b: &Alarm| {
        (&a.code, &a.subject, a.raised_at) == (&b.code, &b.subject, b.raised_at)
    };
    left.iter()
        .filter(|alarm| !right.iter().any(|other| same(alarm, other)))
        .collect()
}

fn message(begun: &[&Alarm], ended: &[&Alarm], now: Timestamp) -> (String, Value) {
    let subject = match (begun.len(), ended.len()) {
        (0, over) => format!("Bookpath: {over} alarms ended"),
        (new, 0) => format!("Bookpath: {new} alarms began"),
        (new, over) => format!("Bookpath: {new} alarms began, {over} ended"),
    };
    let part = |alarms: &[&Alarm]| {
        let mut by_code: BTreeMap<&str, usize> = BTreeMap::new();
        for alarm in alarms {
            *by_code.entry(&alarm.code).or_default() += 1;
        }
        json!({ "count": alarms.len(), "by_code": by_code, "first": alarms.iter().take(SHOWN_MAX).collect::<Vec<_>>() })
    };
    let message =
        json!({ "status": "alarms", "at": now, "began": part(begun), "ended": part(ended) });
    (subject, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(code: &str, subject: &str, at_s: i64) -> Alarm {
        let at = Timestamp::from_second(at_s).unwrap();
        Alarm::new(code, subject, at, "why")
    }

    #[test]
    fn what_began_and_what_ended_is_told_and_what_stands_is_not() {
        let told = [
            alarm("booking_stuck", "a", 1),
            alarm("dead_letters", "b", 1),
        ];
        // `a` stands, `b` is over, `c` is new; `d` ended and began again in between.
        let stand = [
            alarm("booking_stuck", "a", 1),
            alarm("booking_stuck", "c", 2),
        ];
        let subjects = |found: Vec<&Alarm>| -> Vec<String> {
            found.into_iter().map(|a| a.subject.clone()).collect()
        };
        assert_eq!(subjects(missing(&stand, &told)), ["c"]);
        assert_eq!(subjects(missing(&told, &stand)), ["b"]);
        let again = [alarm("booking_stuck", "a", 9)];
        assert_eq!(subjects(missing(&again, &told)), ["a"]);
    }

    #[test]
    fn a_message_counts_everything_and_shows_the_first() {
        let many: Vec<Alarm> = (0..100)
            .map(|n| alarm("booking_stuck", &n.to_string(), n))
            .collect();
        let many: Vec<&Alarm> = many.iter().collect();
        let (subject, message) = message(&many, &[], Timestamp::UNIX_EPOCH);
        assert_eq!(subject, "Bookpath: 100 alarms began");
        assert_eq!(message["began"]["count"], 100);
        assert_eq!(message["began"]["by_code"]["booking_stuck"], 100);
        assert_eq!(message["began"]["first"].as_array().map(Vec::len), Some(20));
        assert_eq!(message["ended"]["count"], 0);
    }
}
