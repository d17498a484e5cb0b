//! What a stage is started with.

use std::path::PathBuf;

/// Clock, rules and environment of a stage.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) clock: &'static str,
    pub(crate) config: String,
    pub(crate) faults: bool,
    /// A file for standard error; without one it is the test's own.
    pub(crate) log: Option<PathBuf>,
    /// Further environment variables.
    pub(crate) env: Vec<(&'static str, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: "2026-03-01T00:00:00Z",
            config: String::new(),
            faults: false,
            log: None,
            env: Vec::new(),
        }
    }
}
