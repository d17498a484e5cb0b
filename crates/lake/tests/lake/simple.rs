//! Plain records for tests that tell a small story.

use serde_json::{Value, json};

/// An active invitee; `start` half an hour long.
pub(crate) fn created(uri: &str, email: &str, created: &str, start: &str, end: &str) -> Value {
    json!({
        "webhook_event": "invitee.created", "webhook_created_at": created, "marketing_channel": "facebook_paid_ads",
        "invitee_uri": uri, "invitee_email": email, "invitee_name": "Jane Doe", "invitee_status": "active",
        "invitee_timezone": "America/Los_Angeles", "invitee_created_at": created, "invitee_updated_at": created,
        "invitee_rescheduled": false, "event_start_time": start, "event_end_time": end, "event_created_at": created,
        "utm_source": "facebook", "utm_campaign": "BrandCampaign1", "payload": {"old_invitee": null, "new_invitee": null, "no_show": null},
    })
}

/// The same invitee canceled at `when`.
pub(crate) fn canceled(mut record: Value, when: &str, new_invitee: Option<&str>) -> Value {
    record["webhook_event"] = json!("invitee.canceled");
    record["invitee_status"] = json!("canceled");
    record["invitee_updated_at"] = json!(when);
    record["webhook_created_at"] = json!(when);
    record["invitee_rescheduled"] = json!(new_invitee.is_some());
    record["payload"]["new_invitee"] = json!(new_invitee);
    record["payload"]["cancellation"] = json!({"created_at": when});
    record
}

/// A reschedule: M1 books A1, M2 cancels A1 in favour of A2, M3 books A2.
pub(crate) fn reschedule() -> [String; 3] {
    let m1 = created(
        "A1",
        "jane@acme.co",
        "2026-03-01T10:00:00Z",
        "2026-03-10T15:00:00Z",
        "2026-03-10T15:30:00Z",
    );
    let m2 = canceled(m1.clone(), "2026-03-02T09:00:00Z", Some("A2"));
    let mut m3 = created(
        "A2",
        "jane@acme.co",
        "2026-03-02T09:00:00Z",
        "2026-03-12T16:00:00Z",
        "2026-03-12T16:30:00Z",
    );
    m3["payload"]["old_invitee"] = json!("A1");
    [m1.to_string(), m2.to_string(), m3.to_string()]
}

/// The records of day number `day` (0..28) of March: `n` bookings, the first one cancels one of the day before.
pub(crate) fn day(day: usize, n: usize) -> Vec<String> {
    let booking = |day: usize, i: usize| {
        let date = format!("2026-03-{:02}", day % 28 + 1);
        let at = format!(
            "{date}T{:02}:{:02}:00.{:06}Z",
            8 + i % 10,
            i % 60,
            day / 28 * 1000 + i
        );
        let email = format!("lead{}@example.com", (day * 31 + i * 7) % 400);
        created(
            &format!("https://c.test/{day}/{i}"),
            &email,
            &at,
            &format!("2026-04-{:02}T10:00:00Z", i % 28 + 1),
            "2026-04-29T10:30:00Z",
        )
    };
    let mut lines: Vec<String> = (0..n).map(|i| booking(day, i).to_string()).collect();
    if day > 0 {
        lines.push(
            canceled(
                booking(day - 1, 0),
                &format!("2026-03-{:02}T20:00:00Z", day % 28 + 1),
                None,
            )
            .to_string(),
        );
    }
    lines
}
