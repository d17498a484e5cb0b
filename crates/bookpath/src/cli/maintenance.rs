//! `bookpath maintenance`: the notice that every page of the team shows.

use bookpath_app::operators::maintenance::{
    Maintenance, MaintenanceError, announce, planned, withdraw,
};
use bookpath_app::ports::RandomIds;
use serde_json::json;

use super::output::print;
use super::place::store_and_now;
use crate::arguments::{AnnounceArgs, Common, MaintenanceCommand};
use crate::failure::Failure;

pub(crate) async fn run(common: &Common, command: &MaintenanceCommand) -> Result<(), Failure> {
    let (store, now) = store_and_now(common).await?;
    match command {
        MaintenanceCommand::Announce(AnnounceArgs { from, until, text }) => {
            let notice = Maintenance {
                from: *from,
                until: *until,
                text: text.trim().to_owned(),
            };
            announce(store.as_ref(), &RandomIds, now, &notice)
                .await
                .map_err(refused)?;
            print(common, &notice, |notice| {
                format!(
                    "Every page of the team shows from now on: {}",
                    words(notice)
                )
            })
        }
        MaintenanceCommand::Show => {
            let notice = planned(store.as_ref(), now).await?;
            print(common, &json!({ "maintenance": notice }), |_| {
                notice
                    .as_ref()
                    .map_or("Nothing is announced.".to_owned(), words)
            })
        }
        MaintenanceCommand::Withdraw => {
            let was_there = withdraw(store.as_ref(), &RandomIds, now).await?;
            print(common, &json!({ "withdrawn": was_there }), |_| {
                let text = if was_there {
                    "The notice is gone."
                } else {
                    "Nothing is announced."
                };
                text.to_owned()
            })
        }
    }
}

fn words(notice: &Maintenance) -> String {
    format!("{} to {}: {}", notice.from, notice.until, notice.text)
}

/// A notice that means nothing is a wrong use of the command.
fn refused(error: MaintenanceError) -> Failure {
    match error {
        MaintenanceError::Store(error) => error.into(),
        wrong => Failure::Usage(wrong.to_string()),
    }
}
