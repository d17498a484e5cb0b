//! Tests of the routes of people.

use std::collections::BTreeSet;

use axum::http::Method;
use bookpath_domain::access::Role;
use bookpath_domain::bookings::attendance::NoShowMarks;
use bookpath_domain::people::sources::{CrmContactRow, InviteeRow, Sources};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::testing::World;

const RULES: &str = r#"
[[team]]
email = "ann@co.test"
name = "Ann"
role = "am"
"#;

/// A call a week before the present for each of these addresses; all have given one telephone.
fn sources(emails: &[&str]) -> Sources {
    let created: Timestamp = "2026-02-01T10:00:00Z".parse().unwrap();
    let start: Timestamp = "2026-02-22T10:00:00Z".parse().unwrap();
    let invitee = |(n, email): (usize, &&str)| InviteeRow {
        invitee_uri: format!("A{n}"),
        chain_id: format!("A{n}"),
        email: (*email).to_owned(),
        name: Some(format!("Jane Doe {n}")),
        phone: Some("+12223334444".to_owned()),
        created_at: created,
        booked_local: None,
        updated_at: created,
        canceled: false,
        rescheduled: false,
        canceled_at: None,
        start,
        end: start + SignedDuration::from_mins(30),
        no_show: NoShowMarks::default(),
        host_email: Some("ann@co.test".to_owned()),
        host_name: Some("=Ann".to_owned()),
        event_name: None,
        call_type: None,
        channel: "google".to_owned(),
        campaign: None,
        utm_source: None,
        raw_sha256: None,
        mark_sha256: None,
    };
    Sources {
        invitees: emails.iter().enumerate().map(invitee).collect(),
        ..Sources::default()
    }
}

async fn world() -> World {
    World::new(sources(&["jane@acme.co", "jd@home.test"]), RULES).await
}

async fn id_of(world: &World, email: &str) -> String {
    let found = world.get(&format!("/api/contacts?email={email}")).await;
    found["items"][0]["contact_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_role_reads_customers_and_contacts_and_admins_decide() {
    let world = world().await;
    let id = id_of(&world, "jane@acme.co").await;
    let merge = json!({ "into": "jane@acme.co", "from": "jd@home.test", "dry_run": true });
    let pair = json!({ "contact_ids": ["jane@acme.co", "jd@home.test"], "dry_run": true });
    let unmerge = json!({ "merge_id": "m", "dry_run": true });
    let routes = [
        (Method::GET, "/api/customers".to_owned(), None, [200; 3]),
        (Method::GET, format!("/api/customers/{id}"), None, [200; 3]),
        (Method::GET, format!("/api/contacts/{id}"), None, [200; 3]),
        (
            Method::GET,
            "/api/contacts".to_owned(),
            None,
            [200, 403, 200],
        ),
        (
            Method::GET,
            "/api/contacts/candidates".to_owned(),
            None,
            [200, 403, 403],
        ),
        (
            Method::GET,
            "/api/contacts/decisions".to_owned(),
            None,
            [200, 403, 403],
        ),
        (
            Method::POST,
            "/api/contacts/merge".to_owned(),
            Some(merge),
            [200, 403, 403],
        ),
        (
            Method::POST,
            "/api/contacts/reject".to_owned(),
            Some(pair),
            [200, 403, 403],
        ),
        (
            Method::POST,
            "/api/contacts/unmerge".to_owned(),
            Some(unmerge),
            [404, 403, 403],
        ),
    ];
    for (method, path, body, [admin, sales, viewer]) in routes {
        let roles = [
            (Some(Role::Admin), admin),
            (Some(Role::Sales), sales),
            (Some(Role::Viewer), viewer),
            (None, 401),
        ];
        for (role, expected) in roles {
            let answer = world.call(role, method.clone(), &path, body.clone()).await;
            assert_eq!(answer.0, expected, "{method} {path} {role:?}: {}", answer.1);
        }
    }
}

#[tokio::test]
async fn a_merge_moves_what_its_dry_run_says_and_can_be_taken_back() {
    let world = world().await;
    let before = world.get("/api/customers").await;
    assert_eq!(
        (&before["total"], &before["as_of"]),
        (&json!(2), &Value::Null)
    );
    let pair = world.get("/api/contacts/candidates").await["items"][0].clone();
    assert_eq!(pair["evidence"][0]["kind"], "phone");
    assert_eq!(pair["evidence"][0]["value"], "+1…44");

    let [into, from] = [
        id_of(&world, "jane@acme.co").await,
        id_of(&world, "jd@home.test").await,
    ];
    let merge =
        |dry_run| json!({ "into": into, "from": from, "reason": "one", "dry_run": dry_run });
    let (status, dry) = world.post("/api/contacts/merge", merge(true)).await;
    assert_eq!((status, &dry["merge_id"]), (200, &Value::Null), "{dry}");
    assert_eq!(world.get("/api/customers").await, before);
    let (status, real) = world.post("/api/contacts/merge", merge(false)).await;
    assert_eq!((status, &real["moves"]), (200, &dry["moves"]));
    let merged = world.get("/api/customers").await;
    assert_eq!(merged["total"], 1);
    assert_eq!(merged["items"][0]["total_calls_booked"], 2);
    assert_eq!(merged["items"][0]["contact_id"], json!(into));
    let old = world.get(&format!("/api/contacts/{from}")).await;
    assert_eq!(old["contact_id"], json!(into));
    assert_eq!(old["emails"], json!(["jane@acme.co", "jd@home.test"]));
    assert_eq!(old["merge_log"][0]["reason"], "one");
    let again = world.post("/api/contacts/merge", merge(false)).await;
    assert_eq!((again.0, &again.1["code"]), (409, &json!("one_contact")));

    let undo = json!({ "merge_id": real["merge_id"] });
    let undone = world.post("/api/contacts/unmerge", undo.clone()).await;
    assert_eq!(undone.0, 200, "{}", undone.1);
    assert_eq!(world.get("/api/customers").await, before);
    let again = world.post("/api/contacts/unmerge", undo).await;
    assert_eq!((again.0, &again.1["code"]), (409, &json!("taken_back")));
    let audit = world.get("/api/audit").await;
    let actions: Vec<&str> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|line| line["action"].as_str())
        .filter(|action| action.starts_with("contacts_"))
        .collect();
    assert_eq!(actions.len(), 2);
}

#[tokio::test]
async fn the_log_tells_every_decision_and_whether_it_counts() {
    let world = world().await;
    let [into, from] = [
        id_of(&world, "jane@acme.co").await,
        id_of(&world, "jd@home.test").await,
    ];
    let merge = json!({ "into": into, "from": from, "reason": "one" });
    let (_, merged) = world.post("/api/contacts/merge", merge).await;
    let log = world.get("/api/contacts/decisions").await;
    let line = &log["items"][0];
    assert_eq!((&log["total"], &line["kind"]), (&json!(1), &json!("merge")));
    assert_eq!(
        (&line["reason"], &line["counts"]),
        (&json!("one"), &json!(true))
    );
    // Both are one contact now.
    for at in [0, 1] {
        assert_eq!(line["contacts"][at]["contact_id"], json!(into), "{line}");
    }

    world.clock.advance_s(1);
    let undo = json!({ "merge_id": merged["merge_id"] });
    world.post("/api/contacts/unmerge", undo).await;
    let log = world.get("/api/contacts/decisions").await;
    let lines = log["items"].as_array().unwrap();
    assert_eq!(lines[0]["takes_back"], merged["merge_id"]);
    assert_eq!(
        (&lines[1]["merge_id"], &lines[1]["counts"]),
        (&merged["merge_id"], &json!(false))
    );
    assert_eq!(lines[1]["contacts"][1]["contact_id"], json!(from));
}

/// Jane, who booked, and a contact of the CRM with this address.
fn with_crm_contact(email: &str) -> Sources {
    let at: Timestamp = "2026-02-03T10:00:00Z".parse().unwrap();
    let contact = CrmContactRow {
        crm_contact_id: "cont_b".to_owned(),
        lead_id: None,
        name: Some("Bo Bo".to_owned()),
        emails: vec![email.to_owned()],
        phones: Vec::new(),
        created_at: Some(at),
        version_at: at,
        deleted: false,
        raw_sha256: None,
    };
    Sources {
        crm_contacts: vec![contact],
        ..sources(&["jane@acme.co"])
    }
}

#[tokio::test]
async fn a_merge_stays_when_the_crm_changes_an_address() {
    for (into, from) in [("jane@acme.co", "bo@x.org"), ("bo@x.org", "jane@acme.co")] {
        let world = World::new(with_crm_contact("bo@x.org"), RULES).await;
        let merge = json!({ "into": into, "from": from });
        let (status, merged) = world.post("/api/contacts/merge", merge).await;
        assert_eq!(status, 200, "{merged}");
        world.lake.set(with_crm_contact("bo@y.org"));
        assert_eq!(world.get("/api/customers").await["total"], 1);
        let id = id_of(&world, "bo@y.org").await;
        let jane = world.get(&format!("/api/contacts/{id}")).await;
        assert_eq!(jane["merge_log"][0]["counts"], true, "{jane}");
        let log = world.get("/api/contacts/decisions").await;
        let line = &log["items"][0];
        for at in [0, 1] {
            assert_eq!(line["contacts"][at]["contact_id"], json!(id), "{line}");
        }
        let undo = json!({ "merge_id": merged["merge_id"] });
        assert_eq!(world.post("/api/contacts/unmerge", undo).await.0, 200);
        assert_eq!(world.get("/api/customers").await["total"], 2);
    }
}

#[tokio::test]
async fn who_was_told_apart_is_no_candidate() {
    let world = world().await;
    let body = json!({ "contact_ids": ["jane@acme.co", "jd@home.test"] });
    let (status, answer) = world.post("/api/contacts/reject", body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        world.get("/api/contacts/candidates").await["items"],
        json!([])
    );
}

#[tokio::test]
async fn a_customer_shows_what_the_health_rests_on_at_any_instant() {
    let world = world().await;
    let id = id_of(&world, "jane@acme.co").await;
    let path = format!("/api/customers/{id}?as_of=2026-02-21T00:00:00Z");
    let early = world.get(&path).await;
    assert_eq!(early["factors"][0]["code"], "upcoming_call");
    assert_eq!(early["factors"][0]["calls"], json!(["A0"]));
    assert_eq!(early["as_of"], "2026-02-21T00:00:00Z");
    let now = world.get(&format!("/api/customers/{id}")).await;
    assert_eq!(
        (&now["show_rate"], &now["calls_completed"]),
        (&json!(100.0), &json!(1))
    );
    assert_eq!(now["assigned_am_email"], "ann@co.test");
    let view = world.get(&format!("/api/contacts/{id}")).await;
    let kinds: Vec<&Value> = view["journey"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["kind"])
        .collect();
    assert_eq!(kinds, ["booked", "call"]);
    let booked = &view["journey"][0];
    assert_eq!(
        booked["lineage"],
        "/api/lineage/silver.invitees?key=invitee_uri%3DA0"
    );
    assert_eq!(booked["delivery_id"], Value::Null);
    assert_eq!(booked["booking_id"], Value::Null, "no booking is kept here");
    assert_eq!(booked.get("credit"), None, "no deal was won");
    assert_eq!(view["credited"]["total"]["revenue_minor"], 0);
    let record = json!({ "vendor": "calendly", "kind": "invitee", "id": "A0" });
    assert_eq!(view["records"], json!([record]));
}

#[tokio::test]
async fn a_customers_row_has_the_columns_that_the_document_says() {
    let world = world().await;
    let page = world.get("/api/customers").await;
    let document = serde_json::to_value(crate::document()).unwrap();
    let described = &document["components"]["schemas"]["CustomerRow"]["properties"];
    let names = |object: &Value| -> BTreeSet<String> {
        object.as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(names(&page["items"][0]), names(described));
}

#[tokio::test]
async fn customers_are_paged_sorted_and_exported() {
    let world = world().await;
    let first = world.get("/api/customers?sort=-email&limit=1").await;
    assert_eq!(first["items"][0]["email"], "jd@home.test");
    let next = first["next_cursor"].as_str().unwrap();
    let path = format!("/api/customers?sort=-email&limit=1&cursor={next}");
    let last = world.get(&path).await;
    assert_eq!(last["items"][0]["email"], "jane@acme.co");
    assert_eq!(last["next_cursor"], Value::Null);
    let file = world
        .get("/api/customers?format=csv&email=JD@home.test")
        .await;
    let file = file.as_str().unwrap();
    assert_eq!(file.lines().count(), 2, "{file}");
    assert!(file.contains(",'=Ann,"), "{file}");
    let sought = world.get("/api/customers?q=JANE@").await;
    assert_eq!(sought["total"], 1, "{sought}");
    assert_eq!(sought["items"][0]["email"], "jane@acme.co");
    let mut healthy = 0;
    for band in ["good", "fair", "poor"] {
        let found = world.get(&format!("/api/customers?health={band}")).await;
        healthy += found["total"].as_u64().unwrap();
    }
    assert_eq!(healthy, 2, "each customer is in one band");
    for wrong in [
        "sort=size",
        "alert=none",
        "next_call=later",
        "email=jane",
        "format=xml",
        "limit=0",
        "as_of=monday",
        "health=fine",
        "what=1",
    ] {
        let admin = Some(Role::Admin);
        let path = format!("/api/customers?{wrong}");
        let (status, _) = world.call(admin, Method::GET, &path, None).await;
        assert_eq!(status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn bad_decisions_are_clear_refusals() {
    let world = world().await;
    let cases = [
        (
            "merge",
            json!({ "into": "nobody", "from": "jane@acme.co" }),
            404,
        ),
        ("merge", json!({ "into": "jane@acme.co" }), 422),
        (
            "merge",
            json!({ "into": "jane@acme.co", "from": "jd@home.test", "reason": "x".repeat(501) }),
            422,
        ),
        ("reject", json!({ "contact_ids": ["jane@acme.co"] }), 422),
        ("unmerge", json!({ "merge_id": "m", "more": 1 }), 422),
    ];
    for (route, body, expected) in cases {
        let path = format!("/api/contacts/{route}");
        let (status, answer) = world.post(&path, body.clone()).await;
        assert_eq!(status, expected, "{route} {body}: {answer}");
    }
    let admin = Some(Role::Admin);
    for path in ["/api/contacts/nobody", "/api/customers/nobody"] {
        let (status, _) = world.call(admin, Method::GET, path, None).await;
        assert_eq!(status, 404, "{path}");
    }
}

#[tokio::test]
async fn an_admin_exports_and_forgets_and_the_counts_stay() {
    let world = world().await;
    let id = id_of(&world, "jane@acme.co").await;
    let forget = format!("/api/contacts/{id}/forget");
    let export = format!("/api/contacts/{id}/export");
    for role in [Some(Role::Sales), Some(Role::Viewer)] {
        let (status, _) = world.call(role, Method::DELETE, &forget, None).await;
        assert_eq!(status, 403);
        let (status, _) = world.call(role, Method::GET, &export, None).await;
        assert_eq!(status, 403);
    }
    let exported = world.get(&export).await;
    assert_eq!(exported["contact"]["emails"], json!(["jane@acme.co"]));

    let admin = Some(Role::Admin);
    let preview = format!("{forget}?dry_run=true");
    let (status, report) = world.call(admin, Method::DELETE, &preview, None).await;
    assert_eq!((status, &report["rebuild_due"]), (200, &json!(false)));
    id_of(&world, "jane@acme.co").await;
    let (status, report) = world.call(admin, Method::DELETE, &forget, None).await;
    assert_eq!(status, 200, "{report}");
    assert_eq!(report["scan"]["hits"], 0);
    let after = world.get("/api/customers").await;
    assert_eq!(after["total"], 2);
    let calls: Vec<&Value> = after["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["email"].is_null())
        .map(|row| &row["total_calls_booked"])
        .collect();
    assert_eq!(calls, [&json!(1)]);
    assert!(!after.to_string().contains("jane@acme.co"));
    let (status, _) = world.call(admin, Method::DELETE, &forget, None).await;
    assert_eq!(status, 404);
    let audit = world.get("/api/audit").await.to_string();
    assert!(audit.contains("contact_exported") && audit.contains("contact_erased"));
}
