//! What a process has of its own: a clock, names, faults, turns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bookpath_ports::{Clock, Faults, Ids, Injected, Pauses, StoreError, WorkLock, WriteGuard};
use jiff::{SignedDuration, Timestamp};

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct SetClock {
    now: Mutex<Timestamp>,
}

impl SetClock {
    /// A clock that shows `now`, RFC 3339.
    #[must_use]
    pub fn at(now: &str) -> Self {
        Self {
            now: Mutex::new(now.parse().expect("an instant")),
        }
    }

    /// Moves the clock on.
    pub fn advance(&self, by: SignedDuration) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }

    /// Moves the clock on by seconds.
    pub fn advance_s(&self, seconds: i64) {
        self.advance(SignedDuration::from_secs(seconds));
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

/// Pauses that take no time; they are kept.
#[derive(Debug, Default)]
pub struct RecordedPauses {
    pauses: Mutex<Vec<Duration>>,
}

impl RecordedPauses {
    /// Every pause that was asked for, in order.
    #[must_use]
    pub fn all(&self) -> Vec<Duration> {
        let pauses = self.pauses.lock();
        pauses.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait::async_trait]
impl Pauses for RecordedPauses {
    async fn pause(&self, time: Duration) {
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.push(time);
    }
}

/// Names in order: `id1`, `id2`.
#[derive(Debug, Default)]
pub struct CountedIds {
    made: AtomicU64,
}

impl Ids for CountedIds {
    fn fresh(&self) -> String {
        format!("id{}", self.made.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// Faults that a test arms: each fails the next times that its point is hit.
#[derive(Debug, Default)]
pub struct FaultPoints {
    armed: Mutex<BTreeMap<&'static str, u32>>,
}

impl FaultPoints {
    /// The next `count` hits of `point` fail.
    pub fn arm(&self, point: &'static str, count: u32) {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        armed.insert(point, count);
    }
}

impl Faults for FaultPoints {
    fn hit(&self, point: &'static str) -> Result<(), Injected> {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        match armed.get_mut(point) {
            Some(left) if *left > 0 => {
                *left -= 1;
                Err(Injected(point))
            }
            _ => Ok(()),
        }
    }
}

/// Locks within one process.
#[derive(Debug, Clone, Default)]
pub struct MemoryWorkLock {
    taken: Arc<Mutex<BTreeSet<String>>>,
}

/// A turn that is taken.
struct Turn {
    turns: MemoryWorkLock,
    work: String,
}

impl MemoryWorkLock {
    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait::async_trait]
impl WorkLock for MemoryWorkLock {
    async fn take(&self, work: &str) -> Result<Option<Box<dyn WriteGuard>>, StoreError> {
        let free = self.lock().insert(work.to_owned());
        let turn = || Turn {
            turns: self.clone(),
            work: work.to_owned(),
        };
        Ok(free.then(|| Box::new(turn()) as Box<dyn WriteGuard>))
    }
}

#[async_trait::async_trait]
impl WriteGuard for Turn {
    async fn release(self: Box<Self>) {}
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.lock().remove(&self.work);
    }
}
