//! The deletion of an erased person's record at its vendor (X60).

use bookpath_domain::Vendor;
use jiff::SignedDuration;

use super::held::{CallEnding, Called};
use super::outbox::EffectRow;
use super::performer::Performer;
use crate::ports::{CallError, Deletion, Expect, StoreError};
use crate::privacy::{TaskStatus, VendorTask, vendor_tasks};

/// After this a vendor that still does not answer has failed the task.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// Makes the call of a task that is still pending, and says how the task stands after it. Only what passes and is young is
/// an error, which the outbox tries again.
pub(super) async fn make(
    performer: &Performer,
    task_id: &str,
    row: &EffectRow,
) -> Result<Called, StoreError> {
    let store = performer.reactor.store.as_ref();
    let Some((task, version)) = vendor_tasks::find(store, task_id).await? else {
        return Ok(Ok(CallEnding::Done));
    };
    if task.status != TaskStatus::Pending {
        return Ok(Ok(CallEnding::Done));
    }
    let now = performer.reactor.now();
    let (status, reason) = match call(performer, &task).await? {
        Ok(Deletion::Gone) => (TaskStatus::Done, None),
        Ok(Deletion::NotAllowed(why)) => (TaskStatus::Manual, Some(why)),
        Err(error) if error.passes() && now.duration_since(row.created_at) < PATIENCE => {
            return Ok(Err(error));
        }
        Err(error) => (TaskStatus::Failed, Some(error.message)),
    };
    tracing::info!(task = task_id, vendor = %task.vendor, status = status.as_str(), "an erasure was taken to its vendor");
    let next = task.turned(status, reason, now);
    let kept = &performer.reactor.rules.retention;
    let writes = next.writes(Expect::Version(version), kept)?;
    Ok(Ok(CallEnding::Settled(writes)))
}

async fn call(
    performer: &Performer,
    task: &VendorTask,
) -> Result<Result<Deletion, CallError>, StoreError> {
    let Some(records) = performer.records.get(&task.vendor) else {
        let why = format!("there is no key with which to delete at {}", task.vendor);
        return Ok(Ok(Deletion::NotAllowed(why)));
    };
    if let Some(counter) = counter(task.vendor) {
        performer.count(counter).await?;
    }
    Ok(records.delete(&task.id).await)
}

const fn counter(vendor: Vendor) -> Option<&'static str> {
    match vendor {
        Vendor::Calendly => Some("effects_calendly"),
        Vendor::Close => Some("effects_close"),
        Vendor::Typeform => Some("effects_typeform"),
        Vendor::Stripe | Vendor::Sms => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use async_trait::async_trait;
    use bookpath_domain::config::RetentionConfig;

    use super::*;
    use crate::operators::alarms::standing;
    use crate::ports::{PersonRecords, RandomIds};
    use crate::privacy::{Ruling, RulingContext, list_tasks, rule};
    use crate::testing::World;

    const HOUR_S: i64 = 3_600;

    /// A vendor that answers what is left of `answers`, and then that the record is gone.
    #[derive(Default)]
    struct Vendors {
        answers: Mutex<Vec<Result<Deletion, CallError>>>,
        asked: Mutex<Vec<String>>,
    }

    #[async_trait]
    impl PersonRecords for Vendors {
        async fn delete(&self, id: &str) -> Result<Deletion, CallError> {
            self.asked.lock().unwrap().push(id.to_owned());
            let next = self.answers.lock().unwrap().pop();
            next.unwrap_or(Ok(Deletion::Gone))
        }
    }

    /// A world in which a contact of Close is to be deleted.
    async fn world(answers: Vec<Result<Deletion, CallError>>) -> (World, Arc<Vendors>) {
        let mut world = World::new();
        let vendors = Arc::new(Vendors {
            answers: Mutex::new(answers),
            ..Vendors::default()
        });
        world
            .performer
            .records
            .insert(Vendor::Close, vendors.clone());
        open(&world, Vendor::Close, "cont_1").await;
        (world, vendors)
    }

    async fn open(world: &World, vendor: Vendor, id: &str) {
        let task = VendorTask::new(vendor, "delete_contact", id, world.now());
        let kept = RetentionConfig::default();
        let opened = vendor_tasks::open(world.store.as_ref(), vec![task], &kept).await;
        assert_eq!(opened.unwrap().len(), 1);
    }

    async fn only(world: &World) -> VendorTask {
        let mut tasks = list_tasks(world.store.as_ref(), None).await.unwrap();
        assert_eq!(tasks.len(), 1);
        tasks.remove(0)
    }

    async fn ruled(world: &World, ruling: Ruling) -> VendorTask {
        let by = RulingContext {
            store: world.store.as_ref(),
            ids: &RandomIds,
            kept: &RetentionConfig::default(),
            actor: "admin",
            now: world.now(),
        };
        let task = rule(&by, &only(world).await.task_id, ruling).await;
        task.unwrap().unwrap()
    }

    #[tokio::test]
    async fn a_record_is_deleted_once_also_when_it_is_asked_for_again() {
        let (world, vendors) = world(Vec::new()).await;
        world.perform().await;
        assert_eq!(only(&world).await.status, TaskStatus::Done);
        open(&world, Vendor::Close, "cont_1").await;
        world.perform().await;
        assert_eq!(*vendors.asked.lock().unwrap(), ["cont_1"]);
        assert!(world.open("delete:").await.is_empty());
    }

    #[tokio::test]
    async fn a_vendor_without_an_answer_is_asked_for_a_day_and_again_when_an_admin_says_so() {
        let down = || Err(CallError::transient("Close answered 500"));
        let (world, vendors) = world((0..9).map(|_| down()).collect()).await;
        world.perform().await;
        world.pass(60).await;
        assert_eq!(only(&world).await.status, TaskStatus::Pending);
        world.pass(24 * HOUR_S).await;
        let failed = only(&world).await;
        assert_eq!(failed.status, TaskStatus::Failed);
        assert_eq!(failed.reason.as_deref(), Some("Close answered 500"));
        assert!(world.open("delete:").await.is_empty());
        let alarms = standing(world.store.as_ref()).await.unwrap();
        assert_eq!(alarms.len(), 1);
        assert_eq!(alarms[0].subject, failed.task_id);

        vendors.answers.lock().unwrap().clear();
        assert_eq!(
            ruled(&world, Ruling::Retry).await.status,
            TaskStatus::Pending
        );
        assert_eq!(standing(world.store.as_ref()).await.unwrap(), []);
        world.perform().await;
        assert_eq!(only(&world).await.status, TaskStatus::Done);
    }

    #[tokio::test]
    async fn what_the_vendor_refuses_fails_and_what_nobody_may_do_waits() {
        let refused = Err(CallError::refused("that is no id of Close"));
        let (world, _) = world(vec![refused]).await;
        world.perform().await;
        assert_eq!(only(&world).await.status, TaskStatus::Failed);
        let forbidden = Ok(Deletion::NotAllowed("Close answered 403".to_owned()));
        let (world, _) = self::world(vec![forbidden]).await;
        world.perform().await;
        assert_eq!(only(&world).await.status, TaskStatus::Manual);
        let world = World::new();
        open(&world, Vendor::Typeform, "F1/t1").await;
        world.perform().await;
        let waits = only(&world).await;
        assert_eq!(waits.status, TaskStatus::Manual);
        assert!(waits.reason.unwrap().contains("no key"));
    }

    #[tokio::test]
    async fn what_an_admin_has_done_is_not_asked_for() {
        let (world, vendors) = world(Vec::new()).await;
        let done = ruled(&world, Ruling::Done).await;
        assert_eq!(done.closed_by.as_deref(), Some("admin"));
        assert!(world.open("delete:").await.is_empty());
        world.perform().await;
        assert!(vendors.asked.lock().unwrap().is_empty());
        assert_eq!(ruled(&world, Ruling::Retry).await, done);
        assert_eq!(only(&world).await, done);
    }
}
