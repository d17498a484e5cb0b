//! The system's clock and one that stands still until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bookpath_app::ports::Clock;
use jiff::Timestamp;

/// The clock of a process: the system's, or a set one.
#[derive(Debug)]
pub struct ProcessClock {
    started: Instant,
    /// Microseconds since 1970 at which the clock stands, or [`SYSTEM`].
    set: AtomicI64,
}

/// The clock is the system's.
const SYSTEM: i64 = i64::MIN;

/// The clock can't be moved so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    #[error("this process runs on the system's clock, which nobody moves")]
    System,
    #[error("the clock never goes back: it is {now}")]
    Backwards { now: Timestamp },
}

impl ProcessClock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self {
            started: Instant::now(),
            set: AtomicI64::new(SYSTEM),
        }
    }

    /// A clock that stands at this instant.
    #[must_use]
    pub fn set_at(now: Timestamp) -> Self {
        Self {
            started: Instant::now(),
            set: AtomicI64::new(now.as_microsecond()),
        }
    }

    /// Whether time stands still until it is moved.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.standing().is_some()
    }

    /// Lets the clock stand at this instant, which may lie in the past: a demo plays its own past before anybody else
    /// reads the clock.
    pub fn stand_at(&self, at: Timestamp) {
        self.set.store(at.as_microsecond(), Ordering::SeqCst);
    }

    /// Makes the clock the system's.
    pub fn follow_system(&self) {
        self.set.store(SYSTEM, Ordering::SeqCst);
    }

    /// Moves a set clock forward.
    ///
    /// # Errors
    /// [`ClockError`]; the clock stays as it was.
    pub fn move_to(&self, to: Timestamp) -> Result<(), ClockError> {
        let before = self.standing().ok_or(ClockError::System)?;
        let target = to.as_microsecond();
        if before.max(self.set.fetch_max(target, Ordering::SeqCst)) > target {
            Err(ClockError::Backwards {
                now: micros(before),
            })
        } else {
            Ok(())
        }
    }

    fn standing(&self) -> Option<i64> {
        Some(self.set.load(Ordering::SeqCst)).filter(|us| *us != SYSTEM)
    }
}

fn micros(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Clock for ProcessClock {
    fn now(&self) -> Timestamp {
        // Microseconds everywhere: what is stored and compared is what was read.
        micros(
            self.standing()
                .unwrap_or_else(|| Timestamp::now().as_microsecond()),
        )
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_moves_forward_only() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let clock = ProcessClock::set_at(at(100));
        assert_eq!(clock.move_to(at(160)), Ok(()));
        assert_eq!(
            clock.move_to(at(159)),
            Err(ClockError::Backwards { now: at(160) })
        );
        assert_eq!(clock.now(), at(160));
        clock.stand_at(at(10));
        assert_eq!(clock.now(), at(10));
        clock.follow_system();
        assert!(!clock.is_set() && clock.now() > at(160));
        assert_eq!(clock.move_to(at(1)), Err(ClockError::System));
    }
}
