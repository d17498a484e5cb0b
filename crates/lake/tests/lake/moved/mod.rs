//! Numbers move for a reason: day after day of a random business, every value of gold that differs between two runs is
//! named once, with what was told since the last run that moved a number, or who decided, or that time passed.

mod business;

use std::collections::{BTreeMap, BTreeSet};

use bookpath_lake::{Catalog, Cause, Change, ChangesAsked, Lake, Telling};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::Value;

use self::business::{Business, DAYS, Event, START, days};
use crate::{Row, at};

/// What was told since the last run that moved a number, and nothing else, is what moved this.
fn assert_cause(business: &Business, change: &Change) {
    let Change {
        table,
        key,
        column,
        cause,
        ..
    } = change;
    let what = || {
        format!(
            "{table} {key:?} {column}: {cause:?}, told {:?}",
            business.told
        )
    };
    let fine = match cause {
        Cause::Told(told) => {
            let known = |telling: &Telling| match telling {
                Telling::Raw(raw) => business.told.contains(raw),
                Telling::Payment { .. } => business.paid,
                Telling::Record => false,
            };
            !told.is_empty() && told.iter().all(known)
        }
        Cause::Spend => business.spent,
        Cause::Decision { actor } => business.decided && actor == "admin",
        Cause::Time => true,
        Cause::Settings => false,
    };
    assert!(fine, "{}", what());
}

type Values = BTreeMap<(String, String, String), Value>;

/// Every value of gold by table, key and column.
async fn values(lake: &Lake) -> Values {
    let mut values = Values::new();
    for model in Catalog::get().unwrap().tier("gold") {
        for row in lake.head(&model.name, &[], 1_000_000, 0).await.unwrap() {
            let key: Row = model
                .spec
                .key
                .iter()
                .map(|c| (c.clone(), row[c].clone()))
                .collect();
            let key = Value::Object(key).to_string();
            for column in model.spec.columns.iter().filter(|c| !c.volatile) {
                if !model.spec.key.contains(&column.name) {
                    let place = (model.name.clone(), key.clone(), column.name.clone());
                    values.insert(place, row[&column.name].clone());
                }
            }
        }
    }
    values
}

/// What is not the same, with both values.
fn differences(
    before: &Values,
    after: &Values,
) -> BTreeMap<(String, String, String), (Value, Value)> {
    let places: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let value = |values: &Values, place| values.get(place).cloned().unwrap_or_default();
    let pairs = places
        .into_iter()
        .map(|place| (place, (value(before, place), value(after, place))));
    let moved = pairs.filter(|(_, (from, to))| from != to);
    moved.map(|(place, pair)| (place.clone(), pair)).collect()
}

async fn check(days: Vec<Vec<Event>>) {
    let mut business = Business::new();
    let mut before = Values::new();
    let (mut named, mut quiet) = (0, 0);
    for events in &days {
        let since = business.now;
        business.day(events).await;
        let after = values(&business.bench.lake).await;
        let wanted = differences(&before, &after);
        let found = business.changes(since).await;
        let got: BTreeMap<_, _> = found
            .iter()
            .map(|change| {
                let key = Value::Object(change.key.clone()).to_string();
                let place = (change.table.to_owned(), key, change.column.clone());
                (place, (change.from.clone(), change.to.clone()))
            })
            .collect();
        assert_eq!(got.len(), found.len(), "each value once");
        assert_eq!(got, wanted, "on {}", business.now);
        let nothing =
            business.told.is_empty() && !business.paid && !business.spent && !business.decided;
        for change in &found {
            assert_eq!(change.at, business.now);
            assert_cause(&business, change);
            if nothing {
                assert_eq!(change.cause, Cause::Time, "{change:?}");
            }
        }
        named += usize::from(!nothing && !found.is_empty());
        quiet += usize::from(nothing);
        business.moved = !found.is_empty();
        before = after;
    }
    assert!(
        named > DAYS / 3,
        "{named} days moved something, {quiet} told nothing"
    );
    whole(&business, &before).await;
    parts(&business).await;
}

/// From the beginning, all changes of a value lead from nothing to what it is.
async fn whole(business: &Business, now: &Values) {
    let mut reached = Values::new();
    for change in business.changes(at(START)).await {
        let key = Value::Object(change.key).to_string();
        let place = (change.table.to_owned(), key, change.column);
        let before = reached.insert(place.clone(), change.to);
        assert_eq!(before.unwrap_or_default(), change.from, "{place:?}");
    }
    reached.retain(|_, value| !value.is_null());
    let mut now = now.clone();
    now.retain(|_, value| !value.is_null());
    assert_eq!(reached, now);
}

/// Parts of any size are the whole when they are put together: by values, and by rows that may be read.
async fn parts(business: &Business) {
    let all = business.changes(at(START)).await;
    for (limit, rows_max) in [(97, usize::MAX), (1_000_000, 1), (250, 200)] {
        let (mut found, mut place, mut count) = (Vec::new(), Some((at(START), 0)), 0);
        while let Some(from) = place {
            let part = business.part(from, limit, rows_max).await;
            assert!(part.found.len() <= limit, "{}", part.found.len());
            assert_ne!(part.next, Some(from), "it goes on");
            found.extend(part.found);
            (place, count) = (part.next, count + 1);
        }
        // Each part but the last has as many values as it may, or has read as many rows.
        let fewest = all.len().div_ceil(limit).max(2);
        assert!(count >= fewest, "{count} parts, {fewest} at least");
        assert_eq!(found, all, "{limit} {rows_max}");
    }
}

#[test]
fn every_difference_between_two_runs_is_named_with_its_cause() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 2,
        rng_seed: RngSeed::Fixed(16),
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::default()
    });
    let checked = runner.run(&days(), |days| {
        runtime.block_on(check(days));
        Ok(())
    });
    checked.unwrap();
}

/// Months of other users are none of a sales user's business.
#[tokio::test]
async fn somebody_sees_only_their_own_months() {
    let mut business = Business::new();
    let deal = Event::Deal {
        deal: 1,
        lead: 1,
        value: 10,
        won: true,
    };
    let lead = Event::Form {
        person: 1,
        source: 0,
    };
    let start = business.now;
    business.day(&[lead, deal]).await;
    let months = async |users: Option<&[String]>| {
        let asked = ChangesAsked {
            rules: &business.bench.rules,
            directory: &business.bench.directory,
            since: start,
            skip: 0,
            limit: 1000,
            rows_max: usize::MAX,
            users,
            corrected_before: None,
        };
        let found = business.bench.lake.changes(&asked).await.unwrap();
        let months = found.found.into_iter();
        let months = months.filter(|change| change.table == "gold.kpi_monthly");
        let users: BTreeSet<String> = months
            .map(|change| change.key["user_id"].to_string())
            .collect();
        users
    };
    let ann = "ann@co.test".to_owned();
    let quoted = format!("\"{ann}\"");
    assert_eq!(
        months(None).await,
        BTreeSet::from(["null".to_owned(), quoted.clone()])
    );
    assert_eq!(months(Some(&[ann])).await, BTreeSet::from([quoted]));
    assert_eq!(months(Some(&["bob".to_owned()])).await, BTreeSet::new());
}
