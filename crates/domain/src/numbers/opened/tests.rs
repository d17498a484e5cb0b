//! What opens behind a number, with names and sources.

use jiff::tz::TimeZone;

use super::{
    AmountUnit, Credited, Filter, Totals, of_bookings, of_credits, of_number, of_touches, totals,
};
use crate::config::BusinessConfig;
use crate::numbers::attribution::{Days, Model, Options, Wanted};
use crate::numbers::kpi::{Query, key};
use crate::people::resolved::{Resolved, resolve};
use crate::people::sources::{Directory, FormRow, PaymentRow, Sources, SpendRow};
use crate::testing::at;

const JANE: &str = "jane@acme.co";

fn world() -> Resolved {
    let form = |token: &str, channel: &str| FormRow {
        token: token.to_owned(),
        submitted_at: at("2026-03-02T23:30:00Z"),
        email: Some(JANE.to_owned()),
        phone: None,
        name: None,
        channel: channel.to_owned(),
        campaign: None,
        utm_source: None,
        invitee_uri: None,
        raw_sha256: None,
    };
    let payment = |id: &str, amount_minor| PaymentRow {
        payment_id: id.to_owned(),
        booking_id: "b".to_owned(),
        invitee_uri: None,
        contact_id: None,
        amount_minor,
        currency: "USD".to_owned(),
        occurred_at: at("2026-03-05T12:00:00Z"),
        raw_sha256: None,
    };
    let sources = Sources {
        forms: vec![form("t1", "google"), form("t2", "email")],
        payments: vec![payment("p", 700), payment("r", -200)],
        spend: vec![SpendRow {
            day: "2026-03-04".parse().unwrap(),
            channel: "google".to_owned(),
            campaign: Some("spring".to_owned()),
            amount_minor: 300,
            currency: "USD".to_owned(),
        }],
        ..Sources::default()
    };
    let rules = BusinessConfig::default();
    resolve(
        &sources,
        &Directory::default(),
        &rules,
        at("2026-04-01T00:00:00Z"),
    )
}

#[test]
fn a_number_opens_into_its_rows() {
    let resolved = world();
    let rows = |name: &str| {
        let terms = key(name).unwrap().numerator;
        of_number(&resolved, &TimeZone::UTC, &Query::default(), terms)
    };
    let leads = rows("leads");
    assert_eq!(leads[0].name.as_deref(), Some(JANE));
    assert_eq!(leads[0].source.table, "silver.form_responses");
    assert_eq!(leads[0].source.key, [("token", "t1".to_owned())]);
    let counted = Totals {
        count: 1,
        minor: None,
        micro: None,
    };
    assert_eq!(totals(&leads, AmountUnit::Count), counted);
    let money = |count, sum| Totals {
        count,
        minor: Some(sum),
        micro: None,
    };
    let cash = totals(&rows("cash_collected"), AmountUnit::Minor);
    assert_eq!(cash, money(2, 500));
    let cash_less_spend = rows("profit_per_call2");
    let less = totals(&cash_less_spend, AmountUnit::Minor);
    assert_eq!(less, money(3, 200));
    let spend = cash_less_spend
        .iter()
        .find(|row| row.fact == "spend")
        .unwrap();
    assert_eq!(
        (spend.name.as_deref(), spend.amount),
        (Some("google spring"), -300)
    );
    assert_eq!(spend.occurred_at, at("2026-03-04T00:00:00Z"));
    let key: Vec<&str> = spend
        .source
        .key
        .iter()
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(key, ["2026-03-04", "google", "spring"]);
}

#[test]
fn touches_are_filtered_and_credited() {
    let resolved = world();
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let on = |day: &str| Filter {
        days: Days {
            from: Some(day.parse().unwrap()),
            to: Some(day.parse().unwrap()),
        },
        ..Filter::default()
    };
    assert_eq!(of_touches(&resolved, &berlin, &on("2026-03-02")).len(), 0);
    let third = Filter {
        channel: Some("email".to_owned()),
        campaign: Some(String::new()),
        hour: Some(0),
        ..on("2026-03-03")
    };
    let found = of_touches(&resolved, &berlin, &third);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].row_id.as_str(), found[0].counted), ("t2", true));
    assert!(of_bookings(&resolved, &berlin, &Filter::default()).is_empty());
    let credited = Credited {
        options: &Options::default(),
        model: Model::Linear,
        wanted: Wanted {
            channel: Some("google"),
            campaign: None,
        },
        today: "2026-04-01".parse().unwrap(),
        figure: None,
    };
    assert!(of_credits(&resolved, &berlin, &credited).is_empty());
}
