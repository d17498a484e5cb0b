//! The second factor of a login: codes of an authenticator app (RFC 6238), and recovery codes for whoever lost it.
//!
//! A secret counts once its first code has been given. A code opens one login: the step that it belongs to is
//! remembered. Of a recovery code only the hash is kept.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use totp_rs::{Builder, Secret, Totp};

use super::{Access, AccessError, Caller, audit_write, by_email, password, tries};
use crate::ports::{Commit, Expect, Ids, ItemKey, Rounds, Store, StoreError, Write, held};

/// Wrong and right codes that one account may give.
const BY_CODE: tries::Limit = tries::Limit {
    name: "login-code",
    tries_max: 10,
    window: SignedDuration::from_mins(15),
};
/// Steps of 30 seconds before and after now whose codes hold: clocks differ.
const SKEW_STEPS: u16 = 1;
/// Bytes of a secret: as long as the hash (RFC 4226, 4).
const SECRET_BYTES: usize = 20;
/// Recovery codes that are given out.
const RECOVERY_CODES: usize = 8;
/// Characters of a recovery code: 80 bits.
const RECOVERY_CHARS: usize = 20;

/// A user's second factor.
#[derive(Clone, Serialize, Deserialize)]
struct TotpRow {
    /// Base32, as apps take it.
    secret: String,
    /// When its first code was given; `None`: it does not count yet.
    confirmed_at: Option<Timestamp>,
    /// The newest step whose code was used.
    last_step: u64,
    /// SHA-256 of the recovery codes that are left.
    recovery: Vec<String>,
}

/// A secret to be taken over into an app.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Enrolment {
    /// Base32.
    pub secret: String,
    /// `otpauth://totp/...`: what a QR code shows.
    pub uri: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolment").finish_non_exhaustive()
    }
}

/// Why the second factor is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TotpError {
    #[error("the current password is wrong")]
    WrongPassword,
    #[error("the code is wrong, or was used before")]
    WrongCode,
    #[error("a second factor is on; turn it off first")]
    On,
    #[error("no second factor is set up")]
    Off,
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl From<StoreError> for TotpError {
    fn from(error: StoreError) -> Self {
        Self::Access(error.into())
    }
}

impl Access {
    /// Begins to set up a second factor: a secret that counts once [`Access::confirm_totp`] got its first code. One
    /// that was begun before is worth nothing then.
    ///
    /// # Errors
    /// [`TotpError`].
    pub async fn begin_totp(&self, caller: &Caller, present: &str) -> Result<Enrolment, TotpError> {
        let (store, now) = (self.store.as_ref(), self.clock.now());
        self.count(super::BY_ACCOUNT, &caller.email, now).await?;
        let user = by_email(store, &caller.email)
            .await?
            .ok_or(AccessError::NotLoggedIn)?;
        if !password::verify(present, &user.password_hash) {
            return Err(TotpError::WrongPassword);
        }
        let found = find(store, &caller.user_id).await?;
        let expect = match &found {
            Some((row, _)) if row.confirmed_at.is_some() => return Err(TotpError::On),
            Some((_, version)) => Expect::Version(*version),
            None => Expect::Absent,
        };
        let row = TotpRow {
            secret: Secret::from(random(&*self.ids, SECRET_BYTES)).to_base32(),
            confirmed_at: None,
            last_step: 0,
            recovery: Vec::new(),
        };
        let uri = app(&row, &caller.email)?
            .to_url()
            .map_err(|e| StoreError::Corrupt(format!("no address for an app: {e}")))?;
        let write = Write::put(key(&caller.user_id), None, &row, expect)?;
        store.commit(Commit::new(vec![write])).await?;
        Ok(Enrolment {
            secret: row.secret,
            uri,
        })
    }

    /// Turns the second factor on with its first code; the recovery codes are shown this once.
    ///
    /// # Errors
    /// [`TotpError`].
    pub async fn confirm_totp(
        &self,
        caller: &Caller,
        code: &str,
    ) -> Result<Vec<String>, TotpError> {
        let (store, now) = (self.store.as_ref(), self.clock.now());
        self.count(BY_CODE, &caller.user_id, now).await?;
        let (row, version) = find(store, &caller.user_id).await?.ok_or(TotpError::Off)?;
        if row.confirmed_at.is_some() {
            return Err(TotpError::On);
        }
        let step = step_of(&row, code, now)?.ok_or(TotpError::WrongCode)?;
        let codes: Vec<String> = (0..RECOVERY_CODES)
            .map(|_| recovery_code(&*self.ids))
            .collect();
        let row = TotpRow {
            confirmed_at: Some(now),
            last_step: step,
            recovery: codes.iter().map(|code| digest(code)).collect(),
            ..row
        };
        let who = &caller.user_id;
        let writes = vec![
            Write::put(key(who), None, &row, Expect::Version(version))?,
            audit_write(&*self.ids, now, who, "totp_on", who)?,
        ];
        store.commit(Commit::new(writes)).await?;
        Ok(codes)
    }

    /// Turns one's own second factor off with a code of it.
    ///
    /// # Errors
    /// [`TotpError`].
    pub async fn end_totp(&self, caller: &Caller, code: &str) -> Result<(), TotpError> {
        let who = &caller.user_id;
        if !self.has_totp(who).await? {
            return Err(TotpError::Off);
        }
        match self.second_factor(who, Some(code), self.clock.now()).await {
            Ok(()) => Ok(self.remove_totp(who, who).await?),
            Err(AccessError::WrongCredentials) => Err(TotpError::WrongCode),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a user's second factor, for an admin whose colleague lost it. Without one nothing changes.
    ///
    /// # Errors
    /// The store's.
    pub async fn remove_totp(&self, user_id: &str, actor: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        let removal = Write::Delete {
            key: key(user_id),
            expect: Expect::Any,
        };
        let audit = audit_write(&*self.ids, now, actor, "totp_off", user_id)?;
        self.store.commit(Commit::new(vec![removal, audit])).await
    }

    /// A user has a second factor that counts.
    ///
    /// # Errors
    /// The store's.
    pub async fn has_totp(&self, user_id: &str) -> Result<bool, StoreError> {
        let found = find(self.store.as_ref(), user_id).await?;
        Ok(found.is_some_and(|(row, _)| row.confirmed_at.is_some()))
    }

    /// Checks the second factor of a user whose password was right. Whoever has none passes.
    pub(super) async fn second_factor(
        &self,
        user_id: &str,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        let store = self.store.as_ref();
        let mut rounds = Rounds::new("two logins of one user kept meeting each other");
        loop {
            let Some((mut row, version)) = find(store, user_id).await? else {
                return Ok(());
            };
            if row.confirmed_at.is_none() {
                return Ok(());
            }
            let code = code.ok_or(AccessError::CodeWanted)?;
            rounds.begin()?;
            self.count(BY_CODE, user_id, now).await?;
            let used = digest(code);
            if let Some(place) = row.recovery.iter().position(|kept| *kept == used) {
                row.recovery.remove(place);
            } else {
                let step = step_of(&row, code, now)?.ok_or(AccessError::WrongCredentials)?;
                row.last_step = step;
            }
            let write = Write::put(key(user_id), None, &row, Expect::Version(version))?;
            if held(store.commit(Commit::new(vec![write])).await)? {
                return Ok(());
            }
        }
    }
}

fn key(user_id: &str) -> ItemKey {
    ItemKey::new(format!("totp#{user_id}"), "row")
}

async fn find(store: &dyn Store, user_id: &str) -> Result<Option<(TotpRow, u64)>, StoreError> {
    let item = store.get(&key(user_id)).await?;
    item.map(|item| Ok((item.read()?, item.version)))
        .transpose()
}

/// The parameters that every app knows: SHA-1, six digits, 30 seconds.
fn app(row: &TotpRow, account: &str) -> Result<Totp, StoreError> {
    let broken = |e: String| StoreError::Corrupt(format!("a second factor can't be used: {e}"));
    let secret = Secret::try_from_base32(&row.secret).map_err(|e| broken(e.to_string()))?;
    Builder::new()
        .with_secret(secret)
        .with_skew(SKEW_STEPS)
        .with_issuer(Some("Bookpath"))
        // A colon would part the label of the address in two.
        .with_account_name(account.replace(':', "%3A"))
        .build()
        .map_err(|e| broken(e.to_string()))
}

/// The step of a code that holds now and was not used; `None` for any other.
fn step_of(row: &TotpRow, code: &str, now: Timestamp) -> Result<Option<u64>, StoreError> {
    let time = u64::try_from(now.as_second()).unwrap_or(0);
    let step = app(row, "")?.check(code, time);
    Ok(step.filter(|step| *step > row.last_step))
}

fn random(ids: &dyn Ids, bytes: usize) -> Vec<u8> {
    let digest = Sha256::digest(format!("{}{}", ids.fresh(), ids.fresh()));
    digest[..bytes.min(digest.len())].to_vec()
}

fn recovery_code(ids: &dyn Ids) -> String {
    hex::encode(random(ids, RECOVERY_CHARS / 2))
}

fn digest(code: &str) -> String {
    hex::encode(Sha256::digest(code.trim().to_lowercase()))
}
