//! What opens behind a number, with names and sources.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde_json::json;

use super::{
    AmountUnit, Credited, Filter, Totals, asks_people, made_of, named_by, of_bookings, of_credits,
    of_number, of_spend, of_touches, totals,
};
use crate::bookings::attendance::{Attendance, AttendanceSource};
use crate::config::BusinessConfig;
use crate::numbers::attribution::{CreditFilter, Days, Model, Options};
use crate::numbers::kpi::{OwnMoney, Query, key};
use crate::people::resolved::{Booking, Resolved, resolve};
use crate::people::sources::{Directory, FormRow, LocalHour, PaymentRow, Sources, SpendRow};
use crate::testing::at;

const JANE: &str = "jane@acme.co";

fn sources() -> Sources {
    let form = |token: &str, channel: &str| FormRow {
        token: token.to_owned(),
        form_id: Some("F1".to_owned()),
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
    Sources {
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
    }
}

fn world() -> Resolved {
    let rules = BusinessConfig::default();
    resolve(
        &sources(),
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

/// Euros beside dollars: they are in no sum, and are listed with what they come to.
#[test]
fn what_is_in_another_currency_is_listed_as_not_counted() {
    let mut sources = sources();
    let another = sources.payments[0].clone();
    sources.payments.push(PaymentRow {
        payment_id: "q".to_owned(),
        ..another
    });
    "eur".clone_into(&mut sources.payments[1].currency);
    let euros = SpendRow {
        campaign: Some("autumn".to_owned()),
        amount_minor: 90,
        currency: "EUR".to_owned(),
        ..sources.spend[0].clone()
    };
    sources.spend.push(euros);
    let rules = BusinessConfig::default();
    let now = at("2026-04-01T00:00:00Z");
    let resolved = resolve(&sources, &Directory::default(), &rules, now);
    let not_counted = |name: &str| {
        let terms = key(name).unwrap().numerator;
        let rows = of_number(&resolved, &TimeZone::UTC, &Query::default(), terms);
        let rows = rows.into_iter().filter(|row| !row.counted);
        let told = rows.map(|row| (row.why, row.amount, row.own.unwrap()));
        told.collect::<Vec<_>>()
    };
    let euros = |amount_minor| {
        let currency = "EUR".to_owned();
        let own = OwnMoney {
            currency,
            amount_minor,
        };
        vec![("other_currency", 0, own)]
    };
    assert_eq!(not_counted("cash_collected"), euros(-200));
    assert_eq!(not_counted("spend"), euros(90));
    // A profit takes spend off.
    assert_eq!(not_counted("profit"), euros(-90));
    let counted = |currency: Option<&str>| {
        let filter = Filter {
            currency: currency.map(str::to_owned),
            ..Filter::default()
        };
        let rows = of_spend(&resolved, &TimeZone::UTC, &filter);
        assert_eq!(rows.len(), 2);
        totals(&rows, AmountUnit::Minor).minor
    };
    assert_eq!((counted(None), counted(Some("EUR"))), (Some(300), Some(90)));
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
        wanted: CreditFilter {
            channel: Some("google"),
            campaign: None,
        },
        today: "2026-04-01".parse().unwrap(),
        figure: None,
    };
    assert!(of_credits(&resolved, &berlin, &credited).is_empty());
}

#[test]
fn hours_of_bookings_are_those_of_the_business_or_of_the_invitee() {
    let booking = |chain: &str, booked_local: Option<LocalHour>| Booking {
        chain_id: chain.to_owned(),
        contact_id: "c".to_owned(),
        booked_at: at("2026-03-01T23:30:00Z"),
        booked_local,
        channel: "google".to_owned(),
        campaign: None,
        utm_source: None,
        invitee_uri: chain.to_owned(),
        start: at("2026-03-03T10:00:00Z"),
        end: at("2026-03-03T11:00:00Z"),
        call_type: None,
        event_name: None,
        attendance: Attendance::Pending,
        attendance_source: AttendanceSource::Default,
        host_email: None,
        user: None,
    };
    let monday = LocalHour {
        weekday: Weekday::Monday,
        hour: 8,
    };
    let mut resolved = world();
    resolved.bookings = vec![booking("known", Some(monday)), booking("unknown", None)];
    let chains = |filter: Filter| {
        let found = of_bookings(&resolved, &TimeZone::UTC, &filter);
        found.into_iter().map(|row| row.row_id).collect::<Vec<_>>()
    };
    let on = |weekday: Weekday, hour: Option<i8>, local: bool| Filter {
        weekday: Some(weekday),
        hour,
        local,
        ..Filter::default()
    };
    let both = ["known", "unknown"];
    assert_eq!(chains(on(Weekday::Sunday, Some(23), false)), both);
    assert_eq!(chains(on(Weekday::Sunday, None, true)), [""; 0]);
    assert_eq!(chains(on(Weekday::Monday, Some(8), true)), ["known"]);
    let any = Filter {
        local: true,
        ..Filter::default()
    };
    assert_eq!(chains(any), both);
}

/// The tables and values that a row is made of.
fn of_row(table: &str, row: serde_json::Value) -> Vec<String> {
    let row = row.as_object().unwrap();
    let sources = if asks_people(table) {
        made_of(table, row, &world(), &BusinessConfig::default())
    } else {
        named_by(table, row).into_iter().collect()
    };
    let told = sources.iter().map(|source| {
        let values: Vec<&str> = source.key.iter().map(|(_, value)| &**value).collect();
        format!("{} {}", source.table, values.join("|"))
    });
    told.collect()
}

#[test]
fn rows_of_people_are_made_of_all_their_records() {
    let forms = ["silver.form_responses t1", "silver.form_responses t2"];
    let contact_id = world().contact_by_email(JANE).unwrap().contact_id.clone();
    let row = json!({ "contact_id": contact_id });
    assert_eq!(of_row("silver.contacts", row.clone()), forms);
    assert_eq!(of_row("gold.unified_customers", row), forms);
    let touch = json!({ "kind": "form", "row_id": "t2" });
    assert_eq!(of_row("silver.touches", touch), forms[1..]);
    let call = json!({ "kind": "triage", "row_id": "A1" });
    assert_eq!(of_row("silver.touches", call), ["silver.invitees A1"]);
    let seen = json!({ "subject": "record:typeform:form_response:t1" });
    assert_eq!(of_row("silver.identity_edges", seen), forms[..1]);
    let decided = json!({ "subject": "email:jane@acme.co" });
    assert_eq!(of_row("silver.identity_edges", decided), [""; 0]);
}

#[test]
fn a_month_is_made_of_its_facts_of_that_user_and_campaign() {
    let march = json!({ "month": "2026-03", "user_id": null, "campaign": null });
    let lead_and_cash = [
        "silver.form_responses t1",
        "silver.payments p",
        "silver.payments r",
    ];
    assert_eq!(of_row("gold.kpi_monthly", march), lead_and_cash);
    let spring = json!({ "month": "2026-03", "user_id": null, "campaign": "spring" });
    let spend = ["silver.ad_spend 2026-03-04|google|spring"];
    assert_eq!(of_row("gold.kpi_monthly", spring), spend);
    let april = json!({ "month": "2026-04", "user_id": null, "campaign": null });
    assert_eq!(of_row("gold.kpi_monthly", april), [""; 0]);
}
