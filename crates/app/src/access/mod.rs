//! Users, logins and tokens.

mod audit;
mod password;
mod sessions;
mod token;
mod totp;
pub mod tries;
mod users;

use std::net::IpAddr;
use std::sync::Arc;

use bookpath_domain::access::Role;
use bookpath_domain::people::email;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Clock, Commit, Expect, Ids, ItemKey, Store, StoreError, Write};

pub(crate) use audit::audit_before;
pub use audit::{AuditRow, SoughtLines, audit_trail, audit_write};
pub use sessions::{Session, sessions};
pub use token::{Claims, KeyError, SigningKeys};
pub use totp::{Enrolment, TotpError};
pub use users::{
    ChangedUser, NewUser, UserError, UserRow, add_user, by_email, by_id, change_user, end_sessions,
    list_users, set_password,
};

/// How long a login lasts.
pub const SESSION: SignedDuration = SignedDuration::from_hours(8);
/// Logins that one network may try, right or wrong.
const BY_NETWORK: tries::Limit = tries::Limit {
    name: "login",
    tries_max: 5,
    window: SignedDuration::from_secs(60),
};
/// Logins to one account that may be tried from networks where its user has never logged in, right or wrong.
const BY_ACCOUNT: tries::Limit = tries::Limit {
    name: "login-account",
    tries_max: 20,
    window: SignedDuration::from_mins(15),
};
/// Networks that are remembered per user; the oldest gives way.
const NETWORKS_MAX: usize = 16;
/// A network is remembered this long after a login.
const NETWORK_REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 90);

/// What logins are checked with.
pub struct Access {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub keys: SigningKeys,
    /// A session that nobody uses for so long ends.
    pub idle: SignedDuration,
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
    pub session_id: String,
    pub expires_at: Timestamp,
}

/// Why a login or token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    #[error("the e-mail address, the password or the code is wrong")]
    WrongCredentials,
    #[error("this account asks for the code of its authenticator app, too")]
    CodeWanted,
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

/// Networks from which a user has logged in.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Networks {
    seen: Vec<String>,
}

/// Whom a limit counts: an IPv4 address, or the 64 bits of an IPv6 address that one subscriber owns.
#[must_use]
pub fn network_of(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(ip) => ip.to_string(),
        Err(_) => address.to_owned(),
    }
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
        code: Option<&str>,
        caller_ip: &str,
    ) -> Result<Login, AccessError> {
        let (store, now, network) = (self.store.as_ref(), self.clock.now(), network_of(caller_ip));
        self.count(BY_NETWORK, &network, now).await?;
        let user = by_email(store, address).await?;
        let known = match &user {
            Some(user) => self.networks(&user.user_id).await?,
            None => (Networks::default(), None),
        };
        if !known.0.seen.contains(&network) {
            // Unknown accounts are counted like known ones, so that answers do not tell which accounts exist.
            let account = email::normalize(address).unwrap_or_default();
            self.count(BY_ACCOUNT, &account, now).await?;
        }
        let hash = user
            .as_ref()
            .map_or(password::NOBODYS, |u| &u.password_hash);
        let right = password::verify(password, hash);
        let Some(user) = user.filter(|user| right && !user.disabled) else {
            return Err(self.refused(address, caller_ip, now).await?);
        };
        match self.second_factor(&user.user_id, code, now).await {
            Ok(()) => {}
            Err(AccessError::WrongCredentials) => {
                return Err(self.refused(address, caller_ip, now).await?);
            }
            Err(error) => return Err(error),
        }
        self.opened(user, &network, known, now).await
    }

    /// Notes a refused login. One to an account that is not there is only counted: anybody may invent them, and the
    /// audit trail is for the operators to read.
    async fn refused(
        &self,
        address: &str,
        caller_ip: &str,
        now: Timestamp,
    ) -> Result<AccessError, AccessError> {
        let mut writes = vec![Write::Count {
            counter: "logins_refused",
            by: 1,
        }];
        if let Some(user) = by_email(self.store.as_ref(), address).await? {
            let (who, action) = (user.user_id.as_str(), "login_failed");
            writes.push(audit_write(&*self.ids, now, who, action, caller_ip)?);
        }
        self.store.commit(Commit::new(writes)).await?;
        Ok(AccessError::WrongCredentials)
    }

    /// Opens a session, and remembers the network.
    async fn opened(
        &self,
        user: UserRow,
        network: &str,
        (mut networks, version): (Networks, Option<u64>),
        now: Timestamp,
    ) -> Result<Login, AccessError> {
        let session = Session {
            session_id: self.ids.fresh(),
            created_at: now,
            expires_at: now + SESSION,
            network: network.to_owned(),
            last_used_at: Some(now),
        };
        let claims = Claims {
            sub: user.user_id.clone(),
            role: user.role,
            name: user.name.clone(),
            iat: now.as_second(),
            exp: session.expires_at.as_second(),
            jti: session.session_id.clone(),
        };
        let token = self.keys.sign(&claims)?;
        let writes = vec![
            sessions::write(&user.user_id, &session)?,
            audit_write(&*self.ids, now, &user.user_id, "login", network)?,
        ];
        self.store.commit(Commit::new(writes)).await?;
        networks.seen.retain(|known| known != network);
        networks.seen.push(network.to_owned());
        let over = networks.seen.len().saturating_sub(NETWORKS_MAX);
        networks.seen.drain(..over);
        let expect = version.map_or(Expect::Absent, Expect::Version);
        let remembered = Write::put(networks_key(&user.user_id), None, &networks, expect)?
            .expiring(now + NETWORK_REMEMBERED);
        match self.store.commit(Commit::new(vec![remembered])).await {
            // Another login of the same user this moment; the next one notes this network.
            Ok(()) | Err(StoreError::Conflict(_)) => Ok(Login { token, user }),
            Err(error) => Err(error.into()),
        }
    }

    async fn networks(&self, user_id: &str) -> Result<(Networks, Option<u64>), StoreError> {
        match self.store.get(&networks_key(user_id)).await? {
            Some(item) => Ok((item.read()?, Some(item.version))),
            None => Ok((Networks::default(), None)),
        }
    }

    /// Who holds a token.
    ///
    /// # Errors
    /// [`AccessError::NotLoggedIn`], or the store's.
    pub async fn caller(&self, token: &str) -> Result<Caller, AccessError> {
        let claims = self.keys.verify(token).ok_or(AccessError::NotLoggedIn)?;
        if claims.exp <= self.clock.now().as_second() {
            return Err(AccessError::NotLoggedIn);
        }
        let (session, user) = (
            sessions::key(&claims.sub, &claims.jti),
            users::key(&claims.sub),
        );
        let found = futures::try_join!(self.store.get(&session), self.store.get(&user))?;
        let (Some(session), Some(user)) = found else {
            return Err(AccessError::NotLoggedIn);
        };
        let user: UserRow = user.read()?;
        if !sessions::used(
            self.store.as_ref(),
            &claims.sub,
            &session,
            self.idle,
            self.clock.now(),
        )
        .await?
        {
            return Err(AccessError::NotLoggedIn);
        }
        let expires_at =
            Timestamp::from_second(claims.exp).map_err(|_| AccessError::NotLoggedIn)?;
        if user.disabled {
            return Err(AccessError::NotLoggedIn);
        }
        // The role is the user's of today, not that of the login.
        Ok(Caller {
            user_id: user.user_id,
            email: user.email,
            name: user.name,
            role: user.role,
            session_id: claims.jti,
            expires_at,
        })
    }

    /// Ends a session; its token is refused from now on.
    ///
    /// # Errors
    /// The store's.
    pub async fn logout(&self, caller: &Caller) -> Result<(), StoreError> {
        let (now, who) = (self.clock.now(), caller.user_id.as_str());
        let end = sessions::removal(who, &caller.session_id);
        let audit = audit_write(&*self.ids, now, who, "logout", &caller.session_id)?;
        self.store.commit(Commit::new(vec![end, audit])).await
    }

    /// Changes the caller's own password and ends their other sessions. A wrong present password counts as a login.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn change_password(
        &self,
        caller: &Caller,
        present: &str,
        next: &str,
    ) -> Result<(), PasswordError> {
        let (store, now) = (self.store.as_ref(), self.clock.now());
        self.count(BY_ACCOUNT, &caller.email, now).await?;
        let user = by_email(store, &caller.email)
            .await
            .map_err(AccessError::from)?
            .ok_or(AccessError::NotLoggedIn)?;
        if !password::verify(present, &user.password_hash) {
            return Err(AccessError::WrongCredentials.into());
        }
        set_password(store, &*self.ids, now, &user.user_id, next, &caller.user_id).await?;
        let keep = Some(caller.session_id.as_str());
        end_sessions(store, &*self.ids, now, &user.user_id, keep, &caller.user_id).await?;
        Ok(())
    }

    async fn count(
        &self,
        limit: tries::Limit,
        who: &str,
        now: Timestamp,
    ) -> Result<(), AccessError> {
        match tries::count(self.store.as_ref(), limit, who, now).await? {
            Some(retry_after_s) => Err(AccessError::TooManyTries { retry_after_s }),
            None => Ok(()),
        }
    }
}

/// Why a password is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    User(#[from] UserError),
}

fn networks_key(user_id: &str) -> ItemKey {
    ItemKey::new(format!("networks#{user_id}"), "row")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_subscriber_is_one_network() {
        assert_eq!(network_of("203.0.113.9"), "203.0.113.9");
        assert_eq!(network_of("::ffff:203.0.113.9"), "203.0.113.9");
        assert_eq!(network_of("2001:db8:1:2::9"), "2001:db8:1:2::/64");
        assert_eq!(
            network_of("2001:db8:1:2:ffff::1"),
            network_of("2001:db8:1:2::9")
        );
        assert_ne!(network_of("2001:db8:1:3::9"), network_of("2001:db8:1:2::9"));
        assert_eq!(network_of("local"), "local");
    }
}
