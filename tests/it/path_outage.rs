//! The webhooks did not come for a day. Then a sync: nothing is missing, nothing is sent late, and late webhooks change nothing.

use serde_json::{Value, json};

use crate::calendly::Invitee;
use crate::outage_world::{MEANWHILE, NOW, Outage, named, pair, webhook};
use crate::stage::Stage;

const BEFORE: &str = "2026-03-10T10:00:00Z";

/// What the webhooks told before they stopped.
struct Known {
    stays: Invitee,
    cancels: Invitee,
    moves: Invitee,
    absent: Invitee,
    marked: Invitee,
    pays: Invitee,
}

/// What happened while nothing came.
struct Lost {
    booked: Invitee,
    given_up: Invitee,
    moved: Invitee,
    /// A paid session that nobody has paid.
    unpaid: Invitee,
    /// Booked ten minutes ago.
    fresh: Invitee,
}

async fn before(world: &Outage) -> Known {
    let booked = |id: &str, start: &str| world.invitee(id, BEFORE, start);
    let known = Known {
        stays: booked("K1", "2026-03-26T15:00:00Z"),
        cancels: booked("K2", "2026-03-27T15:00:00Z"),
        moves: booked("K3", "2026-03-28T15:00:00Z"),
        absent: booked("K4", "2026-03-19T15:00:00Z"),
        marked: booked("K5", "2026-03-18T15:00:00Z"),
        pays: Invitee {
            event_type: "PAID1".to_owned(),
            ..booked("K6", "2026-03-29T15:00:00Z")
        },
    };
    for invitee in [
        &known.stays,
        &known.cancels,
        &known.moves,
        &known.absent,
        &known.marked,
        &known.pays,
    ] {
        let answer = world.comes("calendly", &invitee.created()).await;
        assert_eq!(answer.body["status"], "accepted");
    }
    let at = world.stage.at("2026-03-18T15:20:00Z");
    world
        .comes("calendly", &known.marked.no_show(true, &at))
        .await;
    world
        .comes("typeform", &world.response("known", BEFORE))
        .await;
    let lead = json!({ "name": "Acme", "display_name": "Acme" });
    let lead = world.object(
        ("lead", "created", "lead_1"),
        "lead_1",
        "2026-03-18T09:00:00Z",
        lead,
    );
    world.comes("close", &lead).await;
    let emails = json!([{ "email": known.stays.email, "type": "office" }]);
    let contact = json!({ "name": "Jane Doe", "emails": emails, "phones": [] });
    let contact = world.object(
        ("contact", "created", "cont_1"),
        "lead_1",
        "2026-03-18T09:00:00Z",
        contact,
    );
    world.comes("close", &contact).await;
    world.stage.drain().await;
    known
}

/// A deal that was opened and won, and a call.
fn crm(world: &mut Outage) {
    let at = world.stage.at(MEANWHILE);
    let day = world.stage.at(MEANWHILE)[..10].to_owned();
    let deal = |status: &str, won: Option<&str>| {
        json!({ "contact_id": "cont_1", "user_id": "user_1", "value": 250_000, "value_currency": "USD",
            "value_period": "one_time", "status_type": status, "date_won": won })
    };
    let open = world.object(
        ("opportunity", "created", "oppo_1"),
        "lead_1",
        "2026-03-20T02:00:00Z",
        deal("active", None),
    );
    world.is_lost("close", open);
    let won = world.object(
        ("opportunity", "updated", "oppo_1"),
        "lead_1",
        MEANWHILE,
        deal("won", Some(&day)),
    );
    world.is_lost("close", won);
    let call = json!({ "contact_id": "cont_1", "user_id": "user_1", "direction": "outbound", "duration": 900,
        "status": "completed", "outcome_id": "outcome_attended", "activity_at": at });
    world.is_lost(
        "close",
        world.object(
            ("activity.call", "created", "acti_1"),
            "lead_1",
            MEANWHILE,
            call,
        ),
    );
}

fn meanwhile(world: &mut Outage, known: &Known) -> Lost {
    let at = world.stage.at(MEANWHILE);
    let lost = Lost {
        booked: world.invitee("L1", MEANWHILE, "2026-03-30T15:00:00Z"),
        given_up: world.invitee("L2", "2026-03-20T05:00:00Z", "2026-03-31T15:00:00Z"),
        moved: Invitee {
            old: Some(known.moves.uri()),
            email: known.moves.email.clone(),
            ..world.invitee("L3", MEANWHILE, "2026-04-01T15:00:00Z")
        },
        unpaid: Invitee {
            event_type: "PAID1".to_owned(),
            ..world.invitee("L4", MEANWHILE, "2026-04-02T15:00:00Z")
        },
        fresh: world.invitee("L5", "2026-03-20T11:50:00Z", "2026-04-03T15:00:00Z"),
    };
    for invitee in [&lost.booked, &lost.given_up, &lost.unpaid, &lost.fresh] {
        world.is_lost("calendly", invitee.created());
    }
    world.is_lost("calendly", lost.given_up.canceled(&at, None));
    world.is_lost("calendly", known.cancels.canceled(&at, None));
    world.is_lost(
        "calendly",
        known.moves.canceled(&at, Some(&lost.moved.uri())),
    );
    world.is_lost("calendly", lost.moved.created());
    world.is_lost("calendly", known.absent.no_show(true, &at));
    world.is_lost("calendly", known.marked.no_show(false, &at));
    for token in ["lost1", "lost2"] {
        world.is_lost("typeform", world.response(token, MEANWHILE));
    }
    crm(world);
    let session = world.vendors.stripe.sessions()[0].id.clone();
    world.vendors.set(&at);
    world.vendors.stripe.pay(&session).unwrap();
    world.vendors.set(&world.stage.at(NOW));
    let events = world.vendors.events();
    world
        .lost
        .extend(events.into_iter().map(|event| ("stripe", event)));
    lost
}

/// Every delivery that the webhooks missed is in the report of its vendor, and no other.
async fn the_gap_is_named(world: &Outage) {
    let report = world.sync("calendly").await;
    let expected = [
        ("invitee.canceled", "K2"),
        ("invitee.canceled", "K3"),
        ("invitee.canceled", "L2"),
        ("invitee.created", "L1"),
        ("invitee.created", "L2"),
        ("invitee.created", "L3"),
        ("invitee.created", "L4"),
        ("invitee.created", "L5"),
        ("invitee_no_show.created", "K4"),
        ("invitee_no_show.deleted", "K5"),
    ];
    assert_eq!(named(&report), expected.map(pair));
    let missed = json!({ "created": 5, "canceled": 3, "no_show": 1, "no_show_deleted": 1 });
    assert_eq!(report["missed"], missed);
    let report = world.sync("typeform").await;
    let expected = [("form_response", "lost1"), ("form_response", "lost2")];
    assert_eq!(named(&report), expected.map(pair));
    let report = world.sync("close").await;
    let expected = [
        ("activity.call.created", "acti_1"),
        ("opportunity.created", "oppo_1"),
    ];
    assert_eq!(named(&report), expected.map(pair));
    let report = world.sync("stripe").await;
    let paid = world.lost.iter().filter(|(vendor, _)| *vendor == "stripe");
    let paid: Vec<(String, String)> = paid
        .map(|(_, event)| {
            pair((
                event["type"].as_str().unwrap(),
                event["id"].as_str().unwrap(),
            ))
        })
        .collect();
    assert_eq!((paid.len(), named(&report)), (1, paid));
}

async fn every_booking_stands_as_calendly_has_it(world: &Outage, known: &Known, lost: &Lost) {
    for (invitee, state) in [
        (&known.stays, "CONFIRMED"),
        (&known.cancels, "CANCELLED"),
        (&known.absent, "NO_SHOW"),
        (&known.marked, "COMPLETED"),
        (&known.pays, "CONFIRMED"),
        (&lost.booked, "CONFIRMED"),
        (&lost.given_up, "CANCELLED"),
        (&lost.moved, "CONFIRMED"),
        (&lost.unpaid, "AWAITING_PAYMENT"),
        (&lost.fresh, "CONFIRMED"),
    ] {
        let booking = world.booking(invitee).await;
        assert_eq!(booking["state"], state, "{} {booking}", invitee.id);
    }
    let (old, new) = (
        world.booking(&known.moves).await,
        world.booking(&lost.moved).await,
    );
    assert_eq!(old["booking_id"], new["booking_id"]);
    assert_eq!(world.booking(&known.pays).await["payment_status"], "paid");
}

/// Of what is older than half an hour the customers hear nothing: no text, no letter, no page to pay on.
async fn nothing_is_late(world: &Outage, lost: &Lost, sessions: usize, letters: usize) {
    let texts = world.texts().await;
    let of = async |invitee: &Invitee| -> Vec<Value> {
        let id = world.booking(invitee).await["booking_id"].clone();
        texts.iter().filter(|text| text[0] == id).cloned().collect()
    };
    for invitee in [&lost.booked, &lost.unpaid] {
        let own = of(invitee).await;
        let confirmation = own.iter().find(|text| text[1] == "confirmation").unwrap();
        assert_eq!(confirmation[2], "suppressed", "{} {own:?}", invitee.id);
        assert_eq!(confirmation[3], "skipped_stale_backfill");
        assert!(
            own.iter()
                .all(|text| text[2] != "sent" && text[1] != "follow_up"),
            "{own:?}"
        );
    }
    let own = of(&lost.given_up).await;
    assert!(own.iter().all(|text| text[2] != "sent"), "{own:?}");
    // The call was confirmed when it was booked, and not again when a sync found that it had been moved.
    let own = of(&lost.moved).await;
    let confirmations = own.iter().filter(|text| text[1] == "confirmation");
    let mut states: Vec<&str> = confirmations
        .map(|text| text[2].as_str().unwrap())
        .collect();
    states.sort_unstable();
    assert_eq!(states, ["sent", "suppressed"], "{own:?}");
    // What was booked ten minutes ago is no old news.
    let own = of(&lost.fresh).await;
    assert!(
        own.iter()
            .any(|text| text[1] == "confirmation" && text[2] == "sent"),
        "{own:?}"
    );
    assert_eq!(world.stage.letters().await, letters);
    assert_eq!(world.vendors.stripe.sessions().len(), sessions);
    let unpaid = world.booking(&lost.unpaid).await;
    assert_eq!(unpaid["checkout_url"], Value::Null, "{unpaid}");
    assert!(world.vendors.calendly.canceled().is_empty());
}

/// What is in the lake of all that happened.
async fn lake(stage: &Stage) -> Value {
    stage.etl(&stage.at(NOW)).await;
    let metrics = stage.get("/api/metrics?month=all").await.body["metrics"].clone();
    let figure = |name: &str| metrics[name]["value"].clone();
    let figures = [
        "leads",
        "deals_won",
        "revenue",
        "cash_collected",
        "triage_booked",
        "triage_attended",
    ];
    json!({ "gold": stage.all_gold().await, "figures": figures.map(figure) })
}

fn sum(rows: &Value, column: &str) -> i64 {
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| row[column].as_i64().unwrap())
        .sum()
}

async fn every_fact_is_in_the_lake(world: &Outage, lost: &Lost) -> Value {
    let lake = lake(&world.stage).await;
    let hours = &lake["gold"]["booking_time_analysis"];
    let counts = ["bookings", "canceled", "attended", "no_show"].map(|column| sum(hours, column));
    // Ten chains; two were cancelled, of two past calls one was missed.
    assert_eq!(counts, [10, 2, 1, 1], "{hours}");
    let [leads, won, revenue, cash, ..] = &lake["figures"].as_array().unwrap()[..] else {
        panic!("{lake}");
    };
    assert_eq!((leads, won), (&json!(13), &json!(1)));
    assert_eq!((revenue, cash), (&json!(250_000), &json!(15_000)));
    let path = format!(
        "/api/lineage/silver.invitees?key=invitee_uri={}",
        lost.booked.uri()
    );
    let lineage = world.stage.get(&path).await;
    assert_eq!(lineage.status, 200, "{lineage:?}");
    lake
}

mod both {
    use super::*;

    #[tokio::test]
    async fn a_day_without_webhooks_leaves_nothing_missing_and_nothing_is_sent_late() {
        let mut world = Outage::start().await;
        let known = before(&world).await;
        let letters = world.stage.letters().await;
        let sessions = world.vendors.stripe.sessions().len();
        let lost = meanwhile(&mut world, &known);
        the_gap_is_named(&world).await;
        every_booking_stands_as_calendly_has_it(&world, &known, &lost).await;
        nothing_is_late(&world, &lost, sessions, letters).await;
        let lake_before = every_fact_is_in_the_lake(&world, &lost).await;
        for vendor in ["calendly", "typeform", "close", "stripe"] {
            let again = world.sync(vendor).await;
            assert_eq!(
                (&again["changed"], named(&again)),
                (&json!(0), Vec::new()),
                "{vendor}"
            );
        }
        // The vendors deliver in the end what they could not.
        let before = world.business().await;
        for (vendor, body) in &world.lost {
            let answer = webhook(&world.stage, vendor, body).await;
            assert_eq!(answer.status, 200, "{vendor} {answer:?}");
        }
        world.stage.drain().await;
        assert_eq!(world.business().await, before);
        assert_eq!(lake(&world.stage).await, lake_before);
        assert_eq!(world.vendors.stripe.sessions().len(), sessions);
    }

    #[tokio::test]
    async fn the_command_line_syncs_with_each_vendor() {
        let mut world = Outage::start().await;
        let known = before(&world).await;
        let lost = meanwhile(&mut world, &known);
        // Beside `serve` with a set clock the command goes by the system's, so the beginnings are named.
        let [early, outage] =
            ["2026-02-01T00:00:00Z", "2026-03-19T12:00:00Z"].map(|at| world.stage.at(at));
        for (vendor, since, lost) in [
            ("calendly", &early, "K2 K3 K4 K5 L1 L2 L3 L4 L5"),
            ("typeform", &outage, "lost1 lost2"),
            ("close", &outage, "acti_1 oppo_1"),
        ] {
            let report = world.command(&["sync", vendor, "--since", since]).await;
            let mut ids: Vec<String> = named(&report).into_iter().map(|(_, id)| id).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(
                (ids.join(" ").as_str(), &report["complete"]),
                (lost, &json!(true))
            );
        }
        let report = world.command(&["sync", "stripe", "--since", &outage]).await;
        assert_eq!(named(&report).len(), 1, "{report}");
        world.stage.drain().await;
        every_booking_stands_as_calendly_has_it(&world, &known, &lost).await;
        for (vendor, since) in [
            ("calendly", &early),
            ("typeform", &outage),
            ("stripe", &outage),
        ] {
            let again = world.command(&["sync", vendor, "--since", since]).await;
            assert_eq!(again["changed"], 0, "{again}");
        }
    }
}
