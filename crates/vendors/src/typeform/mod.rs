//! Typeform responses.

mod answers;
mod classify;
#[cfg(feature = "client")]
pub(crate) mod client;
mod facts;
pub mod observed;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::classified::{Classified, Unusable};
use crate::signature::{SignatureError, Unverified, any_key};
use crate::source::Source;

pub use answers::Answer;
pub use facts::{FormResponse, Utm, response};

/// The kind of a submitted response.
pub(crate) const COMPLETE: &str = "form_response";
/// The kind of a response that the respondent has left open. It is kept apart from leads.
pub(crate) const PARTIAL: &str = "form_response_partial";

/// The form service.
pub(crate) struct Typeform;

impl Source for Typeform {
    /// Typeform signs no time: a response is known by its token.
    fn verify(&self, webhook: &Unverified<'_>) -> Result<(), SignatureError> {
        let value = webhook.header("typeform-signature")?;
        let digest = value
            .strip_prefix("sha256=")
            .and_then(|text| STANDARD.decode(text).ok())
            .ok_or(SignatureError::Invalid)?;
        any_key(webhook.keys, &[webhook.body], &[digest])
    }

    fn classify<'a>(&self, body: &'a Value) -> Result<Classified<'a>, Unusable> {
        classify::classify(body)
    }
}
