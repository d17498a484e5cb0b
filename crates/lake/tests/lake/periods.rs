//! Figures of a period against a naive fold over the bookings, the credits and the spend of that period.

use std::collections::{BTreeMap, BTreeSet};

use bookpath_lake::{ClockOf, LakeError, Order, Period, PeriodBy};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::model::{Spend, ratio, row, whole};
use crate::simple::day;
use crate::{Bench, Row, assert_same, at};

const ALL: (usize, usize) = (1_000_000, 0);
const TABLES: [&str; 5] = [
    "gold.booking_time_analysis",
    "gold.bookings_trend",
    "gold.channel_attribution",
    "gold.cost_per_booking",
    "gold.daily_bookings_by_source",
];
/// What a period can be divided by, and the columns of the answer that say so.
const GROUPS: [(PeriodBy, &[&str]); 8] = [
    (PeriodBy::Channel, &["channel"]),
    (PeriodBy::Campaign, &["campaign"]),
    (PeriodBy::Source, &["source"]),
    (
        PeriodBy::Hour(ClockOf::Business),
        &["booking_day_of_week", "booking_hour"],
    ),
    (
        PeriodBy::Hour(ClockOf::Invitee),
        &["booking_day_of_week", "booking_hour"],
    ),
    (
        PeriodBy::Weekday(ClockOf::Invitee),
        &["booking_day_of_week"],
    ),
    (PeriodBy::HourOfDay(ClockOf::Business), &["booking_hour"]),
    (PeriodBy::Total, &[]),
];

/// Name of a group, and the hour, where they divide.
type Group = (Option<String>, Option<i64>);

/// What a period is made of.
struct Facts<'a> {
    bookings: Vec<&'a Row>,
    spend: Vec<&'a Spend>,
    /// The first booking of each person, whenever it was.
    firsts: BTreeSet<&'a str>,
    trend: Vec<&'a Row>,
}

fn text<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row[column].as_str()
}

/// Bookings and spend by what the period is divided by; a total is there without either.
fn divided<'a>(facts: &Facts<'a>, by: PeriodBy) -> BTreeMap<Group, (Vec<&'a Row>, Vec<i64>)> {
    let mut groups: BTreeMap<_, (Vec<&Row>, Vec<i64>)> = BTreeMap::new();
    if by == PeriodBy::Total {
        groups.entry((None, None)).or_default();
    }
    for booking in &facts.bookings {
        groups
            .entry(group_of(booking, by))
            .or_default()
            .0
            .push(booking);
    }
    for spend in &facts.spend {
        let name = match by {
            PeriodBy::Channel => Some(spend.channel.clone()),
            PeriodBy::Campaign => spend.campaign.clone(),
            _ => None,
        };
        let group = groups.entry((name, None)).or_default();
        group.1.push(spend.amount_minor);
    }
    groups
}

fn group_of(booking: &Row, by: PeriodBy) -> Group {
    let own = |column: &str| text(booking, column).map(str::to_owned);
    let clock = |of: ClockOf| match of {
        ClockOf::Business => ("booking_day_of_week", "booking_hour"),
        ClockOf::Invitee => ("booking_day_of_week_local", "booking_hour_local"),
    };
    match by {
        PeriodBy::Channel => (own("marketing_channel"), None),
        PeriodBy::Campaign => (own("utm_campaign"), None),
        PeriodBy::Source => (own("utm_source"), None),
        PeriodBy::Hour(of) => (own(clock(of).0), booking[clock(of).1].as_i64()),
        PeriodBy::Weekday(of) => (own(clock(of).0), None),
        PeriodBy::HourOfDay(of) => (None, booking[clock(of).1].as_i64()),
        PeriodBy::Total => (None, None),
        PeriodBy::Slot => unreachable!("it has a test of its own"),
    }
}

fn count(bookings: &[&Row], outcome: &str) -> i64 {
    let of = bookings.iter().filter(|b| b["outcome"] == outcome);
    i64::try_from(of.count()).unwrap()
}

/// The row of a group; `None` where the table has nothing of it.
fn naive(table: &str, facts: &Facts<'_>, bookings: &[&Row], spend: &[i64]) -> Value {
    let (n, attended) = (
        i64::try_from(bookings.len()).unwrap(),
        count(bookings, "attended"),
    );
    let cost = (!spend.is_empty()).then(|| spend.iter().sum::<i64>());
    match table {
        "gold.booking_time_analysis" => {
            let lead: i64 = bookings
                .iter()
                .map(|b| b["lead_us"].as_i64().unwrap())
                .sum();
            json!({
                "bookings": n, "canceled": count(bookings, "canceled"), "attended": attended,
                "no_show": count(bookings, "no_show"), "avg_lead_hours": ratio(lead.into(), i128::from(n) * 3_600_000_000),
            })
        }
        "gold.bookings_trend" => {
            let days = facts.trend.len();
            json!({ "days": days, "bookings": n, "bookings_per_day": ratio(n.into(), days as i128) })
        }
        "gold.cost_per_booking" => json!({
            "spend_minor": cost, "spend_rows": spend.len(), "bookings": n, "attended": attended, "cost_per_booking_minor": whole(cost, n),
            "cost_per_attended_minor": whole(cost, attended), "spend_status": if cost.is_some() { "known" } else { "missing" },
            "currency": cost.map(|_| "USD"),
        }),
        "gold.channel_attribution" => json!({
            "model": "booking", "conversions_credit": n as f64, "revenue_credit_minor": 0, "cash_credit_minor": 0,
            "cost_minor": cost, "roas": ratio(0, cost.unwrap_or(0).into()), "currency": null, "cost_currency": cost.map(|_| "USD"),
        }),
        _ => {
            let people: BTreeSet<_> = bookings.iter().map(|b| text(b, "contact_email")).collect();
            let first = |b: &&&Row| facts.firsts.contains(text(b, "chain_id").unwrap());
            let firsts = bookings.iter().filter(first).count();
            json!({ "bookings": n, "unique_contacts": people.len(), "first_time_contacts": firsts })
        }
    }
}

fn wanted(table: &str, (by, columns): (PeriodBy, &[&str]), facts: &Facts<'_>) -> Vec<Row> {
    let with_spend = ["gold.cost_per_booking", "gold.channel_attribution"].contains(&table);
    let mut rows = Vec::new();
    for ((name, hour), (bookings, spend)) in divided(facts, by) {
        let months = table == "gold.channel_attribution";
        let told = !bookings.is_empty() || (with_spend && !spend.is_empty());
        if !told && (by != PeriodBy::Total || months) {
            continue;
        }
        let mut found = row(naive(table, facts, &bookings, &spend));
        for column in columns {
            let value = match *column {
                "booking_hour" => json!(hour),
                _ => json!(name),
            };
            found.insert((*column).to_owned(), value);
        }
        rows.push(found);
    }
    rows
}

/// Months of attribution are whole ones.
fn within(table: &str, period: &Period, day: &str) -> bool {
    let places = if table == "gold.channel_attribution" {
        7
    } else {
        10
    };
    let bound = |bound: Date| bound.to_string()[..places].to_owned();
    period
        .from
        .is_none_or(|from| bound(from).as_str() <= &day[..places])
        && period
            .to
            .is_none_or(|to| &day[..places] <= bound(to).as_str())
}

/// Compares every table and group over some periods, those of which the bookings' days are in the middle.
pub(crate) async fn check(bench: &Bench, spend: &[Spend]) {
    let mut bookings = bench.rows("silver.bookings").await;
    let booked = |b: &Row| at(text(b, "booked_at").unwrap());
    bookings.sort_by_key(|b| (booked(b), b["chain_id"].to_string()));
    let mut people = BTreeSet::new();
    let firsts = bookings
        .iter()
        .filter(|b| people.insert(text(b, "contact_email")));
    let firsts: BTreeSet<&str> = firsts.filter_map(|b| text(b, "chain_id")).collect();
    let trend = bench.rows("gold.bookings_trend").await;
    let days: Vec<Date> = bookings
        .iter()
        .map(|b| text(b, "booking_date").unwrap().parse().unwrap())
        .collect();
    let middle = days.get(days.len() / 2).copied();
    let spans = [
        (None, None),
        (middle, None),
        (None, middle),
        (middle, middle),
    ];
    for ((from, to), table) in spans
        .iter()
        .flat_map(|span| TABLES.map(|table| (span, table)))
    {
        let period = Period {
            from: *from,
            to: *to,
            by: PeriodBy::Total,
            channel: None,
        };
        let day_of = |row: &&Row| within(table, &period, text(row, "booking_date").unwrap());
        let facts = Facts {
            bookings: bookings.iter().filter(day_of).collect(),
            spend: spend
                .iter()
                .filter(|s| within(table, &period, &s.day.to_string()))
                .collect(),
            firsts: firsts.clone(),
            trend: trend.iter().filter(day_of).collect(),
        };
        for (by, columns) in GROUPS {
            let asked = Period {
                by,
                ..period.clone()
            };
            let name = columns.join(" and ");
            let what = format!("{from:?} to {to:?} by {name}");
            match bench.lake.period(table, &asked, None, ALL).await {
                Ok(got) => {
                    let wanted = wanted(table, (by, columns), &facts);
                    assert_same(&what, table, &got.rows, &wanted);
                    assert_eq!(got.total, got.rows.len());
                }
                // The table has no such column.
                Err(error) => assert!(
                    matches!(&error, LakeError::Unknown { name: of, .. } if *of == name),
                    "{what}: {error}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn a_period_is_no_sum_of_its_days() {
    let mut bench = Bench::new("UTC");
    let as_of = at("2026-03-20T00:00:00Z");
    for n in 0..4 {
        bench.run(&day(n, 6), as_of).await;
    }
    let spend = |n: i64, channel: &str, campaign: Option<&str>, amount_minor| Spend {
        day: format!("2026-03-0{n}").parse().unwrap(),
        channel: channel.to_owned(),
        campaign: campaign.map(str::to_owned),
        amount_minor,
    };
    let spends = [
        spend(1, "facebook_paid_ads", Some("brand"), 1001),
        spend(2, "facebook_paid_ads", None, 500),
        spend(3, "nobody", None, 7),
    ];
    for spend in &spends {
        let row = bookpath_lake::SpendRow {
            day: spend.day,
            channel: spend.channel.clone(),
            campaign: spend.campaign.clone(),
            amount_minor: spend.amount_minor,
            currency: "USD".to_owned(),
        };
        let report = bench
            .lake
            .append_ad_spend(&[row], &bench.rules, as_of)
            .await;
        assert_eq!(report.unwrap().accepted, 1);
    }
    bench.run(&[], as_of).await;
    check(&bench, &spends).await;
    let refused: Vec<_> = refusals(&bench).await;
    let groups = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    let hours = [
        "Hour(Business)",
        "Hour(Invitee)",
        "Weekday(Invitee)",
        "HourOfDay(Business)",
    ];
    assert_eq!(
        refused,
        [
            groups(&[]),
            groups(&[&["Channel", "Campaign", "Source"][..], &hours].concat()),
            groups(&[&["Source"][..], &hours].concat()),
            groups(&[&["Source"][..], &hours].concat()),
            groups(&hours),
        ]
    );
}

/// The hours of one channel are those of its bookings, and no other table is narrowed that way.
#[tokio::test]
async fn the_hours_of_one_channel() {
    let mut bench = Bench::new("UTC");
    let as_of = at("2026-03-20T00:00:00Z");
    let mut lines = day(0, 9);
    for line in lines.iter_mut().step_by(2) {
        *line = line.replace("facebook_paid_ads", "youtube");
    }
    bench.run(&lines, as_of).await;
    let bookings = bench.rows("silver.bookings").await;
    // A name that would end the text of a query is a name like any other.
    let none = "o'clock' OR 'a' = 'a";
    let channels = bookings.iter().filter_map(|b| text(b, "marketing_channel"));
    let channels: BTreeSet<&str> = channels.chain([none]).collect();
    assert!(channels.len() > 2, "{channels:?}");
    for channel in channels {
        let by = PeriodBy::Weekday(ClockOf::Business);
        let asked = Period {
            from: None,
            to: None,
            by,
            channel: Some(channel.to_owned()),
        };
        let period = |table| bench.lake.period(table, &asked, None, ALL);
        let got = period("gold.booking_time_analysis").await.unwrap();
        let sum: i64 = got.rows.iter().filter_map(|r| r["bookings"].as_i64()).sum();
        let own = |b: &&Row| text(b, "marketing_channel") == Some(channel);
        assert_eq!(
            usize::try_from(sum),
            Ok(bookings.iter().filter(own).count())
        );
        assert!(period("gold.daily_bookings_by_source").await.is_err());
    }
}

/// Without a bound the rows of a period are those of the table, with one they are of the bookings of those days.
#[tokio::test]
async fn the_rows_of_the_analysis_of_times_can_be_of_some_days() {
    let mut bench = Bench::new("America/New_York");
    let lines: Vec<String> = (0..4).flat_map(|n| day(n, 9)).collect();
    bench.run(&lines, at("2026-03-20T00:00:00Z")).await;
    let table = "gold.booking_time_analysis";
    let slots = |from: Option<&str>, to: Option<&str>| Period {
        from: from.map(|day| day.parse().unwrap()),
        to: to.map(|day| day.parse().unwrap()),
        by: PeriodBy::Slot,
        channel: None,
    };
    let all = slots(None, None);
    let all = bench.lake.period(table, &all, None, ALL).await.unwrap();
    let mut kept = bench.lake.list(table, &[], None, ALL).await.unwrap().rows;
    for row in &mut kept {
        row.shift_remove("as_of");
    }
    assert_eq!(all.rows, kept);
    let bookings = bench.rows("silver.bookings").await;
    let days = [Some("2026-03-02"), Some("2026-03-03")];
    let of_days = bookings
        .iter()
        .filter(|b| days.contains(&text(b, "booking_date")))
        .count();
    assert!((1..bookings.len()).contains(&of_days), "{of_days}");
    let some = slots(days[0], days[1]);
    let some = bench.lake.period(table, &some, None, ALL).await.unwrap();
    let sum: i64 = some
        .rows
        .iter()
        .filter_map(|r| r["bookings"].as_i64())
        .sum();
    assert_eq!(usize::try_from(sum), Ok(of_days));
}

/// What each table can't be divided by.
async fn refusals(bench: &Bench) -> Vec<Vec<String>> {
    let mut refused = Vec::new();
    for table in TABLES {
        let mut groups = Vec::new();
        for (by, _) in GROUPS {
            let period = Period {
                from: None,
                to: None,
                by,
                channel: None,
            };
            if bench.lake.period(table, &period, None, ALL).await.is_err() {
                groups.push(format!("{by:?}"));
            }
        }
        refused.push(groups);
    }
    refused
}

#[tokio::test]
async fn rows_come_in_the_asked_order_page_by_page() {
    let mut bench = Bench::new("UTC");
    for n in 0..3 {
        bench.run(&day(n, 5 + n), at("2026-03-20T00:00:00Z")).await;
    }
    let order = |column: &str, descending| Order {
        column: column.to_owned(),
        descending,
    };
    let trend = "gold.bookings_trend";
    let mut wanted = bench.lake.head(trend, &[], 100, 0).await.unwrap();
    for descending in [false, true] {
        wanted.sort_by_key(|row| row["booking_date"].to_string());
        let missing = |row: &Row| row["wow_change_pct"].is_null();
        let value = |row: &Row| row["bookings"].as_i64().unwrap();
        wanted.sort_by_key(|row| if descending { -value(row) } else { value(row) });
        let by = order("bookings", descending);
        let mut got = Vec::new();
        for page in 0..wanted.len() {
            let listed = bench
                .lake
                .list(trend, &[], Some(&by), (1, page))
                .await
                .unwrap();
            assert_eq!(listed.total, wanted.len());
            got.extend(listed.rows);
        }
        assert_eq!(got, wanted);
        let by = order("wow_change_pct", descending);
        let listed = bench.lake.list(trend, &[], Some(&by), ALL).await.unwrap();
        assert!(listed.rows.iter().map(missing).is_sorted());
    }
    for column in ["nothing", "BOOKINGS", "bookings; --"] {
        let by = order(column, false);
        let refused = bench.lake.list(trend, &[], Some(&by), ALL).await;
        assert!(
            matches!(refused, Err(LakeError::Unknown { .. })),
            "{column}"
        );
    }
}
