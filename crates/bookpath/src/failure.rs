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
        eprintln!("bookpath: {}", one_line(&self.to_string()));
        match self {
            Self::Failed(_) => ExitCode::FAILURE,
            Self::Usage(_) => ExitCode::from(2),
        }
    }
}

/// A message in one line. An engine's may have several, and a trace of its calls after them, which says nothing to a user.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let told = lines.take_while(|line| !line.starts_with("0: ") && !line.contains("backtrace"));
    let told: Vec<&str> = told.filter(|line| !line.is_empty()).collect();
    told.join(" ")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line() {
        let text =
            "the log can't be read:\n  key must be a string\n\nstack backtrace:\n   0: std::main\n";
        assert_eq!(
            one_line(text),
            "the log can't be read: key must be a string"
        );
        assert_eq!(one_line("gone\n   0: a\n   1: b"), "gone");
    }
}
