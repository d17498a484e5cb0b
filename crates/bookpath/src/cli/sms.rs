//! `bookpath sms what-if`: what another wait before the follow-up would have changed.

use bookpath_app::texts::what_if::{WhatIfError, replayed};
use bookpath_domain::texts::what_if::WhatIf;
use jiff::Timestamp;
use serde_json::json;

use super::output::{count, print, table};
use crate::arguments::{Common, SmsCommand, WhatIfArgs};
use crate::business::reactor;
use crate::failure::Failure;
use crate::node::Node;

pub(crate) async fn run(common: &Common, command: &SmsCommand) -> Result<(), Failure> {
    let SmsCommand::WhatIf(args) = command;
    let node = Node::open(common)?;
    let WhatIfArgs { wait, from, to } = args;
    let reactor = reactor(&node)?;
    let (store, secret) = (reactor.store.as_ref(), &reactor.phone_secret);
    let answer = replayed(store, secret, &node.rules, wait, *from, *to).await;
    let answer = answer.map_err(|error| match error {
        WhatIfError::Store(error) => error.into(),
        WhatIfError::Price(_) => Failure::Usage(error.to_string()),
    })?;
    print(common, &answer, words)
}

fn words(answer: &WhatIf) -> String {
    let day = |at: Option<Timestamp>| {
        at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
    };
    let confirmations = count(answer.confirmations, "confirmation", "confirmations");
    let sentence = format!(
        "{confirmations} from {} to {}. The follow-up is configured {} after each.",
        day(answer.first_sent_at),
        day(answer.last_sent_at),
        minutes(answer.configured_wait_seconds)
    );
    let rows = answer.waits.iter().map(|w| {
        vec![
            json!(minutes(w.wait_seconds)),
            json!(w.replied_before),
            json!(w.stopped),
            json!(w.follow_ups),
            json!(w.parts),
            json!(w.cost.to_places(4)),
            json!(w.sends_saved),
            json!(w.cost_saved.to_places(4)),
        ]
    });
    let columns = [
        "wait",
        "replied before",
        "stopped",
        "follow-ups",
        "parts",
        "cost USD",
        "sends saved",
        "USD saved",
    ];
    format!("{sentence}\n{}", table(columns, rows))
}

fn minutes(seconds: u32) -> String {
    if seconds.is_multiple_of(60) {
        format!("{}m", seconds / 60)
    } else {
        format!("{seconds}s")
    }
}
