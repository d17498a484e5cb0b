//! Spend in two currencies: never added up, and named in rows and figures of a period.

use std::collections::BTreeSet;

use bookpath_lake::{Period, PeriodBy};

use crate::{Bench, Row, at};

const ALL: (usize, usize) = (1_000_000, 0);

fn spent(day: &str, campaign: &str, amount_minor: i64, currency: &str) -> bookpath_lake::SpendRow {
    bookpath_lake::SpendRow {
        day: day.parse().unwrap(),
        channel: "google".to_owned(),
        campaign: Some(campaign.to_owned()),
        amount_minor,
        currency: currency.to_owned(),
    }
}

/// An amount with its currency.
type Amount = (Option<i64>, Option<String>);

fn amount(row: &Row, column: &str, currency: &str) -> Amount {
    let currency = row[currency].as_str().map(str::to_owned);
    (row[column].as_i64(), currency)
}

fn money(amount_minor: i64, currency: &str) -> Amount {
    (Some(amount_minor), Some(currency.to_owned()))
}

/// The spend of March in the answers of a period, by table and group.
async fn spend_of_march(bench: &Bench) -> BTreeSet<Amount> {
    let mut found = BTreeSet::new();
    for (table, column, currency) in [
        ("gold.cost_per_booking", "spend_minor", "currency"),
        ("gold.channel_attribution", "cost_minor", "cost_currency"),
    ] {
        for by in [PeriodBy::Channel, PeriodBy::Total] {
            let period = Period {
                from: Some("2026-03-01".parse().unwrap()),
                to: Some("2026-03-31".parse().unwrap()),
                by,
                channel: None,
            };
            let got = bench.lake.period(table, &period, None, ALL).await.unwrap();
            let rows = got.rows.iter();
            found.extend(rows.map(|row| amount(row, column, currency)));
        }
    }
    found
}

/// Cost, and whether there is a return on it, of the campaigns of March.
async fn campaigns_of_march(bench: &Bench) -> Vec<(Amount, bool)> {
    let rows = bench.rows("gold.channel_attribution").await;
    let march = rows.iter().filter(|row| row["month"] == "2026-03");
    let cost = |row: &Row| {
        let cost = amount(row, "cost_minor", "cost_currency");
        (cost, row["roas"].is_number())
    };
    march.map(cost).collect()
}

/// Two campaigns of one channel in two currencies: each keeps its own amount, and what stands for both counts the currency
/// of most rows.
#[tokio::test]
async fn two_currencies_are_never_added_up() {
    let bench = Bench::new("UTC");
    let as_of = at("2026-03-20T00:00:00Z");
    let spend = async |rows: &[bookpath_lake::SpendRow]| {
        let report = bench.lake.append_ad_spend(rows, &bench.rules, as_of).await;
        report.unwrap();
        bench.etl(&[], as_of).await.unwrap();
    };
    spend(&[
        spent("2026-03-01", "eu", 10_000, "EUR"),
        spent("2026-03-02", "us", 4_000, "USD"),
        spent("2026-03-03", "us", 1_000, "USD"),
    ])
    .await;
    let (euros, dollars) = (money(10_000, "EUR"), money(5_000, "USD"));
    let counted = BTreeSet::from([dollars.clone()]);
    assert_eq!(spend_of_march(&bench).await, counted);
    let campaigns = campaigns_of_march(&bench).await;
    let told = [(euros.clone(), false), (dollars.clone(), true)];
    assert_eq!(campaigns, told);
    let days = bench.rows("gold.cost_per_booking").await;
    let days = days
        .iter()
        .map(|row| amount(row, "spend_minor", "currency"));
    let days: Vec<Amount> = days.collect();
    let [first, second, third] = [(10_000, "EUR"), (4_000, "USD"), (1_000, "USD")];
    let told = [first, second, third].map(|(minor, currency)| money(minor, currency));
    assert_eq!(days, told);
    // More rows in euros: now these add up, also in a month that nothing was spent in since.
    spend(&[
        spent("2026-04-01", "eu", 1, "EUR"),
        spent("2026-04-02", "eu", 2, "EUR"),
    ])
    .await;
    let counted = BTreeSet::from([euros.clone()]);
    assert_eq!(spend_of_march(&bench).await, counted);
    let campaigns = campaigns_of_march(&bench).await;
    assert_eq!(campaigns, [(euros, true), (dollars, false)]);
    let before = bench.all().await;
    bench.rebuild(as_of).await;
    assert_eq!(before, bench.all().await, "an increment is a rebuild");
}
