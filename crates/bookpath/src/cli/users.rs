//! `bookpath users`: who may use the application.

mod account;

use std::io::BufRead as _;
use std::sync::Arc;

use bookpath_app::access::{NewUser, UserError, UserRow, add_user, list_users};
use bookpath_app::ports::{Clock as _, Store};
use bookpath_domain::access::PASSWORD_BYTES_MAX;
use bookpath_platform_local::ids::RandomIds;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::print;
use crate::cli::arguments::{Common, Target, UsersAddArgs, UsersCommand};
use crate::failure::Failure;
use crate::node::Node;
use crate::stack::Stack;

/// Users that the list shows.
const LIST_MAX: usize = 10_000;

pub(crate) async fn run(common: &Common, command: &UsersCommand) -> Result<(), Failure> {
    let (store, now): (Arc<dyn Store>, Timestamp) = match common.target {
        Target::Embedded => {
            let node = Node::open(common)?;
            (node.database.clone(), node.clock.now())
        }
        Target::Aws => {
            let stack = Stack::open(common).await?;
            (stack.store.clone(), stack.clock.now())
        }
    };
    match command {
        UsersCommand::Add(args) => add(common, store.as_ref(), now, args).await,
        UsersCommand::List => {
            let (users, _) = list_users(store.as_ref(), LIST_MAX, None).await?;
            print(
                common,
                &json!({ "users": users.iter().map(view).collect::<Vec<Value>>() }),
            )
        }
        UsersCommand::Disable(args) => {
            let report = account::disable(store.as_ref(), now, args).await?;
            print(common, &report)
        }
        UsersCommand::Reset(args) => {
            let report = account::reset(store.as_ref(), now, args, &first_line()?).await?;
            print(common, &report)
        }
        UsersCommand::Sessions(args) => {
            let report = account::sessions_of(store.as_ref(), now, args).await?;
            print(common, &report)
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
        Ok(user) => print(common, &view(&user)),
        Err(UserError::Store(error)) => Err(error.into()),
        Err(error) => Err(Failure::Failed(error.to_string())),
    }
}

fn view(user: &UserRow) -> Value {
    json!({ "id": user.user_id, "email": user.email, "name": user.name, "role": user.role, "disabled": user.disabled })
}
