//! How a command fails: exit 1 with one clear line, or exit 2 for wrong usage and configuration.

use std::process::ExitCode;

/// A command's failure.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Exit 1.
    #[error("{0}")]
    Failed(String),
    /// Exit 2.
    #[error("{0}")]
    Usage(String),
}

impl Failure {
    /// A failure of the work itself.
    pub(crate) fn new(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }

    /// Prints the line and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        // An engine's message may have several lines, and a failure is one.
        let text = self.to_string();
        let line: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        eprintln!("bookpath: {}", line.join(" "));
        match self {
            Self::Failed(_) => ExitCode::FAILURE,
            Self::Usage(_) => ExitCode::from(2),
        }
    }
}

macro_rules! failures {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::new(error)
            }
        })+
    };
}

failures!(
    std::io::Error,
    serde_json::Error,
    bookpath_app::ports::StoreError,
    bookpath_app::ports::ObjectError,
    bookpath_platform_local::OpenError,
    bookpath_platform_local::lock::LockError,
);
