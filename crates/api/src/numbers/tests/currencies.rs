//! Money in another currency than that of most rows: in no sum, and listed with what it comes to.

use bookpath_domain::people::sources::SpendRow;
use serde_json::{Value, json};

use super::credited::{assert_opens, row};
use super::routes::followed;
use super::{MONTH, RULES, deal, figure, payment, sources};
use crate::testing::World;

/// Dollars, and a deal, a payment and a campaign in euros.
async fn world() -> World {
    let mut sources = sources();
    let euro = || "EUR".to_owned();
    let mut won = deal(4, "2026-02-22T10:00:00Z", "won", 800_000);
    won.currency = Some(euro());
    sources.opportunities.push(won);
    let mut paid = payment("p3", "s0", 9_000);
    paid.currency = euro();
    sources.payments.push(paid);
    sources.spend.push(SpendRow {
        campaign: Some("berlin".to_owned()),
        amount_minor: 4_000,
        currency: euro(),
        ..sources.spend[0].clone()
    });
    World::new(sources, RULES).await
}

#[tokio::test]
async fn what_opens_behind_every_figure_adds_up_in_two_currencies() {
    let world = world().await;
    for question in [MONTH, "month=all&user=bob@co.test"] {
        let answer = world.get(&format!("/api/metrics?{question}")).await;
        for (key, figure) in answer["metrics"].as_object().unwrap() {
            followed(&world, figure, &format!("{question} {key}")).await;
        }
    }
}

/// Three deals are won. Two of them are in dollars, as the money that is divided by them.
#[tokio::test]
async fn money_of_deals_is_divided_by_deals_of_its_currency() {
    let world = world().await;
    let answer = world.get(&format!("/api/metrics?{MONTH}")).await;
    assert_eq!(figure(&answer, "deals_won")["value"], 3);
    for (key, numerator) in [
        ("avg_contract_value", 1_500_000),
        ("avg_cash_per_deal", 394_500),
    ] {
        let figure = figure(&answer, key);
        let told = (&figure["numerator"], &figure["denominator"]);
        assert_eq!(told, (&numerator.into(), &2.into()), "{key}");
        assert_eq!(figure["value"], numerator / 2, "{key}");
    }
}

#[tokio::test]
async fn what_does_not_count_says_its_own_amount_and_currency() {
    let world = world().await;
    let answer = world.get(&format!("/api/metrics?{MONTH}")).await;
    for (key, others) in [
        ("revenue", vec![800_000]),
        ("cash_collected", vec![9_000, 200_000]),
        ("spend", vec![4_000]),
        ("avg_contract_value", vec![800_000]),
    ] {
        let missing = &figure(&answer, key)["drill"]["not_counted"];
        let rows = world.get(missing["href"].as_str().unwrap()).await;
        let items = rows["items"].as_array().unwrap().iter();
        let items = items.filter(|item| item["why"] == "other_currency");
        let told = items.map(|item| {
            assert_eq!(
                (&item["amount_minor"], &item["own_currency"]),
                (&0.into(), &"EUR".into())
            );
            item["own_minor"].as_i64().unwrap()
        });
        let mut told: Vec<i64> = told.collect();
        told.sort_unstable();
        assert_eq!(told, others, "{key}");
    }
    let file = world
        .get(&format!("/api/rows/spend?{MONTH}&format=csv"))
        .await;
    let header = file.as_str().unwrap().lines().next().unwrap();
    assert!(header.ends_with(",own_minor,own_currency"), "{header}");
}

/// A campaign in euros has its spend in euros beside it, and that opens, too.
#[tokio::test]
async fn the_spend_beside_a_row_opens_in_its_own_currency() {
    let world = world().await;
    let of = |campaign: Option<&str>, cost: i64, currency: &str| {
        row(json!({
            "month": "2026-02", "channel": "facebook", "campaign": campaign, "model": "booking", "touches": 0,
            "conversions_credit": 0.0, "revenue_credit_minor": 0, "cash_credit_minor": 0, "cost_minor": cost,
            "cost_currency": currency,
        }))
    };
    let rows = [of(Some("berlin"), 4_000, "EUR"), of(None, 70_000, "USD")];
    assert_opens(&world, None, &rows).await;
    let spend = "/api/rows/spend?channel=facebook&by=channel";
    let in_euro = world.get(&format!("{spend}&currency=EUR")).await;
    let told = (&in_euro["total_minor"], &in_euro["currency"]);
    assert_eq!(told, (&4_000.into(), &"EUR".into()));
    let main = world.get(spend).await;
    let told: (&Value, &Value) = (&main["total_minor"], &main["currency"]);
    assert_eq!(told, (&70_000.into(), &"USD".into()));
}
