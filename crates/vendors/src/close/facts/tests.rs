use bookpath_domain::Attendance;
use bookpath_domain::config::CloseConfig;
use bookpath_domain::money::MINOR_MAX;
use serde_json::json;

use super::*;

/// A line of `bronze/close_events`.
fn line(object: &str, action: &str, data: Value) -> Value {
    json!({ "delivery_id": "d", "kind": format!("{object}.{action}"), "payload": {
        "subscription_id": "whsub_1",
        "event": { "id": "ev_1", "object_type": object, "action": action, "object_id": "obj_1",
            "lead_id": "lead_1", "date_updated": "2026-03-02T10:00:00", "data": data },
    } })
}

fn only(line: &Value) -> CloseRecord {
    let mut records = records(line, "US").unwrap();
    assert_eq!(records.len(), 1);
    records.remove(0)
}

fn deal(data: Value) -> Opportunity {
    match only(&line("opportunity", "updated", data)).change {
        Change::Opportunity(deal) => deal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_won_deal_in_cents_with_its_cash() {
    let record = only(&line(
        "opportunity",
        "updated",
        json!({
            "id": "oppo_1", "lead_id": "lead_1", "contact_id": "cont_1", "user_id": "user_ann",
            "value": 2_000_000, "value_formatted": "$20,000", "value_currency": "usd", "value_period": "one_time",
            "status_type": "won", "status_label": "Won", "date_won": "2026-03-01", "confidence": 100,
            "custom.cf_cash": "10,000.50", "custom.cf_empty": null, "date_updated": "2026-03-02T09:59:59.5+00:00",
        }),
    ));
    assert_eq!(record.object_id, "oppo_1");
    assert_eq!(
        record.version_at,
        Some("2026-03-02T09:59:59.5Z".parse().unwrap())
    );
    let Change::Opportunity(deal) = record.change else {
        panic!("{record:?}")
    };
    assert_eq!(deal.status, OpportunityStatus::Won);
    assert_eq!(deal.contracted_minor(), Some(2_000_000));
    assert_eq!(deal.currency.as_deref(), Some("USD"));
    assert_eq!(deal.date_won, Some("2026-03-01".parse().unwrap()));
    assert_eq!(deal.cash_minor("cf_cash"), Some(1_000_050));
    assert_eq!(deal.cash_minor("cf_other"), None);
    assert_eq!(deal.custom.0.len(), 1);
}

#[test]
fn a_monthly_value_counts_twelve_times() {
    let monthly = deal(json!({ "id": "o", "value": 5_000, "value_period": "monthly" }));
    assert_eq!(monthly.contracted_minor(), Some(60_000));
    let annual = deal(json!({ "id": "o", "value": 5_000, "value_period": "annual" }));
    assert_eq!(annual.contracted_minor(), Some(5_000));
    let huge = deal(json!({ "id": "o", "value": i64::MAX, "value_period": "monthly" }));
    assert_eq!(huge.contracted_minor(), None);
    let largest = |value: i64| deal(json!({ "id": "o", "value": value })).contracted_minor();
    assert_eq!(largest(MINOR_MAX), Some(MINOR_MAX));
    assert_eq!(largest(MINOR_MAX + 1), None);
    let none = deal(json!({ "id": "o", "value": null }));
    assert_eq!(
        (none.value_minor, none.status),
        (0, OpportunityStatus::Active)
    );
    let text = line(
        "opportunity",
        "created",
        json!({ "id": "o", "value": "50" }),
    );
    assert!(records(&text, "US").is_err());
}

#[test]
fn cash_is_a_decimal_in_major_units_of_the_deals_currency() {
    for (currency, typed, minor) in [
        ("USD", json!(1250.5), Some(125_050)),
        ("USD", json!("$1,250.50"), Some(125_050)),
        ("USD", json!("0.005"), Some(1)),
        ("JPY", json!(8000), Some(8_000)),
        ("KWD", json!("15.25"), Some(15_250)),
        ("USD", json!("paid"), None),
        ("USD", json!(1_000_000_000_001_i64), None),
    ] {
        let deal =
            deal(json!({ "id": "o", "value_currency": currency, "custom": { "cf_cash": typed } }));
        assert_eq!(
            deal.cash_minor("custom.cf_cash"),
            minor,
            "{currency} {typed}"
        );
    }
}

#[test]
fn a_contact_is_identity_edges() {
    let data = json!({
        "id": "cont_1", "lead_id": "lead_1", "name": "Jane Doe", "title": "CEO",
        "emails": [{ "email": "Jane@Acme.co", "type": "office" }, { "email": "jane@acme.co" }, { "email": "j@d.co" }],
        "phones": [{ "phone": "+1 212 555 0123", "type": "mobile" }, { "phone": "front desk" }],
        "date_created": "2026-02-01T00:00:00+00:00",
    });
    let record = only(&line("contact", "created", data.clone()));
    let Change::Contact(contact) = &record.change else {
        panic!("{record:?}")
    };
    assert_eq!(contact.emails, ["jane@acme.co", "j@d.co"]);
    let first = contact.phones[0].phone.as_ref().unwrap();
    assert_eq!(first.as_str(), "+12125550123");
    assert_eq!(contact.phones[1].phone, None);
    let shown = format!("{record:?}");
    assert!(!shown.contains("acme") && !shown.contains("Jane") && !shown.contains("front"));
    let brought = records(
        &line(
            "lead",
            "updated",
            json!({ "id": "lead_1", "display_name": "Acme", "contacts": [data] }),
        ),
        "US",
    )
    .unwrap();
    assert_eq!(brought.len(), 2);
    assert_eq!(brought[1].object_id, "cont_1");
    assert_eq!(brought[0].lead_id.as_deref(), Some("lead_1"));
}

#[test]
fn an_outcome_decides_an_attendance_by_the_rules() {
    let rules = CloseConfig {
        attended_outcomes: vec!["outcome_attended".to_owned()],
        no_show_outcomes: vec!["outcome_no_show".to_owned()],
        ..CloseConfig::default()
    };
    let attendance = |object: &str, outcome: &str| {
        let data = json!({ "id": "acti_1", "contact_id": "cont_1", "outcome_id": outcome,
            "activity_at": "2026-03-10T15:02:00+00:00", "starts_at": "2026-03-10T15:00:00+00:00" });
        match only(&line(object, "updated", data)).change {
            Change::Activity(activity) => (activity.attendance(&rules), activity.at.unwrap()),
            other => panic!("{other:?}"),
        }
    };
    let (call, meeting) = (
        "2026-03-10T15:02:00Z".parse().unwrap(),
        "2026-03-10T15:00:00Z".parse().unwrap(),
    );
    assert_eq!(
        attendance("activity.call", "outcome_attended"),
        (Some(Attendance::Attended), call)
    );
    assert_eq!(
        attendance("activity.meeting", "outcome_no_show"),
        (Some(Attendance::NoShow), meeting)
    );
    assert_eq!(attendance("activity.call", "outcome_other").0, None);
    assert_eq!(
        attendance("activity.custom_activity", "outcome_attended").0,
        None
    );
}

#[test]
fn merges_and_deletions_need_no_data() {
    let mut merge = line("lead", "merged", Value::Null);
    merge["payload"]["event"]["meta"] =
        json!({ "merge_source_lead_id": "lead_2", "merge_destination_lead_id": "lead_1" });
    let record = only(&merge);
    assert_eq!(record.object_id, "lead_1");
    assert_eq!(
        record.change,
        Change::LeadMerged {
            source: "lead_2".to_owned(),
            destination: "lead_1".to_owned()
        }
    );
    let gone = only(&line("activity.call", "deleted", Value::Null));
    assert_eq!(gone.change, Change::Deleted(ObjectKind::Call));
    assert_eq!(gone.object_id, "obj_1");
    assert!(records(&line("lead", "updated", Value::Null), "US").is_err());
    assert!(records(&line("phone_number", "created", json!({})), "US").is_err());
}
