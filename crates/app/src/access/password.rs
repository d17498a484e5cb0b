//! Password hashes: Argon2id with the parameters that OWASP names, 19 MiB and two passes.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

use crate::ports::StoreError;

/// The hash of a password that nobody has: a login of an unknown user costs what any other costs.
pub(super) const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$PhBsb7v0y2wCoBsGHCKLlbWKQ5gyZS0S/OZWvDOTRzs";

/// A PHC string.
///
/// # Errors
/// [`StoreError::Corrupt`] when the salt can't be used: a bug.
pub(super) fn hash(password: &str, salt: &str) -> Result<String, StoreError> {
    let hashed: Result<PasswordHash, _> =
        Argon2::default().hash_password_with_salt(password.as_bytes(), salt.as_bytes());
    hashed
        .map(|h| h.to_string())
        .map_err(|e| StoreError::Corrupt(format!("the password can't be hashed: {e}")))
}

/// Whether the hash is of this password.
pub(super) fn verify(password: &str, hash: &str) -> bool {
    let parsed = PasswordHash::new(hash);
    parsed.is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_argon2id_and_opens_to_its_password_only() {
        let hashed = hash(
            "correct horse battery",
            "b7c1f5aa-0000-4000-8000-000000000000",
        )
        .unwrap();
        assert!(
            hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hashed}"
        );
        assert!(verify("correct horse battery", &hashed));
        assert!(!verify("correct horse batterz", &hashed));
        assert!(!verify("x", "no hash"));
        // The stand-in for unknown users is a real hash, so it costs the same.
        assert!(PasswordHash::new(NOBODYS).is_ok());
    }
}
