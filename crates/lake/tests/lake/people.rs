//! One person's way from a form to cash, through all tables.

use bookpath_domain::people::identity::{Decision, Node, RecordKey, Verdict};
use bookpath_domain::{BusinessConfig, Vendor};
use bookpath_lake::{BronzeObject, LakeRules};
use serde_json::{Value, json};

use crate::simple::created;
use crate::told::{close, form};
use crate::{Bench, assert_same, at};

const AS_OF: &str = "2025-02-15T00:00:00Z";

pub(crate) fn bench() -> Bench {
    let toml = r#"
        [[channels.utm_rules]]
        utm_source = "facebook"
        channel = "facebook"
        [[channels.utm_rules]]
        utm_source = "google"
        channel = "google"
        [[channels.utm_rules]]
        utm_source = "email"
        channel = "email"
        [[call_types]]
        call_type = "triage"
        event_name = "*triage*"
        [[call_types]]
        call_type = "solution"
        event_name = "*solution*"
        [close]
        attended_outcomes = ["came"]
        no_show_outcomes = ["missed"]
        [[team]]
        email = "ann@co.test"
        name = "Ann"
        role = "closer"
        close_user_id = "user_ann"
    "#;
    let mut bench = Bench::new("UTC");
    bench.rules = LakeRules::from(&BusinessConfig::from_toml(toml).unwrap());
    bench
}

fn booking(uri: &str, name: &str, booked: &str, start: &str, end: &str) -> String {
    let mut record = created(uri, "jane@acme.co", booked, start, end);
    record["event_name"] = json!(name);
    record["utm_source"] = json!("google");
    record.to_string()
}

/// Jane fills in a form, books a triage call, which she misses, another form and a solution call, and buys for 10,000.00.
fn story() -> Vec<(&'static str, String)> {
    let triage = ("2025-01-10T15:00:00Z", "2025-01-10T15:30:00Z");
    let solution = ("2025-01-25T15:00:00Z", "2025-01-25T15:30:00Z");
    let contact = json!({ "lead_id": "lead_1", "name": "Jane Doe", "emails": [{ "email": "jane@acme.co" }],
        "date_created": "2025-01-20T00:00:00Z" });
    let deal = json!({ "lead_id": "lead_1", "contact_id": "cont_1", "user_id": "user_ann", "status_type": "won",
        "value": 1_000_000, "value_currency": "USD", "date_won": "2025-01-29" });
    let missed = json!({ "lead_id": "lead_1", "contact_id": "cont_1", "starts_at": triage.0, "outcome_id": "missed" });
    let day = |day: &str| format!("2025-01-{day}T12:00:00Z");
    let (calendly, typeform, crm) = (
        "calendly_events/channel=c",
        "typeform_responses",
        "close_events",
    );
    vec![
        (
            typeform,
            form("tok1", Some(&day("01")), "jane@acme.co", "facebook"),
        ),
        (
            calendly,
            booking("A1", "Triage call", &day("08"), triage.0, triage.1),
        ),
        (
            typeform,
            form("tok2", Some(&day("15")), "Jane@acme.co", "email"),
        ),
        (
            calendly,
            booking("A2", "Solution call", &day("22"), solution.0, solution.1),
        ),
        (
            crm,
            close("contact", "created", "cont_1", &day("20"), contact),
        ),
        (
            crm,
            close("activity.meeting", "updated", "acti_1", &day("11"), missed),
        ),
        (
            crm,
            close("opportunity", "updated", "oppo_1", &day("29"), deal),
        ),
    ]
}

/// Takes lines in, `size` of them a run.
async fn take_in(bench: &mut Bench, lines: &[(&str, String)], size: usize) {
    for part in lines.chunks(size) {
        bench.batch += 1;
        let mut objects = Vec::new();
        for (place, (folder, line)) in part.iter().enumerate() {
            let key = format!(
                "bronze/{folder}/date=2025-01-01/{}-{place}.json",
                bench.batch
            );
            bench.put(&key, line).await;
            objects.push(BronzeObject { key });
        }
        bench.etl(&objects, at(AS_OF)).await.unwrap();
    }
}

async fn ask(bench: &Bench, query: &str) -> Value {
    let rows = bench.lake.sql(query).await.unwrap();
    rows.into_iter()
        .map(|row| row.into_values().collect::<Value>())
        .collect()
}

#[tokio::test]
async fn the_example_reaches_gold_in_every_order() {
    let lines = story();
    let mut whole = bench();
    take_in(&mut whole, &lines, lines.len()).await;
    assert!(
        whole.run(&[], at(AS_OF)).await.is_empty(),
        "an empty run commits nothing"
    );
    assert_the_example(&whole).await;
    assert_the_figures(&whole).await;
    assert_credits(&whole).await;
    let wanted = whole.all().await;
    for reversed in [false, true] {
        let mut lines = lines.clone();
        if reversed {
            lines.reverse();
        }
        let mut bench = bench();
        take_in(&mut bench, &lines, 2).await;
        let all = bench.all().await;
        for ((table, got), (_, wanted)) in all.iter().zip(&wanted) {
            assert_same(&format!("reversed {reversed}"), table, got, wanted);
        }
    }
    whole.rebuild(at(AS_OF)).await;
    for ((table, got), (_, wanted)) in whole.all().await.iter().zip(&wanted) {
        assert_same("rebuild", table, got, wanted);
    }
}

async fn assert_the_example(bench: &Bench) {
    let people = ask(
        bench,
        "SELECT emails, name, first_touch_channel, owner_email FROM silver.contacts",
    )
    .await;
    assert_eq!(
        people,
        json!([[["jane@acme.co"], "Jane Doe", "facebook", "ann@co.test"]])
    );
    let touches = ask(
        bench,
        "SELECT kind, channel, row_id FROM silver.touches ORDER BY touched_at",
    )
    .await;
    let wanted = json!([
        ["form", "facebook", "tok1"],
        ["triage", "google", "A1"],
        ["form", "email", "tok2"],
        ["solution", "google", "A2"]
    ]);
    assert_eq!(touches, wanted);
    for table in ["form_responses", "opportunities", "calls"] {
        let query = format!(
            "SELECT count(*) FROM silver.{table} AS own JOIN silver.contacts AS c ON c.contact_id = own.contact_id"
        );
        let rows = bench.rows(&format!("silver.{table}")).await.len();
        assert_eq!(ask(bench, &query).await, json!([[rows]]), "{table}");
    }
    let judged = ask(
        bench,
        "SELECT attendance, attendance_source FROM silver.invitees ORDER BY invitee_uri",
    )
    .await;
    assert_eq!(
        judged,
        json!([["no_show", "close"], ["attended", "default"]])
    );
    let outcomes = ask(
        bench,
        "SELECT outcome FROM silver.bookings ORDER BY chain_id",
    )
    .await;
    assert_eq!(outcomes, json!([["no_show"], ["attended"]]));
    let missed = ask(
        bench,
        "SELECT sum(no_show), sum(attended) FROM gold.booking_time_analysis",
    )
    .await;
    assert_eq!(missed, json!([[1, 1]]));
}

/// Key figures, the customer, and the evidence of who it is.
async fn assert_the_figures(bench: &Bench) {
    let numbers = ask(bench, "SELECT sum(leads), sum(triage_no_show), sum(solution_attended), sum(deals_won), sum(revenue) FROM gold.kpi_monthly WHERE month = '2025-01'").await;
    assert_eq!(numbers, json!([[1, 1, 1, 1, 1_000_000]]));
    let owner = ask(
        bench,
        "SELECT user_id FROM gold.kpi_monthly WHERE deals_won > 0",
    )
    .await;
    assert_eq!(owner, json!([["ann@co.test"]]));
    let customer = ask(bench, "SELECT email, total_calls_booked, calls_completed, calls_no_show, show_rate, alerts FROM gold.unified_customers").await;
    assert_eq!(
        customer,
        json!([["jane@acme.co", 2, 1, 1, 50.0, ["no_upcoming_calls"]]])
    );
    let edges = ask(bench, "SELECT count(*) FROM silver.identity_edges WHERE evidence = 'email' AND contact_id IS NOT NULL").await;
    assert_eq!(edges, json!([[5]]));
}

/// To the cent: what each model gives facebook, google and email.
async fn assert_credits(bench: &Bench) {
    let query = "SELECT model, channel, sum(revenue_credit_minor) FROM gold.channel_attribution WHERE model <> 'booking' \
        GROUP BY model, channel HAVING sum(revenue_credit_minor) <> 0 ORDER BY model, channel";
    let credits = ask(bench, query).await;
    let of = |model: &str| -> Vec<(String, i64)> {
        let rows = credits
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row[0] == model);
        rows.map(|row| {
            (
                row[1].as_str().unwrap().to_owned(),
                row[2].as_i64().unwrap(),
            )
        })
        .collect()
    };
    for (model, [email, facebook, google]) in [
        ("linear", [250_000, 250_000, 500_000]),
        ("u", [100_000, 400_000, 500_000]),
        ("w", [100_000, 300_000, 600_000]),
        ("time_decay", [266_667, 66_667, 666_666]),
    ] {
        let wanted = [("email", email), ("facebook", facebook), ("google", google)];
        assert_eq!(
            of(model),
            wanted.map(|(name, n)| (name.to_owned(), n)),
            "{model}"
        );
    }
    assert_eq!(of("first"), [("facebook".to_owned(), 1_000_000)]);
    assert_eq!(of("last"), [("google".to_owned(), 1_000_000)]);
    for model in ["markov", "shapley"] {
        assert_eq!(
            of(model).iter().map(|(_, n)| n).sum::<i64>(),
            1_000_000,
            "{model}"
        );
    }
    let booked = ask(
        bench,
        "SELECT channel, conversions_credit FROM gold.channel_attribution WHERE model = 'booking'",
    )
    .await;
    assert_eq!(booked, json!([["google", 2.0]]));
}

/// A withdrawn outcome leaves the call to the calendar, and a merge makes one person of two.
#[tokio::test]
async fn later_news_and_decisions_are_followed() {
    let mut bench = bench();
    take_in(&mut bench, &story(), 100).await;
    let deleted = close(
        "activity.meeting",
        "deleted",
        "acti_1",
        "2025-02-01T00:00:00Z",
        json!({}),
    );
    let bob = form(
        "tok3",
        Some("2025-02-01T12:00:00Z"),
        "bob@acme.co",
        "google",
    );
    take_in(
        &mut bench,
        &[("close_events", deleted), ("typeform_responses", bob)],
        2,
    )
    .await;
    let judged = ask(
        &bench,
        "SELECT attendance, attendance_source FROM silver.invitees ORDER BY invitee_uri",
    )
    .await;
    assert_eq!(
        judged,
        json!([["attended", "default"], ["attended", "default"]])
    );
    assert_eq!(bench.rows("silver.contacts").await.len(), 2);
    let email = |address: &str| Node::Email(address.to_owned());
    bench.directory.decisions.push(Decision {
        id: "d1".to_owned(),
        verdict: Verdict::Merge {
            into: email("jane@acme.co"),
            from: email("bob@acme.co"),
        },
        actor: "admin".to_owned(),
        at: at("2025-02-02T00:00:00Z"),
        reason: None,
        holders: Default::default(),
    });
    bench.run(&[], at(AS_OF)).await;
    assert_eq!(bench.rows("silver.contacts").await.len(), 1);
    assert_eq!(bench.rows("gold.unified_customers").await.len(), 1);
    let people = ask(
        &bench,
        "SELECT count(DISTINCT contact_id) FROM silver.form_responses",
    )
    .await;
    assert_eq!(people, json!([[1]]));
    let before = bench.all().await;
    bench.rebuild(at(AS_OF)).await;
    for ((table, got), (_, wanted)) in bench.all().await.iter().zip(&before) {
        assert_same("rebuild", table, got, wanted);
    }
    assert_checks_hold(&bench).await;
}

/// What an admin joined stays joined when the CRM corrects the address, and all tables say so.
#[tokio::test]
async fn a_merge_outlives_the_address_that_it_was_made_under() {
    let mut bench = bench();
    let bob = |action: &str, address: &str, at: &str| {
        let data = json!({ "lead_id": "lead_2", "name": "Bob Roe", "emails": [{ "email": address }],
            "date_created": "2025-01-21T00:00:00Z" });
        close("contact", action, "cont_2", at, data)
    };
    let first = bob("created", "bob@acme.co", "2025-01-21T00:00:00Z");
    let mut lines = story();
    lines.push(("close_events", first));
    take_in(&mut bench, &lines, 100).await;
    let key = RecordKey::new(Vendor::Close, "contact", "cont_2");
    let email = |address: &str| Node::Email(address.to_owned());
    bench.directory.decisions.push(Decision {
        id: "d1".to_owned(),
        verdict: Verdict::Merge {
            into: email("bob@acme.co"),
            from: email("jane@acme.co"),
        },
        actor: "admin".to_owned(),
        at: at("2025-02-02T00:00:00Z"),
        reason: None,
        holders: [vec![key], Vec::new()],
    });
    let other = bob("updated", "bob@home.net", "2025-02-03T00:00:00Z");
    take_in(&mut bench, &[("close_events", other)], 1).await;
    assert_eq!(bench.rows("gold.unified_customers").await.len(), 1);
    let whose = ask(
        &bench,
        "SELECT count(*) FROM silver.identity_edges e JOIN silver.contacts c ON e.contact_id = c.contact_id \
        WHERE e.evidence = 'merge'",
    )
    .await;
    assert_eq!(whose, json!([[1]]));
    let before = bench.all().await;
    bench.rebuild(at(AS_OF)).await;
    for ((table, got), (_, wanted)) in bench.all().await.iter().zip(&before) {
        assert_same("rebuild", table, got, wanted);
    }
    assert_checks_hold(&bench).await;
}

/// Every check that the models state holds.
async fn assert_checks_hold(bench: &Bench) {
    let month = jiff::SignedDuration::from_hours(24 * 30);
    for tier in ["silver", "gold"] {
        let checks = bench.lake.check_quality(tier, at(AS_OF), month).await;
        let checks = checks.unwrap().into_iter();
        let failed: Vec<_> = checks.filter(|check| !check.passed).collect();
        assert_eq!(failed, [], "{tier}");
    }
}
