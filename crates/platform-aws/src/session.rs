//! Where and as whom we call AWS.

use std::sync::Arc;

use crate::wire::Wire;

/// The process can't be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// Every missing thing at once.
    #[error("not set: {}", .0.join(", "))]
    Missing(Vec<String>),
    #[error("{0}")]
    Invalid(String),
    /// Try again later.
    #[error("the configuration can't be read now: {0}")]
    Unavailable(String),
    #[error("TLS can't be set up: {0}")]
    Tls(String),
}

/// An address that stands for all of AWS: an emulator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) scheme: String,
    pub(crate) authority: String,
}

/// Region and credentials.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) region: String,
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) session_token: Option<String>,
    pub(crate) endpoint: Option<Endpoint>,
}

/// Region, credentials and connections. Cloning shares them.
///
/// Credentials come from the environment only, as Lambda sets them; a function does not outlive its credentials.
#[derive(Clone)]
pub struct Session {
    pub(crate) wire: Arc<Wire>,
    #[cfg(feature = "sdk")]
    configs: crate::sdk::Configs,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("wire", &self.wire)
            .finish_non_exhaustive()
    }
}

impl Session {
    /// The session that these variables describe: `AWS_REGION` (or `AWS_DEFAULT_REGION`), `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, and where they are set `AWS_SESSION_TOKEN` and `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// [`SetupError::Missing`] names every variable that is missing.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SetupError> {
        let set = |name: &str| variable(name).filter(|text| !text.trim().is_empty());
        let region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"));
        let (key, secret) = (set("AWS_ACCESS_KEY_ID"), set("AWS_SECRET_ACCESS_KEY"));
        let (Some(region), Some(access_key), Some(secret_key)) = (&region, &key, &secret) else {
            let all = [
                ("AWS_REGION", &region),
                ("AWS_ACCESS_KEY_ID", &key),
                ("AWS_SECRET_ACCESS_KEY", &secret),
            ];
            return Err(SetupError::Missing(
                all.iter()
                    .filter(|(_, v)| v.is_none())
                    .map(|(n, _)| (*n).to_owned())
                    .collect(),
            ));
        };
        let endpoint = set("AWS_ENDPOINT_URL")
            .map(|url| endpoint(&url))
            .transpose()?;
        let account = Arc::new(Account {
            region: region.clone(),
            access_key: access_key.clone(),
            secret_key: secret_key.clone(),
            session_token: set("AWS_SESSION_TOKEN"),
            endpoint,
        });
        Ok(Self {
            #[cfg(feature = "sdk")]
            configs: crate::sdk::Configs::new(&account)?,
            wire: Arc::new(Wire::new(account)?),
        })
    }

    /// The SDK's configuration, for calls that may be repeated; also for what no adapter does.
    #[cfg(feature = "sdk")]
    #[must_use]
    pub const fn shared(&self) -> &aws_types::SdkConfig {
        &self.configs.shared
    }

    /// For sends: one try, on a connection of its own, because an answer that is lost on a stale connection would
    /// leave open whether the message went out.
    #[cfg(feature = "sdk")]
    #[allow(dead_code, reason = "not every set of features sends")]
    pub(crate) const fn unrepeated(&self) -> &aws_types::SdkConfig {
        &self.configs.unrepeated
    }
}

fn endpoint(url: &str) -> Result<Endpoint, SetupError> {
    let invalid = || SetupError::Invalid(format!("AWS_ENDPOINT_URL is no address: {url}"));
    let uri: hyper::Uri = url.trim().parse().map_err(|_| invalid())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(invalid());
    };
    if uri.path().len() > 1 || uri.query().is_some() {
        return Err(invalid());
    }
    Ok(Endpoint {
        scheme: scheme.to_owned(),
        authority: authority.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_missing_is_named_at_once() {
        let only = |name: &str| (name == "AWS_SECRET_ACCESS_KEY").then(|| "s".to_owned());
        let error = Session::from_variables(only).unwrap_err();
        assert_eq!(
            error,
            SetupError::Missing(vec![
                "AWS_REGION".to_owned(),
                "AWS_ACCESS_KEY_ID".to_owned()
            ])
        );
        let blank = |name: &str| match name {
            "AWS_REGION" => Some(" ".to_owned()),
            "AWS_ENDPOINT_URL" => None,
            _ => Some("x".to_owned()),
        };
        let session = Session::from_variables(blank).unwrap();
        // The fallback's region, and nothing secret.
        assert_eq!(
            format!("{session:?}"),
            r#"Session { wire: Wire { region: "x", .. }, .. }"#
        );
    }

    #[test]
    fn an_endpoint_is_an_address_without_a_path() {
        let of = |url: &str| endpoint(url).map(|endpoint| (endpoint.scheme, endpoint.authority));
        assert_eq!(
            of("http://127.0.0.1:4566/"),
            Ok(("http".to_owned(), "127.0.0.1:4566".to_owned()))
        );
        for url in ["127.0.0.1:4566/x", "http://127.0.0.1/x", "no address"] {
            assert!(of(url).is_err(), "{url}");
        }
    }
}
