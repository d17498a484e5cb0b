//! `bookpath users disable`, `reset` and `sessions`: one account that is there already.

use bookpath_app::access::{
    ChangedUser, UserError, UserRow, by_email, change_user, end_sessions, sessions, set_password,
};
use bookpath_app::ports::{Ids as _, RandomIds, Store};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::view;
use crate::arguments::{UserArgs, UsersDisableArgs, UsersSessionsArgs};
use crate::failure::Failure;

/// Who does it, in the audit trail.
const ACTOR: &str = "cli";

/// Forbids a user to log in, or allows it again.
pub(super) async fn disable(
    store: &dyn Store,
    now: Timestamp,
    args: &UsersDisableArgs,
) -> Result<Value, Failure> {
    let user = found(store, &args.user).await?;
    let change = ChangedUser {
        disabled: Some(!args.undo),
        role: None,
    };
    let changed = change_user(store, &RandomIds, now, &user.user_id, change, ACTOR)
        .await
        .map_err(failed)?;
    Ok(view(&changed))
}

/// Gives a user another password: this one, or a fresh one if it is empty.
pub(super) async fn reset(
    store: &dyn Store,
    now: Timestamp,
    args: &UserArgs,
    given: &str,
) -> Result<Value, Failure> {
    let user = found(store, args).await?;
    let made = given.is_empty().then(|| RandomIds.fresh());
    let password = made.as_deref().unwrap_or(given);
    set_password(store, &RandomIds, now, &user.user_id, password, ACTOR)
        .await
        .map_err(failed)?;
    end_sessions(store, &RandomIds, now, &user.user_id, None, ACTOR)
        .await
        .map_err(failed)?;
    let mut report = view(&user);
    if let Some(made) = made {
        report["password"] = json!(made);
    }
    Ok(report)
}

/// A user's sessions; with `--end` those that were ended.
pub(super) async fn sessions_of(
    store: &dyn Store,
    now: Timestamp,
    args: &UsersSessionsArgs,
) -> Result<Value, Failure> {
    let user = found(store, &args.user).await?;
    let on = sessions(store, &user.user_id, now).await?;
    let mut report = json!({ "sessions": on });
    if args.end {
        let ended = end_sessions(store, &RandomIds, now, &user.user_id, None, ACTOR)
            .await
            .map_err(failed)?;
        report["ended"] = json!(ended);
    }
    Ok(report)
}

async fn found(store: &dyn Store, args: &UserArgs) -> Result<UserRow, Failure> {
    by_email(store, &args.email)
        .await?
        .ok_or_else(|| failed(UserError::Unknown))
}

fn failed(error: UserError) -> Failure {
    match error {
        UserError::Store(error) => error.into(),
        error => Failure::Failed(error.to_string()),
    }
}
