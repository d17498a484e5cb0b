//! Somebody is forgotten: what the vendors hold of them is deleted there, or waits for an admin, and no sync brings it back.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::outage_world::{MEANWHILE, Outage};

const BEFORE: &str = "2026-03-10T10:00:00Z";
const JANE: &str = "k1@acme.co";
const FORM: &str = "FORM1";
const DAY_S: u64 = 86_400;

/// Jane booked, sent a form and is a contact of the CRM.
async fn known(world: &Outage) -> Invitee {
    let jane = world.invitee("K1", BEFORE, "2026-03-26T15:00:00Z");
    world.comes("calendly", &jane.created()).await;
    world.comes("typeform", &world.response("k1", BEFORE)).await;
    for body in [
        crm(world, ("lead", "created", "lead_1"), BEFORE),
        crm(world, ("contact", "created", "cont_1"), BEFORE),
    ] {
        let answer = world.comes("close", &body).await;
        assert_eq!(answer.body["status"], "accepted", "{answer:?}");
    }
    world.stage.drain().await;
    world.stage.etl(crate::outage_world::NOW).await;
    jane
}

fn crm(world: &Outage, what: (&str, &str, &str), at: &str) -> Value {
    let emails = json!([{ "email": JANE, "type": "office" }]);
    let data = json!({ "name": "Acme", "display_name": "Acme", "emails": emails, "phones": [] });
    world.object(what, "lead_1", at, data)
}

async fn forget(world: &Outage) -> (u16, Value) {
    let (path, admin) = (
        format!("/api/contacts/{JANE}/forget"),
        world.stage.admin().await,
    );
    let stage = &world.stage;
    let answer = stage
        .with_token("DELETE", &path, &admin, &Value::Null)
        .await;
    (answer.status, answer.body)
}

async fn tasks(world: &Outage) -> Vec<Value> {
    let answer = world.stage.get("/api/privacy/tasks").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["items"].as_array().unwrap().clone()
}

/// The task of a vendor.
async fn task(world: &Outage, vendor: &str) -> Value {
    let tasks = tasks(world).await;
    let mut of_vendor = tasks.iter().filter(|task| task["vendor"] == vendor);
    let task = of_vendor.next().cloned();
    assert_eq!(of_vendor.next(), None);
    task.unwrap_or_else(|| panic!("no task of {vendor}: {tasks:?}"))
}

async fn rule(world: &Outage, task: &Value, ruling: &str) -> Value {
    let id = task["task_id"].as_str().unwrap();
    let path = format!("/api/privacy/tasks/{id}/{ruling}");
    let answer = world.stage.post(&path, &json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    world.stage.drain().await;
    answer.body
}

async fn advance(world: &Outage, seconds: u64) {
    let body = json!({ "advance_seconds": seconds });
    let answer = world.stage.post("/local/clock", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    world.stage.drain().await;
}

/// The vendors of the tasks for which an alarm stands, and how many tasks are open.
async fn open(world: &Outage) -> (usize, Value) {
    let ops = world.stage.get("/api/ops").await.body;
    let alarms = ops["alarms"].as_array().unwrap();
    let ours = alarms
        .iter()
        .filter(|alarm| alarm["code"] == "vendor_task_open");
    (ours.count(), ops["vendor_tasks"].clone())
}

#[tokio::test]
async fn what_the_vendors_hold_is_deleted_there() {
    let world = Outage::start().await;
    let jane = known(&world).await;
    let (status, report) = forget(&world).await;
    assert_eq!(status, 200, "{report}");
    let named = report["vendor_tasks"].as_array().unwrap();
    let named: Vec<Value> = named
        .iter()
        .map(|task| json!([task["vendor"], task["action"], task["id"], task["status"]]))
        .collect();
    let wanted = [
        json!(["close", "delete_contact", "cont_1", "pending"]),
        json!(["typeform", "delete_response", "FORM1/k1", "pending"]),
        json!(["calendly", "delete_invitee", jane.uri(), "pending"]),
    ];
    assert_eq!(named, wanted);
    world.stage.drain().await;
    assert_eq!(world.vendors.close.contacts(), [""; 0]);
    assert_eq!(world.vendors.typeform.tokens(FORM), [""; 0]);
    for vendor in ["close", "typeform"] {
        let task = task(&world, vendor).await;
        assert_eq!(
            (&task["status"], &task["reason"]),
            (&json!("done"), &Value::Null)
        );
    }

    // Calendly does it in its Enterprise plan only.
    let waits = task(&world, "calendly").await;
    assert_eq!(waits["status"], "manual", "{waits}");
    assert!(world.vendors.calendly.knows(&jane.uri()));
    let manual = json!({ "pending": 0, "failed": 0, "manual": 1 });
    assert_eq!(open(&world).await, (1, manual));
    world.vendors.calendly.upgrade();
    assert_eq!(rule(&world, &waits, "retry").await["status"], "pending");
    assert_eq!(task(&world, "calendly").await["status"], "done");
    assert!(!world.vendors.calendly.knows(&jane.uri()));
    let none = json!({ "pending": 0, "failed": 0, "manual": 0 });
    assert_eq!(open(&world).await, (0, none));
    let kept = json!(tasks(&world).await).to_string();
    assert!(!kept.contains(JANE), "{kept}");
}

#[tokio::test]
async fn a_vendor_that_does_not_answer_is_asked_again_for_a_day() {
    let world = Outage::start().await;
    known(&world).await;
    world.vendors.close.trouble.fail_after(0, 2);
    forget(&world).await;
    world.stage.drain().await;
    assert_eq!(task(&world, "close").await["status"], "pending");
    assert_eq!(world.vendors.close.contacts(), ["cont_1"]);
    advance(&world, 60).await;
    advance(&world, 60).await;
    assert_eq!(task(&world, "close").await["status"], "done");
    assert_eq!(world.vendors.close.contacts(), [""; 0]);
}

#[tokio::test]
async fn a_task_that_failed_is_closed_by_an_admin() {
    let world = Outage::start().await;
    known(&world).await;
    world.vendors.close.trouble.fail_after(0, u64::MAX / 2);
    forget(&world).await;
    world.stage.drain().await;
    advance(&world, DAY_S + 3_600).await;
    let failed = task(&world, "close").await;
    assert_eq!(failed["status"], "failed", "{failed}");
    assert!(
        failed["reason"].as_str().unwrap().contains("500"),
        "{failed}"
    );
    let found = world.stage.get("/api/privacy/tasks?status=failed").await;
    assert_eq!(found.body["items"], json!([failed]));
    let calls = world.vendors.close.trouble.calls();
    advance(&world, DAY_S).await;
    assert_eq!(world.vendors.close.trouble.calls(), calls);

    let done = rule(&world, &failed, "done").await;
    assert_eq!(done["status"], "done");
    assert!(done["closed_by"].is_string(), "{done}");
    for ruling in ["done", "retry"] {
        assert_eq!(rule(&world, &failed, ruling).await, done);
    }
    assert_eq!(world.vendors.close.trouble.calls(), calls);
    let audit = world.stage.get("/api/audit").await.body.to_string();
    assert!(audit.contains("vendor_task_closed"), "{audit}");
    let unknown = world
        .stage
        .post("/api/privacy/tasks/none/done", &json!({}))
        .await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn what_a_key_may_not_delete_waits_for_an_admin() {
    let world = Outage::start().await;
    known(&world).await;
    world.vendors.close.forbid_deletions();
    forget(&world).await;
    world.stage.drain().await;
    let waits = task(&world, "close").await;
    assert_eq!(waits["status"], "manual", "{waits}");
    assert!(waits["reason"].as_str().unwrap().contains("403"), "{waits}");
}

/// Close still has the contact, because nobody gave us its key, and hears of Jane again.
#[tokio::test]
async fn no_sync_brings_back_what_a_vendor_still_has() {
    let mut world = Outage::without(&["CLOSE_API_KEY"]).await;
    known(&world).await;
    let before = world.stage.all_gold().await;
    forget(&world).await;
    world.stage.drain().await;
    let waits = task(&world, "close").await;
    assert_eq!(waits["status"], "manual", "{waits}");
    assert!(
        waits["reason"].as_str().unwrap().contains("no key"),
        "{waits}"
    );
    assert_eq!(world.vendors.close.contacts(), ["cont_1"]);

    let changed = crm(&world, ("contact", "updated", "cont_1"), MEANWHILE);
    world.is_lost("close", changed);
    let mut form = world.response("k2", MEANWHILE);
    form["form_response"]["answers"][0]["email"] = json!(JANE);
    world.is_lost("typeform", form);
    for vendor in ["close", "typeform"] {
        assert_eq!(world.sync(vendor).await["changed"], 1, "{vendor}");
    }
    world.stage.drain().await;
    world.stage.etl(crate::outage_world::NOW).await;
    assert_eq!(world.stage.all_gold().await, before);
    assert_eq!(forget(&world).await.0, 404);
    assert_eq!(world.vendors.typeform.tokens(FORM), ["k2"]);
}
