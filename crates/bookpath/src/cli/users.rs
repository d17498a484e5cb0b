//! `bookpath users`: who may use the application.

mod account;

use std::io::BufRead as _;

use bookpath_app::access::{NewUser, UserError, UserRow, add_user, list_users};
use bookpath_app::ports::{RandomIds, Store, TableRow};
use bookpath_domain::access::PASSWORD_BYTES_MAX;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::output::{count, print, table};
use super::place::store_and_now;
use super::query::rows_table;
use crate::arguments::{Common, UsersAddArgs, UsersCommand};
use crate::failure::Failure;

/// Users that the list shows.
const LIST_MAX: usize = 10_000;

pub(crate) async fn run(common: &Common, command: &UsersCommand) -> Result<(), Failure> {
    let (store, now) = store_and_now(common).await?;
    match command {
        UsersCommand::Add(args) => add(common, store.as_ref(), now, args).await,
        UsersCommand::List => {
            let (users, _) = list_users(store.as_ref(), LIST_MAX, None).await?;
            let list = json!({ "users": users.iter().map(view).collect::<Vec<Value>>() });
            print(common, &list, |_| listed(&users))
        }
        UsersCommand::Disable(args) => {
            let report = account::disable(store.as_ref(), now, args).await?;
            let may = if args.undo {
                "may log in again"
            } else {
                "can't log in any more"
            };
            print(common, &report, |_| format!("{} {may}.", args.user.email))
        }
        UsersCommand::Reset(args) => {
            let report = account::reset(store.as_ref(), now, args, &first_line()?).await?;
            print(common, &report, |report| reset(report, &args.email))
        }
        UsersCommand::Sessions(args) => {
            let report = account::sessions_of(store.as_ref(), now, args).await?;
            print(common, &report, sessions)
        }
    }
}

/// The first line of standard input. One byte more than a password may have is enough to see that it is too much.
fn first_line() -> Result<String, Failure> {
    let mut line = String::new();
    std::io::Read::take(std::io::stdin().lock(), PASSWORD_BYTES_MAX as u64 + 2)
        .read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

async fn add(
    common: &Common,
    store: &dyn Store,
    now: Timestamp,
    args: &UsersAddArgs,
) -> Result<(), Failure> {
    let password = first_line()?;
    let new = NewUser {
        email: &args.email,
        name: args.name.as_deref(),
        role: args.role,
        password: &password,
        actor: "cli",
    };
    match add_user(store, &RandomIds, now, &new).await {
        Ok(user) => print(common, &view(&user), |_| {
            format!("{} may log in as {}.", user.email, user.role.as_str())
        }),
        Err(UserError::Store(error)) => Err(error.into()),
        Err(error) => Err(Failure::Failed(error.to_string())),
    }
}

fn reset(report: &Value, email: &str) -> String {
    let done = format!("The password of {email} is changed, and every session of theirs is ended.");
    match report["password"].as_str() {
        Some(made) => format!("{done} The new password: {made}"),
        None => done,
    }
}

fn sessions(report: &Value) -> String {
    let list = report["sessions"].as_array().map_or(&[][..], Vec::as_slice);
    let rows: Vec<TableRow> = list.iter().filter_map(Value::as_object).cloned().collect();
    let total = count(rows.len() as u64, "session", "sessions");
    let ended = report["ended"]
        .as_u64()
        .map_or_else(String::new, |n| format!(" Ended: {n}."));
    format!("{}\n\n{total}.{ended}", rows_table(&rows))
        .trim_start()
        .to_owned()
}

fn listed(users: &[UserRow]) -> String {
    if users.is_empty() {
        return "There is no user yet: bookpath users add --email E --role admin".to_owned();
    }
    let rows = users.iter().map(|user| {
        vec![
            json!(user.email),
            json!(user.role),
            json!(user.name),
            json!(user.user_id),
        ]
    });
    let total = count(users.len() as u64, "user", "users");
    format!(
        "{}\n\n{total}.",
        table(["e-mail", "role", "name", "id"], rows)
    )
}

fn view(user: &UserRow) -> Value {
    json!({ "id": user.user_id, "email": user.email, "name": user.name, "role": user.role, "disabled": user.disabled })
}
