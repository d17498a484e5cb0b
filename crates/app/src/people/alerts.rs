//! Alerts of customers as transitions (S1-33 to S1-36): each is raised once, told to the operators once, kept in the
//! history, and ended when its figures no longer call for it.
//!
//! What stands now comes from the customers' figures, what stood before from the store. A contact's changes are one
//! transaction, with its alarm where the people who look after it differ.

use std::collections::BTreeMap;

use bookpath_domain::people::customer::{Alert, AlertChange, AlertStanding, transitions};
use bookpath_domain::people::resolved::{Resolved, ResolvedContact};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::effects::outbox;
use crate::operators::alarms::{self, Alarm};
use crate::ports::{Commit, Expect, Item, ItemKey, Query, Store, StoreError, Write, all};

/// Code of the alert that is an alarm too: the account manager is not the CRM's owner.
pub const AM_CHANGE: &str = "am_change";

const OPEN: &str = "customer_alerts";
const HISTORY: &str = "customer_alert#";
/// Contacts of one commit: each has at most five changes of two writes and an alarm, and a transaction of DynamoDB
/// takes 100.
const CONTACTS_MAX: usize = 8;
/// Alerts that a message names; the rest is counted.
const SHOWN_MAX: usize = 20;

/// Alerts that a run raised and ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct AlertsSettled {
    pub raised: usize,
    pub resolved: usize,
}

/// Makes the alerts that are kept what the figures say at `resolved.as_of`: new ones are raised and told to the
/// operators in one message, those that no longer stand get their end. `now` is when that is noticed.
///
/// The message goes out with the first changes: after a crash the rest is told again rather than never.
///
/// # Errors
/// [`StoreError`]; the next run finds the changes that are left.
pub async fn settle(
    store: &dyn Store,
    resolved: &Resolved,
    now: Timestamp,
) -> Result<AlertsSettled, StoreError> {
    let open = open(store).await?;
    let standing: Vec<AlertStanding> = resolved.contacts.iter().flat_map(standing_of).collect();
    let changes = transitions(&open, &standing, now);
    let raised: Vec<&Alert> = changes.iter().filter_map(raised).collect();
    let mut message = told(&raised, now)?;
    let of_contacts: Vec<&[AlertChange]> = changes
        .chunk_by(|a, b| alert(a).contact_id == alert(b).contact_id)
        .collect();
    for contacts in of_contacts.chunks(CONTACTS_MAX) {
        let mut writes: Vec<Write> = message.take().into_iter().collect();
        for of_one in contacts {
            for change in *of_one {
                writes.extend(kept(change)?);
            }
            writes.extend(alarm(of_one)?);
        }
        store.commit(Commit::new(writes)).await?;
    }
    Ok(AlertsSettled {
        raised: raised.len(),
        resolved: changes.len() - raised.len(),
    })
}

/// The alerts that stand, by contact.
///
/// # Errors
/// [`StoreError`].
pub async fn open(store: &dyn Store) -> Result<Vec<Alert>, StoreError> {
    let items = all(store, Query::prefix(OPEN, "", 1000)).await?;
    items.iter().map(Item::read).collect()
}

/// Every alert that a contact ever had, the oldest first.
///
/// # Errors
/// [`StoreError`].
pub async fn history(store: &dyn Store, contact_id: &str) -> Result<Vec<Alert>, StoreError> {
    let kept = Query::prefix(format!("{HISTORY}{contact_id}"), "", 1000);
    let items = all(store, kept).await?;
    items.iter().map(Item::read).collect()
}

fn standing_of(contact: &ResolvedContact) -> Vec<AlertStanding> {
    let summary = &contact.summary;
    AlertStanding::new(
        &contact.contact_id,
        &summary.alerts,
        summary.assigned_am_email.as_deref(),
        contact.crm_owner(),
    )
}

const fn alert(change: &AlertChange) -> &Alert {
    match change {
        AlertChange::Raised(alert) | AlertChange::Resolved(alert) => alert,
    }
}

fn raised(change: &AlertChange) -> Option<&Alert> {
    match change {
        AlertChange::Raised(alert) => Some(alert),
        AlertChange::Resolved(_) => None,
    }
}

/// The writes that keep a change: the list of what stands, and the contact's history.
fn kept(change: &AlertChange) -> Result<[Write; 2], StoreError> {
    let alert = alert(change);
    let named = format!("{}#{}", alert.code, alert.subject);
    let key = ItemKey::new(OPEN, format!("{}#{named}", alert.contact_id));
    let stands = match change {
        AlertChange::Raised(_) => Write::put(key, None, alert, Expect::Any)?,
        AlertChange::Resolved(_) => Write::Delete {
            key,
            expect: Expect::Any,
        },
    };
    let pk = format!("{HISTORY}{}", alert.contact_id);
    let key = ItemKey::new(pk, format!("{:.6}#{named}", alert.raised_at));
    Ok([stands, Write::put(key, None, alert, Expect::Any)?])
}

/// A contact's alarm: begun anew for another pair of people, over when the pair is one.
fn alarm(of_one: &[AlertChange]) -> Result<Option<Write>, StoreError> {
    let of_pair = || {
        of_one
            .iter()
            .filter(|change| alert(change).code == AM_CHANGE)
    };
    if let Some(alert) = of_pair().find_map(raised) {
        let detail = "the account manager of the newest call is not the owner in the CRM";
        let alarm = Alarm::new(AM_CHANGE, &alert.contact_id, alert.raised_at, detail);
        return alarm.raise().map(Some);
    }
    let mut over = of_pair().map(|change| alarms::end(AM_CHANGE, &alert(change).contact_id));
    Ok(over.next_back())
}

/// The outbox entry of the run's one message; `None` when nothing was raised.
fn told(raised: &[&Alert], now: Timestamp) -> Result<Option<Write>, StoreError> {
    if raised.is_empty() {
        return Ok(None);
    }
    let mut by_code: BTreeMap<&str, usize> = BTreeMap::new();
    for alert in raised {
        *by_code.entry(&alert.code).or_default() += 1;
    }
    let first = raised.iter().take(SHOWN_MAX);
    let first: Vec<_> = first
        .map(|alert| json!({ "contact_id": alert.contact_id, "code": alert.code }))
        .collect();
    let count = raised.len();
    let message =
        json!({ "code": "customer_alerts", "count": count, "by_code": by_code, "first": first });
    let id = format!("customer_alerts:{now:.6}");
    let subject = format!("Bookpath: {count} alerts of customers");
    outbox::telling("", &id, &subject, message, now).map(Some)
}

#[cfg(test)]
mod tests {
    use bookpath_domain::BusinessConfig;
    use bookpath_domain::people::resolved::resolve;
    use bookpath_domain::people::sources::{
        CrmContactRow, CrmLeadRow, Directory, InviteeRow, Sources,
    };
    use bookpath_testkit::MemoryStore;
    use jiff::SignedDuration;

    use super::*;

    const RULES: &str = r#"
[[team]]
email = "bob@co.test"
name = "Bob"
role = "am"
close_user_id = "user_bob"
[[team]]
email = "cy@co.test"
name = "Cy"
role = "am"
close_user_id = "user_cy"
"#;

    fn day(text: &str) -> Timestamp {
        format!("{text}T12:00:00Z").parse().unwrap()
    }

    /// A call that Ann held; the CRM's lead is owned by `owner`.
    fn sources(owner: &str) -> Sources {
        let (created, start) = (day("2026-01-01"), day("2026-01-05"));
        let invitee = InviteeRow {
            invitee_uri: "A".to_owned(),
            chain_id: "A".to_owned(),
            email: "jane@acme.co".to_owned(),
            name: None,
            phone: None,
            created_at: created,
            booked_local: None,
            updated_at: created,
            canceled: false,
            rescheduled: false,
            canceled_at: None,
            start,
            end: start + SignedDuration::from_mins(30),
            no_show: bookpath_domain::bookings::attendance::NoShowMarks::default(),
            host_email: Some("bob@co.test".to_owned()),
            host_name: None,
            event_name: None,
            call_type: None,
            channel: "google".to_owned(),
            campaign: None,
            utm_source: None,
            raw_sha256: None,
            mark_sha256: None,
        };
        let lead = CrmLeadRow {
            lead_id: "lead".to_owned(),
            name: None,
            status: None,
            owner_id: Some(owner.to_owned()),
            source: None,
            tags: Vec::new(),
            created_at: Some(created),
            version_at: created,
            deleted: false,
            merged_into: None,
            raw_sha256: None,
        };
        let contact = CrmContactRow {
            crm_contact_id: "cont".to_owned(),
            lead_id: Some("lead".to_owned()),
            name: None,
            emails: vec!["jane@acme.co".to_owned()],
            phones: Vec::new(),
            created_at: Some(created),
            version_at: created,
            deleted: false,
            raw_sha256: None,
        };
        Sources {
            invitees: vec![invitee],
            crm_leads: vec![lead],
            crm_contacts: vec![contact],
            ..Sources::default()
        }
    }

    async fn look(store: &MemoryStore, owner: &str, at: &str) -> AlertsSettled {
        let rules = BusinessConfig::from_toml(RULES).unwrap();
        let now = day(at);
        let resolved = resolve(&sources(owner), &Directory::default(), &rules, now);
        settle(store, &resolved, now).await.unwrap()
    }

    #[tokio::test]
    async fn another_owner_is_one_alarm_until_the_pair_changes_or_agrees() {
        let store = MemoryStore::default();
        let raised_at = async || -> Vec<Timestamp> {
            let standing = alarms::standing(&store).await.unwrap();
            standing.iter().map(|alarm| alarm.raised_at).collect()
        };
        let told = || store.items("effect#tell:customer_alerts").len();
        let settled = |raised, resolved| AlertsSettled { raised, resolved };

        let first = look(&store, "user_cy", "2026-02-01").await;
        assert_eq!(first, settled(1, 0));
        assert_eq!((raised_at().await, told()), (vec![day("2026-02-01")], 1));
        let again = look(&store, "user_cy", "2026-02-02").await;
        assert_eq!(again, settled(0, 0));
        assert_eq!((raised_at().await, told()), (vec![day("2026-02-01")], 1));

        let agreed = look(&store, "user_bob", "2026-02-03").await;
        assert_eq!(agreed, settled(0, 1));
        assert_eq!((raised_at().await, told()), (Vec::new(), 1));
        assert_eq!(open(&store).await.unwrap(), []);

        let anew = look(&store, "user_cy", "2026-02-04").await;
        assert_eq!(anew, settled(1, 0));
        assert_eq!((raised_at().await, told()), (vec![day("2026-02-04")], 2));
        let id = crate::people::contact_id("jane@acme.co");
        let kept: Vec<(Timestamp, Option<Timestamp>)> = history(&store, &id)
            .await
            .unwrap()
            .iter()
            .map(|alert| (alert.raised_at, alert.resolved_at))
            .collect();
        let expected = [
            (day("2026-02-01"), Some(day("2026-02-03"))),
            (day("2026-02-04"), None),
        ];
        assert_eq!(kept, expected);

        // The new owner in the CRM is not in the team list: the pair of host and owner is another one, so the alert is too.
        let left = look(&store, "user_gone", "2026-02-05").await;
        assert_eq!(left, settled(1, 1));
        let standing = open(&store).await.unwrap();
        assert_eq!(standing[0].subject, "bob@co.test user_gone");
    }
}
