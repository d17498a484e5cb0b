//! The environment: secrets and the log level (CONTRACT 7). Nothing else reads it.

use bookpath_app::receive::VendorKeys;
use bookpath_core::Vendor;
use bookpath_vendors::signature::SigningKey;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Each vendor and the variable that holds its signing keys, the old and the new one separated by a comma.
pub(crate) const KEY_VARIABLES: [(Vendor, &str); 4] = [
    (Vendor::Calendly, "CALENDLY_WEBHOOK_SIGNING_KEYS"),
    (Vendor::Stripe, "STRIPE_WEBHOOK_SECRETS"),
    (Vendor::Typeform, "TYPEFORM_WEBHOOK_SECRETS"),
    (Vendor::Close, "CLOSE_WEBHOOK_SIGNATURE_KEYS"),
];

/// `RUST_LOG`, else warnings and the server's own sentences.
pub(crate) fn log_filter() -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,bookpath=info,bookpath_app=info,bookpath_embedded=info"))
}

/// The signing keys that are set.
///
/// # Errors
/// Names every variable that can't be read, at once.
pub(crate) fn vendor_keys() -> Result<VendorKeys, Failure> {
    let mut keys = VendorKeys::default();
    let mut faults = Vec::new();
    for (vendor, variable) in KEY_VARIABLES {
        match std::env::var(variable).map(|text| SigningKey::list(vendor, &text)) {
            Ok(Ok(list)) => keys = keys.with(vendor, list),
            Ok(Err(error)) => faults.push(format!("{variable}: {error}")),
            Err(std::env::VarError::NotPresent) => {}
            Err(error @ std::env::VarError::NotUnicode(_)) => faults.push(format!("{variable}: {error}")),
        }
    }
    if faults.is_empty() { Ok(keys) } else { Err(Failure::Usage(faults.join("; "))) }
}
