//! Users, logins and tokens.

mod audit;
mod token;
mod users;

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use bookpath_domain::access::Role;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Clock, Commit, Expect, Ids, ItemKey, Store, StoreError, Write};

pub use audit::{AuditRow, audit_trail, audit_write};
pub use token::{Claims, SigningKeys};
pub use users::{NewUser, UserError, UserRow, add_user, list_users};

/// How long a login lasts.
pub const SESSION: SignedDuration = SignedDuration::from_hours(8);
/// Logins that one address may try in a minute, right or wrong.
const TRIES_PER_MINUTE: usize = 5;
const MINUTE: SignedDuration = SignedDuration::from_secs(60);
/// Of a password that nobody has: a login of an unknown user costs what any other costs.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$PhBsb7v0y2wCoBsGHCKLlbWKQ5gyZS0S/OZWvDOTRzs";

/// What logins are checked with.
pub struct Access {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub keys: SigningKeys,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}

/// Somebody who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub user_id: String,
    pub email: String,
    pub name: Option<String>,
    pub role: Role,
    /// The login.
    pub token_id: String,
    pub expires_at: Timestamp,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    #[error("too many tries; wait {retry_after_s} s")]
    TooManyTries { retry_after_s: u64 },
    #[error("the login is missing, expired or was ended")]
    NotLoggedIn,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A login that succeeded.
#[derive(Debug)]
pub struct Login {
    pub token: String,
    pub user: UserRow,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Tries {
    at: Vec<Timestamp>,
}

impl Access {
    /// Logs in. Every try counts, so that a right guess is no easier to find.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn login(
        &self,
        address: &str,
        password: &str,
        caller_ip: &str,
    ) -> Result<Login, AccessError> {
        let now = self.clock.now();
        self.count_try(caller_ip, now).await?;
        let user = users::by_email(self.store.as_ref(), address).await?;
        let hash = user.as_ref().map_or(DUMMY, |u| &u.password_hash);
        let right = verify(password, hash) && user.is_some();
        let subject = user.as_ref().map_or("unknown", |u| u.user_id.as_str());
        let action = if right { "login" } else { "login_failed" };
        self.store
            .commit(Commit::of(vec![audit_write(
                &*self.ids, now, subject, action, caller_ip,
            )?]))
            .await?;
        let Some(user) = user.filter(|_| right) else {
            return Err(AccessError::WrongCredentials);
        };
        let claims = Claims {
            sub: user.user_id.clone(),
            role: user.role,
            iat: now.as_second(),
            exp: (now + SESSION).as_second(),
            jti: self.ids.fresh(),
        };
        Ok(Login {
            token: self.keys.sign(&claims),
            user,
        })
    }

    /// Who holds a token.
    ///
    /// # Errors
    /// [`AccessError::NotLoggedIn`], or the store's.
    pub async fn caller(&self, token: &str) -> Result<Caller, AccessError> {
        let claims = self.keys.verify(token).ok_or(AccessError::NotLoggedIn)?;
        let now = self.clock.now().as_second();
        if claims.exp <= now || self.store.get(&revoked(&claims.jti)).await?.is_some() {
            return Err(AccessError::NotLoggedIn);
        }
        let user = users::by_id(self.store.as_ref(), &claims.sub)
            .await?
            .ok_or(AccessError::NotLoggedIn)?;
        let expires_at =
            Timestamp::from_second(claims.exp).map_err(|_| AccessError::NotLoggedIn)?;
        // The role is the user's of today, not that of the login.
        Ok(Caller {
            user_id: user.user_id,
            email: user.email,
            name: user.name,
            role: user.role,
            token_id: claims.jti,
            expires_at,
        })
    }

    /// Ends a login: its token is worth nothing from now on.
    ///
    /// # Errors
    /// The store's.
    pub async fn logout(&self, caller: &Caller) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mark = Write::put(revoked(&caller.token_id), None, &now, Expect::Any)?
            .expiring(caller.expires_at);
        let audit = audit_write(&*self.ids, now, &caller.user_id, "logout", &caller.token_id)?;
        self.store.commit(Commit::of(vec![mark, audit])).await
    }

    /// A sliding minute per address, in the store: the limit holds over all processes.
    async fn count_try(&self, caller_ip: &str, now: Timestamp) -> Result<(), AccessError> {
        let key = ItemKey::new(format!("login#{caller_ip}"), "tries");
        loop {
            let item = self.store.get(&key).await?;
            let mut tries: Tries = item
                .as_ref()
                .map_or_else(|| Ok(Tries::default()), crate::ports::Item::read)?;
            tries.at.retain(|at| now.duration_since(*at) < MINUTE);
            if tries.at.len() >= TRIES_PER_MINUTE {
                let oldest = tries.at.first().copied().unwrap_or(now);
                let left = (MINUTE - now.duration_since(oldest)).as_secs().max(1);
                return Err(AccessError::TooManyTries {
                    retry_after_s: left.unsigned_abs(),
                });
            }
            tries.at.push(now);
            let expect = item.map_or(Expect::Absent, |item| Expect::Version(item.version));
            let write = Write::put(key.clone(), None, &tries, expect)?.expiring(now + MINUTE);
            match self.store.commit(Commit::of(vec![write])).await {
                Err(StoreError::Conflict(_)) => {}
                other => return Ok(other?),
            }
        }
    }
}

fn revoked(token_id: &str) -> ItemKey {
    ItemKey::new(format!("revoked#{token_id}"), "row")
}

/// Argon2id with the parameters that OWASP names: 19 MiB, two passes.
fn hash(password: &str, salt: &str) -> Result<String, StoreError> {
    let hashed: Result<PasswordHash, _> =
        Argon2::default().hash_password_with_salt(password.as_bytes(), salt.as_bytes());
    hashed
        .map(|h| h.to_string())
        .map_err(|e| StoreError::Corrupt(format!("the password can't be hashed: {e}")))
}

fn verify(password: &str, hash: &str) -> bool {
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
        assert!(PasswordHash::new(DUMMY).is_ok());
    }
}
