//! The environment of a function. All missing variables are named in one error, and the function does not start.

/// Settings that are not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not set: {}", .0.join(", "))]
pub struct Missing(pub Vec<String>);

/// What a function fetches once, at its start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StartValues {
    /// Names of parameters.
    pub parameters: Vec<String>,
    /// Ids of secrets.
    pub secrets: Vec<String>,
}

/// Reads variables and remembers which are missing, and which name something that has to be fetched.
#[derive(Debug)]
pub struct Environment<F = fn(&str) -> Option<String>> {
    read: F,
    missing: Vec<String>,
    wanted: StartValues,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }
}

impl<F: Fn(&str) -> Option<String>> Environment<F> {
    /// Another environment, for tests.
    pub fn new(read: F) -> Self {
        Self {
            read,
            missing: Vec::new(),
            wanted: StartValues::default(),
        }
    }

    /// A variable that must be set; empty while it is missing, which [`Environment::complete`] then tells.
    pub fn required(&mut self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| {
            self.missing.push(name.to_owned());
            String::new()
        })
    }

    /// A variable that must name a secret. `Platform::start` fetches all of them at once.
    pub fn secret(&mut self, name: &str) -> String {
        let id = self.required(name);
        if !self.wanted.secrets.contains(&id) {
            self.wanted.secrets.push(id.clone());
        }
        id
    }

    /// A variable that must name a parameter; fetched as secrets are.
    pub fn parameter(&mut self, name: &str) -> String {
        let parameter = self.required(name);
        self.wanted.parameters.push(parameter.clone());
        parameter
    }

    /// A variable that may be set. One of white space only is not.
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.read)(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// Notes something else that is missing: a key of a secret.
    pub fn lacks(&mut self, what: impl Into<String>) {
        self.missing.push(what.into());
    }

    /// Ends the reading; answers what has to be fetched.
    ///
    /// # Errors
    /// [`Missing`] names everything that is.
    pub fn complete(self) -> Result<StartValues, Missing> {
        if self.missing.is_empty() {
            Ok(self.wanted)
        } else {
            Err(Missing(self.missing))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_named_at_once() {
        let known = |name: &str| {
            (name == "A")
                .then(|| " a ".to_owned())
                .or_else(|| (name == "B").then(|| "  ".to_owned()))
        };
        let mut environment = Environment::new(known);
        assert_eq!(
            (
                environment.required("A"),
                environment.required("B"),
                environment.required("C")
            ),
            ("a".to_owned(), String::new(), String::new())
        );
        assert_eq!(environment.optional("D"), None);
        environment.lacks("JWT_SECRET in access");
        let missing = environment.complete().unwrap_err();
        assert_eq!(missing.to_string(), "not set: B, C, JWT_SECRET in access");
        let mut environment = Environment::new(known);
        assert_eq!(
            (environment.required("A"), environment.parameter("A")),
            ("a".to_owned(), "a".to_owned())
        );
        assert_eq!(environment.complete().unwrap().parameters, ["a"]);
    }
}
