//! Opt-outs outlive everything else, so they are kept under a keyed hash and not under the number.

use sha2::{Digest, Sha256};

use crate::people::phone::Phone;

const BLOCK: usize = 64;

/// HMAC-SHA256 of the number in E.164, in lower-case hex. Without `secret` the number can't be found by trial.
#[must_use]
pub fn optout_hash(secret: &[u8], phone: &Phone) -> String {
    hex::encode(hmac(secret, phone.as_str().as_bytes()))
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new()
        .chain_update(block.map(|b| b ^ 0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(block.map(|b| b ^ 0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4231() {
        let hex = |key: &[u8], message: &[u8]| hex::encode(hmac(key, message));
        assert_eq!(
            hex(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            ),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }
}
