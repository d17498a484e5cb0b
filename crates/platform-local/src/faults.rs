//! Crashes and errors on demand, for tests of `serve --faults`.

use std::sync::{Mutex, PoisonError};

use bookpath_app::ports::{Faults, Injected};
use serde::{Deserialize, Serialize};

/// The points at which a fault can be injected.
pub const POINTS: [&str; 10] = [
    "raw.before_write",
    "raw.after_write",
    "stream.after_put",
    "state.before_commit",
    "state.after_commit",
    "effect.after_claim",
    "effect.after_call",
    "effect.after_mark",
    "sms.after_provider",
    "storage",
];

/// What a fault does at its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The process aborts.
    Crash,
    /// The step fails.
    Error,
}

/// A fault that is injected when its point is passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Armed {
    pub point: String,
    pub action: Action,
    /// How many passes of the point come through before it.
    #[serde(default)]
    pub skip: u32,
    /// How many passes it then hits; 0 disarms it.
    #[serde(default = "once")]
    pub count: u32,
}

const fn once() -> u32 {
    1
}

/// The registry of armed faults.
#[derive(Debug, Default)]
pub struct FaultRegistry {
    armed: Mutex<Vec<Armed>>,
}

/// There is no such point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no fault point `{0}`")]
pub struct UnknownPoint(pub String);

impl FaultRegistry {
    /// Arms a fault; an earlier one at the same point is replaced.
    ///
    /// # Errors
    /// [`UnknownPoint`].
    pub fn arm(&self, fault: Armed) -> Result<(), UnknownPoint> {
        if !POINTS.contains(&fault.point.as_str()) {
            return Err(UnknownPoint(fault.point));
        }
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        armed.retain(|other| other.point != fault.point);
        if fault.count > 0 {
            armed.push(fault);
        }
        Ok(())
    }

    /// What is armed now.
    #[must_use]
    pub fn armed(&self) -> Vec<Armed> {
        self.armed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn due(&self, point: &str) -> Option<Action> {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = armed.iter_mut().find(|fault| fault.point == point)?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        let action = fault.action;
        fault.count -= 1;
        if fault.count == 0 {
            armed.retain(|fault| fault.point != point);
        }
        Some(action)
    }
}

impl Faults for FaultRegistry {
    fn hit(&self, point: &'static str) -> Result<(), Injected> {
        match self.due(point) {
            None => Ok(()),
            Some(Action::Error) => Err(Injected(point)),
            Some(Action::Crash) => std::process::abort(),
        }
    }
}
