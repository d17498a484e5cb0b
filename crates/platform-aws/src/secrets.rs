//! Secrets: one secret holds a JSON object of named keys.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;

use crate::failure::{code, line};
use crate::{Session, SetupError};

/// The named keys of a secret. Its `Debug` shows the names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    values: BTreeMap<String, String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Secrets {
    /// The present version of a secret. One that nobody has filled yet holds nothing.
    ///
    /// # Errors
    /// [`SetupError`]; never with a value in it.
    pub async fn fetch(session: &Session, id: &str) -> Result<Self, SetupError> {
        let client = Client::new(session.shared());
        let text = match client.get_secret_value().secret_id(id).send().await {
            Ok(answer) => answer.secret_string.unwrap_or_default(),
            Err(error) if code(&error) == Some("ResourceNotFoundException") => {
                tracing::warn!(secret = id, "the secret holds nothing yet");
                return Ok(Self::default());
            }
            Err(error) => return Err(SetupError::Unavailable(format!("{id}: {}", line(&error)))),
        };
        Self::parse(&text)
            .ok_or_else(|| SetupError::Invalid(format!("{id} is no JSON object of texts")))
    }

    fn parse(text: &str) -> Option<Self> {
        let text = if text.trim().is_empty() { "{}" } else { text };
        let values: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        Some(Self {
            values: values
                .into_iter()
                .filter(|(_, value)| !value.trim().is_empty())
                .collect(),
        })
    }

    /// The same keys, and this one.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.values.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Makes these keys the present version of a secret.
    ///
    /// # Errors
    /// [`SetupError`]; never with a value in it.
    pub async fn put(&self, session: &Session, id: &str) -> Result<(), SetupError> {
        let text = serde_json::to_string(&self.values)
            .map_err(|_| SetupError::Invalid(format!("{id}: the keys are no JSON")))?;
        let client = Client::new(session.shared());
        let put = client.put_secret_value().secret_id(id).secret_string(text);
        put.send()
            .await
            .map(drop)
            .map_err(|error| SetupError::Unavailable(format!("{id}: {}", line(&error))))
    }

    /// The keys of both secrets; those of `other` win.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.values.extend(other.values);
        self
    }

    /// The value of a key; an empty one counts as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The values of keys that must be there.
    ///
    /// # Errors
    /// [`SetupError::Missing`] names every key that is missing.
    pub fn require<const N: usize>(&self, names: [&str; N]) -> Result<[&str; N], SetupError> {
        let missing: Vec<String> = names
            .iter()
            .filter(|name| self.get(name).is_none())
            .map(|name| (*name).to_owned())
            .collect();
        if missing.is_empty() {
            Ok(names.map(|name| self.get(name).unwrap_or_default()))
        } else {
            Err(SetupError::Missing(missing))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_missing_is_named_and_nothing_is_shown() {
        let secrets = Secrets::parse(r#"{"A": "hush", "B": " "}"#).unwrap();
        assert_eq!(secrets.require(["A"]), Ok(["hush"]));
        assert_eq!(
            secrets.require(["A", "B", "C"]),
            Err(SetupError::Missing(vec!["B".to_owned(), "C".to_owned()]))
        );
        assert_eq!(format!("{secrets:?}"), r#"{"A"}"#);
        assert_eq!(Secrets::parse(" "), Some(Secrets::default()));
        assert_eq!(Secrets::parse("[]"), None);
        assert_eq!(Secrets::parse(r#"{"A": 1}"#), None);
        let other = Secrets::parse(r#"{"A": "new"}"#).unwrap();
        assert_eq!(secrets.and(other).get("A"), Some("new"));
    }
}
