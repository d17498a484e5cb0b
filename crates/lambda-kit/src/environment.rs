//! The environment of a function. What is missing is told all at once, and nothing starts without it.

/// Settings that are not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not set: {}", .0.join(", "))]
pub struct Missing(pub Vec<String>);

/// Reads variables and remembers which are missing.
#[derive(Debug)]
pub struct Environment<F = fn(&str) -> Option<String>> {
    read: F,
    missing: Vec<String>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self { read: |name| std::env::var(name).ok(), missing: Vec::new() }
    }
}

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    /// Another environment, for tests.
    pub const fn of(read: F) -> Self {
        Self { read, missing: Vec::new() }
    }

    /// A variable that must be set; empty while it is missing, which [`Environment::complete`] then tells.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.missing.push(name.to_owned());
            String::new()
        })
    }

    /// A variable that may be set. One of white space only is not.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.read)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// Notes something else that is missing: a key of a secret.
    pub fn lacks(&mut self, what: impl Into<String>) {
        self.missing.push(what.into());
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`Missing`] names everything that is.
    pub fn complete(self) -> Result<(), Missing> {
        if self.missing.is_empty() { Ok(()) } else { Err(Missing(self.missing)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let known = |name: &str| (name == "A").then(|| " a ".to_owned()).or_else(|| (name == "B").then(|| "  ".to_owned()));
        let mut environment = Environment::of(known);
        assert_eq!(
            (environment.required("A"), environment.required("B"), environment.required("C")),
            ("a".to_owned(), String::new(), String::new())
        );
        assert_eq!(environment.optional("D"), None);
        environment.lacks("JWT_SECRET in access");
        let missing = environment.complete().unwrap_err();
        assert_eq!(missing.to_string(), "not set: B, C, JWT_SECRET in access");
        let mut environment = Environment::of(known);
        environment.required("A");
        assert_eq!(environment.complete(), Ok(()));
    }
}
