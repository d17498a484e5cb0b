//! Users of the application.

use bookpath_domain::access::{Role, WeakPassword, check_password};
use bookpath_domain::people::email;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{audit_write, hash};
use crate::ports::{Commit, Expect, Ids, IndexKey, Item, ItemKey, Query, Store, StoreError, Write};

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

/// Why a user can't be added.
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
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug, Serialize, Deserialize)]
struct Pointer {
    user_id: String,
}

fn key(user_id: &str) -> ItemKey {
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
    match store.commit(Commit::of(writes)).await {
        Ok(()) => Ok(user),
        Err(StoreError::Conflict(_)) => Err(UserError::Exists),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn by_id(store: &dyn Store, user_id: &str) -> Result<Option<UserRow>, StoreError> {
    store
        .get(&key(user_id))
        .await?
        .map(|item| item.read())
        .transpose()
}

pub(super) async fn by_email(
    store: &dyn Store,
    address: &str,
) -> Result<Option<UserRow>, StoreError> {
    let Some(address) = email::normalize(address) else {
        return Ok(None);
    };
    match store.get(&address_key(&address)).await? {
        Some(item) => by_id(store, &item.read::<Pointer>()?.user_id).await,
        None => Ok(None),
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
