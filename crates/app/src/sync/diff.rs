//! Decides what is new about an invitee: compares the present state with the last sync and with the webhooks received.

use bookpath_vendors::calendly::observed::ObservedInvitee;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::inbox::found::Missed;

/// An invitee as the last sync saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SeenInvitee {
    /// A short hash of the match key: counts people, names nobody.
    pub(super) person: u64,
    pub(super) start: Timestamp,
    pub(super) canceled: bool,
    pub(super) superseded: bool,
    /// When it was marked as a no-show.
    pub(super) no_show_at: Option<Timestamp>,
    pub(super) updated_at: Timestamp,
    pub(super) event_updated_at: Option<Timestamp>,
    /// Of what the booking says.
    pub(super) sha256: String,
    /// The run to which it was news last.
    pub(super) changed_by: Option<String>,
}

impl SeenInvitee {
    pub(super) fn new(seen: &ObservedInvitee, person: u64) -> Self {
        Self {
            person,
            start: seen.start,
            canceled: seen.canceled,
            superseded: seen.superseded,
            no_show_at: seen.no_show.as_ref().map(|(_, at)| *at),
            updated_at: seen.updated_at,
            event_updated_at: seen.event_updated_at,
            sha256: seen.sha256.clone(),
            changed_by: None,
        }
    }

    /// Whether it is unchanged since the last sync.
    pub(super) fn is_same(&self, seen: &ObservedInvitee) -> bool {
        let mark = seen.no_show.as_ref().map(|(_, at)| *at);
        (self.canceled, self.updated_at, self.no_show_at) == (seen.canceled, seen.updated_at, mark)
            && self.sha256 == seen.sha256
    }
}

/// Facts that webhooks have told, beside what the last sync saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct KnownFacts {
    /// A webhook told how it stands now.
    pub(super) state: bool,
    /// A webhook told of the present no-show mark.
    pub(super) mark: bool,
    /// Some webhook told of the booking.
    pub(super) booking: bool,
    /// The webhook of the new booking came.
    pub(super) created: bool,
    /// A mark is in force by what was told; `None` where nothing was told of the booking.
    pub(super) marked: Option<bool>,
}

/// News: a webhook to bring in, or one that was missed and tells nothing new any more.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct News {
    pub(super) body: Option<Value>,
    /// The webhooks that were missed, its own the last: it tells what those before it told. None, where no webhook tells of
    /// such a change.
    pub(super) missed: Vec<Missed>,
}

/// The news about an invitee. A mark that is gone was taken back at `noticed`, as far as anybody knows.
pub(super) fn news(
    row: Option<&SeenInvitee>,
    told: KnownFacts,
    seen: &ObservedInvitee,
    noticed: Timestamp,
) -> Vec<News> {
    let mut news = of_state(row, told, seen);
    news.extend(of_mark(row, told, seen, noticed));
    news
}

impl News {
    /// A change of which no webhook tells.
    const fn change(body: Value) -> Self {
        Self {
            body: Some(body),
            missed: Vec::new(),
        }
    }
}

fn missed(sort: &str, kind: &str, at: Timestamp) -> Missed {
    Missed {
        sort: sort.to_owned(),
        kind: kind.to_owned(),
        at: Some(at),
    }
}

/// Booked, cancelled, or changed in its place.
fn of_state(row: Option<&SeenInvitee>, told: KnownFacts, seen: &ObservedInvitee) -> Vec<News> {
    let booked = (row.is_none() && !told.created)
        .then(|| missed("created", "invitee.created", seen.created_at));
    if told.state || row.is_some_and(|row| row.updated_at == seen.updated_at) {
        // A later webhook told all of it.
        let lost = booked.filter(|_| told.booking).map(|booked| News {
            body: None,
            missed: vec![booked],
        });
        return lost.into_iter().chain(of_event(row, seen)).collect();
    }
    let canceled_since = seen.canceled && row.is_none_or(|row| !row.canceled);
    let own = canceled_since.then(|| missed("canceled", seen.kind(), seen.updated_at));
    vec![News {
        body: Some(seen.state()),
        missed: booked.into_iter().chain(own).collect(),
    }]
}

/// The host has changed the event, and the invitee's own version stayed.
fn of_event(row: Option<&SeenInvitee>, seen: &ObservedInvitee) -> Option<News> {
    let row = row.filter(|row| row.sha256 != seen.sha256 && row.updated_at == seen.updated_at)?;
    let newer = seen.event_updated_at > row.event_updated_at;
    Some(News::change(if newer {
        seen.state_of_event()
    } else {
        seen.state()
    }))
}

/// A no-show mark that was set or taken back.
fn of_mark(
    row: Option<&SeenInvitee>,
    told: KnownFacts,
    seen: &ObservedInvitee,
    noticed: Timestamp,
) -> Option<News> {
    let before = row.and_then(|row| row.no_show_at);
    match &seen.no_show {
        Some((_, at)) if !told.mark && before != Some(*at) => Some(News {
            body: Some(seen.marked()?),
            missed: vec![missed("no_show", "invitee_no_show.created", *at)],
        }),
        None if told.marked.unwrap_or(before.is_some()) => Some(News {
            body: Some(seen.unmarked(noticed)),
            missed: vec![missed(
                "no_show_deleted",
                "invitee_no_show.deleted",
                noticed,
            )],
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: &str = "2026-03-20T00:00:00Z";

    fn seen(change: impl FnOnce(&mut Value, &mut Value)) -> ObservedInvitee {
        let mut event = json!({ "uri": "https://x/scheduled_events/E1", "name": "Triage",
            "start_time": "2026-03-10T15:00:00Z", "end_time": "2026-03-10T15:30:00Z",
            "updated_at": "2026-03-01T10:00:00Z" });
        let mut invitee = json!({ "uri": "https://x/scheduled_events/E1/invitees/A1", "email": "jane@acme.co",
            "status": "active", "created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z",
            "no_show": null });
        change(&mut event, &mut invitee);
        ObservedInvitee::read(&event, &invitee).unwrap()
    }

    fn sorts(
        row: Option<&ObservedInvitee>,
        told: KnownFacts,
        seen: &ObservedInvitee,
    ) -> Vec<String> {
        let row = row.map(|seen| SeenInvitee::new(seen, 1));
        news(row.as_ref(), told, seen, NOW.parse().unwrap())
            .iter()
            .map(|news| {
                let event = news
                    .body
                    .as_ref()
                    .map_or("", |body| body["event"].as_str().unwrap());
                let sorts: Vec<&str> = news.missed.iter().map(|one| one.sort.as_str()).collect();
                format!("{}:{event}", sorts.join("+"))
            })
            .collect()
    }

    fn canceled(_: &mut Value, invitee: &mut Value) {
        invitee["status"] = json!("canceled");
        invitee["updated_at"] = json!("2026-03-02T10:00:00Z");
    }

    fn marked(_: &mut Value, invitee: &mut Value) {
        invitee["no_show"] = json!({ "uri": "https://x/n1", "created_at": "2026-03-10T16:00:00Z" });
    }

    const ALL: KnownFacts = KnownFacts {
        state: true,
        mark: true,
        booking: true,
        created: true,
        marked: Some(false),
    };

    #[test]
    fn what_the_webhooks_told_is_no_news() {
        assert!(sorts(None, ALL, &seen(|_, _| {})).is_empty());
        let told = KnownFacts {
            marked: Some(true),
            ..ALL
        };
        assert!(sorts(None, told, &seen(marked)).is_empty());
    }

    #[test]
    fn each_sort_of_webhook_is_missed_under_its_name() {
        let nothing = KnownFacts::default();
        let (plain, gone) = (seen(|_, _| {}), seen(canceled));
        assert_eq!(sorts(None, nothing, &plain), ["created:invitee.created"]);
        assert_eq!(
            sorts(None, nothing, &gone),
            ["created+canceled:invitee.canceled"]
        );
        let created = KnownFacts {
            booking: true,
            created: true,
            marked: Some(false),
            ..nothing
        };
        assert_eq!(sorts(None, created, &gone), ["canceled:invitee.canceled"]);
        let canceled_only = KnownFacts {
            created: false,
            ..ALL
        };
        assert_eq!(sorts(None, canceled_only, &gone), ["created:"]);
        let told = KnownFacts { mark: false, ..ALL };
        assert_eq!(
            sorts(None, told, &seen(marked)),
            ["no_show:invitee_no_show.created"]
        );
        let told = KnownFacts {
            marked: Some(true),
            ..ALL
        };
        assert_eq!(
            sorts(None, told, &plain),
            ["no_show_deleted:invitee_no_show.deleted"]
        );
    }

    #[test]
    fn the_last_sync_stands_in_for_webhooks() {
        let nothing = KnownFacts::default();
        let (plain, gone, mark) = (seen(|_, _| {}), seen(canceled), seen(marked));
        for same in [&plain, &gone, &mark] {
            assert!(sorts(Some(same), nothing, same).is_empty());
        }
        assert_eq!(
            sorts(Some(&plain), nothing, &gone),
            ["canceled:invitee.canceled"]
        );
        assert_eq!(
            sorts(Some(&mark), nothing, &plain),
            ["no_show_deleted:invitee_no_show.deleted"]
        );
        // A webhook told of the removal meanwhile.
        assert!(sorts(Some(&mark), ALL, &plain).is_empty());
    }

    #[test]
    fn a_host_who_moves_the_event_is_a_change_and_no_missed_webhook() {
        let moved = seen(|event, _| {
            event["start_time"] = json!("2026-03-10T16:00:00Z");
            event["updated_at"] = json!("2026-03-05T10:00:00Z");
        });
        let plain = seen(|_, _| {});
        assert_eq!(sorts(Some(&plain), ALL, &moved), [":invitee.created"]);
        let row = SeenInvitee::new(&plain, 1);
        let found = news(Some(&row), ALL, &moved, NOW.parse().unwrap());
        let version = &found[0].body.as_ref().unwrap()["payload"]["updated_at"];
        assert_eq!(version, "2026-03-05T10:00:00Z");
        assert!(!row.is_same(&moved) && row.is_same(&plain));
    }
}
