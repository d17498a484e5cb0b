//! Opt-outs outlive everything else, so they are kept under a keyed hash and not under the number.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::people::phone::Phone;

/// HMAC-SHA256 of the number in E.164, in lower-case hex: without `secret` nobody finds the number by trial.
#[must_use]
pub fn optout_hash(secret: &[u8], phone: &Phone) -> String {
    hash(secret, phone.as_str().as_bytes())
}

fn hash(secret: &[u8], message: &[u8]) -> String {
    // HMAC takes keys of every length; the empty text stands for an error that can't be.
    Hmac::<Sha256>::new_from_slice(secret).map_or_else(
        |_| String::new(),
        |mac| hex::encode(mac.chain_update(message).finalize().into_bytes()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4231() {
        assert_eq!(
            hash(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hash(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            ),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
