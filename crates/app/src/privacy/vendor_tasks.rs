//! What an erasure leaves to be deleted at the vendors: a task per record, kept until it is done (X60, S3-109).
//!
//! A task holds the vendor's id of the record, and no address. The outbox performs it. Where we have no key or right to
//! delete the record, the task waits for an admin, with an alarm that stands until then.

use bookpath_domain::Vendor;
use bookpath_domain::config::RetentionConfig;
use bookpath_domain::people::erasure::tombstone;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::audit_write;
use crate::effects::outbox;
use crate::operators::alarms::{self, Alarm};
use crate::ports::{
    Commit, Expect, Ids, IndexKey, Item, ItemKey, Query, Rounds, Store, StoreError, Write, all,
    held,
};

/// The code of the alarm of a task that waits for an admin.
const OPEN: &str = "vendor_task_open";
/// Digits of a task's id.
const ID_CHARS: usize = 32;
/// Items of a page.
const PAGE: usize = 1000;

/// How far a task is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    strum::IntoStaticStr,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(const_into_str, serialize_all = "lowercase")]
pub enum TaskStatus {
    /// The outbox performs it.
    Pending,
    /// The vendor has deleted the record, or never had it, or an admin says so.
    Done,
    /// The vendor refused it, or did not answer for a day.
    Failed,
    /// No key or plan of ours may do it.
    Manual,
}

impl TaskStatus {
    pub const ALL: [Self; 4] = [Self::Pending, Self::Done, Self::Failed, Self::Manual];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

/// A record that is to be deleted where only the vendor can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VendorTask {
    /// The same for the same record.
    pub task_id: String,
    #[schema(value_type = String)]
    pub vendor: Vendor,
    /// `delete_contact`, `delete_response` or `delete_invitee`.
    pub action: String,
    /// The vendor's id of what is to go; of a response of Typeform `form/token`.
    pub id: String,
    pub status: TaskStatus,
    /// Why it is not done; one line without personal data.
    pub reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When its status changed last.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// The admin who said that it is done; `null` where the vendor did.
    pub closed_by: Option<String>,
}

impl VendorTask {
    pub(crate) fn new(vendor: Vendor, action: &str, id: &str, now: Timestamp) -> Self {
        let mut task_id = tombstone(&format!("{vendor} {action} {id}"));
        task_id.truncate(ID_CHARS);
        Self {
            task_id,
            vendor,
            action: action.to_owned(),
            id: id.to_owned(),
            status: TaskStatus::Pending,
            reason: None,
            created_at: now,
            changed_at: now,
            closed_by: None,
        }
    }

    /// The task as it is from now on.
    pub(crate) fn turned(&self, status: TaskStatus, why: Option<String>, now: Timestamp) -> Self {
        Self {
            status,
            reason: why,
            changed_at: now,
            closed_by: None,
            ..self.clone()
        }
    }

    /// The writes of this state: the task, and its alarm or the end of it. A task that is done is kept as long as the audit
    /// trail.
    pub(crate) fn writes(
        &self,
        expect: Expect,
        kept: &RetentionConfig,
    ) -> Result<Vec<Write>, StoreError> {
        let index = IndexKey {
            partition: partition(self.status),
            sort: format!("{:.6}#{}", self.created_at, self.task_id),
        };
        let mut task = Write::put(key(&self.task_id), Some(index), self, expect)?;
        if self.status == TaskStatus::Done {
            task = task.expiring(self.changed_at + RetentionConfig::length(kept.audit_days));
        }
        let alarm = match self.status {
            TaskStatus::Failed | TaskStatus::Manual => {
                let why = self.reason.as_deref().unwrap_or("no reason is known");
                let line = format!("{} {} {}: {why}", self.vendor, self.action, self.id);
                Alarm::new(OPEN, &self.task_id, self.changed_at, line).raise()?
            }
            TaskStatus::Pending | TaskStatus::Done => alarms::end(OPEN, &self.task_id),
        };
        Ok(vec![task, alarm])
    }
}

fn key(task_id: &str) -> ItemKey {
    ItemKey::new(format!("vendor-task#{task_id}"), "row")
}

fn partition(status: TaskStatus) -> String {
    format!("vendor-tasks#{}", status.as_str())
}

/// A task and the version of its item.
pub(crate) async fn find(
    store: &dyn Store,
    task_id: &str,
) -> Result<Option<(VendorTask, u64)>, StoreError> {
    let item = store.get(&key(task_id)).await?;
    item.map(|item| Ok((item.read()?, item.version)))
        .transpose()
}

/// Stores the tasks that are new, each with its entry of the outbox; all of them as they are stored.
pub(crate) async fn open(
    store: &dyn Store,
    tasks: Vec<VendorTask>,
    kept: &RetentionConfig,
) -> Result<Vec<VendorTask>, StoreError> {
    let mut stored = Vec::new();
    for task in tasks {
        let mut writes = task.writes(Expect::Absent, kept)?;
        writes.push(outbox::vendor_deletion(
            task.vendor,
            &task.task_id,
            task.created_at,
        )?);
        let fresh = held(store.commit(Commit::new(writes)).await)?;
        let known = if fresh {
            None
        } else {
            find(store, &task.task_id).await?
        };
        stored.push(known.map_or(task, |(known, _)| known));
    }
    Ok(stored)
}

/// The tasks of a status, or of all, oldest first.
///
/// # Errors
/// As [`Store::query`].
pub async fn list(
    store: &dyn Store,
    status: Option<TaskStatus>,
) -> Result<Vec<VendorTask>, StoreError> {
    let mut tasks: Vec<VendorTask> = Vec::new();
    for status in status.map_or_else(|| TaskStatus::ALL.to_vec(), |one| vec![one]) {
        let items = all(store, Query::index(partition(status), PAGE)).await?;
        let read = items.iter().map(Item::read);
        tasks.extend(read.collect::<Result<Vec<VendorTask>, _>>()?);
    }
    tasks.sort_by(|a, b| (a.created_at, &a.task_id).cmp(&(b.created_at, &b.task_id)));
    Ok(tasks)
}

/// The tasks that are not done, by their status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct OpenTasks {
    pub pending: usize,
    pub failed: usize,
    pub manual: usize,
}

/// Counts the tasks that are not done.
///
/// # Errors
/// As [`Store::query`].
pub async fn open_tasks(store: &dyn Store) -> Result<OpenTasks, StoreError> {
    let count = async |status| Ok::<_, StoreError>(list(store, Some(status)).await?.len());
    Ok(OpenTasks {
        pending: count(TaskStatus::Pending).await?,
        failed: count(TaskStatus::Failed).await?,
        manual: count(TaskStatus::Manual).await?,
    })
}

/// What an admin does about a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// It was done by hand.
    Done,
    /// It is to be tried again, for example with a new key.
    Retry,
}

/// Who rules, and with what.
pub struct RulingContext<'a> {
    pub store: &'a dyn Store,
    pub ids: &'a dyn Ids,
    pub kept: &'a RetentionConfig,
    /// User id of the admin.
    pub actor: &'a str,
    pub now: Timestamp,
}

impl std::fmt::Debug for RulingContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RulingContext").finish_non_exhaustive()
    }
}

/// Applies a ruling, with a line of the audit trail; `None` where there is no such task. A task that is done stays so, and
/// one that is pending is being tried already.
///
/// # Errors
/// [`StoreError`].
pub async fn rule(
    by: &RulingContext<'_>,
    task_id: &str,
    ruling: Ruling,
) -> Result<Option<VendorTask>, StoreError> {
    let mut rounds = Rounds::new("the task kept changing");
    loop {
        rounds.begin()?;
        let Some((task, version)) = find(by.store, task_id).await? else {
            return Ok(None);
        };
        let (next, entry, action) = match (ruling, task.status) {
            (_, TaskStatus::Done) | (Ruling::Retry, TaskStatus::Pending) => return Ok(Some(task)),
            (Ruling::Done, _) => {
                let done = VendorTask {
                    closed_by: Some(by.actor.to_owned()),
                    ..task.turned(TaskStatus::Done, None, by.now)
                };
                let entry = outbox::no_vendor_deletion(task_id);
                (done, entry, "vendor_task_closed")
            }
            (Ruling::Retry, _) => {
                let again = task.turned(TaskStatus::Pending, None, by.now);
                let entry = outbox::vendor_deletion(task.vendor, task_id, by.now)?;
                (again, entry, "vendor_task_retried")
            }
        };
        let mut writes = next.writes(Expect::Version(version), by.kept)?;
        writes.push(entry);
        writes.push(audit_write(by.ids, by.now, by.actor, action, task_id)?);
        if held(by.store.commit(Commit::new(writes)).await)? {
            return Ok(Some(next));
        }
    }
}
