//! What forms and the CRM tell, line by line: the same rows in every order, in any batches, any number of times.

use bookpath_domain::BusinessConfig;
use bookpath_domain::bookings::attendance::CrmOutcome;
use bookpath_lake::{BronzeObject, LakeRules, PaymentRow, SpendRow};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::simple::created;
use crate::{Bench, Row, assert_same, at};

const AS_OF: &str = "2026-04-12T00:00:00Z";

/// The tables that the lines of this file go to.
const TABLES: [&str; 6] = [
    "silver.form_responses",
    "silver.crm_leads",
    "silver.crm_contacts",
    "silver.opportunities",
    "silver.calls",
    "silver.rejected",
];

/// A line of `bronze/typeform_responses`; without an instant it was not submitted.
pub(crate) fn form(token: &str, submitted: Option<&str>, email: &str, source: &str) -> String {
    let kind = submitted.map_or("form_response_partial", |_| "form_response");
    json!({ "kind": kind, "raw_sha256": format!("{token}{submitted:?}"), "payload": {
        "event_type": kind, "form_response": {
            "form_id": "F", "token": token, "submitted_at": submitted, "landed_at": "2026-03-01T09:00:00Z",
            "hidden": { "email": email, "name": "Jane Doe", "phone": "222-333-4444",
                "utm_source": source, "utm_campaign": "spring" },
        },
    } })
    .to_string()
}

/// A line of `bronze/close_events` about an object, whose version is `at`.
pub(crate) fn close(kind: &str, action: &str, id: &str, at: &str, mut data: Value) -> String {
    if action != "deleted" {
        data["id"] = json!(id);
        data["date_updated"] = json!(at);
    }
    let lead = data["lead_id"].clone();
    json!({ "raw_sha256": format!("{id}{action}{at}"), "payload": { "event": {
        "id": format!("ev-{id}-{at}"), "object_type": kind, "action": action, "object_id": id, "lead_id": lead,
        "date_updated": at, "data": data, "meta": data["meta"],
    } } })
    .to_string()
}

/// The lines of a small story, with the folder of each.
fn story() -> Vec<(&'static str, String)> {
    let odd = [
        close(
            "task",
            "created",
            "task_1",
            "2026-03-13T00:00:00Z",
            json!({}),
        ),
        close(
            "opportunity",
            "created",
            "oppo_9",
            "never",
            json!({ "value": 1 }),
        ),
        "{".to_owned(),
    ];
    let crm = leads()
        .into_iter()
        .chain(contacts())
        .chain(deals_and_calls())
        .chain(odd);
    let crm = crm.map(|line| ("close_events", line));
    let forms = [
        form("tok1", None, "jane@acme.co", "google"),
        form(
            "tok1",
            Some("2026-03-01T09:05:00Z"),
            " Jane@Acme.co",
            "google",
        ),
        form(
            "tok2",
            Some("2026-03-02T09:05:00Z"),
            "bob@acme.co",
            "podcast",
        ),
        form("tok3", None, "eve@acme.co", "google"),
        r#"{"payload":{"form_response":{}}}"#.to_owned(),
    ];
    let forms = forms.into_iter().map(|line| ("typeform_responses", line));
    crm.chain(forms).collect()
}

/// Two leads, one of which is merged into the other.
fn leads() -> [String; 3] {
    let lead = json!({ "display_name": "Acme", "status_label": "Customer", "custom.cf_lead_source": "Referral",
        "custom.cf_tags": ["VIP", "Spring"], "date_created": "2026-02-01T00:00:00Z" });
    let merge = json!({ "meta": { "merge_source_lead_id": "lead_2", "merge_destination_lead_id": "lead_1" } });
    let made = "2026-03-01T00:00:00Z";
    [
        close("lead", "created", "lead_1", made, lead.clone()),
        close("lead", "created", "lead_2", made, lead),
        close("lead", "merged", "lead_1", "2026-03-05T00:00:00Z", merge),
    ]
}

/// Two contacts, one of which is deleted.
fn contacts() -> [String; 3] {
    let contact = json!({ "lead_id": "lead_1", "name": "Jane", "date_created": "2026-03-01T00:00:00Z",
        "emails": [{ "email": "Jane@Acme.co" }, { "email": "j@home.co" }], "phones": [{ "phone": "222-333-4444" }] });
    [
        close(
            "contact",
            "created",
            "cont_1",
            "2026-03-01T00:00:00Z",
            contact.clone(),
        ),
        close(
            "contact",
            "updated",
            "cont_2",
            "2026-03-02T00:00:00Z",
            contact,
        ),
        close(
            "contact",
            "deleted",
            "cont_2",
            "2026-03-03T00:00:00Z",
            json!({}),
        ),
    ]
}

/// A deal that is won, a meeting whose outcome is mended, and one that is deleted.
fn deals_and_calls() -> [String; 6] {
    let deal = |status: &str, at: &str| {
        let data = json!({ "lead_id": "lead_1", "contact_id": "cont_1", "user_id": "user_ann", "status_type": status,
            "value": 2_000_000, "value_currency": "USD", "date_won": "2026-03-20",
            "date_lost": "2026-03-19", "confidence": 75, "custom.cf_cash": "1000.50" });
        close("opportunity", "updated", "oppo_1", at, data)
    };
    let meeting = |id: &str, outcome: &str, at: &str| {
        let data = json!({ "lead_id": "lead_1", "contact_id": "cont_1", "user_id": "user_ann",
            "starts_at": "2026-03-10T15:05:00Z", "outcome_id": outcome });
        close("activity.meeting", "updated", id, at, data)
    };
    [
        deal("active", "2026-03-02T00:00:00Z"),
        deal("won", "2026-03-20T00:00:00Z"),
        meeting("acti_1", "missed", "2026-03-11T00:00:00Z"),
        meeting("acti_1", "came", "2026-03-12T00:00:00Z"),
        meeting("acti_2", "came", "2026-03-12T00:00:00Z"),
        close(
            "activity.meeting",
            "deleted",
            "acti_2",
            "2026-03-13T00:00:00Z",
            json!({}),
        ),
    ]
}

pub(crate) fn configured() -> LakeRules {
    let toml = r#"
        [[channels.utm_rules]]
        utm_source = "google"
        channel = "google_ads"
        [close]
        cash_custom_field = "cf_cash"
        tag_custom_field = "cf_tags"
        attended_outcomes = ["came"]
        no_show_outcomes = ["missed"]
    "#;
    LakeRules::from(&BusinessConfig::from_toml(toml).unwrap())
}

fn bench() -> Bench {
    let mut bench = Bench::new("UTC");
    bench.rules = configured();
    bench
}

/// Puts lines into one object of their folder.
async fn object(bench: &Bench, name: usize, folder: &str, lines: &[&String]) -> BronzeObject {
    let key = format!("bronze/{folder}/date=2026-03-01/{name:03}.json");
    let lines: Vec<&str> = lines.iter().map(|line| line.as_str()).collect();
    bench.put(&key, &lines.join("\n")).await;
    BronzeObject { key }
}

fn as_of() -> Timestamp {
    at(AS_OF)
}

/// Rows of a table; where a line lay says nothing of what it tells.
async fn told(bench: &Bench, table: &str) -> Vec<crate::Row> {
    let mut rows = bench.rows(table).await;
    for row in &mut rows {
        row.remove("bronze_object");
        row.remove("line");
    }
    rows.sort_by_key(|row| format!("{row:?}"));
    rows
}

#[tokio::test]
async fn lines_make_the_same_rows_in_every_order() {
    let story = story();
    let mut wanted: Option<Vec<Vec<crate::Row>>> = None;
    for (turn, size) in [(0, 100), (7, 7), (13, 3)] {
        let mut lines = story.clone();
        lines.rotate_left(turn);
        if turn == 7 {
            lines.reverse();
        }
        let mut bench = bench();
        for (number, part) in lines.chunks(size).enumerate() {
            let mut objects = Vec::new();
            for folder in ["close_events", "typeform_responses"] {
                let own = part.iter().filter(|(f, _)| *f == folder);
                let own: Vec<&String> = own.map(|(_, line)| line).collect();
                objects.push(object(&bench, number, folder, &own).await);
            }
            bench.batch += 1;
            bench.etl(&objects, as_of()).await.unwrap();
            let again = bench.etl(&objects, as_of()).await.unwrap();
            assert!(again.is_empty(), "{turn} {number}: {again:?}");
        }
        let mut rows = Vec::new();
        for table in TABLES {
            rows.push(told(&bench, table).await);
        }
        let wanted = wanted.get_or_insert_with(|| rows.clone());
        for ((table, got), wanted) in TABLES.iter().zip(&rows).zip(wanted) {
            assert_same(&format!("order {turn}"), table, got, wanted);
        }
        bench.rebuild(as_of()).await;
        for (table, wanted) in TABLES.iter().zip(&rows) {
            assert_same("rebuild", table, &told(&bench, table).await, wanted);
        }
    }
}

/// All of the story in one run.
async fn whole() -> Bench {
    let mut bench = bench();
    let mut objects = Vec::new();
    for folder in ["close_events", "typeform_responses"] {
        let story = story();
        let own = story.iter().filter(|(f, _)| *f == folder);
        let own: Vec<&String> = own.map(|(_, line)| line).collect();
        objects.push(object(&bench, 1, folder, &own).await);
    }
    bench.batch = 1;
    bench.etl(&objects, as_of()).await.unwrap();
    bench
}

fn picked(rows: &[crate::Row], columns: &[&str]) -> Vec<Vec<Value>> {
    let one = |row: &crate::Row| columns.iter().map(|c| row[*c].clone()).collect();
    rows.iter().map(one).collect()
}

#[tokio::test]
async fn the_newest_telling_counts_and_a_deletion_withdraws() {
    let bench = whole().await;
    let rows =
        async |table: &str, columns: &[&str]| json!(picked(&bench.rows(table).await, columns));
    let columns = ["token", "partial", "email", "phone", "channel", "campaign"];
    let wanted = json!([
        [
            "tok1",
            false,
            "jane@acme.co",
            "+12223334444",
            "google_ads",
            "spring"
        ],
        [
            "tok2",
            false,
            "bob@acme.co",
            "+12223334444",
            "unknown",
            "spring"
        ],
        [
            "tok3",
            true,
            "eve@acme.co",
            "+12223334444",
            "google_ads",
            "spring"
        ]
    ]);
    assert_eq!(rows("silver.form_responses", &columns).await, wanted);
    let columns = ["lead_id", "name", "source", "tags", "merged_into"];
    let tags = json!(["VIP", "Spring"]);
    let wanted = json!([
        ["lead_1", "Acme", "Referral", tags, null],
        ["lead_2", "Acme", "Referral", tags, "lead_1"]
    ]);
    assert_eq!(rows("silver.crm_leads", &columns).await, wanted);
    let columns = ["crm_contact_id", "emails", "phones", "deleted"];
    let (emails, phones) = (
        json!(["jane@acme.co", "j@home.co"]),
        json!(["+12223334444"]),
    );
    let wanted = json!([
        ["cont_1", emails, phones, false],
        ["cont_2", emails, phones, true]
    ]);
    assert_eq!(rows("silver.crm_contacts", &columns).await, wanted);
    let columns = ["status", "value_minor", "cash_minor"];
    let wanted = json!([["active", 2_000_000, 100_050], ["won", 2_000_000, 100_050]]);
    assert_eq!(rows("silver.opportunities", &columns).await, wanted);
    let columns = ["activity_id", "outcome", "deleted"];
    let wanted = json!([["acti_1", "attended", false], ["acti_2", null, true]]);
    assert_eq!(rows("silver.calls", &columns).await, wanted);
}

#[tokio::test]
async fn what_can_t_be_read_is_kept_with_its_reason() {
    let bench = whole().await;
    let rejected = bench.rows("silver.rejected").await;
    let mut reasons: Vec<Value> = picked(&rejected, &["reason"]).concat();
    reasons.sort_by_key(Value::to_string);
    let wanted = json!([
        "`task` is no object to keep",
        "invalid_json",
        "the event has no time",
        "the response has no `token`"
    ]);
    assert_eq!(json!(reasons), wanted);
    let month = jiff::SignedDuration::from_hours(24 * 30);
    let checks = bench
        .lake
        .check_quality("silver", as_of(), month)
        .await
        .unwrap();
    let failed: Vec<_> = checks.into_iter().filter(|c| !c.passed).collect();
    assert_eq!(failed, []);
}

async fn spend(bench: &Bench, amount_minor: i64) {
    let row = SpendRow {
        day: "2026-03-01".parse().unwrap(),
        channel: "google_ads".to_owned(),
        campaign: None,
        amount_minor,
        currency: "USD".to_owned(),
    };
    let (rows, rules) = ([row], &bench.rules);
    bench
        .lake
        .append_ad_spend(&rows, rules, as_of())
        .await
        .unwrap();
}

async fn pay(bench: &Bench) {
    let payment = PaymentRow {
        payment_id: "charge:1".to_owned(),
        contact_id: None,
        booking_id: "b".to_owned(),
        kind: "charge",
        amount_minor: 100,
        currency: "USD".to_owned(),
        occurred_at: at("2026-03-11T00:00:00Z"),
        invitee_uri: Some("A1".to_owned()),
        raw_sha256: None,
    };
    bench
        .lake
        .append_payments(&[payment], &[], as_of())
        .await
        .unwrap();
}

#[tokio::test]
async fn sources_are_the_rows_of_silver_and_kept_while_nothing_changes() {
    let mut bench = whole().await;
    let (start, end) = ("2026-03-10T15:00:00Z", "2026-03-10T15:30:00Z");
    let mut booked = created("A1", "jane@acme.co", "2026-03-01T10:00:00Z", start, end);
    booked["invitee_phone"] = json!("222 333 4444");
    bench.run(&[booked.to_string()], as_of()).await;
    spend(&bench, 100).await;
    spend(&bench, 200).await;
    pay(&bench).await;
    let sources = bench.lake.sources(&bench.rules).await.unwrap();
    let invitee = &sources.invitees[0];
    assert_eq!(invitee.phone.as_deref(), Some("+12223334444"));
    assert_eq!(
        (&*invitee.chain_id, &*invitee.channel),
        ("A1", "facebook_paid_ads")
    );
    let tokens: Vec<&str> = sources.forms.iter().map(|form| &*form.token).collect();
    assert_eq!(tokens, ["tok1", "tok2"]);
    assert_eq!(
        (sources.crm_leads.len(), sources.crm_contacts.len()),
        (2, 2)
    );
    assert_eq!(
        sources.opportunities[1].date_won,
        Some("2026-03-20".parse().unwrap())
    );
    let deals = bench.lake.head("silver.opportunities", &[], 10, 0).await;
    let kept = |row: &Row| (row["confidence"].clone(), row["date_lost"].clone());
    assert_eq!(
        deals.unwrap().iter().map(kept).collect::<Vec<_>>(),
        vec![(json!(75), json!("2026-03-19")); 2]
    );
    assert_eq!(sources.activities[0].outcome, Some(CrmOutcome::Attended));
    assert_eq!(sources.payments[0].invitee_uri.as_deref(), Some("A1"));
    assert_eq!(
        (sources.spend.len(), sources.spend[0].amount_minor),
        (1, 200)
    );
    let again = bench.lake.sources(&bench.rules).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&sources, &again));
    spend(&bench, 300).await;
    let after = bench.lake.sources(&bench.rules).await.unwrap();
    assert_eq!(after.spend[0].amount_minor, 300);
    assert_eq!(after.invitees, sources.invitees);
}

/// A refund that failed after all comes alone: no new payment is in the same run.
#[tokio::test]
async fn a_payment_that_is_taken_back_leaves_the_table_also_without_a_new_one() {
    let bench = whole().await;
    pay(&bench).await;
    let gone = ["charge:1".to_owned()];
    let report = bench.lake.append_payments(&[], &gone, as_of()).await;
    assert_eq!(report.unwrap().rows_written, 1);
    assert_eq!(bench.rows("silver.payments").await, Vec::<Row>::new());
    let again = bench.lake.append_payments(&[], &gone, as_of()).await;
    assert_eq!(again.unwrap().commits, 0);
}
