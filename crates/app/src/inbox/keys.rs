//! The signing keys of the vendors.

use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

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

type Keys = [Vec<SigningKey>; Vendor::ALL.len()];

/// The active signing keys of every vendor. A vendor without one has all its webhooks refused.
///
/// Clones share their keys, so that a process that keeps running may get others.
#[derive(Debug, Clone, Default)]
pub struct VendorKeys {
    keys: Arc<RwLock<Keys>>,
}

impl VendorKeys {
    /// Sets the active keys of one vendor.
    #[must_use]
    pub fn with(self, vendor: Vendor, keys: Vec<SigningKey>) -> Self {
        self.write()[slot(vendor)] = keys;
        self
    }

    /// Replaces every vendor's keys by those of `other`, for all clones.
    pub fn replace(&self, other: &Self) {
        let keys = other.read_all();
        *self.write() = keys;
    }

    fn read_all(&self) -> Keys {
        let keys = self.keys.read();
        keys.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn write(&self) -> RwLockWriteGuard<'_, Keys> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
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
    pub fn of(&self, vendor: Vendor) -> Vec<SigningKey> {
        let keys = self.keys.read();
        keys.unwrap_or_else(PoisonError::into_inner)[slot(vendor)].clone()
    }
}

/// The list with `key` in front and the one before it: two keys are active while they change (X54).
#[must_use]
pub fn with_newest(list: &str, key: &str) -> String {
    let before = list.split(',').map(str::trim);
    let before = before.filter(|known| !known.is_empty() && *known != key);
    let mut keys = vec![key];
    keys.extend(before.take(1));
    keys.join(",")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_stands_before_the_last_one() {
        assert_eq!(with_newest("", "new"), "new");
        assert_eq!(with_newest("old", "new"), "new,old");
        assert_eq!(with_newest("newer, old ,oldest", "newest"), "newest,newer");
        assert_eq!(with_newest("new,old", "new"), "new,old");
    }

    #[test]
    fn clones_get_the_keys_that_replace_theirs() {
        let keys = VendorKeys::default();
        let clone = keys.clone();
        let read = |_: &str| Some("00ff".to_owned());
        keys.replace(&VendorKeys::read(read).unwrap());
        assert_eq!(clone.of(Vendor::Close).len(), 1);
    }
}
