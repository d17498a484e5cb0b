//! The signing keys of the vendors.

use bookpath_domain::Vendor;
use bookpath_vendors::signature::SigningKey;

/// Each vendor and the name of its signing keys, the old and the new one separated by a comma: variables of
/// `serve`, keys of one secret on AWS.
pub const KEY_VARIABLES: [(Vendor, &str); 4] = [
    (Vendor::Calendly, "CALENDLY_WEBHOOK_SIGNING_KEYS"),
    (Vendor::Stripe, "STRIPE_WEBHOOK_SECRETS"),
    (Vendor::Typeform, "TYPEFORM_WEBHOOK_SECRETS"),
    (Vendor::Close, "CLOSE_WEBHOOK_SIGNATURE_KEYS"),
];

/// The active signing keys of every vendor. A vendor without one has all its webhooks refused.
#[derive(Debug, Clone, Default)]
pub struct VendorKeys {
    keys: [Vec<SigningKey>; Vendor::ALL.len()],
}

impl VendorKeys {
    /// Sets the active keys of one vendor.
    #[must_use]
    pub fn with(mut self, vendor: Vendor, keys: Vec<SigningKey>) -> Self {
        self.keys[slot(vendor)] = keys;
        self
    }

    /// The keys under each vendor's own name ([`KEY_VARIABLES`]); one that is not there is no fault.
    ///
    /// # Errors
    /// Every key that can't be used, with its name.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        let (mut keys, mut faults) = (Self::default(), Vec::new());
        for (vendor, name) in KEY_VARIABLES {
            match value(name).map(|text| SigningKey::list(vendor, &text)) {
                Some(Ok(list)) => keys = keys.with(vendor, list),
                Some(Err(error)) => faults.push(format!("{name}: {error}")),
                None => {}
            }
        }
        if faults.is_empty() {
            Ok(keys)
        } else {
            Err(faults)
        }
    }

    /// The active keys of a vendor.
    #[must_use]
    pub fn of(&self, vendor: Vendor) -> &[SigningKey] {
        &self.keys[slot(vendor)]
    }
}

const fn slot(vendor: Vendor) -> usize {
    match vendor {
        Vendor::Calendly => 0,
        Vendor::Stripe => 1,
        Vendor::Typeform => 2,
        Vendor::Close => 3,
        Vendor::Sms => 4,
    }
}
