//! Users of the application.

use bookpath_domain::access::{Role, WeakPassword, check_password};
use bookpath_domain::people::email;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::password::hash;
use super::{audit_write, sessions};
use crate::ports::{
    Commit, Expect, Ids, IndexKey, Item, ItemKey, Query, Rounds, Store, StoreError, Write, held,
};

const ALL: &str = "users";
/// Characters of a name.
const NAME_CHARS_MAX: usize = 200;

/// A user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    pub user_id: String,
    /// Normalised.
    pub email: String,
    pub name: Option<String>,
    pub role: Role,
    /// A PHC string.
    pub password_hash: String,
    pub created_at: Timestamp,
    /// May not log in.
    #[serde(default)]
    pub disabled: bool,
}

impl std::fmt::Debug for UserRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRow")
            .field("user_id", &self.user_id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A user to be added.
pub struct NewUser<'a> {
    pub email: &'a str,
    pub name: Option<&'a str>,
    pub role: Role,
    pub password: &'a str,
    /// Who adds them.
    pub actor: &'a str,
}

impl std::fmt::Debug for NewUser<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// Why a user can't be added or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    #[error("that is no e-mail address")]
    NoAddress,
    #[error("the name is longer than {NAME_CHARS_MAX} characters")]
    LongName,
    #[error(transparent)]
    WeakPassword(#[from] WeakPassword),
    #[error("there is a user with this e-mail address")]
    Exists,
    #[error("no such user")]
    Unknown,
    #[error("nobody changes their own role or disables themselves")]
    Oneself,
    #[error("your role was taken away meanwhile")]
    NotAdmin,
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug, Serialize, Deserialize)]
struct Pointer {
    user_id: String,
}

pub(super) fn key(user_id: &str) -> ItemKey {
    ItemKey::new(format!("user#{user_id}"), "row")
}

fn address_key(address: &str) -> ItemKey {
    ItemKey::new(format!("user-email#{address}"), "row")
}

/// Adds a user.
///
/// # Errors
/// [`UserError`].
pub async fn add_user(
    store: &dyn Store,
    ids: &dyn Ids,
    now: Timestamp,
    new: &NewUser<'_>,
) -> Result<UserRow, UserError> {
    let address = email::normalize(new.email).ok_or(UserError::NoAddress)?;
    if new
        .name
        .is_some_and(|name| name.chars().count() > NAME_CHARS_MAX)
    {
        return Err(UserError::LongName);
    }
    check_password(new.password, &address)?;
    let name = new
        .name
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned);
    let password_hash = hash(new.password, &ids.fresh())?;
    let user = UserRow {
        user_id: ids.fresh(),
        email: address.clone(),
        name,
        role: new.role,
        password_hash,
        created_at: now,
        disabled: false,
    };
    let index = IndexKey {
        partition: ALL.to_owned(),
        sort: address.clone(),
    };
    let writes = vec![
        Write::put(
            address_key(&address),
            None,
            &Pointer {
                user_id: user.user_id.clone(),
            },
            Expect::Absent,
        )?,
        Write::put(key(&user.user_id), Some(index), &user, Expect::Absent)?,
        audit_write(ids, now, new.actor, "user_added", &user.user_id)?,
    ];
    match store.commit(Commit::new(writes)).await {
        Ok(()) => Ok(user),
        Err(StoreError::Conflict(_)) => Err(UserError::Exists),
        Err(error) => Err(error.into()),
    }
}

/// The user with this id.
///
/// # Errors
/// As [`Store::get`].
pub async fn by_id(store: &dyn Store, user_id: &str) -> Result<Option<UserRow>, StoreError> {
    let item = store.get(&key(user_id)).await?;
    item.map(|item| item.read()).transpose()
}

/// The user with this e-mail address.
///
/// # Errors
/// As [`Store::get`].
pub async fn by_email(store: &dyn Store, address: &str) -> Result<Option<UserRow>, StoreError> {
    let Some(address) = email::normalize(address) else {
        return Ok(None);
    };
    let Some(item) = store.get(&address_key(&address)).await? else {
        return Ok(None);
    };
    by_id(store, &item.read::<Pointer>()?.user_id).await
}

/// What an admin changes about a user; `None` stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangedUser {
    pub role: Option<Role>,
    pub disabled: Option<bool>,
}

/// Changes a user. One who is disabled loses their sessions.
///
/// # Errors
/// [`UserError`]: also when an admin would lock themselves out.
pub async fn change_user(
    store: &dyn Store,
    ids: &dyn Ids,
    now: Timestamp,
    user_id: &str,
    change: ChangedUser,
    actor: &str,
) -> Result<UserRow, UserError> {
    if user_id == actor && change != ChangedUser::default() {
        return Err(UserError::Oneself);
    }
    let action = match change {
        ChangedUser {
            disabled: Some(true),
            ..
        } => "user_disabled",
        ChangedUser {
            disabled: Some(false),
            ..
        } => "user_enabled",
        _ => "user_changed",
    };
    let changed = update(store, ids, now, user_id, (actor, action), |user| {
        user.role = change.role.unwrap_or(user.role);
        user.disabled = change.disabled.unwrap_or(user.disabled);
    })
    .await?;
    if changed.disabled {
        end_sessions(store, ids, now, user_id, None, actor).await?;
    }
    Ok(changed)
}

/// Gives a user another password. The caller ends the sessions.
///
/// # Errors
/// [`UserError`].
pub async fn set_password(
    store: &dyn Store,
    ids: &dyn Ids,
    now: Timestamp,
    user_id: &str,
    password: &str,
    actor: &str,
) -> Result<UserRow, UserError> {
    let item = store.get(&key(user_id)).await?.ok_or(UserError::Unknown)?;
    check_password(password, &item.read::<UserRow>()?.email)?;
    let password_hash = hash(password, &ids.fresh())?;
    update(
        store,
        ids,
        now,
        user_id,
        (actor, "password_changed"),
        |user| {
            user.password_hash.clone_from(&password_hash);
        },
    )
    .await
}

/// Ends every session of a user but `keep`; how many.
///
/// # Errors
/// [`StoreError`].
pub async fn end_sessions(
    store: &dyn Store,
    ids: &dyn Ids,
    now: Timestamp,
    user_id: &str,
    keep: Option<&str>,
    actor: &str,
) -> Result<usize, UserError> {
    let mut on = sessions::sessions(store, user_id, now).await?;
    on.retain(|session| Some(session.session_id.as_str()) != keep);
    for some in on.chunks(sessions::WRITES_MAX) {
        let mut writes: Vec<Write> = some
            .iter()
            .map(|session| sessions::removal(user_id, &session.session_id))
            .collect();
        writes.push(audit_write(ids, now, actor, "sessions_ended", user_id)?);
        store.commit(Commit::new(writes)).await?;
    }
    Ok(on.len())
}

/// What makes a change of somebody else wait for a change of the actor: two admins who disable each other at once would
/// leave nobody. `None` for the command line, which has no row.
async fn still_admin(store: &dyn Store, actor: &str) -> Result<Option<Write>, UserError> {
    let Some(item) = store.get(&key(actor)).await? else {
        return Ok(None);
    };
    let row: UserRow = item.read()?;
    if row.disabled || row.role != Role::Admin {
        return Err(UserError::NotAdmin);
    }
    let unchanged = Expect::Version(item.version);
    Ok(Some(Write::put(
        key(actor),
        item.index.clone(),
        &row,
        unchanged,
    )?))
}

/// Changes a user's row, with a line of the audit trail: who and what. Nobody but an admin changes somebody else.
async fn update(
    store: &dyn Store,
    ids: &dyn Ids,
    now: Timestamp,
    user_id: &str,
    (actor, action): (&str, &str),
    change: impl Fn(&mut UserRow) + Send,
) -> Result<UserRow, UserError> {
    let mut rounds = Rounds::new("the user kept changing");
    loop {
        rounds.begin()?;
        let item = store.get(&key(user_id)).await?.ok_or(UserError::Unknown)?;
        let mut user: UserRow = item.read()?;
        change(&mut user);
        let mut writes = vec![
            Write::put(
                key(user_id),
                item.index.clone(),
                &user,
                Expect::Version(item.version),
            )?,
            audit_write(ids, now, actor, action, user_id)?,
        ];
        if actor != user_id {
            writes.extend(still_admin(store, actor).await?);
        }
        if held(store.commit(Commit::new(writes)).await)? {
            return Ok(user);
        }
    }
}

/// A page of users by e-mail address, and where the next one begins.
///
/// # Errors
/// As [`Store::query`].
pub async fn list_users(
    store: &dyn Store,
    limit: usize,
    after: Option<String>,
) -> Result<(Vec<UserRow>, Option<String>), StoreError> {
    let page = store
        .query(&Query {
            after,
            ..Query::index(ALL, limit)
        })
        .await?;
    let users = page
        .items
        .iter()
        .map(Item::read)
        .collect::<Result<_, _>>()?;
    Ok((users, page.next))
}

#[cfg(test)]
mod tests {
    use bookpath_testkit::MemoryStore;

    use super::*;
    use crate::ports::RandomIds;

    async fn admin(store: &MemoryStore, email: &str) -> String {
        let new = NewUser {
            email,
            name: None,
            role: Role::Admin,
            password: "a long enough sentence",
            actor: "cli",
        };
        let user = add_user(store, &RandomIds, Timestamp::UNIX_EPOCH, &new).await;
        user.unwrap().user_id
    }

    #[tokio::test]
    async fn two_admins_who_disable_each_other_leave_one() {
        let store = MemoryStore::default();
        let (ann, bob) = (
            admin(&store, "ann@co.test").await,
            admin(&store, "bob@co.test").await,
        );
        let disable = |whom, by| {
            let change = ChangedUser {
                disabled: Some(true),
                role: None,
            };
            change_user(&store, &RandomIds, Timestamp::UNIX_EPOCH, whom, change, by)
        };
        let (one, other) = tokio::join!(disable(&bob, &ann), disable(&ann, &bob));
        assert_eq!(
            [&one, &other]
                .into_iter()
                .filter(|done| done.is_ok())
                .count(),
            1
        );
        let refused = one.and(other).map(|_| ());
        assert_eq!(refused, Err(UserError::NotAdmin));
        // The command line is nobody's account.
        assert!(disable(&ann, "cli").await.is_ok());
    }
}
