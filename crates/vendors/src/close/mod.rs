//! Close events.

mod classify;
#[cfg(feature = "client")]
pub(crate) mod client;
pub mod facts;
pub mod observed;

use serde_json::Value;

use crate::classified::{Classified, Unusable};
use crate::signature::{KeyError, SignatureError, SigningKey, Unverified, any_key, fresh};
use crate::source::Source;

/// The customer register.
pub(crate) struct Close;

impl Source for Close {
    /// Close shows its key in hex.
    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        let bytes = hex::decode(text).map_err(|_| KeyError::NotHex)?;
        Ok(SigningKey::of_bytes(bytes))
    }

    fn verify(&self, webhook: &Unverified<'_>) -> Result<(), SignatureError> {
        let timestamp = webhook.header("close-sig-timestamp")?;
        let digest =
            hex::decode(webhook.header("close-sig-hash")?).map_err(|_| SignatureError::Invalid)?;
        any_key(
            webhook.keys,
            &[timestamp.as_bytes(), webhook.body],
            &[digest],
        )?;
        fresh(webhook, &timestamp)
    }

    fn classify<'a>(&self, body: &'a Value) -> Result<Classified<'a>, Unusable> {
        classify::classify(body)
    }
}
