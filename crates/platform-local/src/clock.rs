//! The system's clock and one that stands still until it is moved.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bookpath_app::ports::Clock;
use jiff::Timestamp;

/// The clock of a process: the system's, or a set one.
#[derive(Debug)]
pub struct ProcessClock {
    started: Instant,
    /// Microseconds since 1970; `None` is the system's clock.
    set: Option<AtomicI64>,
}

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
            set: None,
        }
    }

    /// A clock that stands at this instant.
    #[must_use]
    pub fn set_at(now: Timestamp) -> Self {
        Self {
            started: Instant::now(),
            set: Some(AtomicI64::new(now.as_microsecond())),
        }
    }

    /// Whether time stands still until it is moved.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        self.set.is_some()
    }

    /// Moves a set clock forward.
    ///
    /// # Errors
    /// [`ClockError`]; the clock stays as it was.
    pub fn move_to(&self, to: Timestamp) -> Result<(), ClockError> {
        let set = self.set.as_ref().ok_or(ClockError::System)?;
        let target = to.as_microsecond();
        let before = set.fetch_max(target, Ordering::SeqCst);
        if before > target {
            Err(ClockError::Backwards {
                now: micros(before),
            })
        } else {
            Ok(())
        }
    }
}

fn micros(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Clock for ProcessClock {
    fn now(&self) -> Timestamp {
        // Microseconds everywhere: what is stored and compared is what was read.
        self.set.as_ref().map_or_else(
            || micros(Timestamp::now().as_microsecond()),
            |set| micros(set.load(Ordering::SeqCst)),
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
        assert_eq!(
            ProcessClock::system().move_to(at(1)),
            Err(ClockError::System)
        );
    }
}
