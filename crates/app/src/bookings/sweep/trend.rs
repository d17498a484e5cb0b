//! Warnings from how the counters have moved since the last sweep (S4-47, S4-48).

use std::collections::BTreeMap;

use bookpath_domain::ErrorClass;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::effects::error_counter;
use crate::operators::alarms::Alarm;
use crate::operators::latency::{Series, percentiles};
use crate::ports::{Commit, Expect, ItemKey, Store, StoreError, Write};

/// The codes that this raises.
pub(super) const CODES: [&str; 4] = [
    "high_error_rate",
    "webhooks_refused",
    "slow_api",
    "unusual_bookings",
];
/// Fewest calls for which an error rate is computed.
const CALLS_MIN: i64 = 20;
/// One failure in so many calls is too much.
const ERRORS_ONE_IN: i64 = 4;
/// This many refused signatures between two sweeps raise an alarm. The cause is a changed key or forged webhooks.
const REFUSED_MAX: i64 = 50;
const API_P95_MS_MAX: u64 = 2_500;
/// Bookings of an hour that are unusual if they are so many times what an hour has.
const RUSH_MIN: i64 = 20;
const RUSH_TIMES: i64 = 5;
/// Hours without any booking that are unusual where each has so many.
const SILENT_HOURS: i64 = 6;
const BUSY_PER_HOUR: i64 = 5;
/// An hour is compared with at least a day, and at most a week.
const HISTORY_HOURS_MIN: i64 = 24;
const HISTORY_HOURS_MAX: usize = 7 * 24;

type Counters = BTreeMap<String, i64>;

/// What the last sweep saw.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Seen {
    counters: Counters,
    /// Bookings that there were at the first sweep of an hour: (hour since 1970, bookings), oldest first.
    hours: Vec<(i64, i64)>,
}

/// Compares with the last sweep, and remembers this one.
pub(super) async fn look(store: &dyn Store, now: Timestamp) -> Result<Vec<Alarm>, StoreError> {
    let key = ItemKey::new("sweep", "seen");
    let before: Option<Seen> = store.get(&key).await?.map(|item| item.read()).transpose()?;
    let counters: Counters = store.counters().await?.into_iter().collect();
    let mut seen = Seen {
        counters,
        hours: before.as_ref().map(|b| b.hours.clone()).unwrap_or_default(),
    };
    let hour = now.as_second().div_euclid(3_600);
    if seen.hours.last().is_none_or(|(last, _)| *last != hour) {
        seen.hours.push((hour, counted(&seen.counters, "bookings")));
        let over = seen.hours.len().saturating_sub(HISTORY_HOURS_MAX);
        seen.hours.drain(..over);
    }
    let found = before
        .map(|before| judge(&before, &seen, hour))
        .unwrap_or_default();
    store
        .commit(Commit::new(vec![Write::put(
            key,
            None,
            &seen,
            Expect::Any,
        )?]))
        .await?;
    Ok(found
        .into_iter()
        .map(|(code, subject, detail)| Alarm::new(code, subject, now, detail))
        .collect())
}

fn counted(counters: &Counters, name: &str) -> i64 {
    counters.get(name).copied().unwrap_or(0)
}

type Finding = (&'static str, &'static str, String);

fn judge(before: &Seen, now: &Seen, hour: i64) -> Vec<Finding> {
    let moved: Counters = now
        .counters
        .iter()
        .map(|(name, value)| (name.clone(), value - counted(&before.counters, name)))
        .collect();
    let mut found = Vec::new();
    let classes = [
        ErrorClass::TransientError,
        ErrorClass::PaymentError,
        ErrorClass::IntegrationError,
        ErrorClass::SystemError,
    ];
    let errors: i64 = classes
        .into_iter()
        .map(|class| counted(&moved, error_counter(class)))
        .sum();
    let tries = counted(&moved, "effects_tried");
    if tries >= CALLS_MIN && errors * ERRORS_ONE_IN >= tries {
        found.push((
            "high_error_rate",
            "effects",
            format!("{errors} of {tries} calls failed since the last sweep"),
        ));
    }
    let refused = counted(&moved, "webhook_rejected");
    if refused >= REFUSED_MAX {
        found.push((
            "webhooks_refused",
            "signatures",
            format!("{refused} webhooks had no right signature since the last sweep"),
        ));
    }
    let api = percentiles(Series::Api, &moved);
    if api.count >= CALLS_MIN && api.p95_ms.is_none_or(|ms| ms > API_P95_MS_MAX) {
        found.push((
            "slow_api",
            "api",
            format!(
                "the slowest twentieth of {} requests took over {API_P95_MS_MAX} ms",
                api.count
            ),
        ));
    }
    found.extend(bookings(now, hour));
    found
}

/// An hour that is not like the hours of the week before.
fn bookings(now: &Seen, hour: i64) -> Option<Finding> {
    let total = counted(&now.counters, "bookings");
    let since = |first: i64| now.hours.iter().find(|(h, _)| *h >= first);
    let (_, at_last_hour) = since(hour - 1)?;
    let (oldest_hour, at_oldest) = now.hours.first()?;
    let hours = hour - 1 - oldest_hour;
    if hours < HISTORY_HOURS_MIN {
        return None;
    }
    let (last, history) = (total - at_last_hour, at_last_hour - at_oldest);
    if last >= RUSH_MIN && last * hours >= RUSH_TIMES * history {
        return Some((
            "unusual_bookings",
            "rush",
            format!("{last} bookings in an hour; the {hours} hours before had {history}"),
        ));
    }
    let (_, at_silence) = since(hour - SILENT_HOURS)?;
    let silent = total == *at_silence && history >= BUSY_PER_HOUR * hours;
    silent.then(|| {
        (
            "unusual_bookings",
            "silence",
            format!("no booking for {SILENT_HOURS} hours; the {hours} hours before had {history}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(counters: &[(&str, i64)], hours: &[(i64, i64)]) -> Seen {
        Seen {
            counters: counters
                .iter()
                .map(|(name, n)| ((*name).to_owned(), *n))
                .collect(),
            hours: hours.to_vec(),
        }
    }

    fn codes(before: &Seen, now: &Seen, hour: i64) -> Vec<(&'static str, &'static str)> {
        judge(before, now, hour)
            .into_iter()
            .map(|(code, subject, _)| (code, subject))
            .collect()
    }

    #[test]
    fn only_what_moved_since_the_last_sweep_counts() {
        let before = seen(&[("effects_tried", 1000), ("errors_transient", 900)], &[]);
        let quiet = seen(&[("effects_tried", 1040), ("errors_transient", 905)], &[]);
        assert!(codes(&before, &quiet, 0).is_empty());
        let bad = seen(
            &[
                ("effects_tried", 1040),
                ("errors_transient", 905),
                ("errors_integration", 5),
            ],
            &[],
        );
        assert_eq!(codes(&before, &bad, 0), [("high_error_rate", "effects")]);
        let few = seen(&[("effects_tried", 1010), ("errors_transient", 910)], &[]);
        assert!(codes(&before, &few, 0).is_empty());
        let refused = seen(
            &[
                ("webhook_rejected", 50),
                ("api_latency_ms_more", 3),
                ("api_latency_ms_5", 17),
            ],
            &[],
        );
        assert_eq!(
            codes(&Seen::default(), &refused, 0),
            [("webhooks_refused", "signatures"), ("slow_api", "api")]
        );
    }

    #[test]
    fn an_hour_is_measured_by_the_week_before_it() {
        // Ten bookings an hour for two days.
        let hours: Vec<(i64, i64)> = (0..48).map(|h| (h, 10 * h)).collect();
        let after = |hour: i64, total: i64| {
            let mut hours = hours.clone();
            hours.extend((48..=hour).map(|h| (h, if h == hour { total } else { 480 })));
            seen(&[("bookings", total)], &hours)
        };
        let judged = |hour, total| codes(&Seen::default(), &after(hour, total), hour);
        assert!(judged(48, 480).is_empty());
        assert_eq!(judged(49, 480 + 60), [("unusual_bookings", "rush")]);
        assert_eq!(judged(54, 480), [("unusual_bookings", "silence")]);
        assert!(
            codes(
                &Seen::default(),
                &seen(&[("bookings", 500)], &[(0, 0), (1, 10)]),
                1
            )
            .is_empty(),
            "too little is known"
        );
    }
}
