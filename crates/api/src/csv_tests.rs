//! Lists as files: all rows, under the same filters, with the reporting zone in the headers of dates.

use axum::http::Method;
use bookpath_app::access::audit_write;
use bookpath_app::ports::Commit;
use bookpath_domain::access::Role;
use bookpath_domain::people::sources::{FormRow, Sources};

use crate::testing::{NOW, World};

const RULES: &str = "reporting_timezone = \"America/New_York\"\n";

fn forms() -> Sources {
    let form = |n: usize| FormRow {
        token: format!("r{n}"),
        form_id: Some("F1".to_owned()),
        email: Some(format!("p{n}@acme.co")),
        phone: None,
        name: Some(format!("=Person {n}")),
        submitted_at: NOW.parse().unwrap(),
        channel: "google".to_owned(),
        campaign: None,
        utm_source: None,
        invitee_uri: None,
        raw_sha256: None,
    };
    Sources {
        forms: (0..3).map(form).collect(),
        ..Sources::default()
    }
}

async fn lines(world: &World, path: &str) -> Vec<String> {
    let body = world.get(path).await;
    let text = body.as_str().unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_file_has_every_row_of_the_store_whatever_the_page() {
    let world = World::new(Sources::default(), RULES).await;
    for n in 0..1_100 {
        let subject = format!("s{n}");
        let ids = world.api.access.ids.as_ref();
        let line = audit_write(ids, world.api.clock.now(), "cli", "looked", &subject);
        let commit = Commit::new(vec![line.unwrap()]);
        world.api.store.commit(commit).await.unwrap();
    }
    let audit = lines(&world, "/api/audit?format=csv&limit=1").await;
    assert_eq!(audit[0], "at (America/New_York),actor,action,subject");
    assert!(audit.len() > 1_100, "{}", audit.len());
    assert!(audit.contains(&"2026-03-01T07:00:00-05:00,cli,looked,s7".to_owned()));
    let page = world.get("/api/audit?limit=1000").await;
    assert_eq!(page["total"], serde_json::Value::Null);
    let users = world.get("/api/users").await;
    assert_eq!(users["total"], Role::ALL.len());
    let file = lines(&world, "/api/users?format=csv").await;
    assert_eq!(file.len(), 1 + Role::ALL.len());
    assert_eq!(file[0], "id,email,name,role,disabled");
}

#[tokio::test]
async fn what_is_in_memory_is_counted_and_filtered_alike() {
    let world = World::new(forms(), RULES).await;
    let page = world.get("/api/contacts?limit=2").await;
    assert_eq!(page["total"], 3);
    let all = lines(&world, "/api/contacts?format=csv&limit=1").await;
    assert_eq!(all.len(), 4);
    assert!(
        all[0].contains("first_contact_date (America/New_York)"),
        "{}",
        all[0]
    );
    assert!(all[1].contains("2026-03-01T07:00:00-05:00"), "{}", all[1]);
    assert!(all[1].contains(",'=Person"), "{}", all[1]);
    let one = lines(&world, "/api/contacts?format=csv&email=P1@acme.co").await;
    assert_eq!(one.len(), 2);
    let customers = lines(&world, "/api/customers?format=csv").await;
    assert!(
        customers[0].contains("next_call_date (America/New_York)"),
        "{}",
        customers[0]
    );
    assert_eq!(world.get("/api/contacts/candidates").await["total"], 0);
}

#[tokio::test]
async fn key_figures_are_a_line_each_of_all_and_of_each_person() {
    let world = World::new(forms(), RULES).await;
    let file = lines(&world, "/api/metrics?month=2026-03&format=csv").await;
    assert_eq!(
        file[0],
        "month (America/New_York),as_of (America/New_York),line,user,email,name,key,value,numerator,denominator,unit,formula"
    );
    let answer = world.get("/api/metrics?month=2026-03").await;
    let keys = answer["metrics"].as_object().unwrap().len();
    let people = answer["per_user"].as_array().unwrap().len();
    assert_eq!((file.len(), people), (1 + keys * (1 + people), 1));
    let leads = "2026-03,2026-03-01T07:00:00-05:00,total,all,,,leads,3,3,";
    assert!(file.iter().any(|line| line.starts_with(leads)), "{file:?}");
    let nobodys = "2026-03,2026-03-01T07:00:00-05:00,user,,,,leads,3,3,";
    assert!(
        file.iter().any(|line| line.starts_with(nobodys)),
        "{file:?}"
    );
}

#[tokio::test]
async fn every_list_knows_its_formats() {
    let world = World::new(forms(), RULES).await;
    for list in [
        "/api/auth/sessions",
        "/api/users",
        "/api/audit",
        "/api/inbox",
        "/api/ad-spend",
        "/api/versions",
        "/api/changes",
        "/api/contacts",
        "/api/contacts/candidates",
        "/api/customers",
        "/api/metrics",
        "/api/metrics/series",
        "/api/marketing/bookings_trend",
        "/api/rows/leads",
    ] {
        let mut told = Vec::new();
        for format in ["json", "csv", "xml"] {
            let path = format!("{list}?format={format}");
            let (status, body) = world
                .call(Some(Role::Admin), Method::GET, &path, None)
                .await;
            told.push((status, body.is_string()));
        }
        assert_eq!(told, [(200, false), (200, true), (422, false)], "{list}");
    }
}

/// Whoever imports a file finds its columns, on a day without rows as well.
#[tokio::test]
async fn a_file_without_rows_has_the_columns_of_one_with_rows() {
    let full = World::new(forms(), RULES).await;
    let empty = World::new(Sources::default(), RULES).await;
    for list in [
        "/api/contacts",
        "/api/customers",
        "/api/rows/leads",
        "/api/rows/touches",
    ] {
        let path = format!("{list}?format=csv");
        let (some, none) = (lines(&full, &path).await, lines(&empty, &path).await);
        assert_eq!((some.len(), none.len()), (4, 1), "{list}");
        // A row leaves out the amounts that it does not have.
        let shown: Vec<&str> = some[0].split(',').collect();
        let own = none[0].split(',').filter(|column| shown.contains(column));
        assert_eq!(own.collect::<Vec<_>>(), shown, "{list}");
    }
    for (list, header) in [
        ("/api/inbox", "delivery_id,vendor,"),
        ("/api/contacts/candidates", "contact_ids,score,evidence"),
        ("/api/changes", "at (America/New_York),table,"),
        ("/api/ad-spend", "day (America/New_York),channel,"),
    ] {
        let file = lines(&empty, &format!("{list}?format=csv")).await;
        assert_eq!(file.len(), 1, "{list}");
        assert!(file[0].starts_with(header), "{list}: {}", file[0]);
    }
}
