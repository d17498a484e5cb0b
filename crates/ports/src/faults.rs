//! Failures that a test asks for.

/// Named places where a test may make the process fail (docs/TESTING.md).
pub trait Faults: Send + Sync {
    /// Does nothing, returns the injected error, or never returns.
    ///
    /// # Errors
    /// [`Injected`] while an `error` fault is armed at this point.
    fn hit(&self, point: &'static str) -> Result<(), Injected>;
}

/// A test asked for this failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("injected fault at {0}")]
pub struct Injected(pub &'static str);

/// No faults: what every process outside `serve --faults` has.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl Faults for NoFaults {
    fn hit(&self, _point: &'static str) -> Result<(), Injected> {
        Ok(())
    }
}
