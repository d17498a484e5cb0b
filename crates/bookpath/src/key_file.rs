//! The signing keys that `bookpath webhooks create` has got: a file of the directory, the owner's alone.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bookpath_app::inbox::keys::{KEY_VARIABLES, with_newest};
use bookpath_app::ports::{CallError, Ids as _, RandomIds, WebhookKeys};
use bookpath_domain::Vendor;

use crate::failure::Failure;

/// 244 random bits in hex.
pub(crate) fn fresh_key() -> String {
    [RandomIds.fresh(), RandomIds.fresh()]
        .concat()
        .replace('-', "")
}

/// Keys by the name of their variable, the newest first.
#[derive(Debug, Clone)]
pub(crate) struct FileKeys {
    path: PathBuf,
}

impl FileKeys {
    pub(crate) fn new(dir: &Path) -> Self {
        Self {
            path: dir.join("secrets").join("webhook-keys.json"),
        }
    }

    /// The stored keys; empty before the first one.
    pub(crate) fn read(&self) -> Result<BTreeMap<String, String>, Failure> {
        match std::fs::read(&self.path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(error.into()),
        }
    }

    fn keep(&self, name: &str, key: &str) -> Result<(), Failure> {
        let mut keys = self.read()?;
        let list = with_newest(keys.get(name).map_or("", String::as_str), key);
        keys.insert(name.to_owned(), list);
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let draft = self
            .path
            .with_extension(format!("{}.draft", std::process::id()));
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        file.write_all(&serde_json::to_vec(&keys)?)?;
        file.sync_all()?;
        Ok(std::fs::rename(&draft, &self.path)?)
    }
}

fn variable(vendor: Vendor) -> Result<&'static str, CallError> {
    let found = KEY_VARIABLES.iter().find(|(known, _)| *known == vendor);
    found
        .map(|(_, name)| *name)
        .ok_or_else(|| CallError::refused("this vendor signs no webhooks"))
}

#[async_trait]
impl WebhookKeys for FileKeys {
    async fn newest(&self, vendor: Vendor) -> Result<Option<String>, CallError> {
        let name = variable(vendor)?;
        let kept = self
            .read()
            .map_err(|e| CallError::transient(e.to_string()))?;
        let kept = kept.get(name).cloned();
        let list = kept.or_else(|| std::env::var(name).ok());
        let first = list.as_deref().and_then(|list| list.split(',').next());
        Ok(first
            .map(|key| key.trim().to_owned())
            .filter(|key| !key.is_empty()))
    }

    async fn add(&self, vendor: Vendor, key: &str) -> Result<(), CallError> {
        self.keep(variable(vendor)?, key)
            .map_err(|e| CallError::transient(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn two_keys_are_kept_and_are_the_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let keys = FileKeys::new(dir.path());
        for key in ["aa", "bb", "cc"] {
            keys.add(Vendor::Close, key).await.unwrap();
        }
        assert_eq!(
            keys.newest(Vendor::Close).await.unwrap().as_deref(),
            Some("cc")
        );
        assert_eq!(
            keys.read().unwrap()["CLOSE_WEBHOOK_SIGNATURE_KEYS"],
            "cc,bb"
        );
        let mode = std::fs::metadata(&keys.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
