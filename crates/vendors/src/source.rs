//! What the folder of a vendor offers to the rest.

use bookpath_domain::BusinessConfig;
use bookpath_domain::Envelope;
use serde_json::Value;

use crate::bronze_line::{BronzeError, BronzeLine};
use crate::classified::{Classified, Unusable};
use crate::reported::Reported;
use crate::signature::{KeyError, SignatureError, SigningKey, Unverified};

/// One vendor: how its deliveries are verified, what they say, and what is kept of them.
pub(crate) trait Source {
    /// Reads a signing key as the vendor shows it; by default the key is the text's bytes.
    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        Ok(SigningKey::of_bytes(text.as_bytes().to_vec()))
    }

    /// Checks the signature of a webhook; by default the vendor sends none.
    fn verify(&self, _webhook: &Unverified<'_>) -> Result<(), SignatureError> {
        Err(SignatureError::Missing)
    }

    /// The kind, the resource and the version of a body.
    fn classify<'a>(&self, body: &'a Value) -> Result<Classified<'a>, Unusable>;

    /// What a delivery says about bookings; by default nothing.
    fn facts(&self, _envelope: &Envelope, _body: &Value, _rules: &BusinessConfig) -> Vec<Reported> {
        Vec::new()
    }

    /// The line of the bronze tier; by default the body whole.
    fn bronze_line(
        &self,
        envelope: &Envelope,
        body: &Value,
        _rules: &BusinessConfig,
    ) -> Result<BronzeLine, BronzeError> {
        Ok(BronzeLine::whole(envelope, body))
    }
}
